"""What is looked for, as it was typed: how many people, how long, when, with what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from campus.bookings.finding.finding import Need
from campus.bookings.timeline.form import read_day
from campus.spaces.hours import instant_at
from campus.spaces.models import KINDS
from campus.spaces.spans import Span

WEEK = 7
MOST_PEOPLE, MOST_MINUTES = 10_000, 24 * 60
LATEST = 24 * 60


@dataclass(frozen=True, slots=True)
class Sought:
    """The form, read: what cannot be read counts as not said. `earliest`, `latest`: minutes of the day."""

    day: date
    people: int = 1
    minutes: int = 60
    equipment: tuple[str, ...] = ()
    kind: str = "room"
    week: bool = False
    earliest: int | None = None
    latest: int | None = None
    at_once: bool = False
    """A room now: from this moment on, today."""

    @classmethod
    def of(cls, sent: Mapping[str, str], equipment: Sequence[str], now: datetime, zone: ZoneInfo) -> Sought:
        """From a request. The day is today where none is named, and never one that has passed."""
        today = now.astimezone(zone).date()
        kind = sent.get("kind", "room")
        found = cls(
            day=max(read_day(sent.get("date", "")) or today, today),
            people=_number(sent.get("people", ""), 1, MOST_PEOPLE),
            minutes=_number(sent.get("minutes", ""), 60, MOST_MINUTES),
            equipment=tuple(dict.fromkeys(word for word in equipment if word)),
            kind=kind if kind in KINDS else "",
            week=bool(sent.get("week")),
            earliest=_minutes(sent.get("from", "")),
            latest=_minutes(sent.get("to", "")),
        )
        if sent.get("now"):
            return replace(found, day=today, week=False, earliest=None, latest=None, at_once=True)
        return found

    @property
    def need(self) -> Need:
        length = timedelta(minutes=self.minutes)
        return Need(length, self.people, frozenset(self.equipment), self.kind or None)

    def windows(self, now: datetime, zone: ZoneInfo) -> list[Span]:
        """Where it may lie: for each day from the earliest time to the latest, and not before `now`."""
        if self.at_once:
            last = now + 2 * timedelta(minutes=self.minutes)
            return [Span(now, last)]
        days = [self.day + timedelta(days=number) for number in range(WEEK if self.week else 1)]
        found = []
        for day in days:
            latest = self.latest if self.latest is not None else LATEST
            start = max(instant_at(day, self.earliest or 0, zone), now)
            end = instant_at(day, latest, zone)
            if start < end:
                found.append(Span(start, end))
        return found


def _number(text: str, usual: int, most: int) -> int:
    text = text.strip()
    return min(max(int(text), 1), most) if text.isdecimal() and len(text) < 10 else usual


def _minutes(text: str) -> int | None:
    try:
        wall = time.fromisoformat(text)
    except ValueError:
        return None
    return wall.hour * 60 + wall.minute
