"""Elsewhere: where a booking could go that cannot stay where it is. The nearest time first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from campus.bookings import agenda
from campus.bookings.holdings import circumstances
from campus.bookings.models import Occurrence
from campus.bookings.rules.policy import Policy, check
from campus.bookings.rules.slots import next_grid
from campus.moments import day_bounds, rfc3339
from campus.spaces.hours import instant_at
from campus.spaces.models import Resource
from campus.spaces.spans import Span, without

MOST_PLACES = 8
"""Other resources that are looked at for one booking, the best fitting first."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """Where a booking could go."""

    resource: Resource
    span: Span

    @property
    def key(self) -> str:
        """What a form sends for it."""
        return f"{self.resource.slug}/{rfc3339(self.span.start)}"


@dataclass(frozen=True)
class Search:
    """Free time within `bounds`, each resource asked for once. What was given to one booking is no
    other's."""

    session: Session
    bounds: Span
    now: datetime
    zone: ZoneInfo
    _given: dict[int, list[Span]] = field(default_factory=dict)
    _free: dict[tuple[int, timedelta], list[Span]] = field(default_factory=dict)

    def free(self, resource: Resource, length: timedelta) -> list[Span]:
        """Where a booking of `length` fits that may be made now."""
        key = (resource.id, length)
        if key not in self._free:
            self._free[key] = agenda.bookable(
                self.session, resource, self.bounds, length, now=self.now, zone=self.zone
            )
        left = without(self._free[key], self._given.get(resource.id, ()))
        return [span for span in left if span.length >= length]

    def give(self, proposal: Proposal) -> None:
        """From now on that time is taken here."""
        buffers = Policy.of(proposal.resource.policy).buffers
        taken = buffers.against(buffers.around(proposal.span))
        self._given.setdefault(proposal.resource.id, []).append(taken)

    def ways(self, one: Occurrence, was_at: Resource, others: Iterable[Resource]) -> list[Proposal]:
        """At most two: the least change first, in time and then in place; and the best of the other kind,
        the same place at another time or another place, where there is one. None that a rule forbids."""
        was, found = Span(one.start, one.end), list[Proposal]()
        for resource in (was_at, *others):
            span = nearest(was, self.free(resource, was.length), self.zone)
            if span is not None and self._may(one, resource, span):
                found.append(Proposal(resource, span))
        found.sort(key=lambda way: (change(was, way.span, self.zone), way.resource.id != was_at.id))
        stays = [way for way in found if way.resource.id == was_at.id][:1]
        goes = [way for way in found if way.resource.id != was_at.id][:1]
        return [way for way in found if way in (*stays, *goes)]

    def _may(self, one: Occurrence, resource: Resource, span: Span) -> bool:
        """True if no rule of the resource forbids it to whose booking it is."""
        booking = one.booking
        around = circumstances(
            self.session,
            resource,
            booking.member,
            [span],
            now=self.now,
            zone=self.zone,
            without=[one.id],
            booking=booking,
        )
        return not check(Policy.of(resource.policy), span, booking.people, around)


def nearest(was: Span, free: Iterable[Span], zone: ZoneInfo) -> Span | None:
    """The slot as long as `was` that changes least for people (see change), never an earlier one.

    On the grid, unless it starts when `was` did.
    """
    wall = was.start.astimezone(zone)
    minutes = wall.hour * 60 + wall.minute
    found = []
    for span in free:
        first, last = max(span.start, was.start), span.end - was.length
        if span.start <= was.start <= last:
            return was
        for day in _days(first, last, zone):
            begin, end = day_bounds(day, zone)
            earliest, latest = next_grid(max(first, begin)), min(last, end)
            if earliest <= latest:
                start = min(max(earliest, instant_at(day, minutes, zone)), latest)
                found.append(Span(start, start + was.length))
    return min(found, key=lambda span: (change(was, span, zone), span.start), default=None)


def change(was: Span, span: Span, zone: ZoneInfo) -> float:
    """How much else another time is, in hours: each day counts as six, and so much as it is earlier or
    later in the day. Tomorrow at the same hour is better than tomorrow at seven."""
    old, new = was.start.astimezone(zone), span.start.astimezone(zone)
    hours = abs((new.hour - old.hour) + (new.minute - old.minute) / 60)
    return abs((new.date() - old.date()).days) * 6 + hours


def _days(first: datetime, last: datetime, zone: ZoneInfo) -> Iterator[date]:
    day, end = first.astimezone(zone).date(), last.astimezone(zone).date()
    while day <= end:
        yield day
        day += timedelta(days=1)


def like(resource: Resource, people: int | None, resources: Iterable[Resource]) -> list[Resource]:
    """Other resources that would do: of its kind, with room for as many (for `people`, where it is known)
    and with its equipment, and that take a booking without asking; the smallest first."""
    seats = people or resource.capacity or 0
    found = [
        other
        for other in resources
        if other.id != resource.id
        and other.kind == resource.kind
        and (other.capacity is None or other.capacity >= seats)
        and set(other.equipment) >= set(resource.equipment)
        and not Policy.of(other.policy).approval
    ]
    return sorted(found, key=lambda other: (other.capacity or 0, other.name))[:MOST_PLACES]
