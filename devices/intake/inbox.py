"""The inbox: devices that were heard and are not registered, until staff accept or ignore them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session, defer

from campus.audit import Origin, record
from campus.database import Database
from campus.errors import BadRequest, NotFound
from devices import registry
from devices.description import Description
from devices.intake.models import HeardDevice
from devices.intake.retry import retry_of
from devices.models import Device

NEW, IGNORED, ACCEPTED = "new", "ignored", "accepted"
STATES = (NEW, IGNORED, ACCEPTED)
FORGOTTEN_AFTER = {NEW: timedelta(days=30), ACCEPTED: timedelta(days=1)}
"""Of what is not heard any more. What is ignored stays ignored."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """A device that was just registered, and how many messages that had waited could be read now."""

    device: Device
    read: int
    left: int


def find(session: Session, heard_id: int) -> HeardDevice:
    """Raises NotFound, also for what was accepted already."""
    row = session.get(HeardDevice, heard_id)
    if row is None or row.state == ACCEPTED:
        raise NotFound(_("This is no longer in the inbox."))
    return row


def waiting(
    session: Session, state: str = NEW, *, limit: int | None = None, after: int = 0
) -> Sequence[HeardDevice]:
    """What is in the inbox, by id, without the samples."""
    query = select(HeardDevice).where(HeardDevice.state == state, HeardDevice.id > after)
    return session.scalars(
        query.options(defer(HeardDevice.samples)).order_by(HeardDevice.id).limit(limit)
    ).all()


def count(session: Session, state: str = NEW) -> int:
    """How many wait."""
    return session.scalar(select(func.count()).where(HeardDevice.state == state)) or 0


def described(row: HeardDevice) -> Description:
    """As it would be registered if nothing was changed."""
    return Description(
        name=row.name, kind=row.kind, format=row.format, topic=row.topic, options=dict(row.options)
    )


def accept(
    database: Database,
    heard_id: int,
    slug: str,
    said: Description,
    *,
    zone: ZoneInfo,
    now: datetime,
    by: Origin,
) -> Accepted:
    """Register what was heard, and read what had waited of it. Raises NotFound, BadRequest (see put_device).

    A slug that is taken is a fault: accepting changes no other device.
    """
    with database.write() as session:
        find(session, heard_id)
        mine = update(HeardDevice).where(HeardDevice.id == heard_id, HeardDevice.state != ACCEPTED)
        taken_now = session.execute(mine.values(state=ACCEPTED))
        if taken_now.rowcount != 1:  # type: ignore[attr-defined]  # somebody else was quicker
            raise NotFound(_("This is no longer in the inbox."))
        taken = session.scalar(select(Device).where(Device.slug == slug))
        if taken is not None and taken.retired_at is None:
            faults = {"slug": _("this name is taken; choose another")}
            raise BadRequest(f"slug: {faults['slug']}", extra={"faults": faults})
        device, _is_new = registry.put_noted(session, slug, said, by, now)
    read, left = retry_of(database, device.id, zone, now, by=by)
    return Accepted(device, read, left)


def ignore(
    session: Session, heard_id: int, by: Origin, now: datetime, *, restore: bool = False
) -> HeardDevice:
    """Put it aside, or back. Raises NotFound."""
    row = find(session, heard_id)
    before, row.state = row.state, NEW if restore else IGNORED
    if before != row.state:
        told = {"topic": row.topic[:160], "state": row.state}
        record(
            session, by, "inbox.restore" if restore else "inbox.ignore", f"heard {row.id}", now, after=told
        )
    return row


def free_slug(session: Session, wanted: str) -> str:
    """`wanted`, or with a number behind it if that is taken; "device" where nothing is wanted."""
    wanted = wanted or "device"
    taken = set(session.scalars(select(Device.slug).where(Device.slug.startswith(wanted[:60]))))
    if wanted not in taken:
        return wanted
    numbers = range(2, len(taken) + 3)
    return next(f"{wanted[:58]}-{number}" for number in numbers if f"{wanted[:58]}-{number}" not in taken)


def prune(session: Session, now: datetime) -> None:
    """Forget what is not heard any more. A job calls it."""
    for state, after in FORGOTTEN_AFTER.items():
        session.execute(
            delete(HeardDevice).where(HeardDevice.state == state, HeardDevice.last_heard < now - after)
        )


def with_changes(said: Description, changes: dict[str, Any]) -> Description:
    """A description with what staff said otherwise."""
    return replace(said, **changes)
