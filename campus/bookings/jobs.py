"""What bookings ask of every minute: holds and offers that run out, nobody who came, reminders."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from campus.bookings import holds, notices, presence, reception, waitlist
from campus.bookings.models import Booking, BookingChange, Occurrence
from campus.database import Database
from campus.people.models import Member

log = logging.getLogger(__name__)

AHEAD = timedelta(hours=1)
"""How long before the start members are reminded."""
NOT_JUST_BOOKED = timedelta(hours=2)
"""Who booked so shortly before the start knows of it."""
CHANGES_KEPT = 10_000
"""Rows that pages may have to catch up with; older ones load their page anew."""


Step = Callable[[Session, datetime, ZoneInfo], object]


def minute(
    database: Database, now: datetime, zone: ZoneInfo, steps: Mapping[str, Step] | None = None
) -> list[str]:
    """One round, each of `steps` (STEPS) in a transaction of its own: the names of those that failed.

    What goes wrong in one is in the log by its name, is tried again the next minute, and stops no other.
    """
    failed = []
    for name, step in (STEPS if steps is None else steps).items():
        try:
            with database.write() as session:
                step(session, now, zone)
        except Exception:
            log.exception("bookings every minute: %s failed, the other steps go on", name)
            failed.append(name)
    return failed


def expire_holds(session: Session, now: datetime, _zone: ZoneInfo) -> None:
    """See holds.expire."""
    holds.expire(session, now)


def prune_changes(session: Session, _now: datetime, _zone: ZoneInfo) -> None:
    """Forget changes that no page catches up with any more."""
    newest = session.scalar(select(func.max(BookingChange.id))) or 0
    session.execute(delete(BookingChange).where(BookingChange.id <= newest - CHANGES_KEPT))


def lapse(session: Session, now: datetime, _zone: ZoneInfo) -> None:
    """See waitlist.lapse."""
    waitlist.lapse(session, now)


def serve_lines(session: Session, now: datetime, zone: ZoneInfo) -> None:
    """Serve who waits wherever somebody does: what was freed may have been freed by time alone."""
    waited_for = select(Occurrence.resource_id).where(Occurrence.status == "waitlisted").distinct()
    resource_ids = session.scalars(waited_for).all()
    if resource_ids:
        reception.serve_line(session, resource_ids, now, zone)


def release_no_shows(session: Session, now: datetime, zone: ZoneInfo) -> int:
    """Give back what nobody came to, and tell whose it was: how many times."""
    freed = presence.release_no_shows(session, now)
    for time in freed:
        notices.note(session, "cancelled", time.booking, None, now, times=[time], reason="nobody-came")
    reception.serve_line(session, {time.resource_id for time in freed}, now, zone)
    return len(freed)


def remind(session: Session, now: datetime, _zone: ZoneInfo) -> int:
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


STEPS: Mapping[str, Step] = {
    "holds": expire_holds,
    "changes": prune_changes,
    "offers": lapse,
    "no-shows": release_no_shows,
    "lines": serve_lines,
    "reminders": remind,
}
"""In this order: what is given back in one minute is served in the same."""
