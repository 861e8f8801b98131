"""Half-open spans of time, pure: `[start, end)`, so that back to back is no overlap."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple


class Span(NamedTuple):
    """From `start` up to but not including `end`, both aware. Sorts by start."""

    start: datetime
    end: datetime

    @property
    def length(self) -> timedelta:
        """Elapsed time; never that of the clock on the wall."""
        return self.end - self.start

    def overlaps(self, other: Span) -> bool:
        """True if some instant lies in both."""
        return self.start < other.end and other.start < self.end

    def covers(self, other: Span) -> bool:
        """True if every instant of `other` lies in this one."""
        return self.start <= other.start and other.end <= self.end

    def clipped(self, bounds: Span) -> Span | None:
        """The part inside `bounds`, None if there is none."""
        start, end = max(self.start, bounds.start), min(self.end, bounds.end)
        return Span(start, end) if start < end else None


def merged(spans: Iterable[Span]) -> list[Span]:
    """The same instants as few spans, in order: what overlaps or touches becomes one."""
    found: list[Span] = []
    for span in sorted(spans):
        if found and span.start <= found[-1].end:
            found[-1] = Span(found[-1].start, max(found[-1].end, span.end))
        else:
            found.append(span)
    return found


def without(spans: Iterable[Span], taken: Iterable[Span]) -> list[Span]:
    """The instants of `spans` that are in none of `taken`, in order."""
    gaps = merged(taken)
    left: list[Span] = []
    for span in merged(spans):
        start = span.start
        for gap in gaps:
            if gap.end <= start or gap.start >= span.end:
                continue
            if start < gap.start:
                left.append(Span(start, gap.start))
            start = gap.end
        if start < span.end:
            left.append(Span(start, span.end))
    return left


def within(spans: Sequence[Span], bounds: Span) -> list[Span]:
    """The parts of `spans` inside `bounds`."""
    return [part for span in spans if (part := span.clipped(bounds))]
