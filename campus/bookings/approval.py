"""Approval: facilities staff say yes or no to what waits for them; until then it holds its time."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from campus.bookings import taking
from campus.bookings.desk import check_version, find
from campus.bookings.models import Booking, Occurrence
from campus.errors import BadRequest
from campus.people.models import Member
from campus.people.permissions import require

LONGEST_REASON = 500


def read_reason(text: str) -> str:
    """What was typed as one line, without what cannot be shown or stored."""
    shown = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(shown.split())[:LONGEST_REASON]


def decide(
    session: Session,
    booking_id: int,
    answer: Literal["confirmed", "rejected"],
    member: Member,
    now: datetime,
    *,
    reason: str = "",
) -> list[Occurrence]:
    """Say yes or no to what is pending of a booking: which occurrences that were.

    Raises NotFound, NotAllowed for others than staff, BadRequest if nothing is pending any more,
    Changed if it was moved to another resource in this moment.
    """
    require(member, "bookings.decide")
    booking = find(session, booking_id, member)
    taking.begin_all(session, [booking.resource], now)
    check_version(session, booking, None)
    waiting = [time for time in booking.occurrences if time.status == "pending"]
    if not waiting:
        raise BadRequest(_("Nothing of this booking waits for a decision any more."))
    for time in waiting:
        time.status = answer
    booking.decided_by_id, booking.decided_at = member.id, now
    booking.decision = read_reason(reason) or None
    booking.version += 1
    session.flush()
    return waiting


def undecided(session: Session, now: datetime) -> list[Booking]:
    """What waits for staff and is not over, the oldest first."""
    pending = select(Occurrence.booking_id).where(Occurrence.status == "pending", Occurrence.end > now)
    query = select(Booking).where(Booking.id.in_(pending)).order_by(Booking.created_at, Booking.id)
    return list(session.scalars(query))
