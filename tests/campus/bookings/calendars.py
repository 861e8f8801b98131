"""Calendars as others read them: by vobject, and by icalendar with our own expansion beside it.

Both are given a text in which the zone has a name that nobody knows: what they make of its times is
what the text itself says.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import vobject
from dateutil.rrule import rrulestr
from icalendar import Calendar

JUAREZ = ZoneInfo("America/Ciudad_Juarez")
_numbers = count()


class Read(NamedTuple):
    """One time that a reader would see, in UTC."""

    start: datetime
    end: datetime
    title: str


def by_vobject(text: bytes, zone: ZoneInfo = JUAREZ) -> list[Read]:
    """Every time that stands, as vobject and the text's own VTIMEZONE give them, by start."""
    told = (
        text.decode().replace("\r\n ", "").replace(zone.key, f"Hub/{next(_numbers)}")
    )  # it keeps what it knows
    calendar = vobject.readOne(told)
    events = list(calendar.vevent_list)
    overrides = {_utc(one.recurrence_id.value): one for one in events if hasattr(one, "recurrence_id")}
    found = []
    for event in events:
        if hasattr(event, "recurrence_id") or event.status.value == "CANCELLED":
            continue
        length = _utc(event.dtend.value) - _utc(event.dtstart.value)
        rules = event.getrruleset(addRDate=True)
        starts = [_utc(start) for start in rules] if rules else [_utc(event.dtstart.value)]
        found += [
            Read(start, start + length, event.summary.value) for start in starts if start not in overrides
        ]
    found += [
        Read(_utc(one.dtstart.value), _utc(one.dtend.value), one.summary.value)
        for one in overrides.values()
        if one.status.value != "CANCELLED"
    ]
    return sorted(found)


def by_icalendar(text: bytes) -> list[Read]:
    """The same as icalendar reads the properties and the machine's zone data give the times."""
    events = events_of(text)
    overrides = {_utc(one["RECURRENCE-ID"].dt): one for one in events if "RECURRENCE-ID" in one}
    found = []
    for event in events:
        if "RECURRENCE-ID" in event or event["STATUS"] == "CANCELLED":
            continue
        length = _utc(event["DTEND"].dt) - _utc(event["DTSTART"].dt)
        out = set(_dates(event, "EXDATE"))
        for start in sorted({*_ruled(event), *_dates(event, "RDATE")} - out - overrides.keys()):
            found.append(Read(start, start + length, str(event["SUMMARY"])))
    found += [
        Read(_utc(one["DTSTART"].dt), _utc(one["DTEND"].dt), str(one["SUMMARY"]))
        for one in overrides.values()
        if one["STATUS"] != "CANCELLED"
    ]
    return sorted(found)


def events_of(text: bytes) -> list[Any]:
    """The events as icalendar reads them: of its values' types nothing is known before."""
    return list(Calendar.from_ical(text).walk("VEVENT"))


def _ruled(event: Any) -> Iterator[datetime]:
    start = event["DTSTART"].dt
    if "RRULE" not in event:
        yield _utc(start)
        return
    for wall in rrulestr(event["RRULE"].to_ical().decode(), dtstart=start.replace(tzinfo=None)):
        yield _utc(wall.replace(tzinfo=start.tzinfo))


def _dates(event: Any, name: str) -> Iterator[datetime]:
    lines = event.get(name, [])
    for line in lines if isinstance(lines, list) else [lines]:
        yield from (_utc(one.dt) for one in line.dts)


def _utc(moment: datetime) -> datetime:
    assert moment.tzinfo is not None, "no time floats"
    return moment.astimezone(UTC)
