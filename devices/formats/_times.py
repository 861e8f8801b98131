"""The payload's own time, in the notations that dialects use."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from typing import Any

from devices.formats._json import number

CLOCK_SET_S = 31_536_000.0
"""1971-01-01T00:00Z. A clock that says less counts from its own start and was never set: that is no time,
and the arrival stands. Whether a later time can be believed is for the intake to say."""
MILLISECONDS_FROM = 1e11
"""A Unix time of this size (the year 5138 in seconds) is in milliseconds."""
TOO_FAR_S = 253_402_214_400.0
"""9999-12-31: what datetime can hold in every zone."""


def unix_time(value: Any) -> datetime | None:
    """The instant of a Unix time in s or ms, with fraction; None where it is none or of 1970."""
    seconds = number(value)
    if seconds is None:
        return None
    if seconds >= MILLISECONDS_FROM:
        seconds /= 1000
    if not CLOCK_SET_S <= seconds < TOO_FAR_S:
        return None
    return datetime.fromtimestamp(seconds, UTC)


def iso_time(value: Any, zone: tzinfo) -> datetime | None:
    """The instant of an ISO 8601 text; without an offset it is local to `zone`. None as for unix_time.

    Digits beyond microseconds are cut off. Of an hour that happens twice the first one is meant.
    """
    if type(value) is not str:
        return None
    try:
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=zone)
        moment = moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return moment if moment.year > 1970 else None


def any_time(value: Any, zone: tzinfo) -> datetime | None:
    """Either of the two, whichever the value is."""
    return unix_time(value) or iso_time(value, zone)
