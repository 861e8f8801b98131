"""Series, pure: how far the times of an edit go, and what becomes of the rule of the series."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self
from zoneinfo import ZoneInfo

from campus.bookings.repeats.recurrence import Rule, expand, moved, read_rule, remaining, truncated
from campus.bookings.repeats.repeat_turns import instant, wall_time
from campus.errors import BadRequest
from campus.spaces.spans import Span

MOMENT = timedelta(minutes=1)
"""A series of starts is expanded with turns so short."""


@dataclass(frozen=True, slots=True)
class Shift:
    """How far start and end go, by the clock on the wall: 09:00 becomes 10:00 in winter and in summer."""

    start: timedelta
    end: timedelta

    @classmethod
    def between(cls, old: Span, new: Span, zone: ZoneInfo) -> Self:
        """What makes `new` of `old`."""
        return cls(
            wall_time(new.start, zone) - wall_time(old.start, zone),
            wall_time(new.end, zone) - wall_time(old.end, zone),
        )

    def of(self, span: Span, zone: ZoneInfo) -> Span:
        """Where a turn goes. Where the clocks leave nothing of it, it stays as long as it is."""
        start = self.of_start(span.start, zone)
        end = _later(span.end, self.end, zone)
        return Span(start, end if end > start else start + span.length)

    def of_start(self, start: datetime, zone: ZoneInfo) -> datetime:
        return _later(start, self.start, zone)


def _later(moment: datetime, by: timedelta, zone: ZoneInfo) -> datetime:
    """By the clock on the wall. What stays is exactly what it was: the second 01:30 is not the first."""
    return instant(wall_time(moment, zone) + by, zone) if by else moment


def cut(
    repeat: str | None, starts: Sequence[datetime], at: datetime, zone: ZoneInfo
) -> tuple[str | None, str | None]:
    """The rules of the part before `at` and of the part from then on, None where no rule gives just that.

    `starts`: where the rule put the turns of the series, in order, the first of them its first.
    """
    if repeat is None:
        return None, None
    rule, first = read_rule(repeat), Span(starts[0], starts[0] + MOMENT)
    before, after = truncated(rule, at, first, zone), remaining(rule, at, first, zone)
    return _text(before), _text(after)


def moved_rule(repeat: str | None, start: datetime, to: datetime, zone: ZoneInfo) -> str | None:
    """The rule of a series whose first turn goes from `start` to `to`; None if no rule gives that."""
    if repeat is None:
        return None
    return _text(moved(read_rule(repeat), Span(start, start + MOMENT), Span(to, to + MOMENT), zone))


def gives(repeat: str | None, starts: Sequence[datetime], zone: ZoneInfo) -> bool:
    """True if the rule puts turns at all of `starts`, the first of which is its first."""
    if repeat is None:
        return False
    try:
        turns = expand(read_rule(repeat), Span(starts[0], starts[0] + MOMENT), zone)
    except BadRequest:
        return False
    return set(starts) <= {turn.original for turn in turns}


def _text(rule: Rule | None) -> str | None:
    return rule.text if rule else None
