"""The simulator speaks to a real broker, comes back to it, and leaves as devices leave."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from campus.settings import Settings
from devices.simulator import live, memory
from tests.servers import PATIENCE_S, Mosquitto, wait_until

pytestmark = pytest.mark.broker
ONLINE = {
    "evcc/status": b"online",
    "tele/solar-roof/LWT": b"Online",
    "hub/main-meter/online": b"true",
    "octoPrint/a/mqtt": b"connected",
}
OFFLINE = {
    "evcc/status": b"offline",
    "tele/solar-roof/LWT": b"Offline",
    "hub/main-meter/online": b"false",
    "octoPrint/a/mqtt": b"disconnected",
}


class Ear:
    """What the broker has said last on each topic, and how often."""

    def __init__(self, port: int) -> None:
        self.last: dict[str, bytes] = {}
        self.count: dict[str, int] = {}
        self.client = mqtt.Client(CallbackAPIVersion.VERSION2)
        self.client.on_connect = lambda client, *_: client.subscribe("#", 1)
        self.client.on_message = self._message
        self.client.reconnect_delay_set(1, 1)
        self.client.connect("127.0.0.1", port)
        self.client.loop_start()

    def heard(self, expected: dict[str, bytes]) -> bool:
        return all(self.last.get(topic) == payload for topic, payload in expected.items())

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()

    def _message(self, _client: mqtt.Client, _data: object, said: mqtt.MQTTMessage) -> None:
        self.last[said.topic] = bytes(said.payload)
        self.count[said.topic] = self.count.get(said.topic, 0) + 1


@pytest.fixture
def ear(mosquitto: Mosquitto) -> Iterator[Ear]:
    made = Ear(mosquitto.port)
    yield made
    made.close()


@pytest.fixture
def simulator(mosquitto: Mosquitto, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """`flask simulate` as its own process."""
    environment = {
        **os.environ,
        "CAMPUS_MQTT_URL": mosquitto.url,
        "CAMPUS_DATA_DIR": str(tmp_path),
        "CAMPUS_DATABASE_URL": f"sqlite:///{tmp_path / 'campus.db'}",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "flask", "--app", "app", "simulate", "--speed", "120"],
        env=environment,
        cwd=Path(__file__).resolve().parents[3],
    )
    yield process
    process.kill()
    process.wait()


def test_devices_are_online_move_and_say_goodbye(simulator: subprocess.Popen[bytes], ear: Ear) -> None:
    wait_until(lambda: ear.heard(ONLINE), "the births")
    wait_until(lambda: ear.count.get("hub/main-meter/status/em:0", 0) >= 2, "power, twice")
    simulator.terminate()
    assert simulator.wait(PATIENCE_S) == 0
    wait_until(lambda: ear.heard(OFFLINE), "the goodbyes")


def test_a_killed_simulator_is_reported_by_its_wills(simulator: subprocess.Popen[bytes], ear: Ear) -> None:
    wait_until(lambda: ear.heard(ONLINE), "the births")
    simulator.send_signal(signal.SIGKILL)
    wait_until(lambda: ear.heard(OFFLINE), "the last wills")


def test_it_comes_back_when_the_broker_does_and_says_everything_again(
    mosquitto: Mosquitto, ear: Ear, tmp_path: Path
) -> None:
    stopping = threading.Event()
    settings = Settings(mqtt_url=mosquitto.url, data_dir=tmp_path)
    thread = threading.Thread(
        target=live.broadcast, args=(settings,), kwargs={"seed": 42, "speed": 1.0, "stopping": stopping}
    )
    thread.start()
    try:
        wait_until(lambda: ear.heard(ONLINE) and "evcc/loadpoints/1/mode" in ear.last, "the first words")
        mosquitto.kill()
        before = dict(ear.count)
        ear.last.clear()
        mosquitto.start()
        wait_until(lambda: ear.heard(ONLINE), "the births again")
        wait_until(
            lambda: ear.count["evcc/loadpoints/1/mode"] > before["evcc/loadpoints/1/mode"], "the mode again"
        )
    finally:
        stopping.set()
        thread.join()
    assert memory.recall(tmp_path)["grid.import_wh"] > 0
