"""Another process holds the store's write lock: messages wait at the broker, memory does not grow."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url

from campus.database import Database
from campus.engines import BUSY_WAIT_S
from tests.faults.hub import Door, Load, Tell, register_devices, stored, sums, wait_for_the_rest, working
from tests.servers import Mosquitto, wait_until

LOCKED_S = float(os.environ.get("FAULTS_LOCKED_S", BUSY_WAIT_S + 3))
"""Longer than any writer waits. FAULTS_LOCKED_S asks for another time."""
A_SECOND = 1000
GROWTH = 1.5
"""Memory afterwards ÷ before, at most. What waits would be several times as much."""


@contextmanager
def locked(database: Database) -> Iterator[None]:
    """Nobody else writes."""
    if database.engine.dialect.name == "sqlite":
        path = make_url(database.url).database
        assert path
        holder = sqlite3.connect(path, timeout=30, isolation_level=None)
        holder.execute("BEGIN EXCLUSIVE")
        yield
        holder.execute("ROLLBACK")
        holder.close()
    else:
        with database.engine.begin() as connection:
            connection.execute(text("LOCK TABLE reading, live_batch IN ACCESS EXCLUSIVE MODE"))
            yield


@pytest.mark.broker
@pytest.mark.slow
def test_a_store_that_is_locked_for_long_is_waited_for_in_bounded_memory(
    database: Database, mosquitto: Mosquitto, tmp_path: Path, tell: Tell
) -> None:
    register_devices(database)
    load = Load(Door(mosquitto.port))
    try:
        with working(database, mosquitto.url, tmp_path) as worker:
            load.begin(A_SECOND)
            wait_until(lambda: stored(database) > A_SECOND, "the first messages")
            before = worker.rss
            with locked(database):
                began = time.monotonic()
                highest = before
                while time.monotonic() - began < LOCKED_S:
                    time.sleep(0.1)
                    highest = max(highest, worker.rss)
            load.settle()
            wait_for_the_rest(database, load, 120)
            highest = max(highest, worker.rss)
            complaints = [line for line in worker.lines if not line.startswith("INFO")]
    finally:
        load.close()
    counted = sums(database, load)
    tell(f"store locked for {LOCKED_S:g} s, memory × {highest / before:.2f} at most: {counted}")
    assert counted.is_exact
    assert highest / before < GROWTH
    assert len(complaints) <= 2, complaints  # of the ear and of the jobs, not one a try
