"""The rules of a resource, pure: every one that a wish breaks, with its numbers, and none hidden."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from campus.bookings.rules.quotas import Quota, amount, exceeded, periods
from campus.bookings.rules.slots import Buffers
from campus.moments import day_bounds, rfc3339
from campus.spaces.holidays import holidays_in
from campus.spaces.spans import Span, merged

MINUTE = timedelta(minutes=1)
LONGEST = timedelta(days=366)
"""No policy allows a longer booking: what lies behind decides nothing."""


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
    """One more quota of a member, a week, in hours."""
    quotas: tuple[Quota, ...] = ()
    quotas_free_within_minutes: int = 0
    """What starts that soon breaks no quota: it would stand empty."""
    max_open_bookings: int | None = None
    """Bookings that one member may hold and that have not ended."""
    approval: bool = False
    """A booking holds its time, and waits until staff say yes."""
    training: str | None = None
    """Slug of the training that has to be valid until the booking ends."""
    roles: tuple[str, ...] | None = None
    """Whose bookings are taken; None is everybody's."""
    holidays: Literal["open", "closed"] = "open"
    check_in_minutes: int | None = None
    """Who has not checked in that long after the start gives it back; None: nobody is asked to."""
    check_in_early_minutes: int = 15
    waitlist: Literal["offer", "confirm", "off"] = "offer"
    """What the first in line gets when time is freed: an offer for `offer_minutes`, or the booking."""
    offer_minutes: int = 30
    walk_up: bool = True
    """The display at the door may book."""

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Policy:
        """From the resource's JSON, which was checked when it came in; null is as if not said."""
        names = cls.__dataclass_fields__
        said = {name: value for name, value in stored.items() if name in names and value is not None}
        if "quotas" in said:
            said["quotas"] = tuple(Quota(**quota) for quota in said["quotas"])
        if "roles" in said:
            said["roles"] = tuple(said["roles"])
        return cls(**said)

    @property
    def buffers(self) -> Buffers:
        return Buffers(self.buffer_before_minutes * MINUTE, self.buffer_after_minutes * MINUTE)

    @property
    def all_quotas(self) -> tuple[Quota, ...]:
        """The weekly hours of a member first, then the others as they were given."""
        weekly = self.quota_hours_per_week
        return (*([Quota("member", "week", hours=weekly)] if weekly is not None else []), *self.quotas)

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
    """What the rules need to know besides the wish itself. "The member" is whose booking it would be."""

    now: datetime
    zone: ZoneInfo
    open_spans: Sequence[Span]
    """When the resource is open in the time that `looked_at` names, merged."""
    shut_along: Sequence[tuple[str, Span]] = ()
    """When only closures of others, which a booking takes along, keep it from that, by their names."""
    capacity: int | None = None
    held: Sequence[Span] = ()
    """What the member holds on this resource in the time that `periods_of` names."""
    open_bookings: int = 0
    role: str = "member"
    trained: Mapping[str, datetime | None] = field(default_factory=dict)
    """The member's trainings by slug, each with the instant when it expires; None: never."""
    training_name: str | None = None
    """What people call the training that the policy asks for."""
    company: bool = False
    """The member has one. Who has none is pooled with nobody: a company of their own."""
    held_by_company: Sequence[Span] = ()
    """What all members of the company hold, this one too, where and when as in `held`."""

    def holding(self, span: Span) -> Circumstances:
        """The same when the member has booked `span` besides: a series is checked date by date."""
        return replace(
            self,
            held=(*self.held, span),
            held_by_company=(*self.held_by_company, span) if self.company else self.held_by_company,
            open_bookings=self.open_bookings + (span.end > self.now),
        )


def check(policy: Policy, wanted: Span, attendees: int | None, circumstances: Circumstances) -> list[Broken]:
    """Every rule that a booking of `wanted` breaks; an empty list is a yes."""
    found = (
        _closed(policy, wanted, circumstances),
        _too_short(policy, wanted),
        _too_long(policy, wanted),
        _in_the_past(wanted, circumstances),
        _too_soon(policy, wanted, circumstances),
        _too_far(policy, wanted, circumstances),
        *_quotas(policy, wanted, circumstances),
        _too_many_open(policy, circumstances),
        _training(policy, wanted, circumstances),
        _over_capacity(attendees, circumstances),
        _role(policy, circumstances),
    )
    return [broken for broken in found if broken]


