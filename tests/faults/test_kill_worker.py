"""kill -9 of the worker under load: what was published with QoS 1 is in the store exactly once."""

from __future__ import annotations

import os
import random
import signal
import time
from pathlib import Path

import pytest

from campus.database import Database
from tests.faults.hub import Door, Load, Tell, register_devices, stored, sums, wait_for_the_rest
from tests.faults.nursery import QuickWorker
from tests.servers import Mosquitto, wait_until

KILLS = {"sqlite": 30, "postgresql": 10}
"""FAULTS_KILLS asks for another number."""


@pytest.mark.broker
@pytest.mark.slow
def test_what_is_published_is_stored_exactly_once_however_often_the_worker_is_killed(
    database: Database, engine: str, mosquitto: Mosquitto, tmp_path: Path, tell: Tell
) -> None:
    kills = int(os.environ.get("FAULTS_KILLS", KILLS[engine]))
    chance = random.Random(20)
    register_devices(database)
    load = Load(Door(mosquitto.port))
    worker = QuickWorker(database.url, mosquitto.url, tmp_path)
    try:
        worker.wait_until_it_listens()
        load.begin()
        for _kill in range(kills):
            before = stored(database)
            wait_until(lambda before=before: stored(database) > before, "the worker to store something")  # type: ignore[misc]
            time.sleep(chance.uniform(0, 0.3))
            worker.end(signal.SIGKILL)
            worker.start()
        load.settle()
        wait_for_the_rest(database, load)
    finally:
        load.close()
        worker.close()
    counted = sums(database, load)
    tell(f"{kills} times kill -9 of the worker: {counted}")
    assert counted.is_exact
