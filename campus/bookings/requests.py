"""What the bookings API is asked, checked field by field."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from campus import clock
from campus.api import Body
from campus.bookings.changing import Change
from campus.bookings.desk import LARGEST_ID, Wish
from campus.errors import BadRequest
from campus.fields import Instant, OneLine, Whole
from campus.moments import from_micros
from campus.people.addresses import read_address
from campus.spaces.spans import Span

LONGEST_LOOK = timedelta(days=400)


MOST_GUESTS = 200


def _is_an_address(text: str) -> str:
    try:
        return str(read_address(text))
    except BadRequest as error:
        raise PydanticCustomError("address", "{fault}", {"fault": error.message}) from None


Guest = Annotated[str, Field(max_length=254), AfterValidator(_is_an_address)]
Guests = Annotated[list[Guest], Field(max_length=MOST_GUESTS)]
Visibility = Literal["private", "company", "everybody"]
Repeat = Annotated[str, Field(max_length=500)]
OnConflict = Literal["fail", "skip"]
Title = Annotated[str, Field(max_length=200), OneLine]
Attendees = Annotated[Whole, Field(ge=1, le=100_000)]


class BookingBody(Body):
    """A booking to make. `member`: the address of whom it is for (staff only). `repeat`: an RRULE
    (RFC 5545) in campus time; `on_conflict` says what becomes of dates that are not free."""

    resource: Annotated[str, Field(max_length=64)]
    start: Instant
    end: Instant
    title: Title
    attendees: Attendees | None = None
    member: Annotated[str, Field(max_length=254), OneLine] | None = None
    repeat: Repeat | None = None
    on_conflict: OnConflict = "fail"
    guests: Guests = []
    visibility: Visibility = "private"

    @model_validator(mode="after")
    def _ends_later(self) -> Self:
        if self.end <= self.start:
            raise PydanticCustomError("order", "the end has to be after the start")
        return self

    def wish(self, *, waitlist: bool = False) -> Wish:
        return Wish(
            self.resource,
            self.start,
            self.end,
            self.title,
            self.attendees,
            self.member,
            repeat=self.repeat,
            on_conflict=self.on_conflict,
            guests=tuple(dict.fromkeys(self.guests)),
            visibility=self.visibility,
            waitlist=waitlist,
            source="api",
        )


class Window(Body):
    """From `start` to `end`; where one is not given, now and two weeks."""

    start: Instant | None = None
    end: Instant | None = None

    @model_validator(mode="after")
    def _is_a_span(self) -> Self:
        if self.bounds.start >= self.bounds.end:
            raise PydanticCustomError("order", "the end has to be after the start")
        if self.bounds.length > LONGEST_LOOK:
            raise PydanticCustomError("order", f"the span is too long: {LONGEST_LOOK.days} days are the most")
        return self

    @property
    def bounds(self) -> Span:
        start = self.start or (self.end - timedelta(days=14) if self.end else clock.now())
        return Span(start, self.end or start + timedelta(days=14))


class FreeQuery(Window):
    """`minutes`: how long the booking is to be; the resource's shortest where it is not given."""

    minutes: Annotated[int, Field(ge=1, le=60 * 24 * 366)] | None = None


class BookingsQuery(Window):
    """`member=me` for one's own; `cursor` is the `next_cursor` of the page before."""

    resource: Annotated[str, Field(max_length=64)] | None = None
    member: Literal["me"] | None = None
    limit: Annotated[int, Field(ge=1, le=500)] = 100
    cursor: Annotated[str, Field(pattern=r"^[0-9]{1,17}-[0-9]{1,18}$")] | None = None

    @property
    def after(self) -> tuple[datetime, int] | None:
        """Start and id of the last booking seen."""
        if self.cursor is None:
            return None
        micros, booking_id = map(int, self.cursor.split("-"))
        return from_micros(micros), booking_id


Scope = Literal["this", "following", "all"]
RowId = Annotated[int, Field(ge=1, le=LARGEST_ID)]
Version = Annotated[int, Field(ge=0, le=2**31 - 1)]


class CancelQuery(Body):
    """`scope`: which times of a series. `occurrence`: the one that `this` and `following` mean, by its id;
    without it, the next. `version`: refuse with 409 `changed` if it is not that any more."""

    scope: Scope = "all"
    occurrence: RowId | None = None
    version: Version | None = None


class ChangeBody(Body):
    """What is to be different; what is not named stays. `start` and `end` are those of the `occurrence`
    that is meant (without it, the next); `following` and `all` move by as much. `on_conflict`: `skip`
    leaves dates that are not free as they are."""

    start: Instant | None = None
    end: Instant | None = None
    title: Title | None = None
    attendees: Attendees | None = None
    guests: Guests | None = None
    visibility: Visibility | None = None
    resource: Annotated[str, Field(max_length=64)] | None = None
    scope: Scope = "all"
    occurrence: RowId | None = None
    version: Version | None = None
    on_conflict: OnConflict = "fail"

    def change(self) -> Change:
        return Change(
            start=self.start,
            end=self.end,
            title=self.title,
            attendees=self.attendees,
            guests=None if self.guests is None else tuple(dict.fromkeys(self.guests)),
            visibility=self.visibility,
            resource=self.resource,
            scope=self.scope,
            occurrence_id=self.occurrence,
            version=self.version,
            on_conflict=self.on_conflict,
        )


class OccurrenceBody(Body):
    """Which time of a series, by its id; without it, the next."""

    occurrence: RowId | None = None


class DecisionBody(Body):
    """Why. It is told to whose booking it is."""

    reason: Annotated[str, Field(max_length=500)] = ""
