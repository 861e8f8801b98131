"""What a door says about its room, pure: free, in use, held or closed, until when, and what may be booked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from campus.bookings.rules.slots import Buffers, free_spans
from campus.spaces.spans import Span

State = Literal["free", "in-use", "held", "closed"]
MINUTE = timedelta(minutes=1)
WALK_UPS = (15, 30, 60)
"""Minutes that a door offers."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What takes the room for a while. `title`: None where others may not read it."""

    span: Span
    blocked: Span
    """The span with its buffers."""
    sure: bool = True
    """A confirmed booking; else somebody holds the time, asks for it, or was offered it."""
    own: bool = True
    """Of this room; else of another one which takes this one along."""
    occurrence_id: int | None = None
    booking_id: int | None = None
    member_id: int | None = None
    title: str | None = None
    checked_in: bool = False


@dataclass(frozen=True, slots=True)
class Plate:
    """`until`: when the state ends, None where nothing ends it that is known of. `room`: the free time
    that a booking made now may take."""

    state: State
    until: datetime | None
    current: Taken | None
    following: Taken | None
    room: Span | None = None


def plate(now: datetime, opening: Sequence[Span], taken: Sequence[Taken], buffers: Buffers) -> Plate:
    """How the room stands. `opening` in order; `taken` is all that touches the time that it covers."""
    current = next((one for one in taken if one.sure and one.span.start <= now < one.span.end), None)
    later = sorted((one for one in taken if one.sure and one.span.start > now), key=lambda one: one.span)
    following = next(iter(later), None)
    if current:
        return Plate("in-use", current.span.end, current, following)
    door = next((span for span in opening if span.start <= now < span.end), None)
    if door is None:
        opens = next((span.start for span in opening if span.start > now), None)
        return Plate("closed", opens, None, following)
    rooms = free_spans(opening, (one.blocked for one in taken), buffers)
    room = next((span for span in rooms if span.start <= now < span.end), None)
    if room:
        return Plate("free", room.end, None, following, room)
    waits = next((one for one in taken if one.blocked.start <= now < one.blocked.end), None)
    if waits:
        return Plate("held", waits.blocked.end, None, following)
    # Nobody is there, but a booking's buffers would not fit.
    coming = min((one.blocked.start for one in taken if one.blocked.start > now), default=door.end)
    return Plate("free", min(coming, door.end), None, following)


def begun_minute(now: datetime) -> datetime:
    """The minute that is running: what is booked at the door begins with it."""
    return now.replace(second=0, microsecond=0)


def offers(shown: Plate, now: datetime, least: int, most: int) -> list[tuple[int, Span]]:
    """What may be booked at once: minutes of WALK_UPS, and from when to when. Resources have their
    shortest and longest booking in minutes."""
    if shown.room is None:
        return []
    start = max(begun_minute(now), shown.room.start)
    spans = [
        (minutes, Span(start, start + minutes * MINUTE)) for minutes in WALK_UPS if least <= minutes <= most
    ]
    return [(minutes, span) for minutes, span in spans if shown.room.covers(span)]


def is_due(one: Taken, now: datetime, early: timedelta) -> bool:
    """True if its people may say that they are here: from `early` before its start on, once."""
    return one.span.start - early <= now < one.span.end and not one.checked_in


def to_check_in(shown: Plate, now: datetime, early: timedelta) -> Taken | None:
    """The booking of this room that may be checked in: the running one or, where nothing runs, the next."""
    here = shown.current or shown.following
    return here if here and here.own and is_due(here, now, early) else None
