"""Finding, pure: which free times suit a need best, and where else a wish could go."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from campus.bookings.rules.slots import nearest
from campus.spaces.spans import Span, within

UNKNOWN_WASTE = 10_000
"""A place whose capacity nobody told fits worse than any that is known to be large enough."""


@dataclass(frozen=True, slots=True)
class Place:
    """A resource as finding knows it. `free` is where a booking may lie, with every rule applied."""

    slug: str
    name: str
    kind: str
    capacity: int | None
    equipment: frozenset[str]
    free: Sequence[Span] = ()
    floor: str | None = None


@dataclass(frozen=True, slots=True)
class Need:
    """What is looked for: so long, for so many, with all of `equipment`, of a kind (None: any)."""

    length: timedelta
    people: int = 1
    equipment: frozenset[str] = frozenset()
    kind: str | None = None

    def suits(self, place: Place) -> bool:
        """True if `place` has all that is needed, whenever it is free. Unknown capacity may do."""
        return (
            (self.kind is None or place.kind == self.kind)
            and (place.capacity is None or place.capacity >= self.people)
            and self.equipment <= place.equipment
        )


@dataclass(frozen=True, slots=True)
class Hit:
    """A time that would do. `room` is the free time around it, as far as it was looked at."""

    place: Place
    span: Span
    room: Span


def ranked(need: Need, places: Iterable[Place], windows: Iterable[Span]) -> list[Hit]:
    """In each window, each place that suits once, at its free time nearest to the window's start.

    By window; within it the places that waste the fewest seats first, then the earliest, then by name.
    """
    suitable = [place for place in places if need.suits(place)]
    found: list[Hit] = []
    for window in windows:
        hits = [hit for place in suitable if (hit := _first_in(window, need.length, place))]
        found += sorted(
            hits, key=lambda hit: (_waste(hit.place, need.people), hit.span.start, _name(hit.place))
        )
    return found


def others(
    wanted: Span, like: Place, places: Iterable[Place], *, people: int | None = None, most: int = 3
) -> list[Place]:
    """Where else `wanted` may lie whole: places of the kind of `like`, with its equipment, and room for
    `people`, or for as many as `like` has room for where nobody said how many come. At most `most`, the best
    fit first, then by name."""
    seats = people or like.capacity or 1
    need = Need(wanted.length, seats, like.equipment, like.kind)
    found = [
        place
        for place in places
        if place.slug != like.slug
        and need.suits(place)
        and not (place.capacity is None and like.capacity is not None)
        and any(span.covers(wanted) for span in place.free)
    ]
    return sorted(found, key=lambda place: (_waste(place, seats), _name(place)))[:most]


def _first_in(window: Span, length: timedelta, place: Place) -> Hit | None:
    rooms = within(place.free, window)
    spans = nearest(Span(window.start, window.start + length), rooms, length)
    if not spans:
        return None
    span = min(spans)
    return Hit(place, span, next(room for room in rooms if room.covers(span)))


def _waste(place: Place, people: int) -> int:
    """Seats that stay empty."""
    return UNKNOWN_WASTE if place.capacity is None else place.capacity - people


def _name(place: Place) -> tuple[str, str]:
    return place.name.casefold(), place.slug
