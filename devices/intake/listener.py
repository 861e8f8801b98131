"""Listens to the broker: one thread owns the connection, and nothing else runs in it.

It reads what the socket has, hands it to the ingest, and when the socket falls quiet, or at 6,000
values, or after 50 ms, one transaction is committed; then, and only then, its messages are
acknowledged, all in one write. The session outlives the connection (fixed client id, not clean), so
what is published meanwhile waits at the broker. MQTT 3.1.1, for reasons measured in docs/performance.md.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import paho.mqtt.client as mqtt

from campus import clock
from campus.alarm import Alarm
from campus.database import Database
from campus.errors import Unavailable
from campus.workplaces import PlaceLost
from devices.intake import delivered
from devices.intake.arrivals import Arrivals
from devices.intake.batch import Arrival, Batch, fingerprint
from devices.intake.connection import (
    Asker,
    BrokerAddress,
    connect,
    host_and_port,
    new_client,
    readable,
    wire_of,
)
from devices.intake.ingest import Ingest
from devices.intake.pace import Pace
from devices.intake.subscriptions import Fixed, Subscriptions
from devices.intake.wire import BufferedSocket, Publication, acknowledgements

log = logging.getLogger(__name__)

BATCH_VALUES = 6_000
BATCH_AGE_S = 0.05
TAKEN_AT_ONCE = 100
"""Messages that are taken from the wire before the limits of a batch are looked at again."""
IDLE_S = 0.5
LONGEST_BACK_OFF_S = 30.0
LONGEST_STORE_WAIT_S = 5.0
"""How long a store that refuses is left alone at most: it is ours, and nobody's crowd comes to it."""
KEEP_ALIVE_S = 15


