"""A rule of repetition as a value, pure: the part of RFC 5545's RRULE that bookings have a use for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import NamedTuple
from zoneinfo import ZoneInfo

MOST_TIMES = 400
"""Turns of one series, at most."""
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")


class Day(NamedTuple):
    """A weekday (Monday is 0); `nth` of the month or year, from the end if negative, 0 for every one."""

    weekday: int
    nth: int = 0

    @property
    def text(self) -> str:
        return f"{self.nth or ''}{WEEKDAYS[self.weekday]}"


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule that `read_rule` let through. It has either `count` or `until`."""

    freq: str
    interval: int = 1
    count: int | None = None
    until: date | datetime | None = None
    """A campus day; a naive campus time; or an instant in UTC. What begins then is part of the series."""
    by_day: tuple[Day, ...] = ()
    by_month_day: tuple[int, ...] = ()
    by_month: tuple[int, ...] = ()
    by_set_pos: tuple[int, ...] = ()
    week_start: int = 0

    @property
    def text(self) -> str:
        """The rule in one form, without RRULE: before it. `read_rule` of it is this rule."""
        return self._text(_until_text(self.until))

    def for_calendar(self, zone: ZoneInfo) -> str:
        """As iCalendar wants it beside a DTSTART with TZID: UNTIL in UTC, never a day or a campus time."""
        return self._text(_until_text(self.last_instant(zone)))

    def last_instant(self, zone: ZoneInfo) -> datetime | None:
        """The latest start, in UTC, that UNTIL allows; None if the rule counts."""
        if self.until is None:
            return None
        if not isinstance(self.until, datetime):
            wall = datetime.combine(self.until, time(23, 59, 59))
        elif self.until.tzinfo is None:
            wall = self.until
        else:
            return self.until
        return wall.replace(tzinfo=zone).astimezone(UTC)

    def last_day(self, zone: ZoneInfo) -> date | None:
        """The last campus day that UNTIL allows; None if the rule counts."""
        last = self.last_instant(zone)
        return last.astimezone(zone).date() if last else None

    def _text(self, until: str) -> str:
        parts = {
            "FREQ": self.freq,
            "INTERVAL": str(self.interval) if self.interval > 1 else "",
            "BYMONTH": _listed(self.by_month),
            "BYMONTHDAY": _listed(self.by_month_day),
            "BYDAY": _listed(day.text for day in self.by_day),
            "BYSETPOS": _listed(self.by_set_pos),
            "WKST": WEEKDAYS[self.week_start] if self.week_start else "",
            "COUNT": str(self.count or ""),
            "UNTIL": until,
        }
        return ";".join(f"{name}={value}" for name, value in parts.items() if value)


def _until_text(until: date | datetime | None) -> str:
    if until is None:
        return ""
    if isinstance(until, datetime):
        return f"{until:%Y%m%dT%H%M%S}" + ("Z" if until.tzinfo else "")
    return f"{until:%Y%m%d}"


def _listed(items: Iterable[object]) -> str:
    return ",".join(map(str, items))
