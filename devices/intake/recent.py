"""The last messages of each device: held in memory, written down only while somebody looks at them.

The listener's thread puts in; a job of the worker writes out what a page has asked for (`Watch`). The
ingest's own transaction has nothing to do with it.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from campus.database import Database, wait_for_turn
from devices.intake.batch import Arrival
from devices.intake.models import RawMessage, Watch
from devices.intake.quarantine import storable
from devices.models import Device

RAW_TURN = 6
"""The name of the turn in which several workers write out what they have heard."""
KEPT = 50
"""Messages of a device."""
LONGEST = 4096
"""Bytes of a message."""
MOST_DEVICES = 2_000
LONGEST_TOPIC = 600
WATCHED_FOR = timedelta(seconds=30)
"""How long a look lasts; a page that stays open asks again."""


class Recent:
    """By device, its last messages that this worker has heard."""

    def __init__(self) -> None:
        self._written: dict[int, datetime] = {}
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

    def news(self, device_id: int) -> list[tuple[Arrival, int]]:
        """A device's messages with their sizes, the oldest first, as far as they are not `written`."""
        with self._lock:
            ring = list(self._of.get(device_id, ()))
        after = self._written.get(device_id)
        return [one for one in ring if after is None or one[0].at > after]

    def written(self, device_id: int, at: datetime) -> None:
        """Those up to `at` are written down."""
        self._written[device_id] = at

    def forget_all_but(self, device_ids: Collection[int]) -> None:
        """Nobody looks at the others: what was written down of them is not there any more."""
        self._written = {one: at for one, at in self._written.items() if one in device_ids}


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
        watches = session.execute(select(Watch.device_id, Watch.until).order_by(Watch.device_id)).all()
    recent.forget_all_but({device_id for device_id, until in watches if until >= now})
    if not watches:
        return 0
    written: dict[int, list[tuple[Arrival, int]]] = {}
    with database.write() as session:
        wait_for_turn(session, RAW_TURN)
        for device_id, until in watches:
            if until < now:
                session.execute(delete(RawMessage).where(RawMessage.device_id == device_id))
                session.execute(delete(Watch).where(Watch.device_id == device_id, Watch.until < now))
                continue
            fresh = recent.news(device_id)
            if fresh:
                _write(session, device_id, fresh)
                written[device_id] = fresh
    for device_id, fresh in written.items():
        recent.written(device_id, fresh[-1][0].at)
    return sum(map(len, written.values()))


def _write(session: Session, device_id: int, fresh: Iterable[tuple[Arrival, int]]) -> None:
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
