"""How the resources are used, pure: rows of bookings in, sums for people out. Lengths are elapsed time."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from statistics import median
from zoneinfo import ZoneInfo

from campus.spaces.spans import Span

HOUR = timedelta(hours=1)
NOTHING = timedelta(0)
DAYS, HOURS = range(7), range(24)
Cell = tuple[int, int]
"""Weekday (Monday is 0) and hour of the campus clock."""


@dataclass(frozen=True, slots=True)
class Place:
    """A resource, and when it is open in the time that is looked at (merged, in order)."""

    id: int
    slug: str
    name: str
    kind: str
    open_spans: tuple[Span, ...]
    asks_check_in: bool = False


@dataclass(frozen=True, slots=True)
class Use:
    """One occurrence that holds its time, or held it until nobody came. `company`: its member's when they
    booked, if any."""

    resource_id: int
    member_id: int
    company: str | None
    span: Span
    created_at: datetime
    repeats: bool = False
    came: bool = False
    """Somebody checked in."""
    no_show: bool = False
    finished_early: bool = False


@dataclass(slots=True)
class ResourceUse:
    """What a resource was booked for, in the time that is looked at. `inside`: while it was open."""

    place: Place
    open: timedelta
    bookings: int = 0
    no_shows: int = 0
    booked: timedelta = NOTHING
    inside: timedelta = NOTHING

    @property
    def share(self) -> float | None:
        """Of the open time, what was booked; None where it was never open."""
        return self.inside / self.open if self.open else None


@dataclass(slots=True)
class CompanyUse:
    """What the members of a company booked. `name` None: members of no company."""

    name: str | None
    bookings: int = 0
    booked: timedelta = NOTHING
    members: set[int] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Part:
    """So many of so many."""

    count: int
    of: int

    @property
    def share(self) -> float | None:
        return self.count / self.of if self.of else None


@dataclass(frozen=True)
class Tally:
    """All of it. Rates speak of what has begun; `lead`, the median time between booking and start, of
    bookings that do not repeat."""

    resources: Sequence[ResourceUse]
    companies: Sequence[CompanyUse]
    open_at: Mapping[Cell, timedelta]
    booked_at: Mapping[Cell, timedelta]
    """Within the open time."""
    no_shows: Part
    """Of all that began: released because nobody checked in."""
    ghosts: Part
    """Of those that began where a check-in is asked for: nobody ever checked in."""
    finished_early: Part
    lead: timedelta | None

    @property
    def bookings(self) -> int:
        return sum(one.bookings for one in self.resources)

    @cached_property
    def booked(self) -> timedelta:
        return sum((one.booked for one in self.resources), NOTHING)

    @cached_property
    def share(self) -> float | None:
        """Of the open time of all resources, what was booked."""
        opened = sum((one.open for one in self.resources), NOTHING)
        return sum((one.inside for one in self.resources), NOTHING) / opened if opened else None

    def share_at(self, day: int, hour: int) -> float | None:
        """How much of the open time of a weekday's hour was booked; None where nothing is open then."""
        opened = self.open_at.get((day, hour), NOTHING)
        return self.booked_at.get((day, hour), NOTHING) / opened if opened else None


def tally(uses: Iterable[Use], places: Sequence[Place], bounds: Span, now: datetime, zone: ZoneInfo) -> Tally:
    """The sums of what lies in `bounds`. Resources by use, companies by hours, the most first."""
    resources = {place.id: ResourceUse(place, _length(place.open_spans)) for place in places}
    starts = {place.id: [span.start for span in place.open_spans] for place in places}
    companies: dict[str | None, CompanyUse] = {}
    booked_at: dict[Cell, timedelta] = defaultdict(timedelta)
    begun: list[Use] = []
    leads: list[float] = []  # seconds
    for use in uses:
        seen, resource = use.span.clipped(bounds), resources.get(use.resource_id)
        if seen is None or resource is None:
            continue
        if bounds.start <= use.span.start <= now:
            begun.append(use)
        if use.no_show:
            resource.no_shows += 1
            continue
        company = companies.setdefault(use.company, CompanyUse(use.company))
        company.members.add(use.member_id)
        for one in (resource, company):
            one.bookings += 1
            one.booked += seen.length
        for part in _inside(seen, resource.place.open_spans, starts[use.resource_id]):
            resource.inside += part.length
            _spread(part, booked_at, zone)
        if not use.repeats and use.span.start >= bounds.start:
            leads.append(max(use.span.start - use.created_at, NOTHING).total_seconds())
    asked = [use for use in begun if resources[use.resource_id].place.asks_check_in]
    return Tally(
        sorted(resources.values(), key=_by_use),
        sorted(companies.values(), key=lambda one: (-one.booked, (one.name or "").casefold())),
        open_at=_open_at(places, zone),
        booked_at=booked_at,
        no_shows=Part(sum(use.no_show for use in begun), len(begun)),
        ghosts=Part(sum(use.no_show or not use.came for use in asked), len(asked)),
        finished_early=Part(sum(use.finished_early for use in begun), len(begun)),
        lead=timedelta(seconds=median(leads)) if leads else None,
    )


def _by_use(one: ResourceUse) -> tuple[float, timedelta, str]:
    return -(one.share or 0), -one.booked, one.place.name.casefold()


def _length(spans: Iterable[Span]) -> timedelta:
    return sum((span.length for span in spans), NOTHING)


def _inside(span: Span, opened: Sequence[Span], starts: Sequence[datetime]) -> Iterator[Span]:
    """The parts of `span` in `opened`, whose starts are `starts`."""
    at = max(bisect_right(starts, span.start) - 1, 0)
    while at < len(opened) and opened[at].start < span.end:
        part = opened[at].clipped(span)
        if part:
            yield part
        at += 1


def _open_at(places: Sequence[Place], zone: ZoneInfo) -> dict[Cell, timedelta]:
    """Open time of all places by weekday and hour. Hours that many share are counted once."""
    alike: dict[tuple[Span, ...], int] = defaultdict(int)
    for place in places:
        alike[place.open_spans] += 1
    found: dict[Cell, timedelta] = defaultdict(timedelta)
    for spans, count in alike.items():
        one: dict[Cell, timedelta] = defaultdict(timedelta)
        for span in spans:
            _spread(span, one, zone)
        for cell, length in one.items():
            found[cell] += length * count
    return found


def _spread(span: Span, cells: dict[Cell, timedelta], zone: ZoneInfo) -> None:
    """Add the time of `span` to the hours of the campus clock in which it lies."""
    start = span.start
    while start < span.end:
        wall = start.astimezone(zone)
        rest = HOUR - timedelta(minutes=wall.minute, seconds=wall.second, microseconds=wall.microsecond)
        end = min(start + rest, span.end)
        cells[wall.weekday(), wall.hour] += end - start
        start = end
