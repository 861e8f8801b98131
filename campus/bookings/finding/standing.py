"""How a member stands with every resource at once: what its rules ask about them, in few questions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from campus.bookings.models import HOLDING, Booking, Occurrence
from campus.bookings.rules.policy import Circumstances, Policy, periods_of
from campus.people.models import Member
from campus.spaces.models import Resource, Training, TrainingRecord
from campus.spaces.spans import Span

Spans = dict[int, list[Span]]
"""By the id of a resource."""


@dataclass(frozen=True, slots=True)
class _Held:
    mine: Spans = field(default_factory=lambda: defaultdict(list))
    of_company: Spans = field(default_factory=lambda: defaultdict(list))


def standing_of(
    session: Session,
    member: Member,
    resources: Sequence[Resource],
    bounds: Span,
    *,
    now: datetime,
    zone: ZoneInfo,
) -> Mapping[int, Circumstances]:
    """For each of `resources`, by its id, what its rules ask about `member` and a booking inside `bounds`.

    Only the opening hours are left out: whoever knows the free time knows them.
    """
    rules = {resource.id: Policy.of(resource.policy) for resource in resources}
    held = _held(session, member, rules, bounds, zone)
    limited = any(its.max_open_bookings for its in rules.values())
    open_bookings = _open_bookings(session, member, now) if limited else {}
    asked = {its.training for its in rules.values() if its.training}
    names = _training_names(session) if asked else {}
    trained = _trainings(session, member) if asked else {}
    return {
        resource.id: Circumstances(
            now=now,
            zone=zone,
            open_spans=(),
            capacity=resource.capacity,
            held=held.mine[resource.id],
            open_bookings=open_bookings.get(resource.id, 0),
            role=member.role,
            trained=trained,
            training_name=names.get(rules[resource.id].training or ""),
            company=member.company_id is not None,
            held_by_company=held.of_company[resource.id],
        )
        for resource in resources
    }


def _held(
    session: Session, member: Member, rules: Mapping[int, Policy], bounds: Span, zone: ZoneInfo
) -> _Held:
    """What the member, and what their company, holds on each resource in the periods of its quotas."""
    limited = {number: its for number, its in rules.items() if its.all_quotas}
    if not limited:
        return _Held()
    first = [periods_of(its, bounds, zone) for its in limited.values()]
    counted = Span(min(span.start for span in first), max(span.end for span in first))
    ours = and_(Booking.company_id.is_not(None), Booking.company_id == member.company_id)
    rows = session.execute(
        select(
            Occurrence.resource_id, Occurrence.start, Occurrence.end, Booking.member_id, Booking.company_id
        )
        .join(Booking, Occurrence.booking_id == Booking.id)
        .where(
            or_(Booking.member_id == member.id, ours),
            Occurrence.resource_id.in_(limited),
            Occurrence.counts(),
            Occurrence.start < counted.end,
            Occurrence.end > counted.start,
        )
    )
    held = _Held()
    for resource_id, start, end, member_id, company_id in rows:
        if member_id == member.id:
            held.mine[resource_id].append(Span(start, end))
        if company_id is not None and company_id == member.company_id:
            held.of_company[resource_id].append(Span(start, end))
    return held


def _open_bookings(session: Session, member: Member, now: datetime) -> dict[int, int]:
    rows = session.execute(
        select(Occurrence.resource_id, func.count())
        .join(Booking, Occurrence.booking_id == Booking.id)
        .where(Booking.member_id == member.id, Occurrence.status.in_(HOLDING), Occurrence.end > now)
        .group_by(Occurrence.resource_id)
    )
    return dict(rows.all())


def _trainings(session: Session, member: Member) -> dict[str, datetime | None]:
    rows = session.execute(
        select(Training.slug, TrainingRecord.expires_at)
        .join(TrainingRecord, TrainingRecord.training_id == Training.id)
        .where(TrainingRecord.member_id == member.id)
    )
    return dict(rows.all())


def _training_names(session: Session) -> dict[str, str]:
    return dict(session.execute(select(Training.slug, Training.name)).all())
