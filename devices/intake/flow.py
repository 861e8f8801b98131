"""How much each device says: which of them flood, and what was left out. One a worker, in memory.

The listener's thread counts what was committed and looks once a second; a job of the worker looks too, so
that a flood ends when nothing comes any more, and writes down how it stands. With several workers each one
judges what it hears itself.
"""

from __future__ import annotations

import logging
import math
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from campus.database import Database, upsert_many
from campus.moments import SECOND, to_micros
from devices.intake.batch import Batch
from devices.intake.directory import SeriesKey
from devices.intake.flood import GRACE_LASTS, LIMIT, Bucket, Flood
from devices.models import Device, Presence

log = logging.getLogger(__name__)

LATE = 60 * SECOND
"""A value that is older on its arrival was waiting somewhere: it is judged apart."""
LATE_MORE, LATE_BURST_S = 10, 1000
"""How much more of it a device may say, and how many seconds' worth at once."""
LOOKED_INTO = 50
"""Values of one device in one batch from which on it is asked which of them are late."""


class Flow:
    """`flooding`: the devices that do so at present. Replaced as a whole, so any thread may read it."""

    def __init__(self) -> None:
        self.flooding: frozenset[int] = frozenset()
        self.given_up: Counter[int] = Counter()
        """By device that floods: what the last transaction left out. It counts once that is committed."""
        self._lock = threading.Lock()
        self._counts: Counter[int] = Counter()
        self._late: Counter[int] = Counter()
        self._buckets: dict[tuple[int, bool], Bucket] = {}
        """By device, for what is new and for what is late."""
        self._looked_at = self._heard_at = 0
        self._deaf = self._forgives_until = 0
        self._untold: set[int] = set()
        self._let_in: set[SeriesKey] = set()
        self._second = 0

    def returned(self, session: Session, now: datetime) -> None:
        """The broker is back with what it has queued: as much is forgiven as could be said meanwhile."""
        with self._lock:
            last = self._heard_at
            if not last:
                seen = session.scalar(select(func.max(Presence.last_seen)))
                last = to_micros(seen) if seen else to_micros(now)
            self._deaf = max(0, to_micros(now) - last)
            for bucket in self._buckets.values():
                bucket.forgive(self._deaf, to_micros(now))
            self._heard_at = to_micros(now)
            self._forgives_until = to_micros(now) + GRACE_LASTS

    def count(self, batch: Batch, limits: Mapping[int, float]) -> None:
        """What a transaction that has ended well held. Look at it once a second."""
        given_up, self.given_up = self.given_up, Counter()
        if not batch.arrivals:
            return
        now = to_micros(batch.arrivals[-1].at)
        counts = Counter([value[0][0] for value in batch.values])
        counts.update(fault.device_id for fault in batch.faults if fault.device_id is not None)
        late = {device: _late(batch, device) for device, values in counts.items() if values >= LOOKED_INTO}
        with self._lock:
            self._heard_at = now
            self._counts.update(counts)
            self._late.update(late)
            for device_id, values in given_up.items():
                flood = self._flood(device_id)
                if flood:
                    flood.dropped += values
            if not 0 <= now - self._looked_at < SECOND:
                self._look(now, limits)

    def settle(self, limits: Mapping[int, float], now: datetime) -> None:
        """The same without a message: a device that says nothing any more has calmed down."""
        with self._lock:
            if self.flooding:
                self._look(to_micros(now), limits)

    def lets_in(self, key: SeriesKey, second: int) -> bool:
        """True once a second for a series that floods: of what is late, one value is kept."""
        if second != self._second:
            self._second = second
            self._let_in.clear()
        is_first = key not in self._let_in
        self._let_in.add(key)
        return is_first

    def untold(self) -> dict[int, Flood]:
        """Floods that go on, and those whose end nobody was told of yet."""
        with self._lock:
            floods = {device_id: self._flood(device_id) for device_id in self._untold}
            return {device_id: replace(flood) for device_id, flood in floods.items() if flood}

    def told(self, floods: Mapping[int, Flood]) -> None:
        """They were written down."""
        with self._lock:
            self._untold -= {device_id for device_id, flood in floods.items() if flood.until is not None}
            self._untold |= self.flooding

    def _look(self, now: int, limits: Mapping[int, float]) -> None:
        for device_id in self._counts.keys() | self.flooding:
            late, values = self._late[device_id], self._counts[device_id]
            limit = limits.get(device_id, LIMIT)
            if math.isinf(limit):
                continue
            self._charge((device_id, False), limit, values - late, now)
            if late or (device_id, True) in self._buckets:
                self._charge((device_id, True), limit * LATE_MORE, late, now)
        self._counts.clear()
        self._late.clear()
        self._looked_at = now
        flooding = frozenset(key[0] for key, bucket in self._buckets.items() if bucket.is_flooding)
        for device_id in flooding - self.flooding:
            log.warning("device %d floods: of each series one value a second is kept", device_id)
        for device_id in self.flooding - flooding:
            log.info("device %d has calmed down", device_id)
        self._untold |= flooding | self.flooding
        self.flooding = flooding

    def _charge(self, key: tuple[int, bool], limit: float, values: int, now: int) -> None:
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = Bucket(limit, now, LATE_BURST_S) if key[1] else Bucket(limit, now)
            if now < self._forgives_until:
                bucket.forgive(self._deaf, now)
            self._buckets[key] = bucket
        bucket.limit = limit
        bucket.charge(values, now)

    def _flood(self, device_id: int) -> Flood | None:
        """The flood that goes on, else the last one."""
        buckets = [self._buckets.get((device_id, late)) for late in (False, True)]
        floods = [bucket.flood for bucket in buckets if bucket and bucket.flood]
        return max(floods, key=lambda flood: (flood.until is None, flood.until or 0), default=None)


def write_out(database: Database, flow: Flow, listener: str, now: datetime) -> None:
    """Write down how floods stand, for pages and programs. `listener`: the name of this worker."""
    floods = flow.untold()
    if not floods:
        return
    with database.write() as session:
        there = session.scalars(select(Device.id).where(Device.id.in_(floods)).order_by(Device.id)).all()
        rows = [
            (device_id, listener, flood.since, to_micros(now), flood.until, flood.rate, flood.dropped)
            for device_id, flood in ((one, floods[one]) for one in there)
        ]
        columns = ("since", "heard_at", "until", "rate", "dropped")
        upsert_many(session.connection(), "flood", ("device_id", "listener"), columns, rows)
    flow.told(floods)


def _late(batch: Batch, device_id: int) -> int:
    before = to_micros(batch.arrivals[0].at) - LATE
    return sum(1 for key, at, _value in batch.values if at < before and key[0] == device_id)
