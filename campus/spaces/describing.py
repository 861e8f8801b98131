"""Use case: staff describe a resource, by the API or the form; the audit has what changed."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from campus.audit import Origin, record
from campus.spaces.links import blocked_by, set_blocked
from campus.spaces.models import Resource
from campus.spaces.resources import Description, put_resource, told


def describe(
    session: Session,
    slug: str,
    said: Description,
    blocks: Collection[str] | None,
    *,
    by: Origin,
    now: datetime,
) -> tuple[Resource, bool]:
    """The resource as it is from now on, and True if it is new. `blocks`: slugs of what a booking takes
    besides it; None: as it is. Raises BadRequest for those (see links)."""
    there = session.scalar(select(Resource).where(Resource.slug == slug))
    before = _told(session, there) if there else None
    resource, is_new = put_resource(session, slug, said, now)
    if blocks is not None:
        set_blocked(session, resource, blocks, now)
    after = _told(session, resource)
    if after != before:
        record(session, by, "resource.put", f"resource {slug}", now, before=before, after=after)
    return resource, is_new


def _told(session: Session, resource: Resource) -> dict[str, Any]:
    return {**told(resource), "blocks": [other.slug for other in blocked_by(session, resource)]}
