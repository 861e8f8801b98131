"""For a while anything may happen at any time: a broker that hangs, a worker killed, a store locked."""

from __future__ import annotations

import os
import random
import time
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from campus.database import Database
from tests.faults.hub import Door, Load, Tell, register_devices, stored, sums, wait_for_the_rest
from tests.faults.nursery import QuickWorker
from tests.faults.test_lock_store import locked
from tests.servers import Mosquitto, wait_until

FOR_S = float(os.environ.get("FAULTS_FOR_S", "12"))
"""FAULTS_FOR_S asks for a longer time."""
SEED = int(os.environ.get("FAULTS_SEED", "7"))


@pytest.mark.broker
@pytest.mark.slow
def test_whatever_happens_the_sums_are_right(
    sqlite_database: Database, mosquitto: Mosquitto, tmp_path: Path, tell: Tell
) -> None:
    chance = random.Random(SEED)
    happened = Counter[str]()
    register_devices(sqlite_database)
    worker = QuickWorker(sqlite_database.url, mosquitto.url, tmp_path, CAMPUS_MQTT_KEEP_ALIVE_S="1")

    def hang_broker() -> None:
        mosquitto.pause()
        time.sleep(chance.uniform(0.1, 3))
        mosquitto.resume()

    def kill_worker() -> None:
        worker.end()
        time.sleep(chance.uniform(0, 0.5))
        worker.start()

    def lock_store() -> None:
        with locked(sqlite_database):
            time.sleep(chance.uniform(0.1, 2))

    def kill_worker_while_locked() -> None:
        with locked(sqlite_database):
            time.sleep(chance.uniform(0, 0.3))
            kill_worker()

    faults = (hang_broker, kill_worker, lock_store, kill_worker_while_locked)
    with closing(worker):
        worker.wait_until_it_listens()
        load = Load(Door(mosquitto.port))
        try:
            load.begin(500)
            end = time.monotonic() + FOR_S
            while time.monotonic() < end:
                fault = chance.choice(faults)
                fault()
                happened[fault.__name__.replace("_", " ")] += 1
                if chance.random() < 0.5:
                    before = stored(sqlite_database)
                    wait_until(lambda before=before: stored(sqlite_database) > before, "it to go on")  # type: ignore[misc]
            load.settle()
            wait_for_the_rest(sqlite_database, load)
        finally:
            mosquitto.resume()
            load.close()
    counted = sums(sqlite_database, load)
    what = ", ".join(f"{count} × {name}" for name, count in happened.most_common())
    tell(f"{what} in {FOR_S:.0f} s: {counted}")
    assert counted.is_exact