def looked_at(wanted: Span, zone: ZoneInfo) -> Span:
    """The time whose opening hours decide on `wanted`: its campus days, and a year at the most."""
    day = day_bounds(wanted.start.astimezone(zone).date(), zone)
    return Span(day[0], max(day[1], _decisive(wanted).end))


def periods_of(policy: Policy, wanted: Span, zone: ZoneInfo) -> Span:
    """The time in which the quotas need to know what is held; empty if there are none."""
    touched = [
        period for quota in policy.all_quotas for period in periods(quota.per, _decisive(wanted), zone)
    ]
    if not touched:
        return Span(wanted.start, wanted.start)
    return Span(min(period.start for period in touched), max(period.end for period in touched))


def _decisive(wanted: Span) -> Span:
    return Span(wanted.start, min(wanted.end, wanted.start + LONGEST))


def _closed(policy: Policy, wanted: Span, around: Circumstances) -> Broken | None:
    """With the hours of the week from its start, the holidays that it touches if those are closed, and what
    it takes `along` if only that is closed."""
    decisive = _decisive(wanted)
    if any(span.covers(decisive) for span in around.open_spans):
        return None
    own = merged([*around.open_spans, *(span for _name, span in around.shut_along)])
    if any(span.covers(decisive) for span in own):
        names = dict.fromkeys(name for name, span in around.shut_along if span.overlaps(decisive))
        along = {"along": list(names)}
    else:
        along = {}
    week = wanted.start + timedelta(days=7)
    spans = [
        {"start": rfc3339(span.start), "end": rfc3339(span.end)}
        for span in around.open_spans
        if span.start < week
    ]
    days = holidays_in(decisive, around.zone) if policy.holidays == "closed" else []
    holidays = {"holidays": [day.isoformat() for day in days]} if days else {}
    return Broken("closed", {"open": spans, **holidays, **along})


def _too_short(policy: Policy, wanted: Span) -> Broken | None:
    if wanted.length >= policy.min_minutes * MINUTE:
        return None
    return Broken("too-short", {"minutes": amount(wanted.length, MINUTE), "min_minutes": policy.min_minutes})


def _too_long(policy: Policy, wanted: Span) -> Broken | None:
    if wanted.length <= policy.max_minutes * MINUTE:
        return None
    return Broken("too-long", {"minutes": amount(wanted.length, MINUTE), "max_minutes": policy.max_minutes})


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


def _quotas(policy: Policy, wanted: Span, around: Circumstances) -> Iterator[Broken]:
    free = policy.quotas_free_within_minutes
    if free and wanted.start <= around.now + free * MINUTE:
        return
    for quota in policy.all_quotas:
        pooled = quota.of == "company" and around.company
        held = around.held_by_company if pooled else around.held
        for numbers in exceeded(quota, _decisive(wanted), held, around.zone):
            yield Broken("quota", numbers)


def _too_many_open(policy: Policy, around: Circumstances) -> Broken | None:
    most = policy.max_open_bookings
    if most is None or around.open_bookings < most:
        return None
    return Broken("too-many-open", {"open_bookings": around.open_bookings, "max_open_bookings": most})


def _training(policy: Policy, wanted: Span, around: Circumstances) -> Broken | None:
    """Valid to the end and not just at the start: nobody works a minute that they are not trained for."""
    training = policy.training
    if training is None:
        return None
    numbers = {"training": training, "name": around.training_name or training}
    if training not in around.trained:
        return Broken("training-required", {**numbers, "state": "none"})
    until = around.trained[training]
    if until is None or until >= wanted.end:
        return None
    return Broken("training-required", {**numbers, "state": "expired", "valid_until": rfc3339(until)})


def _over_capacity(attendees: int | None, around: Circumstances) -> Broken | None:
    if attendees is None or around.capacity is None or attendees <= around.capacity:
        return None
    return Broken("over-capacity", {"attendees": attendees, "capacity": around.capacity})


def _role(policy: Policy, around: Circumstances) -> Broken | None:
    if policy.roles is None or around.role in policy.roles:
        return None
    return Broken("role", {"role": around.role, "roles": list(policy.roles)})
