"""What the bookings API answers."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from campus.bookings.desk import may_know
from campus.bookings.models import HOLDING, Booking
from campus.fields import InstantOut
from campus.moments import to_micros
from campus.people.models import Member


class SpanOut(BaseModel):
    start: InstantOut
    end: InstantOut


class FreeOut(BaseModel):
    """`free`: the longest spans, in each of which `minutes` fit."""

    resource: str
    minutes: int
    free: list[SpanOut]


class OccurrenceOut(SpanOut):
    model_config = ConfigDict(from_attributes=True)

    id: int
    status: str


class MadeOut(BaseModel):
    """A booking just made."""

    id: int
    status: str
    occurrences: list[OccurrenceOut]
    skipped: list[SpanOut] = []


class PersonOut(BaseModel):
    name: str
    email: str


class BookingOut(BaseModel):
    """A booking. Title, member and attendees are null where it is somebody else's."""

    id: int
    resource: str
    status: str
    start: InstantOut
    end: InstantOut
    mine: bool
    title: str | None
    member: PersonOut | None
    attendees: int | None
    occurrences: list[OccurrenceOut]


class BookingsOut(BaseModel):
    """A page of bookings; `next_cursor` is null on the last."""

    items: list[BookingOut]
    next_cursor: str | None


def made_out(booking: Booking) -> MadeOut:
    return MadeOut(id=booking.id, status=status_of(booking), occurrences=_occurrences(booking))


def booking_out(booking: Booking, reader: Member) -> BookingOut:
    """A booking as far as `reader` may know it."""
    known = may_know(booking.member_id, reader)
    return BookingOut(
        id=booking.id,
        resource=booking.resource.slug,
        status=status_of(booking),
        start=booking.occurrences[0].start,
        end=booking.occurrences[-1].end,
        mine=booking.member_id == reader.id,
        title=booking.title if known else None,
        member=PersonOut(name=booking.member.name, email=booking.member.email) if known else None,
        attendees=booking.attendees if known else None,
        occurrences=_occurrences(booking),
    )


def status_of(booking: Booking) -> str:
    """That of the first occurrence that still holds its time, else of the last."""
    holding = [occurrence.status for occurrence in booking.occurrences if occurrence.status in HOLDING]
    return holding[0] if holding else booking.occurrences[-1].status


def next_cursor(last: tuple[datetime, Booking]) -> str:
    """Where the next page begins: start in microseconds, and id, of the last booking shown."""
    start, booking = last
    return f"{to_micros(start)}-{booking.id}"


def _occurrences(booking: Booking) -> list[OccurrenceOut]:
    return [OccurrenceOut.model_validate(occurrence) for occurrence in booking.occurrences]
