"""The way out and in: the simulator's connections to the broker. Its only file that imports paho."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import unquote, urlsplit

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from campus.errors import Unavailable
from campus.settings import Settings
from devices.simulator.message import Message

WINDOW = 500
"""Messages on their way that the broker has not acknowledged, at most."""
TICK_S = 0.1
PATIENCE_S = 60.0
"""How long a broker that acknowledges nothing is waited for."""


class Station:
    """A device's connection, which comes back by itself. What is said meanwhile is lost, as it is in life."""

    def __init__(
        self,
        settings: Settings,
        name: str,
        birth: Message | None,
        will: Message | None,
        on_air: Callable[[], None],
    ) -> None:
        self._birth, self._will, self._on_air = birth, will, on_air
        self._last: mqtt.MQTTMessageInfo | None = None
        self._client = _client(settings, f"simulated-{name}-{secrets.token_hex(3)}")
        self._client.reconnect_delay_set(1, 10)
        if will:
            self._client.will_set(will.topic, will.payload, qos=1, retain=will.retained)
        self._client.on_connect = self._connected
        self._client.connect_async(*_host_and_port(settings))
        self._client.loop_start()

    def say(self, message: Message) -> None:
        """Publish, if the broker is there."""
        if self._client.is_connected():
            self._client.publish(message.topic, message.payload, qos=1, retain=message.retained)

    def say_goodbye(self) -> None:
        """What the broker would say for us if the connection broke."""
        if self._will and self._client.is_connected():
            self._last = self._client.publish(
                self._will.topic, self._will.payload, qos=1, retain=self._will.retained
            )

    def leave(self, patience_s: float) -> None:
        """Disconnect when the broker has heard the goodbye, or at the end of our patience."""
        if self._last and self._client.is_connected():
            self._last.wait_for_publish(patience_s)
        self._client.disconnect()

    def close(self) -> None:
        """Wait for the connection's thread to end: after all have left, so that they wait together."""
        self._client.loop_stop()

    def _connected(
        self, _client: mqtt.Client, _data: Any, _flags: Any, reason: Any, _properties: Any
    ) -> None:
        if reason.is_failure:
            return
        if self._birth:
            self.say(self._birth)
        self._on_air()


class Courier:
    """Delivers messages in order and knows which the broker has acknowledged."""

    def __init__(self, settings: Settings) -> None:
        """Connect. Raises Unavailable if there is no broker or it refuses."""
        self._window = threading.BoundedSemaphore(WINDOW)
        self._answered = threading.Event()
        self._refusal: str | None = None
        self._client = _client(settings, f"replay-{secrets.token_hex(4)}")
        self._client.max_inflight_messages_set(WINDOW)
        self._client.on_connect = self._connected
        self._client.on_publish = lambda *_: self._window.release()
        host, port = _host_and_port(settings)
        try:
            self._client.connect(host, port)
        except OSError as error:
            raise Unavailable(f"No broker at {host}:{port}: {error.strerror or error}.") from None
        self._client.loop_start()
        if not self._answered.wait(PATIENCE_S) or self._refusal:
            self.close()
            raise Unavailable(f"The broker at {host}:{port} refused: {self._refusal or 'no answer'}.")

    def send(self, message: Message) -> None:
        """Hand a message over. Waits while WINDOW others are on their way. Raises Unavailable."""
        self._take_place()
        self._client.publish(message.topic, message.payload, qos=1, retain=message.retained)

    def finish(self) -> None:
        """Return when the broker has acknowledged everything. Raises Unavailable."""
        for _place in range(WINDOW):
            self._take_place()

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _take_place(self) -> None:
        if not self._window.acquire(timeout=PATIENCE_S):
            raise Unavailable(f"The broker has acknowledged nothing for {PATIENCE_S:.0f} seconds.")

    def _connected(
        self, _client: mqtt.Client, _data: Any, _flags: Any, reason: Any, _properties: Any
    ) -> None:
        self._refusal = str(reason) if reason.is_failure else None
        self._answered.set()


class Receiver:
    """Hears what a broker says. Everything happens in the caller's own thread, in `listen`."""

    def __init__(self, settings: Settings, topics: Sequence[str], take: Callable[[Message], None]) -> None:
        """Connect and subscribe. Raises Unavailable if there is no broker or it refuses."""
        self._topics, self._subscribed = topics, False
        self._lost: str | None = None
        self._client = _client(settings, f"capture-{secrets.token_hex(4)}")
        self._client.on_connect = self._connected
        self._client.on_subscribe = self._answered
        self._client.on_message = lambda _client, _data, said: take(
            Message(said.topic, bytes(said.payload), bool(said.retain))
        )
        host, port = _host_and_port(settings)
        self._broker = f"The broker at {host}:{port}"
        try:
            self._client.connect(host, port)
        except OSError as error:
            raise Unavailable(f"No broker at {host}:{port}: {error.strerror or error}.") from None
        try:
            deadline = time.monotonic() + PATIENCE_S
            self.listen(lambda: self._subscribed or time.monotonic() > deadline)
            if not self._subscribed:
                raise Unavailable(f"{self._broker} refused: no answer.")
        except Unavailable:
            self.close()
            raise

    def listen(self, until: Callable[[], bool]) -> None:
        """Hand over messages until the time has come. Raises Unavailable if the broker goes away."""
        while not until():
            went_well = self._client.loop(TICK_S) == mqtt.MQTT_ERR_SUCCESS
            if self._lost or not went_well:
                raise Unavailable(f"{self._broker} {self._lost or 'has gone away'}.")

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop(TICK_S)

    def _connected(self, client: mqtt.Client, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        if reason.is_failure:
            self._lost = f"refused: {reason}"
        else:
            client.subscribe([(topic, 1) for topic in self._topics])

    def _answered(
        self, _client: mqtt.Client, _data: Any, _number: int, reasons: Any, _properties: Any
    ) -> None:
        refused = [topic for topic, reason in zip(self._topics, reasons, strict=False) if reason.is_failure]
        self._lost = f"lets nobody hear {', '.join(refused)}" if refused else None
        self._subscribed = not refused


def _client(settings: Settings, client_id: str) -> mqtt.Client:
    parts = urlsplit(settings.broker_url)
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=client_id, protocol=mqtt.MQTTv311)
    if parts.username:
        client.username_pw_set(unquote(parts.username), unquote(parts.password or ""))
    if parts.scheme == "mqtts":
        ca, cert, key = (
            str(file) if file else None for file in (settings.mqtt_ca, settings.mqtt_cert, settings.mqtt_key)
        )
        client.tls_set(ca_certs=ca, certfile=cert, keyfile=key)
    return client


def _host_and_port(settings: Settings) -> tuple[str, int]:
    parts = urlsplit(settings.broker_url)
    return parts.hostname or "localhost", parts.port or (8883 if parts.scheme == "mqtts" else 1883)
