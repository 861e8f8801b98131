"""The hot tier's rows, as plain tuples: (microseconds since the epoch, value) in order of time."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, ColumnElement, func, select, type_coerce
from sqlalchemy.orm import Session

from devices.history.models import HotReading, HotState
from devices.history.series import SeriesRef

Rows = list[tuple[int, Any]]
"""Values are floats, or words where the series is text."""


def rows(session: Session, ref: SeriesRef, first: int, last: int, limit: int | None = None) -> Rows:
    """The rows of [first, last), the first `limit` of them."""
    table = _table(ref)
    at = _instant(table)
    query = select(at, table.value).where(table.series_id == ref.id, at >= first, at < last)
    return [(at, value) for at, value in session.execute(query.order_by(at).limit(limit))]


def row_before(session: Session, ref: SeriesRef, instant: int) -> Rows:
    """The newest row before `instant`, if there is one."""
    return _newest(session, ref, _instant(_table(ref)) < instant)


def standing_before(session: Session, ref: SeriesRef, instant: int) -> Rows:
    """Where a register stood before `instant`: the newest row above 0, else the newest that was 0."""
    earlier = _instant(HotReading) < instant
    above = _newest(session, ref, earlier, HotReading.value > 0)
    return above or _newest(session, ref, earlier, HotReading.value == 0)


def shown_since(session: Session, ref: SeriesRef, at: int, value: float) -> int:
    """The first instant of the unbroken run of rows with `value` that ends with the one at `at`."""
    instant = _instant(HotReading)
    mine = HotReading.series_id == ref.id
    other = (
        select(instant)
        .where(mine, instant < at, HotReading.value != value)
        .order_by(instant.desc())
        .limit(1)
        .scalar_subquery()
    )
    query = select(func.min(instant)).where(mine, instant > func.coalesce(other, -1))
    return session.scalar(query) or at


def _newest(session: Session, ref: SeriesRef, *conditions: ColumnElement[bool]) -> Rows:
    table = _table(ref)
    at = _instant(table)
    query = select(at, table.value).where(table.series_id == ref.id, *conditions)
    return [(at, value) for at, value in session.execute(query.order_by(at.desc()).limit(1))]


def _table(ref: SeriesRef) -> type[HotReading] | type[HotState]:
    return HotState if ref.is_text else HotReading


def _instant(table: type[HotReading] | type[HotState]) -> ColumnElement[int]:
    """The column as the integer that it is: a million rows need no million datetimes."""
    return type_coerce(table.at, BigInteger)
