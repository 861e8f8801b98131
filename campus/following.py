"""Following what is stored: one reader a process asks for news, however many pages are open.

Each page has a queue of its own. Whose access ends is told so by a doubt: the streams ask again whether
they may go on. See dashboards/tail.py (readings) and campus/bookings/timeline/changes.py (bookings).
"""

from __future__ import annotations

import itertools
import logging
import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from queue import Empty, Full, Queue
from typing import Generic, Protocol, TypeVar

from flask import request
from sqlalchemy.orm import Session

from campus.database import Database
from campus.people import sessions

log = logging.getLogger(__name__)

COMMENT_EVERY_S = 15.0
"""A comment so often: a client that went away shows only on a write."""
SIGNED_OUT = b"event: signed-out\ndata: {}\n\n"
"""The last event of a stream whose access has ended."""
STREAM_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


class Numbered(Protocol):
    """News by a growing id."""

    @property
    def id(self) -> int: ...


News = TypeVar("News", bound=Numbered)


class Subscriber(Generic[News]):
    """A client's queue. `missed` is set when it overflowed, `doubted` when somebody's access ended."""

    def __init__(self, room: int) -> None:
        self.queue: Queue[News | None] = Queue(room)
        self.missed = False
        self.doubted = False

    def take(self, timeout_s: float) -> News | None:
        """The next news, None after `timeout_s` without any, or at once if there is a doubt."""
        try:
            return self.queue.get(timeout=timeout_s)
        except Empty:
            return None

    def give(self, news: News) -> None:
        """Put news into the queue, or note that they did not fit."""
        try:
            self.queue.put_nowait(news)
        except Full:
            self.missed = True

    def doubt(self) -> None:
        """Somebody's access ended: it may be this one's."""
        self.doubted = True
        with suppress(Full):  # whoever has so much to take is awake
            self.queue.put_nowait(None)


class Follower(Generic[News]):
    """Reads news while it has subscribers, and hands all to each of them."""

    every_s = 0.1
    """How often the store is asked for news while somebody watches."""
    ends_every = 10
    """With every so many of these it is also asked whether somebody's access ended."""
    in_order = True
    """False where news may become visible after such with a greater id: then none is held back."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._subscribers: set[Subscriber[News]] = set()
        self._lock = threading.Lock()
        self._following = False
        self._closed = False
        self._thread: threading.Thread | None = None

    def newest_id(self) -> int:
        """The id of the newest news, 0 if there were none yet."""
        raise NotImplementedError

    def news(self, session: Session, last_id: int) -> Sequence[News]:
        """What came after `last_id`, oldest first."""
        raise NotImplementedError

    def room(self) -> int:
        """News that wait for a slow client; past it the client is told to load its page's data anew."""
        return 200

    def begin(self) -> int:
        """The id after which the first look begins."""
        return self.newest_id()

    def subscribe(self) -> Subscriber[News]:
        """From now on all news are put into the subscriber's queue, and every doubt is told."""
        subscriber = Subscriber[News](self.room())
        with self._lock:
            if not self._following and not self._closed:
                # where the store cannot be read, the next one tries again
                started = self.begin(), self._last_end()
                self._following = True
                self._thread = threading.Thread(target=self._follow, args=started, daemon=True)
                self._thread.start()
            self._subscribers.add(subscriber)
        return subscriber

    def unsubscribe(self, subscriber: Subscriber[News]) -> None:
        with self._lock:
            self._subscribers.discard(subscriber)

    def close(self) -> None:
        """Leave all subscribers, also those to come, and wait for the reading to end."""
        with self._lock:
            self._closed = True
        if self._thread:
            self._thread.join()

    def _follow(self, last_id: int, last_end: str | None) -> None:
        for turn in itertools.count(1):
            with self._lock:
                if self._closed or not self._subscribers:
                    self._following = False
                    return
                subscribers = tuple(self._subscribers)
            news: Sequence[News] = []
            end = last_end
            try:
                with self.database.read() as session:
                    news = self.news(session, last_id)
                end = last_end if turn % self.ends_every else self._last_end()
            except Exception:
                log.exception("the live stream cannot read")
            for subscriber in subscribers:
                if end != last_end:
                    subscriber.doubt()
                for item in news:
                    subscriber.give(item)
            last_id, last_end = news[-1].id if news else last_id, end
            _pause(self.every_s)

    def _last_end(self) -> str | None:
        with self.database.read() as session:
            return sessions.last_end(session)


def retry() -> bytes:
    """How long a client waits before it comes back: not all at once."""
    return b"retry: %d\n\n" % random.randint(1_000, 4_000)  # noqa: S311 - spreads reconnects, guards nothing


def resync(last_id: int) -> bytes:
    """Tells the client to load its page's data anew."""
    return b"id: %d\nevent: resync\ndata: {}\n\n" % last_id


def resume_after(asked: int | None) -> int | None:
    """The id after which the client of this request goes on: its Last-Event-ID, else what it `asked`."""
    header = request.headers.get("Last-Event-ID", "")
    return int(header) if header.isdecimal() and len(header) < 19 else asked


def follow(
    subscriber: Subscriber[News],
    follower: Follower[News],
    last_id: int,
    *,
    goes_on: Callable[[], bool],
    said: Callable[[News], bytes],
    every_s: float = COMMENT_EVERY_S,
) -> Iterator[bytes]:
    """What comes, until the access ends: asked where there is a doubt, and every `every_s`."""
    asked_at = time.monotonic()
    while True:
        if subscriber.doubted or time.monotonic() - asked_at >= every_s:
            subscriber.doubted, asked_at = False, time.monotonic()
            if not goes_on():
                yield SIGNED_OUT
                return
        news = subscriber.take(every_s)
        if subscriber.missed:
            subscriber.queue.queue.clear()
            subscriber.missed = False
            last_id = follower.newest_id()
            yield resync(last_id)
        elif news is None:
            yield b": still here\n\n"
        elif news.id > last_id or not follower.in_order:
            last_id = max(last_id, news.id)
            yield said(news)


def _pause(seconds: float) -> None:
    """Sleep as the process sleeps: a greenlet under gevent, a thread elsewhere."""
    threading.Event().wait(seconds)
