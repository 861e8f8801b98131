"""What the ingest hears and nobody owns, until the inbox has looked at it. In memory, bounded.

The listener's thread puts in, the inbox's job takes out. Nothing here is lost for good: a message stands in
the quarantine anyway, and who announces itself does so again.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from datetime import datetime, timedelta

from devices.intake.batch import Arrival

AGAIN = timedelta(seconds=5)
"""A topic is looked at once in so long."""
MOST_WAITING = 2_000
MOST_BYTES = 16 * 1024 * 1024
MOST_REMEMBERED = 20_000


class Sightings:
    """The newest message of each topic that waits to be looked at."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: dict[str, Arrival] = {}
        self._bytes = 0
        self._taken: dict[str, datetime] = {}

    def take(self, heard: Mapping[str, Arrival]) -> None:
        """Keep what is news, as far as there is room."""
        if not heard:
            return
        with self._lock:
            for topic, arrival in heard.items():
                before = self._taken.get(topic)
                is_waiting = topic in self._waiting
                if before is not None and not is_waiting and abs(arrival.at - before) < AGAIN:
                    continue
                self._put(topic, arrival)

    def drain(self, most: int) -> list[Arrival]:
        """Take out what has waited longest."""
        with self._lock:
            topics = list(self._waiting)[:most]
            found = [self._waiting.pop(topic) for topic in topics]
            self._bytes -= sum(len(one.payload) for one in found)
            return found

    def __len__(self) -> int:
        return len(self._waiting)

    def _put(self, topic: str, arrival: Arrival) -> None:
        old = self._waiting.get(topic)
        more = len(arrival.payload) - (len(old.payload) if old else 0)
        if (old is None and len(self._waiting) >= MOST_WAITING) or self._bytes + more > MOST_BYTES:
            return
        if len(self._taken) >= MOST_REMEMBERED:
            self._taken.clear()
        self._waiting[topic] = arrival
        self._taken[topic] = arrival.at
        self._bytes += more
