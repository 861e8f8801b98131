"""What somebody holds already: what the policy has to know of a member and their company."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from campus.bookings import agenda
from campus.bookings.models import Booking, Occurrence
from campus.bookings.rules.policy import Circumstances, Policy, looked_at, periods_of
from campus.people.models import Member
from campus.spaces.models import Resource, Training, TrainingRecord
from campus.spaces.spans import Span


def circumstances(
    session: Session,
    resource: Resource,
    owner: Member,
    wanted: Sequence[Span],
    *,
    now: datetime,
    zone: ZoneInfo,
    without: Collection[int] = (),
) -> Circumstances:
    """What `policy.check` has to know about `owner` and each of the spans `wanted`, in order.

    `without`: ids of occurrences that are being changed, as if they were not there.
    """
    rules = Policy.of(resource.policy)
    first, last = wanted[0], wanted[-1]
    seen = Span(looked_at(first, zone).start, looked_at(last, zone).end)
    counted = Span(periods_of(rules, first, zone).start, periods_of(rules, last, zone).end)
    mine = Booking.member_id == owner.id
    here = (
        Occurrence.resource_id == resource.id,
        Occurrence.counts(),
        Occurrence.id.not_in(without),
    )
    pooled = any(quota.of == "company" for quota in rules.all_quotas) and owner.company_id is not None
    opening = agenda.opening(session, resource, seen, zone)
    return Circumstances(
        now=now,
        zone=zone,
        open_spans=opening.spans,
        shut_along=opening.along,
        capacity=resource.capacity,
        held=_held(session, counted, mine, *here) if rules.all_quotas else (),
        open_bookings=_count_open(session, now, mine, *here) if rules.max_open_bookings else 0,
        role=owner.role,
        trained=_trainings(session, owner.id) if rules.training else {},
        training_name=_training_name(session, rules.training),
        company=owner.company_id is not None,
        held_by_company=_held(session, counted, Member.company_id == owner.company_id, *here)
        if pooled
        else (),
    )


def _held(session: Session, bounds: Span, *which: ColumnElement[bool]) -> list[Span]:
    rows = session.execute(
        select(Occurrence.start, Occurrence.end)
        .join(Booking, Occurrence.booking_id == Booking.id)
        .join(Member, Member.id == Booking.member_id)
        .where(*which, Occurrence.start < bounds.end, Occurrence.end > bounds.start)
    )
    return [Span(start, end) for start, end in rows]


def _count_open(session: Session, now: datetime, *which: ColumnElement[bool]) -> int:
    count = session.scalar(
        select(func.count())
        .select_from(Occurrence)
        .join(Booking, Occurrence.booking_id == Booking.id)
        .where(*which, Occurrence.end > now)
    )
    return count or 0


def _trainings(session: Session, member_id: int) -> dict[str, datetime | None]:
    """Of a member, by slug: until when each is good, None for ever."""
    rows = session.execute(
        select(Training.slug, TrainingRecord.expires_at)
        .join(TrainingRecord, TrainingRecord.training_id == Training.id)
        .where(TrainingRecord.member_id == member_id)
    )
    return dict(rows.all())


def _training_name(session: Session, slug: str | None) -> str | None:
    return session.scalar(select(Training.name).where(Training.slug == slug)) if slug else None
