"""The form of a closure: what was typed, kept as it is, and the span that it means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from flask_babel import gettext as _

from campus.errors import BadRequest
from campus.fields import FIRST_YEAR, LAST_YEAR
from campus.spaces.closures import read_reason
from campus.spaces.hours import MIDNIGHT, instant_at
from campus.spaces.spans import Span

LONGEST = 400


@dataclass(frozen=True, slots=True)
class Typed:
    """The form's fields as text. Without times: whole days. Without a last day: the first."""

    resource: str = ""
    first_day: str = ""
    start: str = ""
    last_day: str = ""
    end: str = ""
    reason: str = ""

    @classmethod
    def of(cls, sent: Mapping[str, str]) -> Typed:
        return cls(**{name: sent[name][:LONGEST] for name in cls.__dataclass_fields__ if name in sent})

    def faults(self, zone: ZoneInfo) -> dict[str, str]:
        """What is wrong, by field."""
        found: dict[str, str] = {}
        days = {name: _day(getattr(self, name)) for name in ("first_day", "last_day")}
        if days["first_day"] is None:
            found["first_day"] = _("This is not a date.")
        if self.last_day and days["last_day"] is None:
            found["last_day"] = _("This is not a date.")
        for name in ("start", "end"):
            if getattr(self, name) and _minutes(getattr(self, name)) is None:
                found[name] = _("This is not a time of day.")
        if not found and (span := self.span(zone)).end <= span.start:
            found["end" if self.end else "last_day"] = _("The end is not after the beginning.")
        try:
            read_reason(self.reason)
        except BadRequest as error:
            found["reason"] = error.message
        return found

    def span(self, zone: ZoneInfo) -> Span:
        """From the first instant to the last, in UTC. Only where there are no faults."""
        first = _day(self.first_day) or date.min
        last = _day(self.last_day) or first
        start, end = _minutes(self.start) or 0, _minutes(self.end)
        return Span(
            instant_at(first, start, zone),
            instant_at(last + timedelta(days=1), 0, zone) if end is None else instant_at(last, end, zone),
        )


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if FIRST_YEAR < day.year < LAST_YEAR else None


def _minutes(text: str) -> int | None:
    """Of the wall clock, from HH:MM."""
    hours, _colon, minutes = text.partition(":")
    if not (text.isascii() and hours.isdigit() and minutes.isdigit() and len(text) <= 5):
        return None
    total = int(hours) * 60 + int(minutes)
    return total if int(minutes) < 60 and total < MIDNIGHT else None
