"""The sealed tier: blocks of the store, opened and written. A block that is broken is named, never read.

The codec, and numpy with it (17 MiB), is imported when the first block is opened: many a process never does.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from campus.database import upsert_many
from campus.errors import CampusError
from campus.moments import EPOCH
from devices.history.hot import Rows
from devices.history.models import Block, BlockInstants
from devices.models import Series

if TYPE_CHECKING:
    from devices.history.codec import Instants, Numbers, Packed

DAY = 86_400_000_000
"""Microseconds of a day of UTC."""

_PACKED = (
    Block.version,
    Block.codec,
    Block.count,
    Block.first_at,
    Block.last_at,
    Block.checksum,
    BlockInstants.timestamps,
    Block.values,
)


class BrokenBlock(CampusError):
    """A sealed day cannot be read: take it from a backup."""

    code, status = "broken-block", 500


def rows(session: Session, series_id: int, first: int, last: int) -> Iterator[Rows]:
    """The sealed values of [first, last), day by day. Raises BrokenBlock."""
    for instants, values in columns(session, series_id, first, last):
        yield _rows(instants, values)


def columns(session: Session, series_id: int, first: int, last: int) -> Iterator[tuple[Instants, Any]]:
    """The same as columns: numbers, or a list of words."""
    query = (
        select(Block.day, *_PACKED)
        .join(BlockInstants, BlockInstants.id == Block.instants_id)
        .where(
            Block.series_id == series_id,
            Block.day.between(first // DAY, (last - 1) // DAY),
            Block.last_at >= first,
            Block.first_at < last,
        )
        .order_by(Block.day)
    )
    for day, *packed in session.execute(query):
        instants, values = _open(series_id, day, packed)
        begin, end = (int(place) for place in instants.searchsorted([first, last]))
        if begin < end:
            yield instants[begin:end], values[begin:end]


def find(session: Session, series_id: int, day: int) -> Rows:
    """The values of one block, none where there is no block. Raises BrokenBlock."""
    query = select(*_PACKED).join(BlockInstants, BlockInstants.id == Block.instants_id)
    packed = session.execute(query.where(Block.series_id == series_id, Block.day == day)).one_or_none()
    return _rows(*_open(series_id, day, packed)) if packed else []


def checksum(session: Session, series_id: int, day: int) -> int | None:
    """Tells a block from the one that was there before."""
    return session.scalar(select(Block.checksum).where(Block.series_id == series_id, Block.day == day))


def packed(series_id: int, day: int, rows: Rows) -> Packed:
    """The block of a day, to be put."""
    from devices.history.codec import pack  # noqa: PLC0415 - see above

    return pack(_name(series_id, day), [at for at, _value in rows], [value for _at, value in rows])


def put(session: Session, device_id: int, series_id: int, day: int, block: Packed) -> None:
    """Write the block of a day, in place of the one that was there.

    One at a time: the caller has the turn in which blocks are written.
    """
    row = (
        series_id,
        day,
        block.version,
        block.codec,
        block.count,
        block.first_at,
        block.last_at,
        block.checksum,
        _instants_id(session, device_id, day, block.timestamps),
        block.values,
    )
    columns = ("version", "codec", "count", "first_at", "last_at", "checksum", "instants_id", '"values"')
    upsert_many(session.connection(), "block", ("series_id", "day"), columns, [row])
    _drop_unused(session, device_id, day)


def _instants_id(session: Session, device_id: int, day: int, timestamps: bytes) -> int:
    """The same instants are there once, whichever of the device's series have them."""
    same = select(BlockInstants.id).where(
        BlockInstants.device_id == device_id,
        BlockInstants.day == day,
        BlockInstants.timestamps == timestamps,
    )
    there = session.scalar(same.limit(1))
    if there is not None:
        return there
    made = insert(BlockInstants).values(device_id=device_id, day=day, timestamps=timestamps)
    return session.scalars(made.returning(BlockInstants.id)).one()


def _drop_unused(session: Session, device_id: int, day: int) -> None:
    """Instants of the day that no series of the device has any more."""
    its_series = select(Series.id).where(Series.device_id == device_id)
    used = select(Block.instants_id).where(Block.series_id.in_(its_series), Block.day == day)
    session.execute(
        delete(BlockInstants).where(
            BlockInstants.device_id == device_id,
            BlockInstants.day == day,
            BlockInstants.id.not_in(used),
        ),
        execution_options={"synchronize_session": False},
    )


def drop(session: Session, device_id: int, series_id: int, before_day: int) -> int:
    """Give up the blocks of the days before; how many there were. The caller has the turn."""
    mine = (Block.series_id == series_id, Block.day < before_day)
    days = session.scalars(delete(Block).where(*mine).returning(Block.day)).all()
    for day in days:
        _drop_unused(session, device_id, day)
    return len(days)


def next_instant(session: Session, series_id: int, first: int) -> int | None:
    """An instant not after the first sealed one at or after `first`; None if there is none."""
    query = select(Block.first_at).where(Block.series_id == series_id, Block.last_at >= first)
    found = session.scalar(query.order_by(Block.day).limit(1))
    return None if found is None else max(found, first)


def _open(series_id: int, day: int, packed: Sequence[Any]) -> tuple[Instants, Numbers | list[str]]:
    from devices.history.codec import Damaged, Packed, unpack  # noqa: PLC0415 - see above

    try:
        return unpack(_name(series_id, day), Packed(*packed))
    except Damaged as error:
        date = (EPOCH + timedelta(days=day)).date()
        raise BrokenBlock(
            f"The sealed values of series {series_id} on {date} (UTC) cannot be read: {error}. "
            "Restore that block from a backup."
        ) from error


def _rows(instants: Instants, values: Numbers | list[str]) -> Rows:
    plain = values if isinstance(values, list) else values.tolist()
    return list(zip(instants.tolist(), plain, strict=True))


def _name(series_id: int, day: int) -> str:
    return f"{series_id}:{day}"
