"""Notices: what people are to be told of a booking, noted with the deed and written out by the worker.

A notice holds the booking as it was at that moment, so that letters tell what happened, in order, however
late they are written. Writing them (words, HTML, calendars) takes longer than booking: nobody waits for it,
and no other writer either.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from campus.bookings.models import Booking, Notice, Occurrence
from campus.database import ask
from campus.moments import from_micros, to_micros
from campus.people.models import Member

BOOKING = (
    "id", "resource_id", "title", "attendees", "guests", "visibility", "repeat", "uid", "version", "decision",
)  # fmt: skip
TIME = ("id", "resource_id", "status", "title", "moved")
INSTANTS = ("start", "end", "original_start", "offered_until")
"""What a notice keeps of a booking, of each of its occurrences, and of these as microseconds."""
_NOTICE = insert(Notice.__table__)  # type: ignore[arg-type]


def note(
    session: Session,
    kind: str,
    booking: Booking,
    by: Member | None,
    now: datetime,
    *,
    times: Sequence[Occurrence] = (),
    before: Mapping[str, Any] | None = None,
    **more: Any,
) -> None:
    """`kind` is one of dispatch's. `times` are the occurrences that it is about, `before` what was kept.

    Guests hear of what is confirmed: from here on they have.
    """
    if not booking.guests_told and any(time.status == "confirmed" for time in booking.occurrences):
        booking.guests_told = True
    about: dict[str, Any] = {"booking": kept(booking), "times": [time.id for time in times], **more}
    if before is not None:
        about["before"] = before
    noted = {
        "kind": kind,
        "booking_id": booking.id,
        "member_id": booking.member_id,
        "by_id": by.id if by else None,
        "about": about,
        "created_at": now,
    }
    ask(session, _NOTICE, noted)


def kept(booking: Booking) -> dict[str, Any]:
    """A booking as it is now, as JSON."""
    return {
        **{name: getattr(booking, name) for name in BOOKING},
        "occurrences": [
            {
                **{name: getattr(time, name) for name in TIME},
                **{name: _micros(getattr(time, name)) for name in INSTANTS},
            }
            for time in booking.occurrences
        ],
    }


def restored(told: Mapping[str, Any], member: Member) -> Booking:
    """A booking as it was kept, of no session: for reading only. Its resource has to be set."""
    return Booking(
        **{name: told[name] for name in BOOKING},
        member_id=member.id,
        member=member,
        occurrences=[
            Occurrence(
                **{name: time[name] for name in TIME},
                **{name: None if time[name] is None else from_micros(time[name]) for name in INSTANTS},
            )
            for time in told["occurrences"]
        ],
    )


def _micros(moment: datetime | None) -> int | None:
    return None if moment is None else to_micros(moment)
