"""The clock is set back an hour, forward again, and back a little, while messages come and jobs are due."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import select

from campus.database import Database
from campus.notes import last_beat
from devices.history.models import HotReading
from devices.models import Presence
from devices.worker import HEARTBEAT_S
from tests.faults.hub import Door, Load, Tell, register_devices, stored, sums, wait_for_the_rest
from tests.faults.set_clock import WorkerWithSetClock
from tests.servers import Mosquitto, wait_until

HOUR = timedelta(hours=1)
A_MOMENT = timedelta(seconds=3)
A_SECOND = 400


def beat(database: Database) -> datetime | None:
    with database.read() as session:
        return last_beat(session, "worker")


def beats_until(database: Database, count: int) -> list[datetime]:
    """So many heartbeats that were different ones, as they came."""
    seen: list[datetime] = []

    def another() -> bool:
        newest = beat(database)
        if newest and newest not in seen:
            seen.append(newest)
        return len(seen) > count

    wait_until(another, f"{count} heartbeats")
    return seen[1:]


def times_set_back(database: Database) -> int:
    """How often a message stands before the last one of its device, by the numbers that it was given."""
    with database.read() as session:
        rows = session.execute(
            select(HotReading.series_id, HotReading.at).order_by(HotReading.series_id, HotReading.value)
        ).all()
    found = [
        one.series_id
        for one, other in pairwise(rows)
        if one.series_id == other.series_id and other.at <= one.at
    ]
    return max(map(found.count, found), default=0)


@pytest.mark.broker
@pytest.mark.slow
def test_a_clock_that_is_set_back_and_forward_loses_nothing_and_stops_nothing(
    sqlite_database: Database, mosquitto: Mosquitto, tmp_path: Path, tell: Tell
) -> None:
    register_devices(sqlite_database)
    load = Load(Door(mosquitto.port))
    worker = WorkerWithSetClock(sqlite_database.url, mosquitto.url, tmp_path)
    try:
        worker.wait_until_it_listens()
        load.begin(A_SECOND)
        wait_until(lambda: stored(sqlite_database) > 2 * A_SECOND, "the first messages")
        for offset in (-HOUR, timedelta(), -A_MOMENT):
            there = stored(sqlite_database)
            worker.set_by(offset)
            began = time.monotonic()
            beats = beats_until(sqlite_database, 1 if offset == -A_MOMENT else 2)
            took = time.monotonic() - began
            assert abs(beats[-1] - worker.now()) < timedelta(seconds=60), offset
            assert took > (len(beats) - 1) * HEARTBEAT_S / 2, "jobs that were missed were all made up for"
            assert stored(sqlite_database) > there + A_SECOND
            with sqlite_database.read() as session:
                seen = session.scalars(select(Presence.last_seen)).all()
            assert all(at <= worker.now() for at in seen), offset
        load.settle()
        wait_for_the_rest(sqlite_database, load)
        complaints = [line for line in worker.lines if not line.startswith("INFO")]
    finally:
        load.close()
        worker.end()
    counted, set_back = sums(sqlite_database, load), times_set_back(sqlite_database)
    tell(
        f"clock set back 1 h, forward 1 h, back {A_MOMENT.seconds} s: {counted}; "
        "out of order only where it was set"
    )
    assert (counted.stored, counted.doubled, counted.lost) == (counted.published, 0, 0)
    assert set_back == 2
    assert complaints == []
