"""Photos of the glass wall: whoever may know what a booking is about may see what was kept with it."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from campus import uploads
from campus.bookings.models import Booking, Occurrence, WallNote
from campus.bookings.privacy import may_know
from campus.people.models import Member


def may_see(session: Session, upload_id: int, member: Member) -> bool:
    """True if it is kept with a booking that `member` may know."""
    bookings = session.scalars(
        select(Booking)
        .join(Occurrence, Occurrence.booking_id == Booking.id)
        .join(WallNote, WallNote.occurrence_id == Occurrence.id)
        .where(WallNote.upload_id == upload_id)
    ).unique()
    return any(may_know(booking, member) for booking in bookings)


def is_kept(session: Session, upload_id: int) -> bool:
    """True if it is kept with some booking."""
    found = session.scalar(select(WallNote.id).where(WallNote.upload_id == upload_id).limit(1))
    return found is not None


def register(_app: Flask) -> None:
    uploads.shown_by("walls", may_see, is_kept)
