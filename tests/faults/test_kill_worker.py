"""kill -9 of the worker under load: what was published with QoS 1 is in the store exactly once."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from campus.database import Database
from campus.processes import die_with_parent
from tests.faults.hub import Door, Load, Tell, register_devices, stored, sums, wait_for_the_rest
from tests.faults.nursery import QuickWorker
from tests.running import HOUSE
from tests.servers import PATIENCE_S, Mosquitto, answers, free_port, wait_until

KILLS = {"sqlite": 25, "postgresql": 8}
"""FAULTS_KILLS asks for another number."""


EMBEDDED_KILLS = 3


class EmbeddedBroker:
    """`flask broker` as a process of its own. It keeps sessions while it runs."""

    def __init__(self, data_dir: Path) -> None:
        self.port = free_port()
        self.url = f"mqtt://campus@127.0.0.1:{self.port}"
        ours = {"CAMPUS_DATA_DIR": str(data_dir), "CAMPUS_BROKER_PORT": str(self.port)}
        with (data_dir / "broker.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "flask", "--app", "app", "broker"],
                cwd=HOUSE,
                env={**os.environ, **ours},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=partial(die_with_parent, os.getpid()),  # noqa: PLW1509 - threads here hold no lock that matters
            )
        wait_until(lambda: answers(self.port), "the embedded broker")

    def close(self) -> None:
        self._process.terminate()
        self._process.wait(PATIENCE_S)


def kill_again_and_again(worker: QuickWorker, database: Database, kills: int) -> None:
    """Each time after it has stored something, at an instant of chance."""
    chance = random.Random(20)
    for _kill in range(kills):
        before = stored(database)
        wait_until(lambda before=before: stored(database) > before, "the worker to store something")  # type: ignore[misc]
        time.sleep(chance.uniform(0, 0.3))
        worker.end(signal.SIGKILL)
        worker.start()


@pytest.mark.broker
@pytest.mark.slow
def test_what_is_published_is_stored_exactly_once_however_often_the_worker_is_killed(
    database: Database, engine: str, mosquitto: Mosquitto, tmp_path: Path, tell: Tell
) -> None:
    kills = int(os.environ.get("FAULTS_KILLS", KILLS[engine]))
    register_devices(database)
    with closing(QuickWorker(database.url, mosquitto.url, tmp_path)) as worker:
        worker.wait_until_it_listens()
        with closing(Load(Door(mosquitto.port))) as load:
            load.begin()
            kill_again_and_again(worker, database, kills)
            load.settle()
            wait_for_the_rest(database, load)
    counted = sums(database, load)
    tell(f"{kills} times kill -9 of the worker: {counted}")
    assert counted.is_exact


@pytest.mark.slow
def test_with_the_embedded_broker_too(sqlite_database: Database, tmp_path: Path, tell: Tell) -> None:
    register_devices(sqlite_database)
    with (
        closing(EmbeddedBroker(tmp_path)) as broker,
        closing(QuickWorker(sqlite_database.url, broker.url, tmp_path)) as worker,
    ):
        worker.wait_until_it_listens()
        with closing(Load(Door(broker.port))) as load:
            load.begin(100)
            kill_again_and_again(worker, sqlite_database, EMBEDDED_KILLS)
            load.settle()
            wait_for_the_rest(sqlite_database, load)
    counted = sums(sqlite_database, load)
    tell(f"{EMBEDDED_KILLS} times kill -9 of the worker, embedded broker: {counted}")
    # In which order it hands over what waited, it does not promise.
    assert (counted.stored, counted.doubled, counted.lost) == (counted.published, 0, 0)
