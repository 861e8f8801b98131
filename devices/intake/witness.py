"""Hears in its order what several workers hear in parts: not to store it, but to know the order.

A broker sends a message to one of those who share a subscription, and two messages of one device to two
workers, which read them at their leisure. The worker that leads is subscribed to such devices once more, on
its own, with a session that outlives it: there everything comes in order. Each message gets a number; the row
in which a worker hands it over (relay.py) finds its number again by topic and payload. What the broker has
retained comes here too, which a shared subscription need not be told.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Iterable
from typing import Any

import paho.mqtt.client as mqtt

from campus import clock
from devices.intake.batch import MAX_PAYLOAD, Arrival
from devices.intake.connection import BrokerAddress, connect_later, plain_client

log = logging.getLogger(__name__)

MISSED_FOR_S = 30.0
"""How long what was said after a message waits for it: a worker that died is back by then, or read out."""
MOST_PENDING, MOST_PASSED = 20_000, 1_000
MOST_TOPICS = 20_000
"""Topics of which it is remembered whether they are wanted."""
RETAINED_FOR_S = 5.0
"""How long all topics are listened to for what is retained."""

Key = tuple[str, bytes]


class Roll:
    """The numbers of messages that were heard and have not been handed over yet."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._next = 0
        self._numbers: dict[Key, deque[int]] = {}
        self._pending: OrderedDict[int, tuple[Key, float, bool]] = OrderedDict()
        self._passed: OrderedDict[Key, int] = OrderedDict()

    def heard(self, key: Key, now_s: float, *, is_sure: bool = True) -> None:
        """The next message. `is_sure`: a worker gets it, if not now, then later (QoS 1)."""
        with self._lock:
            if key in self._passed:
                self._passed[key] -= 1
                if not self._passed[key]:
                    del self._passed[key]
                return
            self._next += 1
            self._numbers.setdefault(key, deque()).append(self._next)
            self._pending[self._next] = key, now_s, is_sure
            if len(self._pending) > MOST_PENDING:
                self._drop(next(iter(self._pending)))

    def find(self, key: Key) -> int | None:
        """The number of a message that has been handed over; None if it was not heard."""
        with self._lock:
            numbers = self._numbers.get(key)
            if not numbers:
                return None
            number = numbers[0]
            self._drop(number)
            return number

    def passed(self, key: Key) -> None:
        """A message has been decoded that was not heard here: if it still will be, it is not waited for."""
        with self._lock:
            self._passed[key] = self._passed.get(key, 0) + 1
            if len(self._passed) > MOST_PASSED:
                self._passed.popitem(last=False)

    def missing(self, now_s: float) -> int | None:
        """The first message that was heard and is still waited for."""
        with self._lock:
            for number, (_key, heard_s, is_sure) in list(self._pending.items()):
                if now_s - heard_s >= MISSED_FOR_S:
                    self._drop(number)
                elif is_sure:
                    return number
            return None

    def _drop(self, number: int) -> None:
        key, _heard_s, _is_sure = self._pending.pop(number)
        numbers = self._numbers[key]
        numbers.remove(number)
        if not numbers:
            del self._numbers[key]


class Witness:
    """A connection of its own, from the first `heed` to `stop`. A broker that is away is waited for."""

    def __init__(self, address: BrokerAddress, name: str, topics: Iterable[str]) -> None:
        self.roll = Roll()
        self._topics = list(topics)
        self._lock = threading.Lock()
        self._filters: tuple[str, ...] = ()
        self._is_started = False
        self._retained: list[Arrival] = []
        self._connected_s: float | None = None
        self._asked_at = clock.now()
        self._hears_all = False
        self._is_wanted: dict[str, bool] = {}
        self._address = address
        self._client = plain_client(address, name)
        self._client.on_connect = self._connected
        self._client.on_message = self._heard
        self._client.reconnect_delay_set(1, 30)

    def stop(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def heed(self, filters: tuple[str, ...]) -> None:
        """Hear these from now on. Called again and again."""
        fresh, gone = set(filters) - set(self._filters), set(self._filters) - set(filters)
        if fresh or gone:
            self._filters = filters
            self._is_wanted = {}
        if not self._is_started:
            self._is_started = True
            connect_later(self._client, self._address)
            self._client.loop_start()
        if self._connected_s is None:
            return
        self._ask(fresh)
        if gone:
            self._client.unsubscribe(sorted(gone))
        if self._hears_all and time.monotonic() - self._connected_s > RETAINED_FOR_S:
            self._hears_all = False
            self._client.unsubscribe([one for one in self._topics if one not in filters])

    def retained(self) -> list[Arrival]:
        """What the broker had retained, since the last call."""
        with self._lock:
            found, self._retained = self._retained, []
        return found

    def _connected(
        self, _client: mqtt.Client, _data: Any, _flags: Any, reason: Any, _properties: Any
    ) -> None:
        if reason.is_failure:
            return
        self._asked_at = clock.now()  # before any answer: what comes later by another way is newer
        self._ask({*self._topics, *self._filters})
        self._hears_all, self._connected_s = True, time.monotonic()

    def _heard(self, _client: mqtt.Client, _data: Any, message: mqtt.MQTTMessage) -> None:
        try:
            topic = message.topic
        except UnicodeDecodeError:
            return
        payload = bytes(message.payload)
        if topic.startswith("$") or len(payload) > MAX_PAYLOAD:
            return
        if message.retain:
            with self._lock:
                self._retained.append(Arrival(topic, payload, self._asked_at, retained=True))
        elif self._wants(topic):
            self.roll.heard((topic, payload), time.monotonic(), is_sure=message.qos > 0)

    def _ask(self, filters: Iterable[str]) -> None:
        for one in sorted(filters):
            try:
                self._client.subscribe(one, 1)
            except ValueError:  # a device's topic that no broker would take
                log.warning("no topic filter: %r", one)

    def _wants(self, topic: str) -> bool:
        """Whether it has to be decoded in order, and the workers hear it too."""
        found = self._is_wanted.get(topic)
        if found is None:
            if len(self._is_wanted) >= MOST_TOPICS:
                self._is_wanted.clear()
            found = all(
                any(mqtt.topic_matches_sub(one, topic) for one in filters)
                for filters in (self._filters, self._topics)
            )
            self._is_wanted[topic] = found
        return found
