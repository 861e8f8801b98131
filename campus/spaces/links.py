"""Use cases of links: whoever books one resource takes others too."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import delete, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from campus.database import is_slot_taken
from campus.errors import BadRequest
from campus.moments import to_micros
from campus.spaces.models import Resource, ResourceLink

MOST = 50
CLAIM_ANEW = text(
    "UPDATE occurrence SET status = status WHERE resource_id = :resource_id AND blocked_end > :now"
)
"""The database makes a booking's claims when its status is written (migration 0003)."""


def blocked_by(session: Session, resource: Resource) -> Sequence[Resource]:
    """What a booking of `resource` takes besides it, by name."""
    return session.scalars(
        select(Resource)
        .join(ResourceLink, ResourceLink.blocks_id == Resource.id)
        .where(ResourceLink.resource_id == resource.id)
        .order_by(Resource.name)
    ).all()


def blocks_of(session: Session) -> dict[int, list[str]]:
    """What a booking of each resource takes besides it: slugs by the resource's id."""
    rows = session.execute(
        select(ResourceLink.resource_id, Resource.slug)
        .join(Resource, ResourceLink.blocks_id == Resource.id)
        .order_by(Resource.slug)
    )
    found: dict[int, list[str]] = {}
    for number, slug in rows:
        found.setdefault(number, []).append(slug)
    return found


def blockers_of(session: Session, resource: Resource) -> Sequence[Resource]:
    """Whose bookings take `resource` too, by name."""
    return session.scalars(
        select(Resource)
        .join(ResourceLink, ResourceLink.resource_id == Resource.id)
        .where(ResourceLink.blocks_id == resource.id)
        .order_by(Resource.name)
    ).all()


def set_blocked(session: Session, resource: Resource, slugs: Collection[str], now: datetime) -> bool:
    """From now on a booking of `resource` takes those too, and so do those that are there already.

    True if that is news. Raises BadRequest for a slug that is none or its own, and where bookings that
    are there would collide by it.
    """
    wanted = sorted(set(slugs))
    if len(wanted) > MOST:
        raise BadRequest(_("%(most)s resources at most can be taken along.", most=MOST))
    if resource.slug in wanted:
        raise BadRequest(_("A resource does not block itself."))
    rows = session.execute(select(Resource.slug, Resource.id).where(Resource.slug.in_(wanted)))
    ids = {row.slug: row.id for row in rows}
    for slug in wanted:
        if slug not in ids:
            raise BadRequest(_("There is no resource “%(slug)s”.", slug=slug[:64]))
    before = {found.id for found in blocked_by(session, resource)}
    if before == set(ids.values()):
        return False
    session.execute(delete(ResourceLink).where(ResourceLink.resource_id == resource.id))
    session.add_all(ResourceLink(resource_id=resource.id, blocks_id=number) for number in ids.values())
    session.flush()
    try:
        with session.begin_nested():
            session.execute(CLAIM_ANEW, {"resource_id": resource.id, "now": to_micros(now)})
    except IntegrityError as error:
        if not is_slot_taken(error):
            raise
        raise BadRequest(
            _("There are bookings at the same time that would exclude each other. Move or cancel them first.")
        ) from None
    return True
