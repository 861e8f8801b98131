"""A connection to the broker: paho's client, on a socket that is read and written in large pieces."""

from __future__ import annotations

import logging
import select
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from campus.settings import Settings
from devices.intake.wire import BufferedSocket

log = logging.getLogger(__name__)

PATIENCE_S = 10.0
"""How long the broker has to answer."""


@dataclass(frozen=True)
class BrokerAddress:
    """Where the broker is and how to be let in. `url` as in CAMPUS_MQTT_URL."""

    url: str
    ca: Path | None = None
    cert: Path | None = None
    key: Path | None = None

    @classmethod
    def of(cls, settings: Settings) -> BrokerAddress:
        return cls(settings.broker_url, settings.mqtt_ca, settings.mqtt_cert, settings.mqtt_key)


@dataclass(frozen=True, slots=True)
class Asker:
    """What subscriptions need of a client."""

    client: mqtt.Client

    def ask(self, filters: Sequence[str]) -> int:
        log.info("listening to %s", ", ".join(filters))
        return self.client.subscribe([(one, 1) for one in filters])[1] or 0

    def leave(self, filters: Sequence[str]) -> int:
        return self.client.unsubscribe(list(filters))[1] or 0


class _BufferedClient(mqtt.Client):
    """paho's client on a buffered socket."""

    def _create_socket(self) -> Any:
        return BufferedSocket(super()._create_socket())  # type: ignore[arg-type]


def new_client(address: BrokerAddress, client_id: str, *, is_clean: bool = False) -> mqtt.Client:
    """A client that acknowledges nothing by itself; `is_clean`: its session is not kept."""
    client = _BufferedClient(
        CallbackAPIVersion.VERSION2,
        client_id=client_id,
        clean_session=is_clean,
        protocol=mqtt.MQTTv311,
        manual_ack=True,
    )
    return _let_in(client, address)


def plain_client(address: BrokerAddress, client_id: str) -> mqtt.Client:
    """paho's own, which acknowledges by itself, for what need not be quick."""
    made = mqtt.Client(
        CallbackAPIVersion.VERSION2, client_id=client_id, clean_session=False, protocol=mqtt.MQTTv311
    )
    return _let_in(made, address)


def _let_in(client: mqtt.Client, address: BrokerAddress) -> mqtt.Client:
    parts = urlsplit(address.url)
    if parts.username:
        client.username_pw_set(unquote(parts.username), unquote(parts.password or ""))
    if parts.scheme == "mqtts":
        client.tls_set(
            ca_certs=str(address.ca) if address.ca else None,
            certfile=str(address.cert) if address.cert else None,
            keyfile=str(address.key) if address.key else None,
        )
    return client


def connect(client: mqtt.Client, address: BrokerAddress) -> None:
    """Raises OSError if the broker is not to be reached."""
    client.connect(*_host_and_port(address))


def connect_later(client: mqtt.Client, address: BrokerAddress) -> None:
    """As soon as paho's own loop runs and the broker is there."""
    client.connect_async(*_host_and_port(address))


def _host_and_port(address: BrokerAddress) -> tuple[str, int]:
    parts = urlsplit(address.url)
    return parts.hostname or "localhost", parts.port or (8883 if parts.scheme == "mqtts" else 1883)


def forget_session(address: BrokerAddress, client_id: str) -> None:
    """Have the broker forget a session and all that it holds. Raises OSError."""
    client = new_client(address, client_id, is_clean=True)
    answered: list[bool] = []
    client.on_connect = lambda _client, _data, _flags, reason, _properties: answered.append(
        not reason.is_failure
    )
    connect(client, address)
    deadline = time.monotonic() + PATIENCE_S
    while not answered and time.monotonic() < deadline:
        wire = wire_of(client)
        if wire is None:
            break
        wire.flush()
        if wire.has_packet() or readable(wire, 0.1):
            client.loop_read()
    client.disconnect()
    if answered != [True]:
        raise ConnectionError(f"the broker did not forget the session {client_id}")


def wire_of(client: mqtt.Client) -> BufferedSocket | None:
    """The connected socket."""
    wire = client.socket()
    return wire if isinstance(wire, BufferedSocket) else None


def readable(wire: BufferedSocket, timeout_s: float) -> bool:
    """True when bytes have come. Sends what waits as soon as the network takes it again."""
    if wire.has_hidden_input():
        return True
    read, write, _broken = select.select([wire], [wire] if wire.has_output else [], [], timeout_s)
    if write:
        wire.flush()
    return bool(read)


def host_and_port(url: str) -> str:
    """The broker without the password."""
    parts = urlsplit(url)
    return f"{parts.hostname}:{parts.port}" if parts.port else str(parts.hostname)
