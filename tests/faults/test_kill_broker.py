"""kill -9 of a broker as `broker-config` sets it up: it may lose what its window says, and no more."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from apiflask import APIFlask

from campus.database import Database
from devices.intake.broker_config import AUTOSAVE_S
from tests.conftest import leave_out
from tests.devices.intake.own_broker import OwnBroker
from tests.faults.hub import Door, Load, Tell, Worker, numbers, register_devices, stored, sums, working
from tests.servers import Missing, wait_until

SLACK_S = 3.0
"""Mosquitto looks about once a second whether it is time, and then has to write."""
A_SECOND = 800


@pytest.fixture
def own_broker(app: APIFlask, sqlite_database: Database, tmp_path: Path) -> Iterator[OwnBroker]:
    register_devices(sqlite_database)
    made = OwnBroker(app, tmp_path / "broker")
    made.configure("--gateway", "load=load/#")
    try:
        made.start()
    except Missing as missing:
        leave_out(missing)
        raise
    yield made
    made.stop()


def kill_after_a_save(broker: OwnBroker, worker: Worker, load: Load, database: Database) -> float:
    """Kill it when it last wrote down a queue that has been stored since, and has acknowledged more on top
    of that. When that was."""
    assert broker.server
    kept = broker.folder / "data" / "mosquitto.db"
    worker.pause()
    before = kept.stat().st_mtime_ns if kept.exists() else 0
    time.sleep(1)
    wait_until(lambda: kept.exists() and kept.stat().st_mtime_ns > before, "the broker to write itself down")
    saved = kept.stat().st_mtime_ns
    there, held = stored(database), len(load.acknowledged)
    assert held - there > A_SECOND / 2  # the queue that it has on its disk
    worker.resume()
    wait_until(lambda: stored(database) > held, "the queue to be stored")
    worker.pause()
    acknowledged = len(load.acknowledged)
    wait_until(lambda: len(load.acknowledged) > acknowledged + A_SECOND, "some that only the broker has")
    broker.server.kill()
    assert kept.stat().st_mtime_ns == saved, "it wrote itself down once more: nothing would be lost"
    return time.monotonic()


@pytest.mark.broker
@pytest.mark.slow
def test_a_broker_that_is_killed_loses_what_its_window_says_and_nothing_is_doubled(
    own_broker: OwnBroker, sqlite_database: Database, tmp_path: Path, tell: Tell
) -> None:
    assert own_broker.server
    door = Door(
        own_broker.port, "gateway_load", own_broker.password("gateway_load"), own_broker.folder / "ca.crt"
    )
    load = Load(door)
    environment = own_broker.environment()
    try:
        with working(sqlite_database, environment["CAMPUS_MQTT_URL"], tmp_path, **environment) as worker:
            load.begin(A_SECOND)
            wait_until(lambda: stored(sqlite_database) > A_SECOND, "the first messages")
            killed = kill_after_a_save(own_broker, worker, load, sqlite_database)
            load.break_off()
            committed = set(numbers(sqlite_database))
            at_stake = load.acknowledged.keys() - committed
            worker.resume()  # what its socket held already is not lost
            own_broker.server.start()
            load.connect(door)
            load.say(1000)
            load.settle()
            last = {(device, published - 1) for device, published in enumerate(load.published)}
            wait_until(lambda: last <= set(numbers(sqlite_database)), "the last messages")
    finally:
        load.close()
    counted, there = sums(sqlite_database, load), set(numbers(sqlite_database))
    gone = [at for number, at in load.acknowledged.items() if number not in there]
    window = killed - min(gone, default=killed)
    tell(
        f"kill -9 of the broker, which writes itself down every {AUTOSAVE_S} s: {counted}; "
        f"the oldest of the lost was acknowledged {window:.1f} s before"
    )
    assert committed <= there
    assert (counted.doubled, counted.in_order) == (0, True)
    assert at_stake
    assert window <= AUTOSAVE_S + SLACK_S
