"""Use cases of closures: a resource, or the whole campus, is closed from an instant to another."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from campus.audit import Origin, record
from campus.errors import BadRequest, NotFound
from campus.fields import one_line
from campus.moments import rfc3339
from campus.people.models import Member
from campus.spaces.models import Closure, Resource, ResourceLink
from campus.spaces.resources import find_resource
from campus.spaces.spans import Span

LONGEST_REASON = 200
LONGEST = timedelta(days=2 * 366)


def add_closure(
    session: Session,
    span: Span,
    reason: str,
    resource: str | None,
    *,
    by: Member,
    origin: Origin,
    now: datetime,
) -> Closure:
    """Close a resource (by its slug; None: the whole campus) for `span`, half-open. Bookings stay: see
    bookings.displacement. Raises NotFound; BadRequest for a span that is none, over or too long, and for
    a reason that is none.
    """
    reason = read_reason(reason)
    if span.end <= span.start:
        raise BadRequest(_("A closure ends after it begins."))
    if span.end <= now:
        raise BadRequest(_("That time has passed."))
    if span.length > LONGEST:
        raise BadRequest(_("A closure lasts two years at most."))
    # Whoever holds the resource's row decides alone: no booking comes in between.
    found = find_resource(session, resource, lock=True) if resource else None
    made = Closure(
        resource_id=found.id if found else None,
        start=span.start,
        end=span.end,
        reason=reason,
        made_by_id=by.id,
        created_at=now,
    )
    session.add(made)
    session.flush()
    record(session, origin, "closure.add", f"closure {made.id}", now, after=_told(session, made))
    return made


def remove_closure(session: Session, closure_id: int, origin: Origin, now: datetime) -> None:
    """Open again. What it displaced stays where it was put. Raises NotFound."""
    closure = find_closure(session, closure_id)
    record(session, origin, "closure.remove", f"closure {closure.id}", now, before=_told(session, closure))
    session.delete(closure)


def find_closure(session: Session, closure_id: int) -> Closure:
    """Raises NotFound."""
    closure = session.get(Closure, closure_id) if closure_id < 2**63 else None
    if closure is None:
        raise NotFound(_("There is no such closure. Somebody may have removed it."))
    return closure


def list_closures(session: Session, now: datetime) -> list[tuple[Closure, Resource | None]]:
    """Those that are not over, by start, each with its resource; None: the whole campus."""
    rows = session.execute(
        select(Closure, Resource)
        .outerjoin(Resource, Closure.resource_id == Resource.id)
        .where(Closure.end > now)
        .order_by(Closure.start, Closure.id)
    )
    return [(closure, resource) for closure, resource in rows]


def closures_of(session: Session, resource: Resource, now: datetime) -> Sequence[Closure]:
    """Those of a resource that are not over, those of the campus and of what a booking takes along among
    them, by start."""
    along = select(ResourceLink.blocks_id).where(ResourceLink.resource_id == resource.id)
    return session.scalars(
        select(Closure)
        .where(
            or_(
                Closure.resource_id == resource.id,
                Closure.resource_id.in_(along),
                Closure.resource_id.is_(None),
            ),
            Closure.end > now,
        )
        .order_by(Closure.start, Closure.id)
    ).all()


def read_reason(text: str) -> str:
    """One line that members read. Raises BadRequest."""
    try:
        reason = one_line(text)
    except ValueError:
        raise BadRequest(_("A reason is one line; members read it.")) from None
    if len(reason) > LONGEST_REASON:
        raise BadRequest(_("A reason has %(most)s letters at most.", most=LONGEST_REASON))
    return reason


def _told(session: Session, closure: Closure) -> dict[str, Any]:
    resource = session.get(Resource, closure.resource_id) if closure.resource_id else None
    return {
        "resource": resource.slug if resource else None,
        "start": rfc3339(closure.start),
        "end": rfc3339(closure.end),
        "reason": closure.reason,
    }
