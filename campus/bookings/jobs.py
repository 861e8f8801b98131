"""What bookings ask of every minute: holds and offers that run out, nobody who came, reminders."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from campus.bookings import holds, notices, presence, reception, waitlist
from campus.bookings.models import Booking, BookingChange, Occurrence
from campus.database import Database
from campus.people.models import Member

AHEAD = timedelta(hours=1)
"""How long before the start members are reminded."""
NOT_JUST_BOOKED = timedelta(hours=2)
"""Who booked so shortly before the start knows of it."""
CHANGES_KEPT = 10_000
"""Rows that pages may have to catch up with; older ones load their page anew."""


def minute(database: Database, now: datetime, zone: ZoneInfo) -> None:
    """One round, in short transactions."""
    with database.write() as session:
        holds.expire(session, now)
        _prune_changes(session)
    with database.write() as session:
        waitlist.lapse(session, now)
    with database.write() as session:
        release_no_shows(session, now, zone)
    with database.read() as session:
        waited_for = session.scalars(
            select(Occurrence.resource_id).where(Occurrence.status == "waitlisted").distinct()
        ).all()
    if waited_for:
        with database.write() as session:
            reception.serve_line(session, waited_for, now, zone)
    with database.write() as session:
        remind(session, now)


def release_no_shows(session: Session, now: datetime, zone: ZoneInfo) -> int:
    """Give back what nobody came to, and tell whose it was: how many times."""
    freed = presence.release_no_shows(session, now)
    for time in freed:
        notices.note(session, "cancelled", time.booking, None, now, times=[time], reason="nobody-came")
    reception.serve_line(session, {time.resource_id for time in freed}, now, zone)
    return len(freed)


def remind(session: Session, now: datetime) -> int:
    """Remind members of what begins within AHEAD, each once: how many times."""
    soon = session.scalars(
        select(Occurrence)
        .join(Booking, Occurrence.booking_id == Booking.id)
        .join(Member, Member.id == Booking.member_id)
        .where(
            Occurrence.status == "confirmed",
            Occurrence.start > now,
            Occurrence.start <= now + AHEAD,
            Occurrence.reminded_at.is_(None),
            Occurrence.checked_in_at.is_(None),
            Booking.created_at <= now - NOT_JUST_BOOKED,
            Member.mails_reminders,
        )
        .order_by(Occurrence.start, Occurrence.id)
        .with_for_update(of=Occurrence, skip_locked=True)  # another worker is at those
    ).all()
    for time in soon:
        time.reminded_at = now
        notices.note(session, "reminder", time.booking, None, now, times=[time])
    return len(soon)


def _prune_changes(session: Session) -> None:
    newest = session.scalar(select(func.max(BookingChange.id))) or 0
    session.execute(delete(BookingChange).where(BookingChange.id <= newest - CHANGES_KEPT))
