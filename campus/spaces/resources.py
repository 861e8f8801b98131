"""Use cases of resources: put one, find one, list them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any, Final

from flask_babel import gettext as _
from sqlalchemy import bindparam, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from campus.errors import NotFound
from campus.fields import SLUG
from campus.spaces.models import KINDS, Resource


class Unsaid(Enum):
    """The value of what nobody said: it stays as it is."""

    AS_IS = "as is"


AS_IS: Final = Unsaid.AS_IS
_OF_SLUG = select(Resource).where(Resource.slug == bindparam("slug"))


@dataclass(frozen=True, slots=True)
class Description:
    """What staff say about a resource, checked; `opening_hours`, `policy` and `place` as the API has them.

    `equipment`, `about` and `place` stay as they are unless they are said.
    """

    name: str
    kind: str
    capacity: int | None = None
    opening_hours: dict[str, list[list[str]]] | None = None
    policy: dict[str, Any] | None = None
    equipment: Sequence[str] | Unsaid = AS_IS
    about: str | Unsaid | None = AS_IS
    place: Mapping[str, Any] | Unsaid | None = AS_IS


def put_resource(session: Session, slug: str, said: Description, now: datetime) -> tuple[Resource, bool]:
    """The resource named `slug`, as described from now on; True if it is new. Bookings stay as they are."""
    query = select(Resource).where(Resource.slug == slug).with_for_update()
    found = session.scalar(query)
    if found is None:
        try:
            with session.begin_nested():
                made = _described(Resource(slug=slug, created_at=now), said)
                session.add(made)
            return made, True
        except IntegrityError:  # somebody else added it in this moment
            found = session.scalars(query).one()
    _described(found, said)
    session.flush()
    return found, False


def told(resource: Resource) -> dict[str, Any]:
    """A resource as the audit keeps it."""
    return {
        "name": resource.name,
        "kind": resource.kind,
        "capacity": resource.capacity,
        "opening_hours": resource.opening_hours,
        "policy": resource.policy or None,
        "equipment": list(resource.equipment or ()),
        "about": resource.about,
        "place": resource.place,
    }


def _described(resource: Resource, said: Description) -> Resource:
    resource.name = said.name
    resource.kind = said.kind
    resource.capacity = said.capacity
    resource.opening_hours = said.opening_hours
    resource.policy = said.policy or {}
    if said.equipment is not AS_IS:
        resource.equipment = list(said.equipment)
    if said.about is not AS_IS:
        resource.about = said.about or None
    if said.place is not AS_IS:
        resource.place = dict(said.place) if said.place else None
    return resource


def find_resource(session: Session, slug: str, *, lock: bool = False) -> Resource:
    """The resource; with `lock`, until the end of the transaction nobody else gets it so. Raises NotFound."""
    query = _OF_SLUG.with_for_update() if lock else _OF_SLUG  # SQLite has one writer at a time as it is
    found = session.scalar(query, {"slug": slug}) if SLUG.fullmatch(slug) else None
    if found is None:
        raise NotFound(_("There is no resource “%(slug)s”.", slug=slug[:64]))
    return found


def list_resources(
    session: Session, *, kind: str | None = None, after: str = "", limit: int | None = None
) -> Sequence[Resource]:
    """Resources by slug, those whose slug sorts behind `after`."""
    query = select(Resource).where(Resource.slug > after).order_by(Resource.slug).limit(limit)
    if kind:
        query = query.where(Resource.kind == kind)
    return session.scalars(query).all()


def all_resources(session: Session) -> list[Resource]:
    """Every resource as pages list them: by kind, then by name."""
    found = session.scalars(select(Resource)).all()
    return sorted(found, key=lambda resource: (KINDS.index(resource.kind), resource.name.casefold()))
