"""Notices: whose booking was cancelled by somebody else is told so by mail, unless they want none."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from campus import letters
from campus.audit import Origin, record
from campus.bookings import desk
from campus.bookings.models import Booking
from campus.bookings.wording import day_name, from_to
from campus.moments import rfc3339
from campus.people.models import Member
from campus.spaces.spans import Span


def cancel(
    session: Session, booking_id: int, by: Member, origin: Origin, *, now: datetime, zone: ZoneInfo
) -> Booking:
    """Cancel a booking (see desk.cancel); if it is somebody else's, tell them and the audit: the booking.

    `session` is a writing one, and an application has to be there for the mail's template.
    """
    cancelled = desk.cancel(session, booking_id, by, now)
    booking = desk.find(session, booking_id, by)
    owner = booking.member
    if cancelled:
        note(session, "booking.cancel", booking, by, origin, now=now)
    if cancelled and owner.id != by.id and owner.active and owner.mails_bookings:
        _tell(session, booking, now, zone)
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


def _tell(session: Session, booking: Booking, now: datetime, zone: ZoneInfo) -> None:
    owner = booking.member
    span = Span(booking.occurrences[0].start, booking.occurrences[-1].end)

    def when() -> str:
        """In the reader's words: called while the letter is written."""
        return f"{day_name(span.start.astimezone(zone).date())} {from_to(span, zone)}"

    letters.write_to(
        session,
        owner,
        "booking_cancelled",
        now,
        title=booking.title,
        resource=booking.resource.name,
        when=when,
        page=letters.link("bookings.day_page", date=span.start.astimezone(zone).date().isoformat()),
    )
