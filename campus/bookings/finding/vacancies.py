"""What is free on all resources at once, for one member: as many questions for ten as for a hundred."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from campus.bookings import agenda
from campus.bookings.finding.finding import Hit, Need, Place, others, ranked
from campus.bookings.finding.standing import standing_of
from campus.bookings.rules import policy
from campus.bookings.rules.policy import MINUTE, Circumstances, Policy
from campus.bookings.rules.slots import free_spans, long_enough
from campus.people.models import Member
from campus.spaces.models import Resource, ResourceLink
from campus.spaces.resources import all_resources
from campus.spaces.spans import Span, within


@dataclass(frozen=True, slots=True)
class Vacancies:
    """Every resource with its free time, its rules, and what these ask about a member; both by slug."""

    places: Sequence[Place]
    rules: Mapping[str, Policy]
    around: Mapping[str, Circumstances]

    def allow(self, place: Place, span: Span, people: int | None) -> bool:
        """True if no rule of the place is broken by a booking of `span`, which is free there."""
        around = replace(self.around[place.slug], open_spans=[span])
        return not policy.check(self.rules[place.slug], span, people, around)


def find(
    session: Session,
    need: Need,
    windows: Sequence[Span],
    member: Member,
    *,
    now: datetime,
    zone: ZoneInfo,
) -> list[Hit]:
    """What `member` may book in these windows, in order and not overlapping: see finding.ranked."""
    if not windows:
        return []
    bounds = Span(windows[0].start, windows[-1].end)
    seen = vacancies(session, bounds, need.length, member, now=now, zone=zone)
    hits = ranked(need, seen.places, windows)
    return [hit for hit in hits if seen.allow(hit.place, hit.span, need.people)]


def elsewhere(
    session: Session,
    resource: Resource,
    wanted: Span,
    member: Member,
    people: int | None = None,
    *,
    now: datetime,
    zone: ZoneInfo,
    most: int = 3,
) -> list[Place]:
    """Resources like `resource` that `member` may book for just the time `wanted`: see finding.others."""
    seen = vacancies(session, wanted, wanted.length, member, now=now, zone=zone)
    like = next((place for place in seen.places if place.slug == resource.slug), None)
    if like is None:
        return []
    found = others(wanted, like, seen.places, people=people, most=len(seen.places))
    return [place for place in found if seen.allow(place, wanted, people)][:most]


def vacancies(
    session: Session, bounds: Span, length: timedelta, member: Member, *, now: datetime, zone: ZoneInfo
) -> Vacancies:
    """Where in `bounds` bookings of `length` may lie, and what else the rules ask about `member`."""
    resources = all_resources(session)
    rules = {resource.id: Policy.of(resource.policy) for resource in resources}
    around = standing_of(session, member, resources, bounds, now=now, zone=zone)
    takes = _takes(session, rules)
    taken = _taken(session, rules, bounds, member, now)
    shut = agenda.closures(session, bounds)
    places = []
    for resource in resources:
        closed = [span for at, span, _reason in shut if at in (None, *takes[resource.id])]
        opening = agenda.opening_without(resource, bounds, zone, closed)
        its = rules[resource.id]
        in_the_way = (span for one in takes[resource.id] for span in taken.get(one, ()))
        free = free_spans(opening, in_the_way, its.buffers)
        places.append(_place(resource, _bookable(its, free, bounds, length, now)))
    slugs = {resource.id: resource.slug for resource in resources}
    return Vacancies(
        places,
        {slugs[number]: its for number, its in rules.items()},
        {slugs[number]: its for number, its in around.items()},
    )


def _takes(session: Session, ids: Iterable[int]) -> Mapping[int, Sequence[int]]:
    """What a booking of each resource takes, by their ids: itself, and what this blocks."""
    takes = {number: [number] for number in ids}
    for resource_id, blocks_id in session.execute(select(ResourceLink.resource_id, ResourceLink.blocks_id)):
        takes[resource_id].append(blocks_id)
    return takes


def _taken(
    session: Session, rules: Mapping[int, Policy], bounds: Span, member: Member, now: datetime
) -> Mapping[int, Sequence[Span]]:
    """What is taken on each resource, by its id, as far as it is in the way of `member`."""
    before = max((its.buffers.before for its in rules.values()), default=timedelta(0))
    after = max((its.buffers.after for its in rules.values()), default=timedelta(0))
    on: dict[int, list[Span]] = defaultdict(list)
    for entry in agenda.taken(session, Span(bounds.start - before, bounds.end + after), now):
        if entry.reason != "hold" or entry.member_id != member.id:
            on[entry.resource_id].append(entry.blocked)
    return on


def _bookable(
    rules: Policy, free: Sequence[Span], bounds: Span, length: timedelta, now: datetime
) -> list[Span]:
    """The parts of what is free in which the rules take a booking of `length`."""
    if not rules.min_minutes * MINUTE <= length <= rules.max_minutes * MINUTE:
        return []
    window = rules.window(now)
    asked = bounds.clipped(Span(window.start, window.end + length))
    return long_enough(within(free, asked), length) if asked else []


def _place(resource: Resource, free: Sequence[Span]) -> Place:
    return Place(
        slug=resource.slug,
        name=resource.name,
        kind=resource.kind,
        capacity=resource.capacity,
        equipment=frozenset(resource.equipment),
        free=free,
        floor=str((resource.place or {}).get("floor") or "") or None,
    )
