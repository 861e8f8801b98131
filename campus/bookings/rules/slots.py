"""Slots, pure: where a booking still fits, and what to take instead of a time that is gone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from campus.moments import EPOCH
from campus.spaces.spans import Span, without

GRID = timedelta(minutes=5)
"""Suggested times lie on it: nobody wants to begin at 10:07:31."""

SHORTER = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Buffers:
    """Time that a booking blocks around itself, for cleaning or cooling down."""

    before: timedelta = timedelta(0)
    after: timedelta = timedelta(0)

    def around(self, span: Span) -> Span:
        """What a booking of `span` takes from others."""
        return Span(span.start - self.before, span.end + self.after)

    def against(self, blocked: Span) -> Span:
        """Where no new booking may lie, given what an existing one blocks: both keep their buffers."""
        return Span(blocked.start - self.after, blocked.end + self.before)


def free_spans(open_spans: Iterable[Span], blocked: Iterable[Span], buffers: Buffers) -> list[Span]:
    """The longest spans in which a booking may lie: open, and clear of what is `blocked`."""
    return without(open_spans, (buffers.against(span) for span in blocked))


def long_enough(spans: Iterable[Span], length: timedelta) -> list[Span]:
    """Those of `spans` in which a booking of `length` fits."""
    return [span for span in spans if span.length >= length]


def suggestions(wanted: Span, free: Iterable[Span], *, shortest: timedelta) -> list[Span]:
    """What to offer when `wanted` is taken, at most three, the nearest first.

    The nearest slot of the same length before it, the nearest after it, and one that lies inside
    it and is 15 minutes shorter (never shorter than `shortest`). `free` bounds them: the caller
    decides the day.
    """
    rooms = list(free)
    same = nearest(wanted, rooms, wanted.length)
    earlier = max((span for span in same if span.start < wanted.start), default=None)
    later = min((span for span in same if span.start > wanted.start), default=None)
    length = wanted.length - SHORTER
    inside = [span for span in nearest(wanted, rooms, length) if wanted.covers(span)]
    shorter = min(inside, default=None) if length >= max(shortest, SHORTER) else None
    found = [span for span in (earlier, later, shorter) if span]
    return sorted(found, key=lambda span: (abs(span.start - wanted.start), span))


def nearest(wanted: Span, rooms: Iterable[Span], length: timedelta) -> list[Span]:
    """In each of `rooms` that is long enough, the slot of `length` that starts nearest to `wanted`."""
    found = []
    for room in rooms:
        first, last = next_grid(room.start), room.end - length
        if first <= last:
            start = min(max(first, wanted.start), last)
            found.append(Span(start, start + length))
    return found


def next_grid(moment: datetime, grid: timedelta = GRID) -> datetime:
    """`moment`, or the next point of the grid after it."""
    late = (moment - EPOCH) % grid
    return moment + (grid - late if late else timedelta(0))
