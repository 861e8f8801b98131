"""A glance at many series at once: when each spoke last, and the rough shape of its last hours.

For pages: one statement for a hundred series, over the hot rows alone. What is exact is read through read.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import cache

from sqlalchemy import BigInteger, TextClause, func, select, text, type_coerce
from sqlalchemy.orm import Session

from campus.moments import from_micros, to_micros
from devices.history.models import HotReading
from devices.history.series import SeriesRef

LOOKED_BACK = 16
"""Instants of a series that tell its rhythm."""
AT_ONCE = 100
"""Series in one statement: SQLite joins 500 parts at most."""


def latest_instants(
    session: Session, refs: Sequence[SeriesRef], each: int = LOOKED_BACK
) -> dict[int, list[datetime]]:
    """By series id its last `each` instants, the newest first; a series without any is missing."""
    found: dict[int, list[datetime]] = {}
    for is_text, table in ((False, "reading"), (True, "state")):
        for some in _parts([ref.id for ref in refs if ref.is_text == is_text]):
            ids = {f"id_{place}": series_id for place, series_id in enumerate(some)}
            for series_id, micros in session.execute(_newest_of(table, len(ids)), {**ids, "each": each}):
                found.setdefault(series_id, []).append(from_micros(micros))
    return {series_id: sorted(instants, reverse=True) for series_id, instants in found.items()}


@cache
def _newest_of(table: str, number: int) -> TextClause:
    """The newest :each instants of each of :id_0 … in one statement; made once, since it is long."""
    part = (
        "SELECT * FROM (SELECT series_id, at FROM {0} WHERE series_id = :id_{1}"
        " ORDER BY at DESC LIMIT :each) AS p{1}"
    )
    return text(" UNION ALL ".join(part.format(table, place) for place in range(number)))


def shapes(
    session: Session, refs: Sequence[SeriesRef], start: datetime, end: datetime, steps: int
) -> dict[int, list[float | None]]:
    """By series id of numbers: the mean of the readings in each of `steps` equal parts; None without any.

    Each reading counts the same: good enough for a line of a finger's length, for nothing else.
    """
    first, step = to_micros(start), (to_micros(end) - to_micros(start)) // steps
    at = type_coerce(HotReading.at, BigInteger)
    place = ((at - first) // step).label("place")
    found: dict[int, list[float | None]] = {}
    for some in _parts([ref.id for ref in refs if not ref.is_text]):
        query = (
            select(HotReading.series_id, place, func.avg(HotReading.value))
            .where(HotReading.series_id.in_(some), at >= first, at < first + steps * step)
            .group_by(HotReading.series_id, place)
        )
        for series_id, part, mean in session.execute(query):
            found.setdefault(series_id, [None] * steps)[int(part)] = mean
    return found


def _parts(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for begin in range(0, len(ids), AT_ONCE):
        yield ids[begin : begin + AT_ONCE]
