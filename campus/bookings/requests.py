"""What the bookings API is asked, checked field by field."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from campus import clock
from campus.api import Body
from campus.bookings.desk import Wish
from campus.fields import Instant, OneLine, Whole
from campus.moments import from_micros
from campus.spaces.spans import Span

LONGEST_LOOK = timedelta(days=400)


def _not_yet(value: str | None) -> str | None:
    if value is not None:
        raise PydanticCustomError(
            "later", "repeating bookings are not available yet; book each time by itself"
        )
    return value


NotYet = Annotated[str | None, AfterValidator(_not_yet)]
Title = Annotated[str, Field(max_length=200), OneLine]
Attendees = Annotated[Whole, Field(ge=1, le=100_000)]


class BookingBody(Body):
    """A booking to make. `member`: the address of whom it is for (staff only)."""

    resource: Annotated[str, Field(max_length=64)]
    start: Instant
    end: Instant
    title: Title
    attendees: Attendees | None = None
    member: Annotated[str, Field(max_length=254), OneLine] | None = None
    repeat: NotYet = None
    on_conflict: NotYet = None

    @model_validator(mode="after")
    def _ends_later(self) -> Self:
        if self.end <= self.start:
            raise PydanticCustomError("order", "the end has to be after the start")
        return self

    def wish(self) -> Wish:
        return Wish(self.resource, self.start, self.end, self.title, self.attendees, self.member)


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


class CancelQuery(Body):
    """A booking that does not repeat is given back whole, whatever the scope."""

    scope: Literal["this", "following", "all"] = "all"
