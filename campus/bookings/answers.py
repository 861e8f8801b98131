"""What the bookings API answers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict

from campus.bookings.desk import Booked
from campus.bookings.models import HOLDING, Booking, Occurrence
from campus.bookings.privacy import may_act, may_know
from campus.fields import InstantOut
from campus.moments import to_micros
from campus.people.models import Member


class SpanOut(BaseModel):
    start: InstantOut
    end: InstantOut


class FreeOut(BaseModel):
    """`free`: the longest spans, in each of which the caller may book `minutes`. `bookable` is false, and no
    time free, where a rule forbids it at any time: `broken` and `reasons` say which, as a refusal does."""

    resource: str
    minutes: int
    bookable: bool
    broken: list[str]
    reasons: list[dict[str, Any]]
    free: list[SpanOut]


class OccurrenceOut(SpanOut):
    model_config = ConfigDict(from_attributes=True)

    id: int
    status: str


class TimeOut(OccurrenceOut):
    """`offered_until`: how long the offer of a time that was waited for stands."""

    title: str | None = None
    checked_in_at: InstantOut | None = None
    offered_until: InstantOut | None = None


class MadeOut(BaseModel):
    """A booking just made. `skipped`: dates that were not free, left out by consent."""

    id: int
    status: str
    occurrences: list[OccurrenceOut]
    skipped: list[SpanOut] = []


class ChangedOut(MadeOut):
    """A booking as it is now. `split_from`: the series that it was a part of until now."""

    version: int
    split_from: int | None = None


class PersonOut(BaseModel):
    name: str
    email: str


class BookingOut(BaseModel):
    """A booking. Title, repeat, member, attendees and guests are null where the reader may not know them;
    of others' bookings there are only the times that they hold."""

    id: int
    resource: str
    status: str
    start: InstantOut
    end: InstantOut
    mine: bool
    title: str | None
    member: PersonOut | None
    attendees: int | None
    guests: list[str] | None
    visibility: str
    repeat: str | None
    version: int
    decision: str | None
    occurrences: list[TimeOut]


class BookingsOut(BaseModel):
    """A page of bookings; `next_cursor` is null on the last."""

    items: list[BookingOut]
    next_cursor: str | None


def made_out(made: Booked) -> MadeOut:
    return MadeOut(**_made(made))


def changed_out(made: Booked) -> ChangedOut:
    split_from = made.split_from.id if made.split_from else None
    return ChangedOut(**_made(made), version=made.booking.version, split_from=split_from)


def _made(made: Booked) -> dict[str, Any]:
    return {
        "id": made.booking.id,
        "status": status_of(made.booking),
        "occurrences": [OccurrenceOut.model_validate(time) for time in made.booking.occurrences],
        "skipped": [SpanOut(start=span.start, end=span.end) for span in made.skipped],
    }


def booking_out(booking: Booking, reader: Member) -> BookingOut:
    """A booking as far as `reader` may know it. Somebody else's has to hold some time."""
    known, theirs = may_know(booking, reader), may_act(booking.member_id, reader)
    shown = booking.occurrences if theirs else [one for one in booking.occurrences if one.status in HOLDING]
    return BookingOut(
        id=booking.id,
        resource=booking.resource.slug,
        status=status_of(booking),
        start=shown[0].start,
        end=shown[-1].end,
        mine=booking.member_id == reader.id,
        title=booking.title if known else None,
        member=PersonOut(name=booking.member.name, email=booking.member.email) if theirs else None,
        attendees=booking.attendees if theirs else None,
        guests=booking.guests if theirs else None,
        visibility=booking.visibility,
        repeat=booking.repeat if known else None,
        version=booking.version,
        decision=booking.decision if theirs else None,
        occurrences=[_time(one, known=known, theirs=theirs) for one in shown],
    )


def status_of(booking: Booking) -> str:
    """That of the first occurrence that still holds its time, else of the last."""
    holding = [occurrence.status for occurrence in booking.occurrences if occurrence.status in HOLDING]
    return holding[0] if holding else booking.occurrences[-1].status


def next_cursor(last: tuple[datetime, Booking]) -> str:
    """Where the next page begins: start in microseconds, and id, of the last booking shown."""
    start, booking = last
    return f"{to_micros(start)}-{booking.id}"


def _time(one: Occurrence, *, known: bool, theirs: bool) -> TimeOut:
    """Who came, and until when an offer stands, is between its member and staff."""
    hidden = {} if theirs else {"checked_in_at": None, "offered_until": None}
    return TimeOut.model_validate(one).model_copy(update=hidden if known else {**hidden, "title": None})
