"""The register of devices: put one, find one, list them. Every change tells the ingest to look again."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from campus.audit import Origin, record
from campus.errors import BadRequest, NotFound, Unavailable
from campus.fields import SLUG, one_line
from campus.notes import write_note
from campus.spaces.models import Resource
from campus.spaces.places import Place, Point, point_faults
from devices.description import Description, Faults, check
from devices.models import Device

REGISTRY_NOTE = "registry_version"
LONGEST_OPTIONS_TOLD = 1_000


def put_device(session: Session, slug: str, said: Description, now: datetime) -> tuple[Device, bool]:
    """The device named `slug`, as described from now on; True if it is new. Its history stays.

    Raises BadRequest with every fault by field in `extra["faults"]`.
    """
    faults = check(slug, said)
    named = said.space if said.space and SLUG.fullmatch(said.space) else None
    space_id = session.scalar(select(Resource.id).where(Resource.slug == named)) if named else None
    if said.space and space_id is None:
        faults["space"] = _("there is no resource with this name")
    if faults:
        detail = " · ".join(f"{name}: {fault}" for name, fault in faults.items())
        raise BadRequest(detail, extra={"faults": faults})
    device = session.scalar(select(Device).where(Device.slug == slug).with_for_update())
    is_new = device is None
    if device is None:
        device = Device(slug=slug, created_at=now)
        session.add(device)
    device.name = one_line(said.name)
    device.kind = said.kind
    device.format = said.format
    device.topic = said.topic.rstrip("/") or said.topic
    device.space_id = space_id
    device.expected_interval_s = said.expected_interval_s
    device.rated_power_w = said.rated_power_w
    device.role = said.role
    device.options = dict(said.options)
    device.retired_at = None
    try:
        session.flush()
    except IntegrityError:
        raise Unavailable(
            "Somebody registered this device at the same moment. Look, then try again."
        ) from None
    write_note(session, REGISTRY_NOTE, uuid.uuid4().hex)  # never twice the same, whoever else writes now
    return device, is_new


def put_noted(
    session: Session, slug: str, said: Description, by: Origin, now: datetime
) -> tuple[Device, bool]:
    """The same, by somebody whom the audit is to name."""
    there = session.scalar(select(Device).where(Device.slug == slug)) if SLUG.fullmatch(slug) else None
    before = _told(there, session) if there else None
    device, is_new = put_device(session, slug, said, now)
    after = _told(device, session)
    if after != before:
        record(session, by, "device.put", f"device {slug}", now, before=before, after=after)
    return device, is_new


def _told(device: Device, session: Session) -> dict[str, Any]:
    """A device as the audit keeps it. Long options are told by their length alone."""
    options = json.dumps(device.options, ensure_ascii=False, sort_keys=True)
    return {
        "name": device.name,
        "kind": device.kind,
        "format": device.format,
        "topic": device.topic,
        "space": space_slugs(session).get(device.space_id or 0),
        "expected_interval_s": device.expected_interval_s,
        "rated_power_w": device.rated_power_w,
        "role": device.role,
        "retired": device.retired_at is not None,
        "options": options if len(options) <= LONGEST_OPTIONS_TOLD else f"{len(options)} characters",
    }


def put_place(
    session: Session, slug: str, point: Point | None, *, space: str | None, by: Origin, now: datetime
) -> Device:
    """Where it hangs: the space that it belongs to (by slug), and its point on the floor plan, None: nowhere.

    Without a space it belongs to the smallest one that holds its point. Raises NotFound; BadRequest with the
    faults by field in `extra["faults"]`.
    """
    device = find_device(session, slug)
    faults: Faults = {name: _("outside of the floor") for name in (point_faults(point) if point else ())}
    if space:
        space_id = session.scalar(select(Resource.id).where(Resource.slug == space))
        if space_id is None:
            faults["space"] = _("there is no resource with this name")
    else:
        space_id = _holding(session, point) if point and not faults else None
    if faults:
        detail = " · ".join(f"{name}: {fault}" for name, fault in faults.items())
        raise BadRequest(detail, extra={"faults": faults})
    before = {"place": device.place, "space": space_slugs(session).get(device.space_id or 0)}
    device.place, device.space_id = point.stored() if point else None, space_id
    after = {"place": device.place, "space": space_slugs(session).get(space_id or 0)}
    if after != before:
        record(session, by, "device.put", f"device {slug}", now, before=before, after=after)
    return device


def _holding(session: Session, point: Point) -> int | None:
    """The smallest space on the plan that a point is in."""
    found = [
        (place.width * place.height, one.id)
        for one in session.scalars(select(Resource).where(Resource.place.is_not(None)))
        if one.place and point.is_in(place := Place.of(one.place))
    ]
    return min(found)[1] if found else None


def retire(session: Session, slug: str, by: Origin, now: datetime) -> Device:
    """It listens to nothing any more: its topic is free, its history stays. Raises NotFound.

    Putting it again brings it back.
    """
    device = find_device(session, slug)
    if device.retired_at is None:
        device.retired_at = now
        record(session, by, "device.retire", f"device {slug}", now, before={"topic": device.topic[:160]})
        write_note(session, REGISTRY_NOTE, uuid.uuid4().hex)
    return device


def find_device(session: Session, slug: str) -> Device:
    """The device named `slug`. Raises NotFound."""
    found = session.scalar(select(Device).where(Device.slug == slug)) if SLUG.fullmatch(slug) else None
    if found is None:
        raise NotFound(f"There is no device {slug[:64]!r}.")
    return found


def devices(
    session: Session, *, after: str = "", limit: int | None = None, retired: bool = False
) -> Sequence[Device]:
    """Devices by slug, those whose slug sorts behind `after`: those in use, or those that are retired."""
    is_one = Device.retired_at.is_not(None) if retired else Device.retired_at.is_(None)
    query = select(Device).where(Device.slug > after, is_one)
    return session.scalars(query.order_by(Device.slug).limit(limit)).all()


def space_slugs(session: Session) -> dict[int, str]:
    """Slugs of the resources by id: where devices may hang."""
    return {key: slug for key, slug in session.execute(select(Resource.id, Resource.slug))}  # noqa: C416 - rows
