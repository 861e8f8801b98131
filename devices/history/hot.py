"""The hot tier's rows, as plain tuples: (microseconds since the epoch, value) in order of time."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, ColumnElement, delete, func, select, type_coerce
from sqlalchemy.orm import Session

from campus.database import plain_rows
from devices.history.models import HotReading, HotState
from devices.history.series import SeriesRef

Rows = list[tuple[int, Any]]
"""Values are floats, or words where the series is text."""


def rows(session: Session, ref: SeriesRef, first: int, last: int, limit: int | None = None) -> Rows:
    """The rows of [first, last), the first `limit` of them."""
    return between(session, ref.id, ref.is_text, first, last, limit=limit)


def between(
    session: Session, series_id: int, is_text: bool, first: int, last: int, *, limit: int | None = None
) -> Rows:
    """The same, of the series with this id."""
    table = table_of(is_text)
    at = instant(table)
    query = select(at, table.value).where(table.series_id == series_id, at >= first, at < last)
    return plain_rows(session, query.order_by(at).limit(limit))


def take(session: Session, series_id: int, is_text: bool, first: int, last: int) -> Rows:
    """Delete the rows of [first, last) and hand them over: what comes meanwhile is in neither."""
    table = table_of(is_text)
    at = instant(table)
    gone = delete(table).where(table.series_id == series_id, at >= first, at < last)
    return sorted(plain_rows(session, gone.returning(at, table.value)))


def bounds(session: Session, series_id: int, is_text: bool) -> tuple[int, int] | None:
    """The instants of the oldest and of the newest row."""
    table = table_of(is_text)
    ends = (func.min(instant(table)), func.max(instant(table)))
    sought = (select(end).where(table.series_id == series_id).scalar_subquery() for end in ends)
    oldest, newest = session.execute(select(*sought)).one()
    return None if oldest is None else (oldest, newest)


def next_instant(session: Session, ref: SeriesRef, first: int) -> int | None:
    """The instant of the first row at or after `first`."""
    at = instant(table_of(ref.is_text))
    table = table_of(ref.is_text)
    query = select(at).where(table.series_id == ref.id, at >= first).order_by(at).limit(1)
    return session.scalar(query)


def table_of(is_text: bool) -> type[HotReading] | type[HotState]:
    return HotState if is_text else HotReading


def instant(table: type[HotReading] | type[HotState]) -> ColumnElement[int]:
    """The column as the integer that it is: a million rows need no million datetimes."""
    return type_coerce(table.at, BigInteger)
