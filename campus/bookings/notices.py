"""Notices: what is cancelled at a page or a call is told, and what others do to a booking is noted."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from campus.audit import Origin, record
from campus.bookings import desk
from campus.bookings.models import Booking
from campus.bookings.told import as_it_was, told_cancelled
from campus.moments import rfc3339
from campus.people.models import Member


def cancel(
    session: Session, booking_id: int, by: Member, origin: Origin, *, now: datetime, zone: ZoneInfo
) -> Booking:
    """Cancel a booking (see desk.cancel) and tell its member and guests; the audit, if it is somebody else's.

    `session` is a writing one, and an application has to be there for the mail's template.
    """
    before = as_it_was(desk.find(session, booking_id, by))
    cancelled = desk.cancel(session, booking_id, by, now)
    booking = desk.find(session, booking_id, by)
    if cancelled:
        session.refresh(booking)
        note(session, "booking.cancel", booking, by, origin, now=now)
        gone = [
            one
            for one in booking.occurrences
            if one.status == "cancelled" and before.times[one.id][1] != "cancelled"
        ]
        told_cancelled(session, booking, gone, by, now=now, zone=zone, before=before)
    return booking


def note(
    session: Session, action: str, booking: Booking, by: Member, origin: Origin, *, now: datetime
) -> None:
    """The audit has what is done to a booking by others than its member."""
    if booking.member_id == by.id:
        return
    told = {
        "member": f"member {booking.member_id}",
        "resource": booking.resource.slug,
        "start": rfc3339(booking.occurrences[0].start),
    }
    record(session, origin, action, f"booking {booking.id}", now, after=told)
