"""What the day page shows: every resource's hours, bookings and free time on one campus day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from campus.bookings import agenda
from campus.bookings.agenda import Entry
from campus.bookings.axis import MINUTE, STEP, Axis, axis_of
from campus.bookings.policy import Policy
from campus.bookings.privacy import may_act, may_know
from campus.bookings.slots import free_spans
from campus.moments import EPOCH, day_bounds
from campus.people.models import Member
from campus.spaces.models import Resource
from campus.spaces.resources import all_resources
from campus.spaces.spans import Span, within

Place = tuple[int, int]
"""From and to, in minutes on the axis."""


@dataclass(frozen=True, slots=True)
class Block:
    """A booking on a lane. `title` and `who` are None where the reader may not know them."""

    id: int
    booking_id: int
    span: Span
    place: Place
    blocked: Place
    mine: bool
    title: str | None
    who: str | None
    attendees: int | None
    can_cancel: bool
    from_before: bool
    goes_on: bool


@dataclass(frozen=True, slots=True)
class Row:
    """A resource on one day. `free` is where a booking may lie, from now on."""

    slug: str
    name: str
    kind: str
    capacity: int | None
    least_minutes: int
    most_minutes: int
    open: Sequence[Place]
    free: Sequence[Place]
    blocks: Sequence[Block]
    opening: Sequence[Span]
    free_spans: Sequence[Span]
    """As `free`, as instants of that day."""


@dataclass(frozen=True, slots=True)
class Day:
    """The page, before it is put into words."""

    day: date
    today: date
    now: datetime
    axis: Axis
    rows: Sequence[Row]

    @property
    def groups(self) -> list[tuple[str, list[Row]]]:
        """The rows by kind."""
        return [(kind, list(rows)) for kind, rows in groupby(self.rows, key=lambda row: row.kind)]

    @property
    def now_at(self) -> int | None:
        """Where now lies on the axis, None if not on it."""
        inside = self.axis.span.start <= self.now < self.axis.span.end
        return self.axis.place(self.now) if inside else None

    @property
    def script_data(self) -> dict[str, Any]:
        """What book.js needs: the axis' length and quarters, and now (its minutes from the start)."""
        now = (self.now - self.axis.span.start) / MINUTE
        steps = [[step.time, step.again, step.next_day] for step in self.axis.steps()]
        return {"day": self.day.isoformat(), "now": now, "minutes": self.axis.minutes, "steps": steps}

    @property
    def places(self) -> list[int]:
        """Every place that is drawn, for the page's style block."""
        drawn = {place for place, _wall in self.axis.hours()} | {self.now_at or 0}
        for row in self.rows:
            for span in (*row.open, *(block.place for block in row.blocks), *(b.blocked for b in row.blocks)):
                drawn.update(span)
        return sorted(drawn)


def day_of(
    session: Session, day: date, reader: Member, *, now: datetime, zone: ZoneInfo, whole: bool = False
) -> Day:
    """The day as `reader` may see it; with `whole` all its hours are drawn."""
    bounds = Span(*day_bounds(day, zone))
    margin = timedelta(days=1)  # buffers reach over midnight
    taken = agenda.taken(session, Span(bounds.start - margin, bounds.end + margin), now)
    resources = all_resources(session)
    hours = {resource.id: agenda.opening(session, resource, bounds, zone) for resource in resources}
    limited = [span for resource in resources if resource.opening_hours for span in hours[resource.id]]
    axis = (
        Axis(bounds, zone)
        if whole
        else axis_of(day, zone, opening=limited, drawn=[entry.span for entry in taken])
    )
    rows = [
        _row(
            resource,
            axis,
            hours[resource.id],
            [entry for entry in taken if entry.resource_id == resource.id],
            reader=reader,
            now=now,
        )
        for resource in resources
    ]
    return Day(day, now.astimezone(zone).date(), now, axis, rows)


def _row(
    resource: Resource,
    axis: Axis,
    hours: Sequence[Span],
    taken: Sequence[Entry],
    *,
    reader: Member,
    now: datetime,
) -> Row:
    policy = Policy.of(resource.policy)
    free = free_spans(hours, (entry.blocked for entry in taken), policy.buffers)
    window = policy.window(_running_quarter(now) if not policy.min_notice_minutes else now)
    ahead = within(free, Span(window.start, window.end + policy.max_minutes * MINUTE))
    shown = [entry for entry in taken if entry.span.clipped(axis.span)]
    return Row(
        slug=resource.slug,
        name=resource.name,
        kind=resource.kind,
        capacity=resource.capacity,
        least_minutes=policy.min_minutes,
        most_minutes=policy.max_minutes,
        open=_places(axis, hours),
        free=_places(axis, ahead),
        blocks=[_block(entry, axis, reader, now) for entry in shown],
        opening=hours,
        free_spans=ahead,
    )


def _block(entry: Entry, axis: Axis, reader: Member, now: datetime) -> Block:
    known = entry.reason == "booking" and may_know(entry, reader)
    return Block(
        id=entry.occurrence_id or 0,
        booking_id=entry.booking_id or 0,
        span=entry.span,
        place=_place(axis, entry.span),
        blocked=_place(axis, entry.blocked),
        mine=entry.member_id == reader.id,
        title=entry.title if known else None,
        who=entry.member_name if known else None,
        attendees=entry.attendees if known else None,
        can_cancel=known and may_act(entry.member_id, reader) and entry.span.end > now,
        from_before=entry.span.start < axis.span.start,
        goes_on=entry.span.end > axis.span.end,
    )


def _running_quarter(now: datetime) -> datetime:
    """The quarter of an hour that is under way may still be taken from now on."""
    return now - (now - EPOCH) % STEP


def _places(axis: Axis, spans: Sequence[Span]) -> list[Place]:
    return [_place(axis, span) for span in within(spans, axis.span)]


def _place(axis: Axis, span: Span) -> Place:
    return axis.place(span.start), axis.place(span.end)
