"""The few fields with which the booking form repeats a booking, pure: to a rule, and from one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from flask_babel import gettext as _

from campus.bookings.repeats.repeat_rule import MOST_TIMES, WEEKDAYS, Day, Rule
from campus.bookings.repeats.repeat_text import read_rule
from campus.bookings.repeats.repeat_turns import days
from campus.errors import BadRequest
from campus.spaces.spans import Span

MOST_EVERY = 99
REPEATS = ("", "daily", "weekly", "monthly-day", "monthly-weekday")
DAY_CODES = tuple(code.lower() for code in WEEKDAYS)
_OF_FREQ = {"DAILY": "daily", "WEEKLY": "weekly", "MONTHLY": "monthly-day"}


@dataclass(frozen=True, slots=True)
class RepeatChoice:
    """The fields as typed. `repeat_until` is YYYY-MM-DD; either it or `repeat_times` is filled.

    monthly-day: on the number of the first day. monthly-weekday: as the third Tuesday is; a fifth
    one counts as the last, which every month has.
    """

    repeat: str = ""
    repeat_every: str = "1"
    repeat_days: tuple[str, ...] = ()
    """Of a week: mo, tu, … su; none: the first day's."""
    repeat_until: str = ""
    repeat_times: str = ""

    @classmethod
    def of(cls, rule: Rule, first: Span, zone: ZoneInfo) -> RepeatChoice | None:
        """The fields that give the same days from `first` on; None if these fields cannot."""
        repeat = _OF_FREQ.get(rule.freq, "")
        if any(day.nth for day in rule.by_day):
            repeat = "monthly-weekday"
        last = rule.last_day(zone)
        choice = cls(
            repeat,
            str(rule.interval),
            tuple(DAY_CODES[day.weekday] for day in rule.by_day) if repeat == "weekly" else (),
            last.isoformat() if last else "",
            str(rule.count or ""),
        )
        try:
            text = choice.rule(first.start.astimezone(zone).date())
            same = text is not None and days(read_rule(text), first, zone) == days(rule, first, zone)
        except BadRequest:
            return None
        return choice if same else None

    def rule(self, first_day: date) -> str | None:
        """The RRULE for a booking that begins on `first_day`; None if it does not repeat.

        Raises BadRequest; its extra `field` names the field to mend.
        """
        if not self.repeat:
            return None
        if self.repeat not in REPEATS:
            raise _wrong("repeat", _("Choose how the booking repeats: by day, week or month."))
        parts = {**self._when(first_day), "INTERVAL": self._every(), **self._end(first_day)}
        return read_rule(";".join(f"{name}={value}" for name, value in parts.items())).text

    def _when(self, first_day: date) -> Mapping[str, str]:
        if self.repeat == "daily":
            return {"FREQ": "DAILY"}
        if self.repeat == "weekly":
            return {"FREQ": "WEEKLY", "BYDAY": self._weekdays(first_day)}
        if self.repeat == "monthly-day":
            return {"FREQ": "MONTHLY", "BYMONTHDAY": str(first_day.day)}
        nth = (first_day.day - 1) // 7 + 1
        return {"FREQ": "MONTHLY", "BYDAY": Day(first_day.weekday(), nth if nth < 5 else -1).text}

    def _weekdays(self, first_day: date) -> str:
        chosen = self.repeat_days or (DAY_CODES[first_day.weekday()],)
        if not set(chosen) <= set(DAY_CODES):
            raise _wrong("repeat_days", _("Choose days of the week."))
        if DAY_CODES[first_day.weekday()] not in chosen:
            raise _wrong(
                "repeat_days",
                _("The first day is none of these: tick its day of the week too, or begin on another day."),
            )
        return ",".join(chosen).upper()

    def _every(self) -> str:
        number = _whole(self.repeat_every or "1")
        if number is None or not 1 <= number <= MOST_EVERY:
            raise _wrong("repeat_every", _("A whole number from 1 to %(most)s.", most=MOST_EVERY))
        return str(number)

    def _end(self, first_day: date) -> Mapping[str, str]:
        until, times = self.repeat_until.strip(), self.repeat_times.strip()
        if until and times:
            raise _wrong("repeat_times", _("Give the last day or how many times, not both."))
        if times:
            number = _whole(times)
            if number is None or not 1 <= number <= MOST_TIMES:
                raise _wrong("repeat_times", _("A whole number from 1 to %(most)s.", most=MOST_TIMES))
            return {"COUNT": str(number)}
        if not until:
            raise _wrong("repeat_until", _("Say until which day it repeats, or how many times."))
        return {"UNTIL": f"{_last_day(until, first_day):%Y%m%d}"}


def _last_day(text: str, first_day: date) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise _wrong("repeat_until", _("This is not a date.")) from None
    if day < first_day:
        raise _wrong("repeat_until", _("The repeat ends before the first booking: choose a later end."))
    if day.year > first_day.year + 3:
        raise _wrong("repeat_until", _("A series lasts 3 years at most: choose an earlier end."))
    return day


def _whole(text: str) -> int | None:
    """At most six digits: more are never meant."""
    plain = text.strip()
    return int(plain) if plain.isascii() and plain.isdecimal() and len(plain) <= 6 else None


def _wrong(field: str, sentence: str) -> BadRequest:
    return BadRequest(sentence, extra={"field": field})
