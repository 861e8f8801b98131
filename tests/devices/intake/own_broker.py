"""A real Mosquitto on what broker-config wrote, and callers who try what they may not."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
from apiflask import APIFlask
from paho.mqtt.enums import CallbackAPIVersion

from tests.servers import Mosquitto, free_port, wait_until


class OwnBroker:
    """The folder that the command writes, and a Mosquitto on it. Log and folder are the test's own."""

    def __init__(self, app: APIFlask, folder: Path) -> None:
        self._app, self.folder, self.port = app, folder, free_port()
        self.server: Mosquitto | None = None

    def configure(self, *options: str) -> str:
        """Run the command; what it says."""
        arguments = ["broker-config", str(self.folder), "--port", str(self.port), *options]
        done = self._app.test_cli_runner().invoke(args=arguments)
        assert done.exit_code == 0, done.output
        return done.output

    def start(self) -> None:
        self.server = Mosquitto(self.folder, self.port)

    def stop(self) -> None:
        if self.server:
            self.server.stop()

    def reload(self) -> None:
        assert self.server
        self.server.reload()

    def password(self, user: str) -> str:
        """As the file says that is to be handed out."""
        lines = (self.folder / "passwords.txt").read_text().splitlines()
        return dict(line.split(" ", 1) for line in lines if not line.startswith("#"))[user]

    def environment(self) -> dict[str, str]:
        """worker.env as a shell would read it."""
        lines = (self.folder / "worker.env").read_text().splitlines()
        return {name: value.strip("'") for name, _, value in (line.partition("=") for line in lines)}


class Client:
    """A client that comes with TLS. `heard` is all that it was told; `refusal` why it was not let in."""

    def __init__(
        self,
        broker: OwnBroker,
        user: str | None,
        password: str | None = None,
        *,
        certificate: str | None = None,
        subscribe: str | None = None,
    ) -> None:
        self.heard: list[tuple[str, bytes]] = []
        self.refusal: str | None = None
        self._answered, self._subscribed = threading.Event(), threading.Event()
        self._subscribe = subscribe
        self._mqtt = mqtt.Client(CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv311)
        if user is not None:
            self._mqtt.username_pw_set(user, password)
        own = broker.folder / "clients"
        self._mqtt.tls_set(
            ca_certs=str(broker.folder / "ca.crt"),
            certfile=str(own / f"{certificate}.crt") if certificate else None,
            keyfile=str(own / f"{certificate}.key") if certificate else None,
        )
        self._mqtt.on_connect = self._connected
        self._mqtt.on_subscribe = lambda *_: self._subscribed.set()
        self._mqtt.on_message = lambda _client, _data, said: self.heard.append(
            (said.topic, bytes(said.payload))
        )
        self._mqtt.on_disconnect = self._disconnected
        self.is_in = False
        self._mqtt.connect("127.0.0.1", broker.port)
        self._mqtt.loop_start()
        assert self._answered.wait(30)
        if subscribe and self.is_in:
            assert self._subscribed.wait(30)

    def say(self, topic: str, payload: str = "1", *, retain: bool = False) -> None:
        """Publish and wait for the acknowledgement: Mosquitto acknowledges too what it then drops."""
        self._mqtt.publish(topic, payload, 1, retain).wait_for_publish(30)

    def wait_for(self, topic: str, payload: str = "1") -> None:
        wait_until(lambda: (topic, payload.encode()) in self.heard, f"{payload} on {topic}")

    def leave(self) -> None:
        self._mqtt.disconnect()
        self._mqtt.loop_stop()

    def _connected(self, client: mqtt.Client, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        self.is_in = not reason.is_failure
        self.refusal = str(reason) if reason.is_failure else None
        if self.is_in and self._subscribe:
            client.subscribe(self._subscribe, 1)
        self._answered.set()

    def _disconnected(
        self, client: mqtt.Client, _data: Any, _flags: Any, reason: Any, _properties: Any
    ) -> None:
        if not self._answered.is_set():  # TLS 1.3: the certificate is asked for after the handshake
            self.refusal = str(reason)
            self._answered.set()
        self.is_in = False


def pause() -> None:
    """Nothing to wait for: what must not come has had the time to come."""
    time.sleep(0.2)
