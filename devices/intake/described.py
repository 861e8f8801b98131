"""What devices have said of themselves, kept for a worker that starts later.

A Sparkplug node tells names, types and units once, at its birth, and nobody retains it; a worker that was not
there would not understand what follows. Dialects name such messages (`describes`, see devices/formats).
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from sqlalchemy import Connection, delete, func, select
from sqlalchemy.orm import Session

from campus.database import upsert_many
from campus.moments import to_micros
from devices.intake.models import Described

if TYPE_CHECKING:
    from devices.intake.batch import Arrival
    from devices.intake.directory import Candidate, Owner

log = logging.getLogger(__name__)

LONGEST_SUFFIX = 600
KEPT_OF_A_DEVICE = 1_000


def keep(connection: Connection, described: Mapping[tuple[int, str], tuple[Owner, Arrival]]) -> None:
    """Keep the newest of each device and suffix. In order of both: no two workers wait in a circle."""
    rows = [
        (device_id, suffix, owner.format.name, owner.root, arrival.payload, to_micros(arrival.at))
        for (device_id, suffix), (owner, arrival) in sorted(described.items())
        if len(suffix) <= LONGEST_SUFFIX and "\x00" not in suffix
    ]
    upsert_many(connection, "described", ("device_id", "suffix"), ("format", "root", "payload", "at"), rows)


def recall(session: Session, candidates: Sequence[Candidate]) -> None:
    """Let decoders learn again what their devices have said, in its order."""
    by_id = {one.device_id: one for one in candidates if one.format.describes}
    if not by_id:
        return
    for row in session.scalars(select(Described).order_by(Described.at)):
        device = by_id.get(row.device_id)
        if device is None or (row.format, row.root) != (device.format.name, device.root):
            continue
        try:
            (device.format.recall or device.format.decode)(row.suffix, row.payload, device.source)
        except Exception:
            log.exception("the %s decoder failed on what it had learnt as %r", row.format, row.suffix)


def prune(session: Session) -> None:
    """Keep to KEPT_OF_A_DEVICE, the newest. A job calls it."""
    many = select(Described.device_id).group_by(Described.device_id).having(func.count() > KEPT_OF_A_DEVICE)
    for device_id in session.scalars(many).all():
        of_device = select(Described.at).where(Described.device_id == device_id)
        oldest = session.scalar(of_device.order_by(Described.at.desc()).offset(KEPT_OF_A_DEVICE - 1).limit(1))
        session.execute(delete(Described).where(Described.device_id == device_id, Described.at < oldest))
