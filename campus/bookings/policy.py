"""The rules of a resource, pure: every one that a wish breaks, with its numbers, and none hidden."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from campus.bookings.slots import Buffers
from campus.moments import day_bounds, rfc3339
from campus.spaces.spans import Span

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Policy:
    """What the resource's owner decided; None is no limit. The defaults hold where nothing was said."""

    min_minutes: int = 1
    max_minutes: int = 24 * 60
    min_notice_minutes: int = 0
    max_advance_days: int = 365
    buffer_before_minutes: int = 0
    buffer_after_minutes: int = 0
    quota_hours_per_week: float | None = None
    """Elapsed hours that one member may hold in one campus week, Monday to Sunday."""
    max_open_bookings: int | None = None
    """Bookings that one member may hold and that have not ended."""

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Policy:
        """From the resource's JSON, which was checked when it came in; null is as if not said."""
        names = cls.__dataclass_fields__
        return cls(**{name: value for name, value in stored.items() if name in names and value is not None})

    @property
    def buffers(self) -> Buffers:
        return Buffers(self.buffer_before_minutes * MINUTE, self.buffer_after_minutes * MINUTE)

    def window(self, now: datetime) -> Span:
        """Where a booking made `now` may start."""
        return Span(now + self.min_notice_minutes * MINUTE, now + timedelta(days=self.max_advance_days))


@dataclass(frozen=True, slots=True)
class Broken:
    """One broken rule: its code in the API, and the numbers that explain it (times in RFC 3339)."""

    code: str
    numbers: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What the rules need to know besides the wish itself."""

    now: datetime
    zone: ZoneInfo
    open_spans: Sequence[Span]
    """When the resource is open in the time that `looked_at` names, merged."""
    capacity: int | None = None
    held: Sequence[Span] = ()
    """What the member holds on this resource in the campus weeks of the wish."""
    open_bookings: int = 0


def check(policy: Policy, wanted: Span, attendees: int | None, circumstances: Circumstances) -> list[Broken]:
    """Every rule that a booking of `wanted` breaks; an empty list is a yes."""
    found = (
        _closed(wanted, circumstances),
        _too_short(policy, wanted),
        _too_long(policy, wanted),
        _in_the_past(wanted, circumstances),
        _too_soon(policy, wanted, circumstances),
        _too_far(policy, wanted, circumstances),
        _quota(policy, wanted, circumstances),
        _too_many_open(policy, circumstances),
        _over_capacity(attendees, circumstances),
    )
    return [broken for broken in found if broken]


def weeks_of(span: Span, zone: ZoneInfo) -> list[Span]:
    """The campus weeks that `span` touches, Monday to Sunday, 167 to 169 hours long."""
    day = span.start.astimezone(zone).date()
    day -= timedelta(days=day.weekday())
    found: list[Span] = []
    while True:
        week = Span(day_bounds(day, zone)[0], day_bounds(day + timedelta(days=6), zone)[1])
        if week.start >= span.end:
            return found
        found.append(week)
        day += timedelta(days=7)


def looked_at(wanted: Span, zone: ZoneInfo) -> Span:
    """The time whose opening hours decide on `wanted`: its campus days, and no more than it takes.

    Hours repeat every week, so what is open for fifteen days on end is always open.
    """
    day = day_bounds(wanted.start.astimezone(zone).date(), zone)
    return Span(day[0], max(day[1], _decisive(wanted).end))


def _decisive(wanted: Span) -> Span:
    return Span(wanted.start, min(wanted.end, wanted.start + timedelta(days=15)))


def _closed(wanted: Span, around: Circumstances) -> Broken | None:
    if any(span.covers(_decisive(wanted)) for span in around.open_spans):
        return None
    spans = [{"start": rfc3339(span.start), "end": rfc3339(span.end)} for span in around.open_spans]
    return Broken("closed", {"open": spans})


def _too_short(policy: Policy, wanted: Span) -> Broken | None:
    if wanted.length >= policy.min_minutes * MINUTE:
        return None
    return Broken("too-short", {"minutes": _of(wanted.length, MINUTE), "min_minutes": policy.min_minutes})


def _too_long(policy: Policy, wanted: Span) -> Broken | None:
    if wanted.length <= policy.max_minutes * MINUTE:
        return None
    return Broken("too-long", {"minutes": _of(wanted.length, MINUTE), "max_minutes": policy.max_minutes})


def _in_the_past(wanted: Span, around: Circumstances) -> Broken | None:
    if wanted.start >= around.now:
        return None
    return Broken("in-the-past", {"now": rfc3339(around.now)})


def _too_soon(policy: Policy, wanted: Span, around: Circumstances) -> Broken | None:
    earliest = policy.window(around.now).start
    if not policy.min_notice_minutes or wanted.start >= earliest:
        return None
    return Broken(
        "too-soon", {"min_notice_minutes": policy.min_notice_minutes, "earliest": rfc3339(earliest)}
    )


def _too_far(policy: Policy, wanted: Span, around: Circumstances) -> Broken | None:
    latest = policy.window(around.now).end
    if wanted.start <= latest:
        return None
    return Broken("too-far", {"max_advance_days": policy.max_advance_days, "latest": rfc3339(latest)})


def _quota(policy: Policy, wanted: Span, around: Circumstances) -> Broken | None:
    """The first week whose hours do not suffice. Elapsed hours: a night of the clock change has 7 or 9."""
    quota = policy.quota_hours_per_week
    if quota is None:
        return None
    for week in weeks_of(wanted, around.zone):
        used, more = _within(week, around.held), _within(week, [wanted])
        if used + more > quota * HOUR:
            numbers = {"quota_hours": quota, "held_hours": _of(used, HOUR), "wanted_hours": _of(more, HOUR)}
            return Broken("quota", {"week": week.start.astimezone(around.zone).date().isoformat(), **numbers})
    return None


def _too_many_open(policy: Policy, around: Circumstances) -> Broken | None:
    most = policy.max_open_bookings
    if most is None or around.open_bookings < most:
        return None
    return Broken("too-many-open", {"open_bookings": around.open_bookings, "max_open_bookings": most})


def _over_capacity(attendees: int | None, around: Circumstances) -> Broken | None:
    if attendees is None or around.capacity is None or attendees <= around.capacity:
        return None
    return Broken("over-capacity", {"attendees": attendees, "capacity": around.capacity})


def _within(week: Span, spans: Sequence[Span]) -> timedelta:
    return sum((part.length for span in spans if (part := span.clipped(week))), timedelta(0))


def _of(length: timedelta, unit: timedelta) -> float:
    """`length` in units, whole where it is whole."""
    number = round(length / unit, 2)
    return int(number) if number == int(number) else number
