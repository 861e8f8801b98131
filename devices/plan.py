"""Devices as the spaces' pages tell of them: where each hangs and how it stands."""

from __future__ import annotations

from datetime import datetime

from flask import url_for
from sqlalchemy.orm import Session

from campus.spaces.hung import Hung
from campus.spaces.places import Point
from devices import registry, wording
from devices.standing import standings


def things(session: Session, now: datetime) -> list[Hung]:
    """Every device in use, by name."""
    found = sorted(registry.devices(session), key=lambda device: device.name.casefold())
    standing = standings(session, found, now)
    return [
        Hung(
            name=device.name,
            icon=wording.ICONS[device.kind],
            state=standing[device.id].availability.state,
            words=wording.standing_word(standing[device.id].availability),
            url=url_for("devices.device_page", slug=device.slug),
            resource_id=device.space_id,
            point=Point.of(device.place) if device.place else None,
        )
        for device in found
    ]
