"""Free time of one resource for one member, with every rule that is theirs applied."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from campus.bookings import agenda
from campus.bookings.holdings import circumstances
from campus.bookings.rules.allowance import allowed
from campus.bookings.rules.policy import Broken, Policy, check
from campus.people.models import Member
from campus.spaces.models import Resource
from campus.spaces.spans import Span

WHENEVER = ("role", "training-required", "too-short", "too-long", "too-many-open")
"""Rules that a member breaks there whatever the time is."""


@dataclass(frozen=True, slots=True)
class FreeTime:
    """`barred`: why they may book nothing of that length there; then no time is free."""

    spans: Sequence[Span] = ()
    barred: Sequence[Broken] = ()


def free_time(
    session: Session,
    resource: Resource,
    member: Member,
    bounds: Span,
    length: timedelta,
    *,
    now: datetime,
    zone: ZoneInfo,
) -> FreeTime:
    """Where in `bounds` a booking of `length` by `member` may lie: see agenda.bookable, allowance.allowed."""
    policy = Policy.of(resource.policy)
    ends = [Span(bounds.start, bounds.start), Span(bounds.end, bounds.end)]
    around = circumstances(session, resource, member, ends, now=now, zone=zone)
    start = max(bounds.start, policy.window(now).start)
    broken = check(policy, Span(start, start + length), None, around)
    barred = [rule for rule in broken if rule.code in WHENEVER]
    if barred:
        return FreeTime(barred=barred)
    free = agenda.bookable(session, resource, bounds, length, now=now, zone=zone, member_id=member.id)
    return FreeTime(allowed(policy, free, length, around))
