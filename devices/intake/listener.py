"""Listens to the broker: one thread owns the connection, and nothing else runs in it.

It reads what the socket has, hands it to the ingest, and when the socket falls quiet, or at 6,000
values, or after 50 ms, one transaction is committed; then, and only then, its messages are
acknowledged, all in one write. The session outlives the connection (fixed client id, not clean), so
what is published meanwhile waits at the broker. MQTT 3.1.1, for reasons measured in docs/performance.md.
"""

from __future__ import annotations

import logging
import random
import select
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from campus import clock
from campus.database import Database
from devices.intake import delivered
from devices.intake.batch import Arrival, Batch, fingerprint, next_arrival
from devices.intake.ingest import Ingest
from devices.intake.pace import Pace
from devices.intake.wire import BufferedSocket, Publication, acknowledgements

log = logging.getLogger(__name__)

BATCH_VALUES = 6_000
BATCH_AGE_S = 0.05
TAKEN_AT_ONCE = 100
"""Messages that are taken from the wire before the limits of a batch are looked at again."""
IDLE_S = 0.5
LONGEST_BACK_OFF_S = 30.0


@dataclass(frozen=True)
class BrokerAddress:
    """Where the broker is and how to be let in. `url` as in CAMPUS_MQTT_URL."""

    url: str
    ca: Path | None = None
    cert: Path | None = None
    key: Path | None = None


class Listener:
    """The worker's ear. `run` returns when `stopping` is set."""

    def __init__(
        self,
        *,
        ingest: Ingest,
        database: Database,
        address: BrokerAddress,
        client_id: str,
        topics: list[str],
        stopping: threading.Event,
        on_listening: Callable[[bool], None] = lambda _listening: None,
    ) -> None:
        self._ingest, self._database, self._address = ingest, database, address
        self._client_id, self._topics, self._stopping = client_id, topics, stopping
        self._on_listening = on_listening
        self._batch = Batch()
        self._unacknowledged: list[int] = []
        self._pace = Pace()
        self._committed: dict[int, int] = {}
        self._last_at = clock.now()
        self._lost = False

    def run(self) -> None:
        """Connect, listen, connect again: a lost broker or a store that refuses is waited for."""
        back_off = 0.5
        while not self._stopping.is_set():
            started = time.monotonic()
            try:
                self._session()
            except OSError as error:
                log.warning("broker %s: %s", _host_and_port(self._address.url), error)
            except Exception:
                log.exception("listening to %s failed", _host_and_port(self._address.url))
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
        parts = urlsplit(self._address.url)
        client.connect(
            parts.hostname or "localhost", parts.port or (8883 if parts.scheme == "mqtts" else 1883)
        )
        try:
            self._listen(client)
        finally:
            client.disconnect()

    def _listen(self, client: mqtt.Client) -> None:
        began, misc_at = 0.0, time.monotonic()
        while not self._lost:
            wire = _wire(client)
            if wire is None:
                return
            if client.want_write():
                client.loop_write()
            wire.flush()
            if self._stopping.is_set():
                self._commit(wire)
                return
            waiting = bool(self._unacknowledged) or len(self._batch) > 0
            ready = wire.has_packet() or _readable(
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
        parts = urlsplit(self._address.url)
        client = _BufferedClient(
            CallbackAPIVersion.VERSION2,
            client_id=self._client_id,
            clean_session=False,
            protocol=mqtt.MQTTv311,
            manual_ack=True,
        )
        if parts.username:
            client.username_pw_set(unquote(parts.username), unquote(parts.password or ""))
        if parts.scheme == "mqtts":
            address = self._address
            client.tls_set(
                ca_certs=str(address.ca) if address.ca else None,
                certfile=str(address.cert) if address.cert else None,
                keyfile=str(address.key) if address.key else None,
            )
        client.on_connect = self._connected
        client.on_subscribe = self._subscribed
        client.on_disconnect = self._disconnected
        return client

    def _connected(
        self, client: mqtt.Client, _userdata: Any, flags: mqtt.ConnectFlags, reason: Any, _properties: Any
    ) -> None:
        if reason.is_failure:
            log.warning("broker %s refused: %s", _host_and_port(self._address.url), reason)
            self._lost = True
            return
        if flags.session_present:
            with self._database.read() as session:
                self._committed = delivered.recall(session, self._client_id)
        else:
            with self._database.write() as session:
                delivered.forget(session, self._client_id)
            self._committed = {}
        self._ingest.refresh()
        client.subscribe([(topic, 1) for topic in self._topics])

    def _subscribed(self, *_arguments: Any) -> None:
        log.info("listening to %s at %s", ", ".join(self._topics), _host_and_port(self._address.url))
        self._on_listening(True)

    def _disconnected(self, *_arguments: Any) -> None:
        self._lost = True

    def _take(self, publication: Publication, now: datetime) -> None:
        try:
            topic = publication.topic.decode()
        except UnicodeDecodeError:
            topic = "(a topic that is not UTF-8)"
        identifier, payload = publication.identifier, publication.payload
        if identifier is not None:
            self._unacknowledged.append(identifier)
            if self._committed:
                committed = self._committed.pop(identifier, None)
                if publication.again and committed == fingerprint(topic, payload):
                    return  # the store has it, only its acknowledgement got lost
        if not topic.startswith("$"):
            self._last_at = next_arrival(self._last_at, now)
            arrival = Arrival(topic, payload, self._last_at, publication.retained, identifier)
            self._batch.take(arrival, self._ingest.directory)


class _BufferedClient(mqtt.Client):
    """paho's client on a buffered socket."""

    def _create_socket(self) -> Any:
        return BufferedSocket(super()._create_socket())  # type: ignore[arg-type]


def _wire(client: mqtt.Client) -> BufferedSocket | None:
    wire = client.socket()
    return wire if isinstance(wire, BufferedSocket) else None


def _readable(wire: BufferedSocket, timeout_s: float) -> bool:
    """True when bytes have come. Sends what waits as soon as the network takes it again."""
    if wire.has_hidden_input():
        return True
    read, write, _broken = select.select([wire], [wire] if wire.has_output else [], [], timeout_s)
    if write:
        wire.flush()
    return bool(read)


def _host_and_port(url: str) -> str:
    """The broker without the password."""
    parts = urlsplit(url)
    return f"{parts.hostname}:{parts.port}" if parts.port else str(parts.hostname)
