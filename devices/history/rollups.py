"""Pages of rollups in the store, read and written, and the corrections that were noted with them."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from typing import cast

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from campus.database import upsert_many
from campus.errors import CampusError
from devices.history import pages
from devices.history.cells import Cells
from devices.history.codec import Damaged
from devices.history.counters import Correction, Kind
from devices.history.models import Corrected, Rollup

PageRow = tuple[int, int, int, int, int, bytes]
"""A row of the table: series, step, page, version, checksum, data."""


class BrokenRollup(CampusError):
    """A page of rollups cannot be read. The values are there: have it made anew."""

    code, status = "broken-rollup", 500


def read(
    session: Session, series: Collection[int], step_s: int, first: int, last: int
) -> dict[int, list[Cells]]:
    """The pages that hold something of [first, last), by series id, in order of time."""
    length = pages.BUCKETS * step_s * 1_000_000
    query = (
        select(Rollup.series_id, Rollup.page, Rollup.version, Rollup.checksum, Rollup.data)
        .where(
            Rollup.series_id.in_(series),
            Rollup.step_s == step_s,
            Rollup.page.between(first // length, (last - 1) // length),
        )
        .order_by(Rollup.series_id, Rollup.page)
    )
    found: dict[int, list[Cells]] = {}
    for series_id, page, version, checksum, data in session.execute(query):
        name = _name(series_id, step_s, page)
        try:
            cells = pages.unpack(name, page, step_s, version=version, checksum=checksum, data=data)
        except Damaged as error:
            raise BrokenRollup(
                f"Page {page} of the rollups of series {series_id} is broken: {error}."
            ) from error
        found.setdefault(series_id, []).append(cells)
    return found


def changed(session: Session, series_id: int, step_s: int, cells: Cells, *, anew: bool) -> list[PageRow]:
    """The pages on which consecutive buckets lie, with these in place of what is there.

    `anew`: with nothing else on them.
    """
    first, last = int(cells.at[0]), int(cells.at[-1]) + step_s * 1_000_000
    rows = []
    for page, begin, end in pages.pages_of(first, last, step_s):
        there = {} if anew else read(session, [series_id], step_s, begin, end)
        (whole,) = there.get(series_id, [pages.blank(page, step_s)])
        checksum, data = pages.pack(
            _name(series_id, step_s, page), pages.with_part(whole, cells.part(begin, end))
        )
        rows.append((series_id, step_s, page, pages.VERSION, checksum, data))
    return rows


def put(session: Session, rows: Sequence[PageRow]) -> None:
    """Write pages, in place of those that were there."""
    keys, values = ("series_id", "step_s", "page"), ("version", "checksum", "data")
    upsert_many(session.connection(), "rollup", keys, values, rows)


def corrections(session: Session, series_id: int, first: int, last: int) -> list[Correction]:
    """Those that a reading in [first, last) told, in the order in which they were told."""
    query = (
        select(Corrected.at, Corrected.kind, Corrected.before, Corrected.after)
        .where(Corrected.series_id == series_id, Corrected.told_at >= first, Corrected.told_at < last)
        .order_by(Corrected.told_at, Corrected.id)
    )
    return [
        Correction(at, cast(Kind, kind), before, math.nan if after is None else after)
        for at, kind, before, after in session.execute(query)
    ]


def note_corrections(
    session: Session, series_id: int, first: int, last: int, told: Sequence[tuple[int, Correction]]
) -> None:
    """In place of those that were told in [first, last) before."""
    there = (Corrected.series_id == series_id, Corrected.told_at >= first, Corrected.told_at < last)
    session.execute(delete(Corrected).where(*there))
    if told:
        session.execute(
            insert(Corrected),
            [
                {
                    "series_id": series_id,
                    "told_at": told_at,
                    "at": one.at,
                    "kind": one.kind,
                    "before": one.before,
                    "after": one.after if math.isfinite(one.after) else None,
                }
                for told_at, one in told
            ],
        )


def _name(series_id: int, step_s: int, page: int) -> str:
    return f"{series_id}:{step_s}:{page}"
