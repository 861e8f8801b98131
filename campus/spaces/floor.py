"""What the floor plan shows: every resource that has a place, how it stands now, floor by floor."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from campus.audit import Origin, record
from campus.bookings.timeline.day import day_of
from campus.bookings.timeline.headline import Standing, standing
from campus.people.models import Member
from campus.spaces.hung import Hung
from campus.spaces.models import Resource
from campus.spaces.places import Place, floors_of
from campus.spaces.resources import all_resources

STEP = 3
"""Units between two things in a row."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A resource on the plan."""

    resource: Resource
    place: Place
    standing: Standing


@dataclass(frozen=True, slots=True)
class Mark:
    """A thing on the plan, by its number in the list. `is_exact`: false if it is somewhere in its room."""

    number: int
    thing: Hung
    x: float
    y: float
    is_exact: bool


@dataclass(frozen=True, slots=True)
class Floor:
    """A floor and what is on it, the largest first: what lies in a room is drawn over it."""

    name: str
    spots: Sequence[Spot]
    marks: Sequence[Mark] = ()

    @property
    def free(self) -> int:
        return sum(spot.standing.state == "free" for spot in self.spots)


def floors_now(session: Session, reader: Member, now: datetime, zone: ZoneInfo) -> list[Floor]:
    """Every floor as it stands now, in the order of a lift."""
    day = day_of(session, now.astimezone(zone).date(), reader, now=now, zone=zone)
    stand = {row.slug: standing(row, day) for row in day.rows}
    spots = [
        Spot(resource, Place.of(resource.place), stand[resource.slug])
        for resource in all_resources(session)
        if resource.place
    ]
    spots.sort(key=lambda spot: -spot.place.width * spot.place.height)
    return [
        Floor(name, [spot for spot in spots if spot.place.floor == name])
        for name in floors_of(spot.place for spot in spots)
    ]


def with_things(floors: Sequence[Floor], things: Sequence[Hung]) -> list[Floor]:
    """The same floors, and those that only things hang on. What has no point of its own stands in a row
    at the lower edge of its room."""
    names = floors_of([spot.place for floor in floors for spot in floor.spots], [one.point for one in things])
    there = {floor.name: floor for floor in floors}
    found = []
    for name in names:
        floor = there.get(name, Floor(name, ()))
        found.append(replace(floor, marks=list(_marks(floor, things))))
    return found


def _marks(floor: Floor, things: Sequence[Hung]) -> Iterator[Mark]:
    homes = {spot.resource.id: spot.place for spot in floor.spots}
    in_a_row: dict[int, int] = {}
    number = 0
    for thing in things:
        home = homes.get(thing.resource_id or 0)
        if thing.point is not None and thing.point.floor == floor.name:
            number += 1
            yield Mark(number, thing, thing.point.x, thing.point.y, is_exact=True)
        elif thing.point is None and home is not None and thing.resource_id is not None:
            number += 1
            place = in_a_row[thing.resource_id] = in_a_row.get(thing.resource_id, 0) + 1
            x = min(home.x + STEP * (place - 0.4), home.x + home.width - STEP / 2)
            yield Mark(number, thing, x, home.y + home.height - 0.3, is_exact=False)


def put_places(session: Session, places: Mapping[str, Place | None], origin: Origin, now: datetime) -> int:
    """Put resources (by slug) where these say, None: nowhere; how many moved. Unknown ones are left out."""
    found = session.scalars(select(Resource).where(Resource.slug.in_(places)).with_for_update())
    moved = 0
    for resource in found:
        place = places[resource.slug]
        stored: dict[str, Any] | None = place.stored() if place else None
        if stored == resource.place:
            continue
        told = {"before": {"place": resource.place}, "after": {"place": stored}}
        record(session, origin, "resource.put", f"resource {resource.slug}", now, **told)
        resource.place = stored
        moved += 1
    return moved
