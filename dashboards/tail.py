"""Follows what the ingest commits: one tail a process, however many pages are open."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import orjson
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from campus.database import Database
from campus.following import Follower
from campus.moments import from_micros, rfc3339
from devices.intake.models import LiveBatch
from devices.models import Device, Series

QUEUE_BATCHES = 200
"""Batches that wait for a slow client; past it the client is told to load its page's data anew."""
RESUME_BYTES = 4 * 1024 * 1024
"""Of their bodies: some hundred thousand values."""
RESUME_BATCHES = 5_000
"""Batches that a returning client is given; one that missed more is told to load anew."""


@dataclass(frozen=True, slots=True)
class Event:
    """One value, ready to send. `body` is its JSON."""

    device: str
    metric: str
    body: bytes


@dataclass(frozen=True, slots=True)
class LiveEvents:
    """One batch of the ingest. Ids increase."""

    id: int
    events: tuple[Event, ...]


class Tail(Follower[LiveEvents]):
    """Reads new batches while it has subscribers, and hands each to all of them."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._names: dict[int, tuple[str, str, str]] = {}

    def newest_id(self) -> int:
        """The id of the newest batch, 0 if there was none yet."""
        with self.database.read() as session:
            return session.scalar(select(func.max(LiveBatch.id))) or 0

    def news(self, session: Session, last_id: int) -> Sequence[LiveEvents]:
        return list(self._read(session, last_id, RESUME_BATCHES))

    def room(self) -> int:
        return QUEUE_BATCHES

    def since(self, last_id: int) -> list[LiveEvents] | None:
        """Batches after `last_id`, oldest first. None if they cannot be told for certain.

        Some may not be kept any more, or be too much at once, or `last_id` is of another store.
        """
        with self.database.read() as session:
            oldest, newest = session.execute(select(func.min(LiveBatch.id), func.max(LiveBatch.id))).one()
            if oldest is None:
                return None if last_id else []
            if not oldest <= last_id + 1 <= newest + 1:
                return None
            missed = select(func.count(), func.sum(func.length(LiveBatch.body)))
            number, size = session.execute(missed.where(LiveBatch.id > last_id)).one()
            if number > RESUME_BATCHES or (size or 0) > RESUME_BYTES:
                return None
            return list(self._read(session, last_id, RESUME_BATCHES))

    def _read(self, session: Session, last_id: int, limit: int) -> Iterator[LiveEvents]:
        rows = session.execute(
            select(LiveBatch.id, LiveBatch.body)
            .where(LiveBatch.id > last_id)
            .order_by(LiveBatch.id)
            .limit(limit)
        ).all()
        for batch_id, body in rows:
            values = orjson.loads(body)
            self._learn(session, {value[0] for value in values})
            yield LiveEvents(
                batch_id, tuple(self._event(*value) for value in values if value[0] in self._names)
            )

    def _event(self, series_id: int, at: int, value: float | str) -> Event:
        device, metric, channel = self._names[series_id]
        body = {
            "device": device,
            "metric": metric,
            "channel": channel,
            "at": rfc3339(from_micros(at)),
            "value": value,
        }
        return Event(device, metric, orjson.dumps(body))

    def _learn(self, session: Session, series_ids: set[int]) -> None:
        unknown = series_ids - self._names.keys()
        if unknown:
            rows = session.execute(
                select(Series.id, Device.slug, Series.metric, Series.channel)
                .join(Device, Device.id == Series.device_id)
                .where(Series.id.in_(unknown))
            )
            self._names.update({row.id: (row.slug, row.metric, row.channel) for row in rows})
