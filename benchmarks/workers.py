"""Durable messages a second with several workers on PostgreSQL.

    python -m benchmarks.workers [--workers 1 2 4] [--messages 40000] [--rounds 3] [--broker open]

So many real `flask worker` share what Mosquitto says (`$share/campus/…`), on a PostgreSQL that waits for the
disk. They are stopped (SIGSTOP), the messages are said with QoS 1, then they go on: measured from there until
all rows are committed. The baseline is one worker. On a machine of few cores the workers take them from each
other, from PostgreSQL and from the broker.
"""

from __future__ import annotations

import argparse
import os
import signal
import statistics
import tempfile
import time
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from sqlalchemy import func, select

from benchmarks.brokers import KINDS, broker, publish, workers
from benchmarks.memory import Bell
from benchmarks.streams import STREAMS, messages, register
from campus.database import Database
from campus.schema import upgrade
from campus.settings import Settings
from devices.history.models import HotReading, HotState
from tests.servers import Postgres, wait_until

SETTLE_S = 5
PATIENCE_S = 600


def main(given: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2, 4])
    parser.add_argument("--messages", type=int, default=40_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--stream", choices=STREAMS, default="shelly")
    parser.add_argument("--broker", choices=KINDS, default="open")
    asked = parser.parse_args(given)
    if "workers" not in Settings.model_fields:
        asked.workers = [1]
    print(f"PostgreSQL; broker: {asked.broker}; {STREAMS[asked.stream].title}; {os.cpu_count()} cores")
    alone = 0.0
    for many in asked.workers:
        rates = _rates(many, asked)
        middle = statistics.median(rates)
        alone = alone or middle
        spread = f"({min(rates):,.0f} to {max(rates):,.0f}, {len(rates)} rounds)"
        print(f"{many} workers {middle:9,.0f} messages/s   to the first {middle / alone:5.2f}   {spread}")


def _rates(many: int, asked: argparse.Namespace) -> list[float]:
    """Messages a second of each round, in a database and at a broker of its own."""
    rates = []
    server = Postgres(Path(tempfile.mkdtemp(prefix="campus-bench-")), durable=True)
    try:
        server.execute("CREATE DATABASE bench")
        database = Database(server.url("bench"))
        upgrade(database)
        register(database, asked.stream)
        with broker(asked.broker) as here, tempfile.TemporaryDirectory() as place:
            bell = Bell(database, here)
            stream, due = messages(asked.stream), asked.messages * STREAMS[asked.stream].values
            with workers(many, database.url, Path(place), here.listener) as processes:
                wait_until(lambda: bell.is_heard(0), "a worker to listen", PATIENCE_S)
                time.sleep(SETTLE_S)  # the others
                for _ in range(asked.rounds):
                    before = _rows(database)
                    for one in processes:
                        one.send_signal(signal.SIGSTOP)
                    try:
                        publish(here.speaker, islice(stream, asked.messages), asked.messages)
                    finally:
                        began = time.perf_counter()
                        for one in processes:
                            one.send_signal(signal.SIGCONT)
                    wait_until(lambda goal=before + due: _rows(database) >= goal, "all rows", PATIENCE_S)  # type: ignore[misc]
                    rates.append(asked.messages / (time.perf_counter() - began))
        database.close()
    finally:
        server.stop()
    return rates


def _rows(database: Database) -> int:
    with database.read() as session:
        tables = (HotReading, HotState)
        return sum(session.scalar(select(func.count()).select_from(table)) or 0 for table in tables)


if __name__ == "__main__":
    main()
