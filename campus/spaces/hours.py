"""Opening hours, pure: what the sign on the door says, and which instants that means.

The API writes them as `{"mon": [["08:00", "20:00"]], …}`: several spans a day, days that are not
named are closed, a span that ends before it starts runs past midnight, null is always open.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from campus.errors import BadRequest
from campus.spaces.spans import Span, merged, within

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
SPANS_A_DAY = 12
MIDNIGHT = 24 * 60
_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])|24:00")


@dataclass(frozen=True, slots=True)
class DoorTime:
    """One span of a day in minutes of the wall clock; `closes` above 1440 is after midnight."""

    opens: int
    closes: int


@dataclass(frozen=True, slots=True)
class OpeningHours:
    """A week, Monday first."""

    week: tuple[tuple[DoorTime, ...], ...]

    def of(self, day: date) -> tuple[DoorTime, ...]:
        """The spans that begin on `day`."""
        return self.week[day.weekday()]


def read_hours(sign: Mapping[str, Any] | None) -> OpeningHours | None:
    """Opening hours from the shape of the API, None for always open. BadRequest says what is wrong."""
    if sign is None:
        return None
    for name in sign:
        if name not in DAYS:
            raise BadRequest(f"opening_hours: {name!r} is not a day; there are {', '.join(DAYS)}.")
    return OpeningHours(tuple(_read_day(name, sign.get(name)) for name in DAYS))


def open_spans(hours: OpeningHours | None, start: datetime, end: datetime, zone: ZoneInfo) -> list[Span]:
    """When it is open between two instants, in UTC and in order. None is always open.

    On the days of the clock change the sign on the door still holds: an hour that comes twice
    counts from its first time, and one that is left out counts as the moment of the change.
    """
    asked = Span(start.astimezone(UTC), end.astimezone(UTC))
    if hours is None:
        return within([asked], asked)
    first = start.astimezone(zone).date() - timedelta(days=1)  # yesterday's night may still go on
    days = (end.astimezone(zone).date() - first).days + 1
    found = []
    for day in (first + timedelta(days=number) for number in range(days)):
        for door in hours.of(day):
            span = Span(instant_at(day, door.opens, zone), instant_at(day, door.closes, zone))
            if span.start < span.end:
                found.append(span)
    return within(merged(found), asked)


def instant_at(day: date, minutes: int, zone: ZoneInfo) -> datetime:
    """The instant in UTC when the wall clock of `zone` shows `minutes` after the midnight of `day`.

    The first one if there are two; the moment of the clock change if there is none.
    """
    wall = datetime.combine(day, time.min) + timedelta(minutes=minutes)
    while True:
        moment = wall.replace(tzinfo=zone).astimezone(UTC)
        if moment.astimezone(zone).replace(tzinfo=None) == wall:
            return moment
        wall += timedelta(minutes=1)


def _read_day(name: str, spans: Any) -> tuple[DoorTime, ...]:
    where = f"opening_hours.{name}"
    if spans is None:
        return ()
    if not isinstance(spans, list):
        raise BadRequest(f'{where}: a list of spans is wanted, such as [["08:00", "20:00"]].')
    if len(spans) > SPANS_A_DAY:
        raise BadRequest(f"{where}: {len(spans)} spans; {SPANS_A_DAY} are the most.")
    doors = sorted((_read_span(where, span) for span in spans), key=lambda door: door.opens)
    for earlier, later in pairwise(doors):
        if later.opens < earlier.closes:
            raise BadRequest(f"{where}: two spans overlap at {_text(later.opens)}.")
    return tuple(doors)


def _read_span(where: str, span: Any) -> DoorTime:
    if not isinstance(span, list) or len(span) != 2:
        raise BadRequest(f'{where}: a span is two times, such as ["08:00", "20:00"].')
    opens, closes = (_read_time(where, text) for text in span)
    if opens == MIDNIGHT:
        raise BadRequest(f"{where}: nothing opens at 24:00; write 00:00 of the next day.")
    if opens == closes:
        raise BadRequest(f'{where}: {span[0]} to {span[1]} is empty; the whole day is ["00:00", "24:00"].')
    return DoorTime(opens, closes if closes > opens else closes + MIDNIGHT)


def _read_time(where: str, text: Any) -> int:
    if not isinstance(text, str) or not _TIME.fullmatch(text):
        raise BadRequest(f"{where}: {str(text)[:20]!r} is not a time from 00:00 to 24:00.")
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)


def _text(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"
