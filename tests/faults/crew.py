"""Workers as processes, killed and started at will, and a load whose every message can be counted."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from functools import partial
from pathlib import Path

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from sqlalchemy import func, select

from campus import clock
from campus.database import Database
from campus.processes import die_with_parent
from campus.workplaces import Workplace, count_listening
from devices.history.models import HotReading
from tests.running import HOUSE
from tests.servers import Mosquitto, wait_until


class Crew:
    """`flask worker`, as many as are started."""

    def __init__(self, database: Database, broker: Mosquitto, folder: Path) -> None:
        self.database, self.folder = database, folder
        self._environment = {
            **os.environ,
            "CAMPUS_DATA_DIR": str(folder),
            "CAMPUS_DATABASE_URL": database.url,
            "CAMPUS_MQTT_URL": broker.url,
        }
        self.processes: list[subprocess.Popen[bytes]] = []

    def start(self, *, of: int) -> subprocess.Popen[bytes]:
        """One more, who knows of CAMPUS_WORKERS=`of`."""
        with (self.folder / "workers.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "flask", "--app", "app", "worker"],
                cwd=HOUSE,
                env={**self._environment, "CAMPUS_WORKERS": str(of)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=partial(die_with_parent, os.getpid()),  # noqa: PLW1509 - threads here hold no lock that matters
            )
        self.processes.append(process)
        return process

    def start_all(self, many: int) -> None:
        for _ in range(many):
            self.start(of=many)
        self.wait_until_listening(many)

    def wait_until_listening(self, many: int) -> None:
        wait_until(lambda: self.listening() == many, f"{many} workers to listen", 60)

    def listening(self) -> int:
        with self.database.read() as session:
            return count_listening(session, clock.now())

    def places(self) -> dict[int, str]:
        """Who has which place, or had it last."""
        with self.database.read() as session:
            return {row.number: row.who for row in session.scalars(select(Workplace))}

    def process_of(self, number: int) -> subprocess.Popen[bytes]:
        """The worker in a place."""
        pid = int(self.places()[number].rpartition(" ")[2])
        return next(process for process in self.processes if process.pid == pid)

    def end(self, process: subprocess.Popen[bytes], how: signal.Signals) -> None:
        process.send_signal(how)
        process.wait(30)
        self.processes.remove(process)

    def end_all(self, how: signal.Signals = signal.SIGTERM) -> None:
        for process in self.processes:
            process.send_signal(how)
        for process in self.processes:
            process.wait(30)
        self.processes.clear()

    def close(self) -> None:
        self.end_all(signal.SIGKILL)

    @property
    def said(self) -> str:
        return (self.folder / "workers.log").read_text()


class Load:
    """Counts up on several topics without a time in the payload, at QoS 1, until told to stop."""

    def __init__(self, port: int, topics: list[str], pause_s: float = 0.01) -> None:
        self.published = dict.fromkeys(topics, 0)
        self._pause_s = pause_s
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
            for topic in self.published:
                last = self._client.publish(topic, f'{{"t": {self.published[topic]}}}', 1)
                self.published[topic] += 1
            time.sleep(self._pause_s)
        if last:
            last.wait_for_publish(30)

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()
        self._client.disconnect()
        self._client.loop_stop()

    @property
    def total(self) -> int:
        return sum(self.published.values())


def stored(database: Database) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(HotReading)) or 0


def wait_for_more(database: Database) -> None:
    before = stored(database)
    wait_until(lambda: stored(database) > before, "a worker to store something", 120)


def assert_exactly_once(database: Database, load: Load) -> None:
    """Each number of each topic is there, and none twice."""
    wait_until(lambda: stored(database) >= load.total, f"the rest of {load.total} messages", 180)
    time.sleep(0.5)  # a double would come now
    counts = (func.count(), func.count(HotReading.value.distinct()), func.max(HotReading.value) + 1)
    with database.read() as session:
        rows = session.execute(select(*counts).group_by(HotReading.series_id)).all()
    assert sorted(map(tuple, rows)) == sorted((number,) * 3 for number in load.published.values())
