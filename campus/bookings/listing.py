"""Bookings as lists show them, and whether one was made before."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session

from campus.bookings.desk import WAITING
from campus.bookings.models import HOLDING, Booking, Occurrence
from campus.spaces.models import Resource
from campus.spaces.spans import Span

_holds = Occurrence.status.in_(HOLDING)


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

    Of one member (`member_id`) those too that stand in line for it. `after` is the (start, booking id) of the
    last one seen.
    """
    first = func.min(Occurrence.start)
    listed = _holds if member_id is None else Occurrence.status.in_(WAITING)
    query = (
        select(Booking.id, first)
        .join(Occurrence, Occurrence.booking_id == Booking.id)
        .where(listed, Occurrence.start < bounds.end, Occurrence.end > bounds.start)
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
