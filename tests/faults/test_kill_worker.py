"""kill -9 of the worker under load: what was published with QoS 1 is in the store exactly once."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion
from sqlalchemy import func, select

from campus.database import Database
from campus.processes import die_with_parent
from devices.history.models import HotReading
from devices.intake.models import QuarantinedMessage
from tests.devices.intake.things import register
from tests.running import HOUSE
from tests.servers import Mosquitto, wait_until

KILLS = {"sqlite": 20, "postgresql": 5}
DEVICES = 4


class Worker:
    """`flask worker` on a database and a broker, started again and again."""

    def __init__(self, database: Database, broker: Mosquitto, data_dir: Path) -> None:
        self._environment = {
            **os.environ,
            "CAMPUS_DATA_DIR": str(data_dir),
            "CAMPUS_DATABASE_URL": database.url,
            "CAMPUS_MQTT_URL": broker.url,
        }
        self._log = (data_dir / "worker.log").open("ab")

    def start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "flask", "--app", "app", "worker"],
            cwd=HOUSE,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
            preexec_fn=partial(die_with_parent, os.getpid()),  # noqa: PLW1509 - threads here hold no lock that matters
        )

    def close(self) -> None:
        if self.process.poll() is None:
            self.end(signal.SIGKILL)
        self._log.close()

    def end(self, how: signal.Signals) -> None:
        self.process.send_signal(how)
        self.process.wait(30)


@pytest.fixture
def worker(database: Database, mosquitto: Mosquitto, tmp_path: Path) -> Iterator[Worker]:
    made = Worker(database, mosquitto, tmp_path)
    made.start()
    yield made
    made.close()


class Load:
    """Counts up on several topics without a time in the payload, at QoS 1, until told to stop."""

    def __init__(self, port: int) -> None:
        self.published = [0] * DEVICES
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2)
        self._client.max_inflight_messages_set(500)
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        last = None
        while not self._stop.is_set():
            for device in range(DEVICES):
                last = self._client.publish(f"load/{device}", f'{{"t": {self.published[device]}}}', 1)
                self.published[device] += 1
            time.sleep(0.004)
        if last:
            last.wait_for_publish(30)

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()
        self._client.disconnect()
        self._client.loop_stop()


def stored(database: Database) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(HotReading)) or 0


def _wait_for_more(database: Database) -> None:
    before = stored(database)
    wait_until(lambda: stored(database) > before, "the worker to store something")


def _wait_until_it_listens(database: Database, broker: Mosquitto) -> None:
    """The broker keeps messages for a session from its first subscription on."""
    client = mqtt.Client(CallbackAPIVersion.VERSION2)
    client.connect("127.0.0.1", broker.port)
    client.loop_start()

    def heard() -> bool:
        client.publish("probe", "anybody there?", 1).wait_for_publish(30)
        with database.read() as session:
            return bool(session.scalar(select(func.count()).select_from(QuarantinedMessage)))

    wait_until(heard, "the worker to listen")
    client.disconnect()
    client.loop_stop()


@pytest.mark.broker
@pytest.mark.slow
def test_what_is_published_is_stored_exactly_once_however_often_the_worker_is_killed(
    database: Database, engine: str, mosquitto: Mosquitto, worker: Worker
) -> None:
    for device in range(DEVICES):
        register(database, f"load-{device}", f"load/{device}")
    _wait_until_it_listens(database, mosquitto)
    chance = random.Random(20)
    load = Load(mosquitto.port)
    try:
        for _kill in range(KILLS[engine]):
            _wait_for_more(database)
            time.sleep(chance.uniform(0, 0.3))
            worker.end(signal.SIGKILL)
            worker.start()
    finally:
        load.stop()
    total = sum(load.published)
    wait_until(lambda: stored(database) >= total, f"the rest of {total} messages to be stored")
    time.sleep(0.5)  # a double would come now
    worker.end(signal.SIGTERM)
    with database.read() as session:
        rows = session.execute(
            select(
                HotReading.series_id,
                func.count(),
                func.count(HotReading.value.distinct()),
                func.max(HotReading.value),
            ).group_by(HotReading.series_id)
        ).all()
    assert sorted((count, distinct, highest + 1) for _series, count, distinct, highest in rows) == sorted(
        (number, number, number) for number in load.published
    )
