"""Use case: a list of rooms becomes resources, all of them or none."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from campus.audit import Origin, record
from campus.spaces.models import Resource
from campus.spaces.resources import Description, list_resources, put_resource, told
from campus.spaces.room_list import Room


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a list makes of the resources that are there. A room that stands as the list has it is same."""

    new: tuple[Room, ...] = ()
    changed: tuple[Room, ...] = ()
    same: tuple[Room, ...] = ()


def compare(session: Session, rooms: Iterable[Room]) -> Outcome:
    """What `import_rooms` would do."""
    there = {resource.slug: resource for resource in list_resources(session)}
    sorts: dict[str, list[Room]] = {"new": [], "changed": [], "same": []}
    for room in rooms:
        found = there.get(room.slug)
        sort = "new" if found is None else "same" if _described(room, found) == _as_is(found) else "changed"
        sorts[sort].append(room)
    return Outcome(*(tuple(sorts[sort]) for sort in ("new", "changed", "same")))


def import_rooms(session: Session, rooms: Iterable[Room], by: Origin, now: datetime) -> Outcome:
    """Put the rooms of a list. What it has no column for, and a resource's rules, stay as they are."""
    there = {resource.slug: resource for resource in list_resources(session)}
    outcome = compare(session, rooms)
    for room in (*outcome.new, *outcome.changed):
        found = there.get(room.slug)
        before = told(found) if found else None
        put, _is_new = put_resource(session, room.slug, _described(room, found), now)
        record(session, by, "resource.put", f"resource {room.slug}", now, before=before, after=told(put))
    return outcome


def _described(room: Room, found: Resource | None) -> Description:
    """The resource as the list wants it."""
    if found is None:
        return Description(room.name, room.kind, room.capacity, room.opening, {})
    return Description(
        room.name,
        room.kind if "kind" in room.told else found.kind,
        room.capacity if "capacity" in room.told else found.capacity,
        room.opening if "opening" in room.told else found.opening_hours,
        found.policy,
    )


def _as_is(found: Resource) -> Description:
    return Description(found.name, found.kind, found.capacity, found.opening_hours, found.policy)
