"""What the tests of the intake share: devices without a web request, messages without a broker."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from campus.database import Database
from devices.history.models import HotReading, HotState
from devices.intake.batch import Arrival
from devices.models import Device, Series

NOON = datetime(2026, 6, 15, 18, 0, tzinfo=UTC)
"""A moment in the campus's working day; nothing in these tests asks the clock."""


def register(database: Database, slug: str, topic: str, **fields: Any) -> int:
    """A device that speaks JSON by a mapping, unless `format` says otherwise."""
    options = fields.pop("options", {"fields": {"temperature": {"path": "t"}, "door": {"path": "d"}}})
    with database.write() as session:
        device = Device(
            slug=slug,
            name=slug,
            kind=fields.pop("kind", "other"),
            format=fields.pop("format", "mapping"),
            topic=topic,
            options=options,
            created_at=NOON,
            **fields,
        )
        session.add(device)
        session.flush()
        return device.id


def said(topic: str, payload: str | bytes, at: datetime = NOON, *, retained: bool = False) -> Arrival:
    """A message as the listener hands it over."""
    return Arrival(topic, payload.encode() if isinstance(payload, str) else payload, at, retained)


def numbers(session: Session, metric: str = "temperature") -> list[tuple[datetime, float]]:
    """Every stored number of a metric, in order of time."""
    rows = session.execute(
        select(HotReading.at, HotReading.value)
        .join(Series, Series.id == HotReading.series_id)
        .where(Series.metric == metric)
        .order_by(HotReading.at)
    )
    return [(row.at, row.value) for row in rows]


def words(session: Session, metric: str) -> list[str]:
    """Every stored word of a metric, in order of time."""
    rows = session.scalars(
        select(HotState.value)
        .join(Series, Series.id == HotState.series_id)
        .where(Series.metric == metric)
        .order_by(HotState.at)
    )
    return list(rows)
