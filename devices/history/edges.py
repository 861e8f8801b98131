"""Where one step ends and the next begins: seconds, or days, weeks, months and years of the campus. Pure.

Steps of the calendar begin at midnight in the campus zone, so a day has 23, 24 or 25 hours; a week begins
on Monday. The first and the last step of a span are as much of theirs as lies in it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from campus.errors import BadRequest
from campus.moments import SECOND, from_micros, to_micros

CalendarStep = Literal["day", "week", "month", "year"]
Step = float | CalendarStep
"""Seconds, or a step of the campus calendar."""

MAX_BUCKETS = 20_000


def _day(day: date) -> date:
    return day


def _week(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _month(day: date) -> date:
    return day.replace(day=1)


def _year(day: date) -> date:
    return day.replace(month=1, day=1)


BEGINNINGS: Mapping[CalendarStep, Callable[[date], date]] = {
    "day": _day,
    "week": _week,
    "month": _month,
    "year": _year,
}
_LONGER_THAN: Mapping[CalendarStep, timedelta] = {
    "day": timedelta(days=1),
    "week": timedelta(days=7),
    "month": timedelta(days=31),
    "year": timedelta(days=366),
}


def edges(first: int, last: int, step: Step, zone: ZoneInfo) -> list[int]:
    """The instants at which the steps of [first, last) begin, and its end.

    Steps of seconds are aligned to `first`. Raises BadRequest for none or too many.
    """
    if isinstance(step, str):
        return _calendar_edges(first, last, step, zone)
    length = round(step * SECOND)
    if length <= 0 or (last - first) / length > MAX_BUCKETS:
        raise BadRequest(f"A span has 1 to {MAX_BUCKETS:,} steps. Take longer steps or a shorter span.")
    return [*range(first, last, length), last]


def _calendar_edges(first: int, last: int, step: CalendarStep, zone: ZoneInfo) -> list[int]:
    beginning, found = BEGINNINGS[step], [first]
    day = from_micros(first).astimezone(zone).date()
    while True:
        try:
            day = beginning(beginning(day) + _LONGER_THAN[step])
            edge = to_micros(datetime.combine(day, time.min, tzinfo=zone))
        except OverflowError:  # the calendar ends with the year 9999
            edge = last
        if edge >= last:
            return [*found, last]
        if len(found) == MAX_BUCKETS:
            raise BadRequest(f"A span has 1 to {MAX_BUCKETS:,} steps. Take longer steps or a shorter span.")
        found.append(edge)
