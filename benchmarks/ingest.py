"""Durable messages a second, beside a stock client that only counts and beside plain inserts.

    python -m benchmarks.ingest [--broker shipped] [--stream shelly] [--messages 40000] [--rounds 5]

Mosquitto holds the same backlog for both clients: MESSAGES of QoS 1 from 200 devices, queued for a session
that is away. The baseline is paho's own loop with a callback that counts and nothing else. Campus decodes,
commits to SQLite (WAL, synchronous = FULL) and acknowledges after the commit. Measured from the connection to
the last acknowledgement. The second baseline writes as many values into the same table by Python's own
sqlite3, 6,000 a transaction, and does nothing else. In alternating rounds; of the ratios of each round the
median counts. Beside it stands the processor time of the process, a message: where others use the machine it
says more.
"""

from __future__ import annotations

import argparse
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from sqlalchemy import func, select

from benchmarks.brokers import KINDS, broker, client_of, connect_to, leave_session, publish
from benchmarks.streams import DEVICES, STREAMS, ZONE, messages, register
from campus import clock
from campus.collector import spare_the_batches
from campus.database import Database
from campus.moments import to_micros
from campus.schema import upgrade
from devices.history.models import HotReading, HotState
from devices.intake.batch import Batch
from devices.intake.connection import BrokerAddress
from devices.intake.ingest import Ingest
from devices.intake.listener import BATCH_VALUES, Listener
from devices.models import Device, Series

SESSION = "campus-bench"

Took = tuple[float, float]
"""Seconds by the clock, and of processor time."""


def main(given: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--broker", choices=KINDS, default="shipped")
    parser.add_argument("--stream", choices=STREAMS, default="shelly")
    parser.add_argument("--messages", type=int, default=40_000)
    parser.add_argument("--rounds", type=int, default=5)
    for hidden in ("--contender", "--url", "--ca"):
        parser.add_argument(hidden, help=argparse.SUPPRESS)
    asked = parser.parse_args(given)
    if asked.contender:
        address = BrokerAddress(asked.url or "", Path(asked.ca) if asked.ca else None)
        print(*CONTENDERS[asked.contender](address, asked.stream, asked.messages))
        return
    print(f"broker: {asked.broker}, {KINDS[asked.broker]}; {STREAMS[asked.stream].title}")
    rates: dict[str, list[float]] = {name: [] for name in CONTENDERS}
    spent: dict[str, list[float]] = {name: [] for name in CONTENDERS}
    names = list(CONTENDERS)
    for number in range(asked.rounds):
        for name in names[number % len(names) :] + names[: number % len(names)]:
            took, processor = _round(name, asked)
            rates[name].append(asked.messages / took)
            spent[name].append(processor * 1e6 / asked.messages)
    for name, title in TITLES.items():
        middle, least, most = statistics.median(rates[name]), min(rates[name]), max(rates[name])
        processor = statistics.median(spent[name])
        print(f"{title:32} {middle:9,.0f} messages/s {processor:6.1f} µs   ({least:,.0f} to {most:,.0f})")
    for name in ("stock", "plain"):
        ratios = [ours / theirs for ours, theirs in zip(rates["campus"], rates[name], strict=True)]
        print(
            f"ratio to {TITLES[name]:23} {statistics.median(ratios):9.2f}"
            f"                        ({min(ratios):.2f} to {max(ratios):.2f}, {asked.rounds} rounds)"
        )


def _round(name: str, asked: argparse.Namespace) -> Took:
    """What one contender takes, in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.ingest", "--contender", name]
    command += ["--stream", asked.stream, "--messages", str(asked.messages)]
    if name == "plain":
        return _seconds(command)
    with broker(asked.broker) as here:
        leave_session(here.listener, SESSION)
        publish(here.speaker, messages(asked.stream), asked.messages)
        command += ["--url", here.listener.url] + (
            ["--ca", str(here.listener.ca)] if here.listener.ca else []
        )
        return _seconds(command)


def _seconds(command: Sequence[str]) -> Took:
    said = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.split()
    return float(said[0]), float(said[1])


class _Watch:
    """Runs from when it is made."""

    def __init__(self) -> None:
        self._began = time.perf_counter(), time.process_time()

    def took(self) -> Took:
        return time.perf_counter() - self._began[0], time.process_time() - self._began[1]


def _stock(address: BrokerAddress, _stream: str, many: int) -> Took:
    client, seen = client_of(address, SESSION, clean=False), 0

    def count(_client: object, _userdata: object, _message: object) -> None:
        nonlocal seen
        seen += 1
        if seen == many:
            client.disconnect()

    client.on_message = count
    watch = _Watch()
    connect_to(address, client)
    client.loop_forever()
    return watch.took()


def _campus(address: BrokerAddress, stream: str, many: int) -> Took:
    with tempfile.TemporaryDirectory() as directory:
        database = Database(f"sqlite:///{directory}/campus.db")
        upgrade(database)
        register(database, stream)
        stopping = threading.Event()
        ingest = _Counting(database, many, stopping)
        listener = Listener(
            ingest=ingest,
            database=database,
            address=address,
            client_id=SESSION,
            topics=["#"],
            stopping=stopping,
        )
        spare_the_batches()
        watch = _Watch()
        listener.run()
        took = watch.took()
        with database.read() as session:
            rows = [
                session.scalar(select(func.count()).select_from(table)) for table in (HotReading, HotState)
            ]
        stored, due = sum(one or 0 for one in rows), round(many * STREAMS[stream].values)
        assert stored == due, f"{stored} values stored of {due}"
        return took


class _Counting(Ingest):
    """The ingest itself; it only says when the last message has been committed."""

    def __init__(self, database: Database, many: int, done: threading.Event) -> None:
        super().__init__(database, ZONE, SESSION)
        self._left, self._done = many, done

    def commit(self, batch: Batch, now: datetime) -> None:
        self._left -= len(batch.marks)
        super().commit(batch, now)
        if self._left <= 0:
            self._done.set()


def _plain(_address: BrokerAddress, stream: str, many: int) -> Took:
    with tempfile.TemporaryDirectory() as directory:
        path, kinds = f"{directory}/campus.db", max(1, round(STREAMS[stream].values))
        database = Database(f"sqlite:///{path}")
        upgrade(database)
        with database.write() as session:
            now = clock.now()
            device = Device(
                slug="one", name="One", kind="meter", format="shelly", topic="one", created_at=now
            )
            session.add(device)
            session.flush()
            session.add_all(
                Series(device_id=device.id, metric=f"x_{number}") for number in range(kinds * DEVICES)
            )
        first = to_micros(clock.now())
        rows = [
            (number % (kinds * DEVICES) + 1, first + number, number / 8)
            for number in range(round(many * STREAMS[stream].values))
        ]
        store = sqlite3.connect(path, isolation_level=None)
        store.execute("PRAGMA synchronous = FULL")
        store.execute("PRAGMA foreign_keys = ON")
        watch = _Watch()
        for at in range(0, len(rows), BATCH_VALUES):
            store.execute("BEGIN IMMEDIATE")
            store.executemany("INSERT INTO reading VALUES (?, ?, ?)", rows[at : at + BATCH_VALUES])
            store.execute("COMMIT")
        return watch.took()


CONTENDERS = {"stock": _stock, "campus": _campus, "plain": _plain}
TITLES = {
    "stock": "stock callback that counts",
    "plain": "plain SQLite inserts",
    "campus": "Campus, durable",
}


if __name__ == "__main__":
    main()
