"""Doors: tablets beside the glass. Staff hang one, its link is opened once, and from then on it has a key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from campus.audit import Origin, record
from campus.bookings.models import Door
from campus.errors import BadRequest, NotFound
from campus.people import tickets
from campus.people.keychain import Ticket
from campus.people.models import Member
from campus.people.permissions import may
from campus.people.secrets import digest, new_secret
from campus.spaces.models import Resource
from campus.spaces.resources import find_resource

LINK_LIFETIME = timedelta(days=1)
SEEN_EVERY = timedelta(minutes=1)
"""How exactly it is noted when a door was last seen: a hundred of them are two writes a second."""
LONGEST_NAME, LARGEST_ID = 120, 2**63 - 1


@dataclass(frozen=True, slots=True)
class Hung:
    """A door as staff see it. `works`: who hung it is still here and may."""

    door: Door
    resource: Resource
    made_by: Member

    @property
    def works(self) -> bool:
        return self.made_by.active and may(self.made_by, "doors.manage")


def hang(session: Session, slug: str, name: str, member: Member, origin: Origin, *, now: datetime) -> Door:
    """A new door of a resource, which books in the name of `member`. It knows no key before its link is
    opened. Raises BadRequest for a bad name, NotFound for the resource."""
    name = name.strip()
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise BadRequest(_("A door needs a name of 1 to 120 letters: where the tablet hangs."))
    resource = find_resource(session, slug)
    door = Door(
        resource_id=resource.id,
        name=name,
        digest=digest(new_secret()),
        made_by_id=member.id,
        created_at=now,
    )
    session.add(door)
    session.flush()
    record(session, origin, "door.hang", f"door {door.id}", now, after={"resource": slug, "name": name})
    return door


def new_link(session: Session, door_id: int, origin: Origin, now: datetime) -> str:
    """The secret of a link that is good once and for a day; older links of this door are good for nothing.
    The screen that has the key keeps it until the link is opened. Raises NotFound."""
    door = _find(session, door_id)
    _forget_links(session, door.id)
    record(session, origin, "door.link", f"door {door.id}", now)
    return tickets.issue(session, _purpose(door.id), LINK_LIFETIME, now)


def behind_link(session: Session, door_id: int, secret: str, now: datetime) -> Hung | None:
    """The door that a link leads to; None if it is good for nothing (any more)."""
    if door_id > LARGEST_ID or tickets.peek(session, _purpose(door_id), secret, now) is None:
        return None
    return next((hung for hung in _hung(session, Door.id == door_id) if hung.works), None)


def open_link(session: Session, door_id: int, secret: str, now: datetime) -> tuple[Hung, str] | None:
    """Use up a link: the door, and its new key. A screen that had the old one is locked out by this."""
    hung = behind_link(session, door_id, secret, now)
    if hung is None or tickets.redeem(session, _purpose(door_id), secret, now) is None:
        return None
    key = new_secret()
    session.execute(update(Door).where(Door.id == door_id).values(digest=digest(key), last_seen_at=now))
    return hung, key


def with_key(session: Session, slug: str, key: str) -> Hung | None:
    """The door of this very resource whose key this is, if whoever hung it still may."""
    found = _hung(session, Door.digest == digest(key), Resource.slug == slug)
    return next((hung for hung in found if hung.works), None)


def is_news(door: Door, now: datetime) -> bool:
    """True if it should be noted that it was seen."""
    return door.last_seen_at is None or now - door.last_seen_at >= SEEN_EVERY


def seen(session: Session, door_id: int, now: datetime) -> None:
    session.execute(update(Door).where(Door.id == door_id).values(last_seen_at=now))


def list_doors(session: Session) -> Sequence[Hung]:
    """All doors, by resource and name."""
    return sorted(
        _hung(session),
        key=lambda hung: (hung.resource.name.casefold(), hung.door.name.casefold(), hung.door.id),
    )


def take_down(session: Session, door_id: int, origin: Origin, now: datetime) -> Door:
    """The door's key and links are good for nothing from here on. Raises NotFound."""
    door = _find(session, door_id)
    _forget_links(session, door.id)
    session.delete(door)
    slug = session.get_one(Resource, door.resource_id).slug
    record(
        session,
        origin,
        "door.take-down",
        f"door {door.id}",
        now,
        before={"resource": slug, "name": door.name},
    )
    return door


def lock_all_of(session: Session, member_id: int) -> None:
    """No key and no link of a door that this member hung is good any more, should they come back one day."""
    for door in session.scalars(select(Door).where(Door.made_by_id == member_id)):
        door.digest = digest(new_secret())
        _forget_links(session, door.id)


def _hung(session: Session, *which: object) -> list[Hung]:
    query = (
        select(Door, Resource, Member)
        .join(Resource, Door.resource_id == Resource.id)
        .join(Member, Door.made_by_id == Member.id)
        .where(*which)  # type: ignore[arg-type]
    )
    return [Hung(*row) for row in session.execute(query)]


def _find(session: Session, door_id: int) -> Door:
    door = session.get(Door, door_id) if door_id <= LARGEST_ID else None
    if door is None:
        raise NotFound(_("There is no such door."))
    return door


def _purpose(door_id: int) -> str:
    return f"door {door_id}"


def _forget_links(session: Session, door_id: int) -> None:
    session.execute(delete(Ticket).where(Ticket.purpose == _purpose(door_id)))
