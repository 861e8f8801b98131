"""A small hub for the tests of the overview: devices that said something just now."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from campus import clock
from campus.database import Database
from devices.history.models import HotReading, HotState
from devices.metrics import unit_of
from devices.models import Device, Presence, Series

HOSTILE = "<img src=x onerror=alert(1)>"
NOW: datetime = clock.now()


def add(database: Database, slug: str, kind: str, values: dict[str, Any], **known: Any) -> None:
    """A device that said `values` just now."""
    seen = known.pop("seen", NOW)
    fields = {"name": slug, "role": None, "expected_interval_s": 600.0, **known}
    with database.write() as session:
        device = Device(
            slug=slug, kind=kind, format="mapping", topic=f"t/{slug}", options={}, created_at=NOW, **fields
        )
        session.add(device)
        session.flush()
        session.add(Presence(device_id=device.id, last_seen=seen))
        for metric, value in values.items():
            text = isinstance(value, str)
            series = Series(
                device_id=device.id, metric=metric, channel="", unit=unit_of(metric), is_text=text
            )
            session.add(series)
            session.flush()
            table = HotState if text else HotReading
            session.add(table(series_id=series.id, at=seen, value=value))
