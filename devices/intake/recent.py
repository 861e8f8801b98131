"""The last messages of each device: held in memory, written down only while somebody looks at them.

The listener's thread puts in; a job of the worker writes out what a page has asked for (`Watch`). The
ingest's own transaction has nothing to do with it.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from campus.database import Database
from devices.intake.batch import Arrival
from devices.intake.models import RawMessage, Watch
from devices.intake.quarantine import storable
from devices.models import Device

KEPT = 50
"""Messages of a device."""
LONGEST = 4096
"""Bytes of a message."""
MOST_DEVICES = 2_000
LONGEST_TOPIC = 600
WATCHED_FOR = timedelta(seconds=30)
"""How long a look lasts; a page that stays open asks again."""


class Recent:
    """By device, its last messages."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._of: dict[int, deque[tuple[Arrival, int]]] = {}

    def take(self, arrivals: Mapping[int, Sequence[Arrival]]) -> None:
        """Messages that were committed, by device. A large one is kept by its beginning."""
        with self._lock:
            for device_id, said in arrivals.items():
                ring = self._of.get(device_id)
                if ring is None:
                    if len(self._of) >= MOST_DEVICES:
                        self._of.clear()
                    ring = self._of[device_id] = deque(maxlen=KEPT)
                for arrival in said[-KEPT:]:
                    size = len(arrival.payload)
                    is_short = size <= LONGEST
                    kept = arrival if is_short else replace(arrival, payload=arrival.payload[:LONGEST])
                    ring.append((kept, size))

    def of(self, device_id: int, after: datetime | None) -> list[tuple[Arrival, int]]:
        """A device's messages with their sizes, the oldest first; only those later than `after`."""
        with self._lock:
            ring = list(self._of.get(device_id, ()))
        return [one for one in ring if after is None or one[0].at > after]


def look(session: Session, device: Device, now: datetime) -> None:
    """From now on, for a while, the device's messages are written down."""
    session.merge(Watch(device_id=device.id, until=now + WATCHED_FOR))


def messages(session: Session, device: Device) -> list[RawMessage]:
    """What was written down of a device, the newest first."""
    query = select(RawMessage).where(RawMessage.device_id == device.id)
    return list(session.scalars(query.order_by(RawMessage.at.desc(), RawMessage.id.desc()).limit(KEPT)))


def write_out(database: Database, recent: Recent, now: datetime) -> int:
    """Write down what is looked at, forget what nobody looks at any more. How many messages were written."""
    with database.read() as session:
        watches = session.execute(select(Watch.device_id, Watch.until)).all()
    if not watches:
        return 0
    written = 0
    with database.write() as session:
        for device_id, until in watches:
            if until < now:
                session.execute(delete(RawMessage).where(RawMessage.device_id == device_id))
                session.execute(delete(Watch).where(Watch.device_id == device_id, Watch.until < now))
                continue
            written += _write(session, device_id, recent)
    return written


def _write(session: Session, device_id: int, recent: Recent) -> int:
    newest = select(RawMessage.at).where(RawMessage.device_id == device_id)
    last = session.scalar(newest.order_by(RawMessage.at.desc()).limit(1))
    fresh = recent.of(device_id, last)
    session.add_all(
        RawMessage(
            device_id=device_id,
            topic=storable(one.topic)[:LONGEST_TOPIC],
            payload=one.payload,
            size=size,
            retained=one.retained,
            at=one.at,
        )
        for one, size in fresh
    )
    session.flush()
    ids = select(RawMessage.id).where(RawMessage.device_id == device_id).order_by(RawMessage.at.desc())
    session.execute(
        delete(RawMessage).where(RawMessage.device_id == device_id, RawMessage.id.not_in(ids.limit(KEPT)))
    )
    return len(fresh)
