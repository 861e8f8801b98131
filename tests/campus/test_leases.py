"""A lease is one process's until it lets go or dies; a place names who may write."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest
from sqlalchemy import text

from campus import clock
from campus.database import Database
from campus.leases import Leases, leases
from campus.workplaces import PlaceLost, clear, settle, stand_by
from tests.running import HOUSE

HOLD = """
import sys
from campus.database import Database
from campus.leases import leases
held = leases(Database(sys.argv[1]))
print(held.take("worker-1"), flush=True)
sys.stdin.read()
"""


@pytest.fixture
def held(database: Database) -> Iterator[Leases]:
    made = leases(database)
    yield made
    made.close()


@pytest.fixture
def other(database: Database) -> Iterator[Leases]:
    made = leases(database)
    yield made
    made.close()


def test_a_lease_has_one_holder_until_it_lets_go(held: Leases, other: Leases) -> None:
    assert held.take("worker-1")
    assert held.take("worker-1"), "what one has one may take again"
    assert not other.take("worker-1")
    assert other.take("worker-2")
    held.release("worker-1")
    assert other.take("worker-1")


def test_closing_lets_go_of_all(held: Leases, other: Leases) -> None:
    assert held.take("worker-1")
    held.close()
    assert other.take("worker-1")


def test_a_holder_that_is_killed_holds_nothing(database: Database, held: Leases) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, database.url],
        cwd=HOUSE,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert holder.stdout
        assert holder.stdout.readline() == "True\n"
        assert not held.take("worker-1")
    finally:
        holder.kill()
        holder.communicate()
    gone = threading.Event()
    while not held.take("worker-1"):
        assert not gone.wait(0.02)


def test_whose_connection_is_cut_knows_that_it_holds_nothing(
    postgres_database: Database, held: Leases, other: Leases
) -> None:
    assert held.take("worker-1")
    assert held.holds()
    cut = (
        "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' "
        "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    )
    with postgres_database.write() as session:
        session.execute(text(cut))
    assert not held.holds()
    assert not held.holds()
    assert other.take("worker-1")


def test_only_who_took_a_place_last_may_write_there(database: Database) -> None:
    now = clock.now()
    with database.write() as session:
        first = settle(session, 1, "first", "here, process 1", now)
        stand_by(session, first)
    with database.write() as session:
        second = settle(session, 1, "second", "here, process 2", now)
    with database.read() as session:
        stand_by(session, second)
        with pytest.raises(PlaceLost):
            stand_by(session, first)
    with pytest.raises(PlaceLost), database.write() as session:
        clear(session, first)
    with database.write() as session:
        clear(session, second)
    with pytest.raises(PlaceLost), database.read() as session:
        stand_by(session, second)


def test_who_takes_a_place_waits_for_what_is_just_being_written(postgres_database: Database) -> None:
    with postgres_database.write() as session:
        first = settle(session, 1, "first", "here", clock.now())
    order: list[str] = []

    def take() -> None:
        with postgres_database.write() as session:
            settle(session, 1, "second", "there", clock.now())
            order.append("taken")

    with postgres_database.write() as session:
        stand_by(session, first)
        taker = threading.Thread(target=take)
        taker.start()
        taker.join(0.5)
        order.append("written")
    taker.join(30)
    assert order == ["written", "taken"]
