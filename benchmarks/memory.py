"""Whether the worker's memory stays flat, however much it has taken in.

    python -m benchmarks.memory [--messages 200000] [--stream mixed] [--broker open]

A real `flask worker` on SQLite takes in MESSAGES of QoS 1; after each tenth, when all of it is committed, its
resident memory is read. The baseline is what it had before them, warm: of each device it keeps the last 50
messages, and all of them have said as many.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

import psutil
from sqlalchemy import select

from benchmarks.brokers import KINDS, Broker, broker, publish, workers
from benchmarks.streams import DEVICES, KNOWN, STREAMS, messages, register
from campus import clock
from campus.database import Database
from campus.schema import upgrade
from devices.history.models import HotReading
from devices.intake.recent import KEPT
from devices.models import Device, Series
from tests.servers import wait_until

PARTS = 10
PATIENCE_S = 600
BELL = "plugs/bell"
WARM_UP = KEPT * DEVICES * len(KNOWN)
MIB = 1024 * 1024


def main(given: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--messages", type=int, default=200_000)
    parser.add_argument("--stream", choices=STREAMS, default="mixed")
    parser.add_argument("--broker", choices=KINDS, default="open")
    asked = parser.parse_args(given)
    with broker(asked.broker) as here, tempfile.TemporaryDirectory() as place:
        database = Database(f"sqlite:///{place}/campus.db")
        upgrade(database)
        register(database, asked.stream)
        bell = Bell(database, here)
        with workers(1, database.url, Path(place), here.listener) as (worker,):
            wait_until(lambda: bell.is_heard(0), "the worker to listen", PATIENCE_S)
            process, stream = psutil.Process(worker.pid), messages(asked.stream)
            print(f"{asked.messages:,} messages, {STREAMS[asked.stream].title}; the worker's resident memory")
            print(f"{'messages':>10}{'MiB':>8}{'to warm':>10}{'messages/s':>12}")
            warm = 0.0
            for part in range(PARTS + 1):
                began, many = time.perf_counter(), asked.messages // PARTS if part else WARM_UP
                publish(here.speaker, islice(stream, many), many)
                bell.ring(part + 1)
                wait_until(lambda part=part: bell.was_heard(part + 1), "all to be committed", PATIENCE_S)  # type: ignore[misc]
                took, resident = time.perf_counter() - began, process.memory_info().rss / MIB
                warm = warm or resident
                print(f"{part * many:10,}{resident:8.1f}{resident / warm:10.2f}{many / took:12,.0f}")
        database.close()


class Bell:
    """A device that is heard when all is committed that was said before it rang."""

    def __init__(self, database: Database, broker: Broker) -> None:
        self._database, self._broker = database, broker
        with database.write() as session:
            session.add(
                Device(
                    slug="bell",
                    name="Bell",
                    kind="meter",
                    format="shelly",
                    topic=BELL,
                    created_at=clock.now(),
                )
            )

    def ring(self, number: int) -> None:
        publish(self._broker.speaker, [(f"{BELL}/status/switch:0", b'{"apower":%d}' % number)], 1)

    def is_heard(self, number: int) -> bool:
        """Rings, and says whether it was heard: somebody may not listen yet."""
        self.ring(number)
        return self.was_heard(number)

    def was_heard(self, number: int) -> bool:
        heard = (
            select(HotReading.value)
            .join(Series, Series.id == HotReading.series_id)
            .join(Device, Device.id == Series.device_id)
            .where(Device.slug == "bell")
        )
        with self._database.read() as session:
            return number in session.scalars(heard).all()


if __name__ == "__main__":
    main()
