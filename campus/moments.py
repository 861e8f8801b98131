"""Instants and campus days, pure: values in, values out.

The store keeps an instant as whole microseconds since 1970-01-01T00:00Z, on both engines: it
sorts, it compares in a trigger, and it loses nothing that a device said.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECOND = 1_000_000
"""Microseconds in a second."""


def to_micros(moment: datetime) -> int:
    """Whole microseconds since the epoch. `moment` must know its zone, else ValueError."""
    if moment.tzinfo is None:
        raise ValueError("a naive time has no place on the time line")
    gap = moment - EPOCH
    return (gap.days * 86_400 + gap.seconds) * SECOND + gap.microseconds


def from_micros(micros: int) -> datetime:
    """The instant in UTC."""
    return EPOCH + timedelta(microseconds=micros)


def from_unix(seconds: float) -> datetime:
    """The instant of a Unix time in seconds, to the microsecond. OverflowError or ValueError if none."""
    return EPOCH + timedelta(seconds=seconds)


def rfc3339(moment: datetime) -> str:
    """As the API answers: UTC with a Z, microseconds only where there are some."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def day_bounds(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """A campus day as a half-open span in UTC: 23, 24 or 25 hours long."""
    start = datetime.combine(day, time.min, tzinfo=zone)
    end = datetime.combine(day + timedelta(days=1), time.min, tzinfo=zone)
    return start.astimezone(UTC), end.astimezone(UTC)
