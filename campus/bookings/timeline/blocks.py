"""What takes time on a lane, as one reader may see, cancel and move it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from campus.bookings.agenda import Entry
from campus.bookings.privacy import may_act, may_know
from campus.bookings.timeline.axis import Axis
from campus.bookings.timeline.timetable import Site, Timetable
from campus.people.models import Member
from campus.spaces.spans import Span, within

Place = tuple[int, int]
"""From and to, in minutes on the axis."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Who looks, and when: what is free is so from `now` on."""

    member: Member
    now: datetime
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class Block:
    """What takes some time on a lane. `title` and `who` are None where the reader may not know them.

    `reason`: booking, hold (somebody fills in the form), linked (a booking of `other` takes this too),
    needs (`other`, which a booking of this takes too, is taken).
    """

    reason: Literal["booking", "hold", "linked", "needs"]
    span: Span
    place: Place
    blocked: Place
    mine: bool
    id: int = 0
    """The occurrence's."""
    booking_id: int = 0
    status: str = "confirmed"
    title: str | None = None
    who: str | None = None
    attendees: int | None = None
    other: str | None = None
    repeats: bool = False
    version: int = 0
    can_cancel: bool = False
    movable: Literal["", "all", "end"] = ""
    room: Place = (0, 0)
    """Where it may lie on this lane, as if it were not there itself."""
    from_before: bool = False
    goes_on: bool = False

    @property
    def about(self) -> bool:
        """True if the reader may know more than that it is taken."""
        return self.title is not None


def blocks_of(site: Site, table: Timetable, axis: Axis, hours: Sequence[Span], reader: Reader) -> list[Block]:
    """What the lane shows as taken, by start. The reader's own hold is none: their form is open."""
    names, others = table.names, against(site, table, reader)
    found = [
        _block(entry, axis, names.get(entry.of_resource_id), reader, _room(entry, hours, others, reader))
        for entry in table.taken.get(site.id, ())
        if entry.span.clipped(axis.span) and not _is_own_hold(entry, reader)
    ]
    for other in site.takes - {site.id}:
        for entry in table.taken.get(other, ()):
            if entry.of_resource_id == site.id or _is_own_hold(entry, reader):
                continue  # it lies here itself
            if entry.span.clipped(axis.span):
                where = place_of(axis, entry.span)
                found.append(Block("needs", entry.span, where, where, mine=False, other=names.get(other)))
    return sorted(found, key=lambda block: block.span)


def against(site: Site, table: Timetable, reader: Reader) -> list[tuple[int | None, Span]]:
    """Where no other booking may lie here, and by which occurrence; what is held for the reader is free."""
    buffers = site.policy.buffers
    return [
        (entry.occurrence_id, buffers.against(entry.blocked))
        for taken in site.takes
        for entry in table.taken.get(taken, ())
        if not _is_own_hold(entry, reader)
    ]


def places(axis: Axis, spans: Sequence[Span]) -> list[Place]:
    return [place_of(axis, span) for span in within(spans, axis.span)]


def place_of(axis: Axis, span: Span) -> Place:
    return axis.place(span.start), axis.place(span.end)


def _block(entry: Entry, axis: Axis, name: str | None, reader: Reader, room: Span) -> Block:
    known = entry.reason == "booking" and may_know(entry, reader.member)
    theirs = known and may_act(entry.member_id, reader.member)
    return Block(
        reason=entry.reason,
        span=entry.span,
        place=place_of(axis, entry.span),
        blocked=place_of(axis, entry.blocked),
        mine=entry.reason == "booking" and entry.member_id == reader.member.id,
        id=entry.occurrence_id or 0,
        booking_id=entry.booking_id or 0,
        status=entry.status,
        title=entry.title if known else None,
        who=entry.member_name if theirs else None,
        attendees=entry.attendees if theirs else None,
        other=name if entry.reason == "linked" else None,
        repeats=known and entry.repeats,
        version=entry.version,
        can_cancel=theirs and entry.span.end > reader.now,
        movable=_movable(entry, axis, reader) if theirs else "",
        room=place_of(axis, room),
        from_before=entry.span.start < axis.span.start,
        goes_on=entry.span.end > axis.span.end,
    )


def _movable(entry: Entry, axis: Axis, reader: Reader) -> Literal["", "all", "end"]:
    """By hand: what is to come, wholly; of what has begun, the end. What the axis cuts, not at all."""
    if entry.span.end > axis.span.end or entry.span.end <= reader.now:
        return ""
    if entry.span.start <= reader.now:
        return "end"
    return "all" if entry.span.start >= axis.span.start else ""


def _room(
    entry: Entry, hours: Sequence[Span], others: Sequence[tuple[int | None, Span]], reader: Reader
) -> Span:
    """What is free around it as if it were not there."""
    here = next((span for span in hours if span.covers(entry.span)), None)
    if here is None or entry.reason != "booking" or not may_act(entry.member_id, reader.member):
        return entry.span
    start, end = here
    for occurrence_id, span in others:
        if occurrence_id == entry.occurrence_id:
            continue
        if span.end <= entry.span.start:
            start = max(start, span.end)
        elif span.start >= entry.span.end:
            end = min(end, span.start)
    return Span(start, end)


def _is_own_hold(entry: Entry, reader: Reader) -> bool:
    return entry.occurrence_id is None and entry.member_id == reader.member.id
