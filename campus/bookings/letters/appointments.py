"""From the store to the calendar: a booking as its member, its guests and its feeds' readers know it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from campus.bookings.letters.calendar import Appointment, Person, Turn
from campus.bookings.models import Booking, Occurrence
from campus.hub import hub
from campus.mail_server import Sender, sender_of
from campus.naming import campus_name
from campus.spaces.spans import Span


def appointment_of(
    session: Session,
    booking: Booking,
    zone: ZoneInfo,
    stamp: datetime,
    *,
    url: str = "",
    asked: Sequence[Person] = (),
    occurrences: Sequence[Occurrence] | None = None,
) -> Appointment | None:
    """A booking as an appointment, organised by the campus itself: answers go where its mails come from.

    `asked` are guests. What only waits in line was never an appointment: None if there is nothing else.
    `occurrences` are those that it is told with, all by default.
    """
    told = booking.occurrences if occurrences is None else occurrences
    turns = tuple(turn_of(one) for one in told if one.status != "waitlisted")
    if not turns:
        return None
    name, owner = campus_name(session), booking.member
    return Appointment(
        uid=booking.uid,
        version=booking.version,
        title=booking.title or booking.resource.name,
        resource=booking.resource.name,
        place=name,
        zone=zone,
        repeat=booking.repeat,
        turns=turns,
        url=url,
        stamp=stamp,
        organizer=Person(name, _sender().address),
        attendees=(Person(owner.name, owner.email, accepted=True), *asked),
    )


def turn_of(occurrence: Occurrence) -> Turn:
    span = Span(occurrence.start, occurrence.end)
    return Turn(occurrence.original_start, span, occurrence.status, occurrence.title)


def _sender() -> Sender:
    settings = hub().settings
    return sender_of(settings.mail_from, settings.site_url)
