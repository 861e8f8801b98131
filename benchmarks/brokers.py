"""The brokers that the benchmarks stand on, the stock library's client for them, and real workers."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import unquote, urlsplit

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from benchmarks.streams import TOPICS
from campus import clock
from devices.intake.broker_access import GATEWAY, access
from devices.intake.broker_config import AUTOSAVE_S, IN_FLIGHT, QUEUED_BYTES, QUEUED_MESSAGES
from devices.intake.broker_folder import Choices, write_broker
from devices.intake.connection import BrokerAddress
from tests.servers import Mosquitto, free_port

KINDS = {
    "shipped": "as broker-config writes it: TLS, passwords, rights",
    "open": "its limits and its disk, without TLS and passwords",
    "unconfigured": "nothing set (20 in flight), but the queue, or no backlog would wait",
}
LIMITS = f"""\
persistence true
persistence_location {{folder}}/
autosave_interval {AUTOSAVE_S}
max_inflight_messages {IN_FLIGHT}
max_queued_messages {QUEUED_MESSAGES}
max_queued_bytes {QUEUED_BYTES}
set_tcp_nodelay true
"""
SPEAKER = "bench"


@dataclass(frozen=True)
class Broker:
    """A Mosquitto that runs, and how those who speak and those who listen get in."""

    speaker: BrokerAddress
    listener: BrokerAddress


@contextmanager
def broker(kind: str) -> Iterator[Broker]:
    """A Mosquitto of one of KINDS in a folder of its own."""
    with TemporaryDirectory() as place:
        folder, port = Path(place) / "broker", free_port()
        if kind == "shipped":
            found = _shipped(folder, port)
        else:
            folder.mkdir()
            limits = LIMITS.format(folder=folder) if kind == "open" else "max_queued_messages 0\n"
            user = "user root\n" if os.geteuid() == 0 else ""
            (folder / "mosquitto.conf").write_text(
                f"listener {port} 127.0.0.1\nallow_anonymous true\nlog_type error\n{user}{limits}"
            )
            found = Broker(*[BrokerAddress(f"mqtt://127.0.0.1:{port}")] * 2)
        server = Mosquitto(folder, port)
        try:
            yield found
        finally:
            server.stop()


def client_of(address: BrokerAddress, client_id: str = "", *, clean: bool = True) -> mqtt.Client:
    """The stock client, connected by `connect_to`."""
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id, clean, protocol=mqtt.MQTTv311)
    parts = urlsplit(address.url)
    if parts.username:
        client.username_pw_set(parts.username, unquote(parts.password or ""))
    if address.ca:
        client.tls_set(ca_certs=str(address.ca))
    return client


def connect_to(address: BrokerAddress, client: mqtt.Client) -> None:
    parts = urlsplit(address.url)
    client.connect(parts.hostname or "", parts.port or 0)


def leave_session(address: BrokerAddress, client_id: str) -> None:
    """Subscribe to everything and go: from now on the broker keeps what comes."""
    client, subscribed = client_of(address, client_id, clean=False), []
    client.on_subscribe = lambda *_: subscribed.append(True)
    connect_to(address, client)
    client.loop_start()
    client.subscribe("#", 1)
    while not subscribed:
        time.sleep(0.01)
    client.disconnect()
    client.loop_stop()


AT_ONCE = 20_000


def publish(address: BrokerAddress, messages: Iterable[tuple[str, bytes]], many: int) -> None:
    """Say so many of the messages with QoS 1; all are with the broker when this returns."""
    client = client_of(address)
    client.max_inflight_messages_set(2_000)
    connect_to(address, client)
    client.loop_start()
    left = islice(messages, many)
    while said := [client.publish(topic, payload, 1) for topic, payload in islice(left, AT_ONCE)]:
        for one in said:  # paho has 65,535 numbers for what is on its way
            one.wait_for_publish()
    client.disconnect()
    client.loop_stop()


@contextmanager
def workers(
    many: int, database_url: str, folder: Path, address: BrokerAddress
) -> Iterator[list[subprocess.Popen[bytes]]]:
    """So many `flask worker` with a data dir and a log in `folder`. They may not listen yet."""
    ours = {
        "CAMPUS_DATA_DIR": str(folder / "var"),
        "CAMPUS_DATABASE_URL": database_url,
        "CAMPUS_MQTT_URL": address.url,
        "CAMPUS_WORKERS": str(many),
        **({"CAMPUS_MQTT_CA": str(address.ca)} if address.ca else {}),
    }
    command = [sys.executable, "-m", "flask", "--app", "app", "worker"]
    with (folder / "log").open("ab") as log:
        started = [
            subprocess.Popen(command, env={**os.environ, **ours}, stdout=log, stderr=log) for _ in range(many)
        ]
        try:
            yield started
        finally:
            for one in started:
                one.terminate()
            for one in started:
                one.wait(30)


def _shipped(folder: Path, port: int) -> Broker:
    choices = Choices(hosts=("127.0.0.1",), port=port, gateways={SPEAKER: TOPICS})
    write_broker(folder, choices, access((), choices.gateways, newcomers=False), clock.now())
    told = (folder / "passwords.txt").read_text().splitlines()
    words = dict(line.split(" ", 1) for line in told if not line.startswith("#"))
    user, ca = GATEWAY + SPEAKER, folder / "ca.crt"
    settings = dict(line.split("=", 1) for line in (folder / "worker.env").read_text().splitlines())
    speaker = BrokerAddress(f"mqtts://{user}:{words[user]}@127.0.0.1:{port}", ca)
    return Broker(speaker, BrokerAddress(settings["CAMPUS_MQTT_URL"].strip("'"), ca))