class Listener:
    """The worker's ear. `run` returns when `stopping` is set."""

    def __init__(
        self,
        *,
        ingest: Ingest,
        database: Database,
        address: BrokerAddress,
        client_id: str,
        stopping: threading.Event,
        topics: Sequence[str] = (),
        subscriptions: Subscriptions | None = None,
        on_listening: Callable[[bool], None] = lambda _listening: None,
        store_alarm: Alarm | None = None,
        keep_alive_s: int = KEEP_ALIVE_S,
        whose: tuple[int, int] = (0, 1),
    ) -> None:
        """It listens to `topics`, or to what `subscriptions` say.

        `whose`: among several workers which one of how many it is, so that no two share an instant.
        """
        self._ingest, self._database, self._address = ingest, database, address
        self._client_id, self._stopping = client_id, stopping
        self._subscriptions = subscriptions or Fixed(topics)
        self._on_listening, self._keep_alive_s = on_listening, keep_alive_s
        self._store_alarm = store_alarm or Alarm(log, "the store takes messages again")
        self._broker_alarm = Alarm(log, "the broker is there")
        self._batch = Batch()
        self._unacknowledged: list[int] = []
        self._pace = Pace()
        self._redelivered = delivered.Redelivered()
        self._is_new_session = False
        self._arrivals = Arrivals(clock.now(), whose)
        self._lost = False
        self._heard = 0

    def run(self) -> None:
        """Connect, listen, connect again: a lost broker or a store that refuses is waited for."""
        back_off = 0.5
        while not self._stopping.is_set():
            started = time.monotonic()
            try:
                self._session()
            except PlaceLost as lost:
                log.warning("%s This worker stops listening.", lost.message)
                return
            except Unavailable as error:  # what was not acknowledged comes again
                self._store_alarm.met(f"messages wait at the broker: {error.message}", time.monotonic())
                back_off = min(back_off, LONGEST_STORE_WAIT_S)
            except OSError as error:
                where = host_and_port(self._address.url)
                self._broker_alarm.met(f"broker {where}: {error}", time.monotonic())
            except Exception:
                log.exception("listening to %s failed", host_and_port(self._address.url))
            finally:
                self._on_listening(False)
            if time.monotonic() - started > LONGEST_BACK_OFF_S:
                back_off = 0.5
            self._stopping.wait(back_off * random.uniform(0.5, 1.0))  # noqa: S311 - spreads reconnects, guards nothing
            back_off = min(back_off * 2, LONGEST_BACK_OFF_S)

    def _session(self) -> None:
        """One connection, until it is lost or we stop."""
        self._batch, self._unacknowledged, self._pace, self._lost = Batch(), [], Pace(), False
        client = self._client()
        connect(client, self._address, self._keep_alive_s)
        try:
            self._listen(client)
        finally:
            client.disconnect()

    def _listen(self, client: mqtt.Client) -> None:
        began, misc_at = 0.0, time.monotonic()
        while not self._lost:
            wire = wire_of(client)
            if wire is None:
                return
            if client.want_write():
                client.loop_write()
            wire.flush()
            if self._stopping.is_set():
                self._commit(wire)
                return
            waiting = bool(self._unacknowledged) or len(self._batch) > 0
            ready = wire.has_packet() or readable(
                wire, self._pace.patience_s(len(self._unacknowledged)) if waiting else IDLE_S
            )
            if ready:
                if not waiting:
                    began = time.monotonic()
                    self._ingest.refresh()
                self._read(client, wire)
            now = time.monotonic()
            if not ready:
                self._pace.fell_silent(len(self._unacknowledged))
            if not ready or len(self._batch) >= BATCH_VALUES or now - began >= BATCH_AGE_S:
                self._commit(wire)
            if now - misc_at >= IDLE_S:
                misc_at = now
                client.loop_misc()
                self._broker_alarm.look(now)
                self._subscriptions.tick(self._asker(client))
            if not ready and not waiting and self._subscriptions.at_rest(self._asker(client), self._heard):
                self._stopping.set()
                return

    def _read(self, client: mqtt.Client, wire: BufferedSocket) -> None:
        """Take what has come, up to a batch. Messages go to the ingest, all other packets to paho."""
        if not wire.has_packet():
            wire.fill()
        while wire.has_packet() and not self._lost and len(self._batch) < BATCH_VALUES:
            publications, now = wire.publications(TAKEN_AT_ONCE), clock.now()
            for publication in publications:
                self._take(publication, now)
            if not publications and client.loop_read() != mqtt.MQTT_ERR_SUCCESS:
                self._lost = True

    def _commit(self, wire: BufferedSocket) -> None:
        """Write the batch, then acknowledge its messages in one piece."""
        if len(self._batch) or self._batch.marks or self._batch.seen:
            self._ingest.commit(self._batch, clock.now())
            self._batch = Batch()
        if self._unacknowledged:
            wire.send(acknowledgements(self._unacknowledged))
            wire.flush()
            self._unacknowledged = []

    def _client(self) -> mqtt.Client:
        client = new_client(self._address, self._client_id)
        client.on_connect = self._connected
        client.on_subscribe = self._subscribed
        client.on_unsubscribe = self._unsubscribed
        client.on_disconnect = self._disconnected
        return client

    def _connected(
        self, client: mqtt.Client, _userdata: Any, flags: mqtt.ConnectFlags, reason: Any, _properties: Any
    ) -> None:
        if reason.is_failure:
            log.warning("broker %s refused: %s", host_and_port(self._address.url), reason)
            self._lost = True
            return
        if not flags.session_present:
            self._is_new_session = True
        if self._is_new_session:  # also when the store refused to forget, and this is a session of moments
            with self._database.write() as session:
                delivered.forget(session, self._client_id)
            self._is_new_session = False
        with self._database.read() as session:
            self._redelivered = delivered.Redelivered(delivered.recall(session, self._client_id))
            if flags.session_present:
                self._ingest.flow.returned(session, clock.now())
        self._ingest.refresh()
        self._subscriptions.connected(self._asker(client), has_session=flags.session_present)

    def _asker(self, client: mqtt.Client) -> Asker:
        """A store that refuses lets us connect and go away again and again: that is not told each time."""
        return Asker(client, is_quiet=self._store_alarm.is_on)

    def _subscribed(
        self, _client: mqtt.Client, _userdata: Any, number: int, reasons: Any, _properties: Any
    ) -> None:
        if any(reason.is_failure for reason in reasons):
            log.warning("broker %s does not let us listen", host_and_port(self._address.url))
            return
        self._on_listening(True)
        self._subscriptions.confirmed(number)

    def _unsubscribed(
        self, _client: mqtt.Client, _userdata: Any, number: int, _reasons: Any, _properties: Any
    ) -> None:
        self._subscriptions.confirmed(number)

    def _disconnected(
        self, _client: mqtt.Client, _userdata: Any, _flags: Any, reason: Any, _properties: Any
    ) -> None:
        self._lost = True
        if reason.is_failure:
            where = host_and_port(self._address.url)
            self._broker_alarm.met(f"broker {where}: the connection was lost ({reason})", time.monotonic())

    def _take(self, publication: Publication, now: datetime) -> None:
        self._heard += 1
        try:
            topic = publication.topic.decode()
        except UnicodeDecodeError:
            topic = "(a topic that is not UTF-8)"
        identifier, payload = publication.identifier, publication.payload
        if identifier is not None:
            self._unacknowledged.append(identifier)
            mark = identifier, fingerprint(topic, payload)
            if self._redelivered.has(mark, again=publication.again, retained=publication.retained):
                return  # the store has it, only its acknowledgement got lost
        if not topic.startswith("$"):
            at = self._arrivals.next(now)
            arrival = Arrival(topic, payload, at, publication.retained, identifier)
            self._batch.take(arrival, self._ingest.directory)
