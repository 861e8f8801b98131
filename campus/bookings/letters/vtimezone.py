"""A time zone as iCalendar tells it (RFC 5545, 3.6.5), pure: from its own data, for the years that matter.

The library's own leaves out that an onset is written in the time that ends there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from icalendar import Timezone, TimezoneDaylight, TimezoneStandard

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)


class Clock(NamedTuple):
    """How the clocks of a zone go for a while."""

    offset: timedelta
    name: str
    is_daylight: bool


@lru_cache(maxsize=64)
def timezone_of(zone: ZoneInfo, first_year: int, last_year: int) -> Timezone:
    """The zone's VTIMEZONE, right for both years and those between. It is kept: nobody changes it."""
    start, end = datetime(first_year, 1, 1, tzinfo=UTC) - DAY, datetime(last_year + 1, 1, 1, tzinfo=UTC) + DAY
    first = clock_at(start, zone)
    onsets: dict[tuple[timedelta, Clock], list[datetime]] = defaultdict(list)
    onsets[first.offset, first].append((start + first.offset).replace(tzinfo=None))
    for instant, before, after in changes(zone, start, end):
        onsets[before.offset, after].append((instant + before.offset).replace(tzinfo=None))
    told = Timezone()
    told.add("tzid", zone.key)
    for (offset_before, clock), times in onsets.items():
        part = TimezoneDaylight() if clock.is_daylight else TimezoneStandard()
        part.add("dtstart", times[0])
        if times[1:]:
            part.add("rdate", times[1:])
        part.add("tzname", clock.name)
        part.add("tzoffsetfrom", offset_before)
        part.add("tzoffsetto", clock.offset)
        told.add_component(part)
    return told


def changes(zone: ZoneInfo, start: datetime, end: datetime) -> Iterator[tuple[datetime, Clock, Clock]]:
    """Each instant between two in UTC at which the clocks change, with how they went and go.

    Looks once a day: no zone changes and changes back within one.
    """
    seen, before = start, clock_at(start, zone)
    while seen < end:
        ahead = min(seen + DAY, end)
        if clock_at(ahead, zone) != before:
            early, late = seen, ahead
            while late - early > SECOND:
                middle = early + (late - early) // 2 // SECOND * SECOND
                early, late = (middle, late) if clock_at(middle, zone) == before else (early, middle)
            after = clock_at(late, zone)
            yield late, before, after
            before, ahead = after, late
        seen = ahead


def clock_at(instant: datetime, zone: ZoneInfo) -> Clock:
    wall = instant.astimezone(zone)
    return Clock(wall.utcoffset() or timedelta(0), wall.tzname() or "", bool(wall.dst()))
