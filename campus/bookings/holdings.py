"""What somebody holds already: what the policy has to know of a member and their company."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, bindparam, func, select
from sqlalchemy.orm import Session

from campus.bookings import agenda
from campus.bookings.models import Booking, Occurrence
from campus.bookings.rules.policy import Circumstances, Policy, looked_at, periods_of
from campus.database import ask
from campus.people.models import Member
from campus.spaces.models import Resource, Training, TrainingRecord
from campus.spaces.spans import Span

_HERE = (
    Occurrence.resource_id == bindparam("resource"),
    Occurrence.counts(),
    Occurrence.id.not_in(bindparam("without", expanding=True)),
)
_HELD = (
    select(Occurrence.start, Occurrence.end)
    .join(Booking, Occurrence.booking_id == Booking.id)
    .where(*_HERE, Occurrence.start < bindparam("until"), Occurrence.end > bindparam("since"))
)
_HELD_BY_MEMBER = _HELD.where(Booking.member_id == bindparam("member"))
_HELD_BY_COMPANY = _HELD.join(Member, Member.id == Booking.member_id).where(
    Member.company_id == bindparam("company")
)
_OPEN = (
    select(func.count())
    .select_from(Occurrence)
    .join(Booking, Occurrence.booking_id == Booking.id)
    .where(*_HERE, Booking.member_id == bindparam("member"), Occurrence.end > bindparam("now"))
)


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
    mine = {"resource": resource.id, "without": list(without), "member": owner.id}
    during = {"since": counted.start, "until": counted.end}
    pooled = any(quota.of == "company" for quota in rules.all_quotas) and owner.company_id is not None
    opening = agenda.opening(session, resource, seen, zone)
    theirs = {"resource": resource.id, "without": list(without), "company": owner.company_id}
    return Circumstances(
        now=now,
        zone=zone,
        open_spans=opening.spans,
        shut_along=opening.along,
        capacity=resource.capacity,
        held=_spans(ask(session, _HELD_BY_MEMBER, mine | during)) if rules.all_quotas else (),
        open_bookings=ask(session, _OPEN, mine | {"now": now}).scalar_one() if rules.max_open_bookings else 0,
        role=owner.role,
        trained=_trainings(session, owner.id) if rules.training else {},
        training_name=_training_name(session, rules.training),
        company=owner.company_id is not None,
        held_by_company=_spans(ask(session, _HELD_BY_COMPANY, theirs | during)) if pooled else (),
    )


def _spans(rows: Iterable[Row[*tuple[Any, ...]]]) -> list[Span]:
    return [Span(start, end) for start, end in rows]


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
