"""What is booked when, and therefore what is free: the questions that bookings ask of the store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session

from campus.bookings.models import HOLDING, Booking, Occurrence
from campus.bookings.policy import MINUTE, Policy
from campus.bookings.slots import free_spans, long_enough
from campus.people.models import Member
from campus.spaces.hours import read_hours
from campus.spaces.models import Resource
from campus.spaces.openings import open_when
from campus.spaces.spans import Span

_holds = Occurrence.status.in_(HOLDING)


@dataclass(frozen=True, slots=True)
class Entry:
    """One occurrence that holds its time, with what its owner and staff may know."""

    occurrence_id: int
    booking_id: int
    resource_id: int
    member_id: int
    member_name: str
    title: str
    attendees: int | None
    span: Span
    blocked: Span
    """The span with its buffers."""


def entries(session: Session, bounds: Span) -> list[Entry]:
    """Everything that holds some of `bounds`, on all resources, by start."""
    rows = session.execute(
        select(
            Occurrence.id,
            Occurrence.booking_id,
            Occurrence.resource_id,
            Booking.member_id,
            Member.name,
            Booking.title,
            Booking.attendees,
            Occurrence.start,
            Occurrence.end,
            Occurrence.blocked_start,
            Occurrence.blocked_end,
        )
        .join(Booking, Occurrence.booking_id == Booking.id)
        .join(Member, Booking.member_id == Member.id)
        .where(_holds, Occurrence.blocked_start < bounds.end, Occurrence.blocked_end > bounds.start)
        .order_by(Occurrence.start, Occurrence.id)
    )
    return [Entry(*row[:7], Span(row[7], row[8]), Span(row[9], row[10])) for row in rows]


def blocked_spans(session: Session, resource_id: int, bounds: Span) -> list[Span]:
    """What bookings take from others on one resource, buffers included, that touches `bounds`."""
    rows = session.execute(
        select(Occurrence.blocked_start, Occurrence.blocked_end).where(
            Occurrence.resource_id == resource_id,
            _holds,
            Occurrence.blocked_start < bounds.end,
            Occurrence.blocked_end > bounds.start,
        )
    )
    return [Span(start, end) for start, end in rows]


def held_spans(session: Session, resource_id: int, member_id: int, bounds: Span) -> list[Span]:
    """What a member holds on a resource, buffers not included, that touches `bounds`."""
    rows = session.execute(
        select(Occurrence.start, Occurrence.end)
        .join(Booking, Occurrence.booking_id == Booking.id)
        .where(
            Occurrence.resource_id == resource_id,
            Booking.member_id == member_id,
            _holds,
            Occurrence.start < bounds.end,
            Occurrence.end > bounds.start,
        )
    )
    return [Span(start, end) for start, end in rows]


def open_bookings(session: Session, resource_id: int, member_id: int, now: datetime) -> int:
    """How many occurrences a member holds on a resource that have not ended."""
    count = session.scalar(
        select(func.count())
        .select_from(Occurrence)
        .join(Booking, Occurrence.booking_id == Booking.id)
        .where(
            Occurrence.resource_id == resource_id,
            Booking.member_id == member_id,
            _holds,
            Occurrence.end > now,
        )
    )
    return count or 0


def bookable(
    session: Session, resource: Resource, bounds: Span, length: timedelta, *, now: datetime, zone: ZoneInfo
) -> list[Span]:
    """Where in `bounds` a booking of `length` made `now` may lie, each as long as possible, in order.

    Opening hours, other bookings, buffers, notice and advance are applied. Empty if the resource
    takes no booking of that length at all.
    """
    policy = Policy.of(resource.policy)
    if not policy.min_minutes * MINUTE <= length <= policy.max_minutes * MINUTE:
        return []
    window = policy.window(now)
    asked = bounds.clipped(Span(window.start, window.end + length))
    if asked is None:
        return []
    reach = Span(asked.start - policy.buffers.before, asked.end + policy.buffers.after)
    blocked = blocked_spans(session, resource.id, reach)
    return long_enough(free_spans(opening(resource, asked, zone), blocked, policy.buffers), length)


def opening(resource: Resource, bounds: Span, zone: ZoneInfo) -> Sequence[Span]:
    """When a resource is open within `bounds`, holidays left out where it closes on them."""
    hours = read_hours(resource.opening_hours)
    closed = Policy.of(resource.policy).holidays == "closed"
    return open_when(hours, bounds, zone, holidays_closed=closed)


def list_bookings(
    session: Session,
    *,
    bounds: Span,
    resource_id: int | None = None,
    member_id: int | None = None,
    after: tuple[datetime, int] | None = None,
    limit: int,
) -> list[tuple[datetime, Booking]]:
    """Bookings that hold some of `bounds`, each with its first start there, sorted by it.

    `after` is the (start, booking id) of the last one seen.
    """
    first = func.min(Occurrence.start)
    query = (
        select(Booking.id, first)
        .join(Occurrence, Occurrence.booking_id == Booking.id)
        .where(_holds, Occurrence.start < bounds.end, Occurrence.end > bounds.start)
        .group_by(Booking.id)
        .order_by(first, Booking.id)
        .limit(limit)
    )
    if resource_id is not None:
        query = query.where(Booking.resource_id == resource_id)
    if member_id is not None:
        query = query.where(Booking.member_id == member_id)
    if after is not None:
        query = query.having(tuple_(first, Booking.id) > after)
    found = session.execute(query).all()
    bookings = session.scalars(select(Booking).where(Booking.id.in_([row[0] for row in found])))
    by_id = {booking.id: booking for booking in bookings}
    return [(start, by_id[booking_id]) for booking_id, start in found]


def is_booked_so(session: Session, resource: str, span: Span, title: str, made_by_id: int) -> bool:
    """True if this member has made exactly this booking already: a form that was sent twice."""
    found = session.scalar(
        select(Occurrence.id)
        .join(Booking, Occurrence.booking_id == Booking.id)
        .join(Resource, Booking.resource_id == Resource.id)
        .where(
            Resource.slug == resource,
            Booking.made_by_id == made_by_id,
            Booking.title == title,
            Occurrence.start == span.start,
            Occurrence.end == span.end,
            _holds,
        )
        .limit(1)
    )
    return found is not None
