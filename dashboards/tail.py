"""Follows what the ingest commits: one tail a process, however many pages are open."""

from __future__ import annotations

import itertools
import logging
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from queue import Empty, Full, Queue

import orjson
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from campus.database import Database
from campus.moments import from_micros, rfc3339
from campus.people import sessions
from devices.intake.models import LiveBatch
from devices.models import Device, Series

log = logging.getLogger(__name__)

EVERY_S = 0.1
"""How often the store is asked for news while somebody watches."""
ENDS_EVERY = 10
"""With every so many of these it is also asked whether somebody's access ended: once a second."""
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


@dataclass(eq=False)
class Subscriber:
    """A client's queue. `missed` is set when it overflowed, `doubted` when somebody's access ended."""

    queue: Queue[LiveEvents | None] = field(default_factory=lambda: Queue(QUEUE_BATCHES))
    missed: bool = False
    doubted: bool = False

    def take(self, timeout_s: float) -> LiveEvents | None:
        """The next batch, None after `timeout_s` without one, or at once if there is a doubt."""
        try:
            return self.queue.get(timeout=timeout_s)
        except Empty:
            return None

    def give(self, batch: LiveEvents) -> None:
        """Put a batch into the queue, or note that it did not fit."""
        try:
            self.queue.put_nowait(batch)
        except Full:
            self.missed = True

    def doubt(self) -> None:
        """Somebody's access ended: it may be this one's."""
        self.doubted = True
        with suppress(Full):  # whoever has so much to take is awake
            self.queue.put_nowait(None)


class Tail:
    """Reads new batches while it has subscribers, and hands each to all of them."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._subscribers: set[Subscriber] = set()
        self._lock = threading.Lock()
        self._following = False
        self._thread: threading.Thread | None = None
        self._names: dict[int, tuple[str, str, str]] = {}

    def subscribe(self) -> Subscriber:
        """From now on every batch is put into the subscriber's queue, and every doubt told."""
        subscriber = Subscriber()
        with self._lock:
            if not self._following:
                # where the store cannot be read, the next one tries again
                started = self.newest_id(), self._last_end()
                self._following = True
                self._thread = threading.Thread(target=self._follow, args=started, daemon=True)
                self._thread.start()
            self._subscribers.add(subscriber)
        return subscriber

    def unsubscribe(self, subscriber: Subscriber) -> None:
        with self._lock:
            self._subscribers.discard(subscriber)

    def close(self) -> None:
        """Leave all subscribers and wait for the reading to end."""
        with self._lock:
            self._subscribers.clear()
        if self._thread:
            self._thread.join()

    def newest_id(self) -> int:
        """The id of the newest batch, 0 if there was none yet."""
        with self._database.read() as session:
            return session.scalar(select(func.max(LiveBatch.id))) or 0

    def since(self, last_id: int) -> list[LiveEvents] | None:
        """Batches after `last_id`, oldest first. None if they cannot be told for certain.

        Some may not be kept any more, or be too much at once, or `last_id` is of another store.
        """
        with self._database.read() as session:
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

    def _follow(self, last_id: int, last_end: str | None) -> None:
        for turn in itertools.count(1):
            with self._lock:
                if not self._subscribers:
                    self._following = False
                    return
                subscribers = tuple(self._subscribers)
            try:
                with self._database.read() as session:
                    news = list(self._read(session, last_id, RESUME_BATCHES))
                end = last_end if turn % ENDS_EVERY else self._last_end()
            except Exception:
                log.exception("the live stream cannot read")
                news, end = [], last_end
            for subscriber in subscribers:
                if end != last_end:
                    subscriber.doubt()
                for batch in news:
                    subscriber.give(batch)
            last_id, last_end = news[-1].id if news else last_id, end
            _pause(EVERY_S)

    def _last_end(self) -> str | None:
        with self._database.read() as session:
            return sessions.last_end(session)

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


def _pause(seconds: float) -> None:
    """Sleep as the process sleeps: a greenlet under gevent, a thread elsewhere."""
    threading.Event().wait(seconds)
