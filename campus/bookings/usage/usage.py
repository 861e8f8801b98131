"""What the statistics are made of: one question for the bookings of a time, one for the resources."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from campus.bookings import agenda
from campus.bookings.models import Booking, Occurrence
from campus.bookings.rules.policy import Policy
from campus.bookings.usage.statistics import Place, Use
from campus.people.models import Company
from campus.spaces.models import Resource
from campus.spaces.resources import all_resources
from campus.spaces.spans import Span

COUNTED = ("confirmed", "no-show")


def uses(session: Session, bounds: Span) -> Iterator[Use]:
    """What was used in `bounds` or was meant to be; what was given back before it began is not."""
    rows = session.execute(
        select(
            Occurrence.resource_id,
            Booking.member_id,
            Company.name,
            Occurrence.start,
            Occurrence.end,
            Booking.created_at,
            Booking.repeat.is_not(None),
            Occurrence.checked_in_at.is_not(None),
            Occurrence.status == "no-show",
            Occurrence.finished_at.is_not(None),
        )
        .join(Booking, Occurrence.booking_id == Booking.id)
        .outerjoin(Company, Booking.company_id == Company.id)
        .where(Occurrence.status.in_(COUNTED), Occurrence.start < bounds.end, Occurrence.end > bounds.start)
    )
    for resource_id, member_id, company, start, end, *rest in rows:
        yield Use(resource_id, member_id, company, Span(start, end), *rest)


def places(session: Session, bounds: Span, zone: ZoneInfo, kind: str | None = None) -> list[Place]:
    """Every resource (of a kind) with its open hours in `bounds`."""
    shut = agenda.closures(session, bounds)
    return [
        Place(
            resource.id,
            resource.slug,
            resource.name,
            resource.kind,
            tuple(agenda.opening_without(resource, bounds, zone, _of(resource, shut))),
            asks_check_in=Policy.of(resource.policy).check_in_minutes is not None,
        )
        for resource in all_resources(session)
        if kind in (None, resource.kind)
    ]


def _of(resource: Resource, shut: Sequence[tuple[int | None, Span, str]]) -> list[Span]:
    return [span for at, span, _reason in shut if at in (None, resource.id)]
