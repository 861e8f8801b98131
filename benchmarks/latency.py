"""From publish to committed, in milliseconds, at a steady rate.

    python -m benchmarks.latency [--broker shipped] [--rates 100 1000 5000] [--seconds 10]

A process of its own says so many messages a second with QoS 1 (three values each, 200 Shelly plugs, at even
distances) and writes the moment into each. Campus counts to the end of the transaction that stored it, on
SQLite with synchronous = FULL. The baseline is the stock client's callback at the same rate: that is, the way
through the broker. The first second does not count.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from pathlib import Path
from statistics import quantiles
from zoneinfo import ZoneInfo

from benchmarks.brokers import KINDS, broker, client_of, connect_to
from benchmarks.streams import DEVICES, ZONE, register
from campus.collector import spare_the_batches
from campus.database import Database
from campus.schema import upgrade
from devices.intake.batch import Batch
from devices.intake.connection import BrokerAddress
from devices.intake.ingest import Ingest
from devices.intake.listener import Listener
from tests.servers import wait_until

SESSION = "campus-bench"
WARM_UP_S = 1

Ear = Callable[[BrokerAddress, Path], AbstractContextManager[list[float]]]
"""Listens until it is left; gives how long each message took, in their order."""


def main(given: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--broker", choices=KINDS, default="shipped")
    parser.add_argument("--rates", type=int, nargs="+", default=[100, 1_000, 5_000])
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--speak", nargs=3, metavar=("RATE", "URL", "CA"), help=argparse.SUPPRESS)
    asked = parser.parse_args(given)
    if asked.speak:
        rate, url, ca = asked.speak
        _speak(BrokerAddress(url, Path(ca) if ca else None), int(rate), asked.seconds)
        return
    print(f"broker: {asked.broker}, {KINDS[asked.broker]}; milliseconds from publish")
    print(f"{'messages/s':>10}  {'to':<15}{'p50':>8}{'p95':>8}{'p99':>8}   p95 to stock")
    for rate in asked.rates:
        stock = _percentiles(_stock, rate, asked)
        campus = _percentiles(_campus, rate, asked)
        for name, seen in (("stock callback", stock), ("committed", campus)):
            ratio = f"{campus[1] / stock[1]:15.1f}" if seen is campus else ""
            print(f"{rate:10,}  {name:<15}{seen[0]:8.1f}{seen[1]:8.1f}{seen[2]:8.1f}{ratio}")


def _percentiles(ear: Ear, rate: int, asked: argparse.Namespace) -> tuple[float, float, float]:
    """p50, p95 and p99 in milliseconds."""
    with broker(asked.broker) as here, tempfile.TemporaryDirectory() as folder:
        with ear(here.listener, Path(folder)) as waits:
            command = [sys.executable, "-m", "benchmarks.latency", "--seconds", str(asked.seconds)]
            command += ["--speak", str(rate), here.speaker.url, str(here.speaker.ca or "")]
            subprocess.run(command, check=True)
            wait_until(lambda: len(waits) >= rate * asked.seconds, "all to arrive")
        cuts = quantiles(waits[WARM_UP_S * rate :], n=100)
        return cuts[49], cuts[94], cuts[98]


def _speak(address: BrokerAddress, rate: int, seconds: int) -> None:
    client = client_of(address)
    client.max_inflight_messages_set(20_000)
    connect_to(address, client)
    client.loop_start()
    began = time.monotonic()
    said = []
    payload = b'{"id":0,"apower":%d.5,"voltage":230.1,"aenergy":{"total":%d}}'
    for number in range(rate * seconds):
        time.sleep(max(0.0, began + number / rate - time.monotonic()))
        moment = time.monotonic_ns()
        said.append(
            client.publish(f"plugs/{number % DEVICES}/status/switch:0", payload % (number, moment), 1)
        )
    for one in said:
        one.wait_for_publish()
    client.disconnect()
    client.loop_stop()


def _wait_ms(payload: bytes, now_ns: int) -> float:
    """Since the moment that stands in a message."""
    return (now_ns - int(payload[payload.rindex(b":") + 1 : -2])) / 1e6


@contextmanager
def _stock(address: BrokerAddress, _folder: Path) -> Iterator[list[float]]:
    waits: list[float] = []
    client, ready = client_of(address, SESSION, clean=False), threading.Event()
    client.on_subscribe = lambda *_: ready.set()
    client.on_message = lambda _client, _data, said: waits.append(
        _wait_ms(bytes(said.payload), time.monotonic_ns())
    )
    connect_to(address, client)
    client.loop_start()
    client.subscribe("#", 1)
    assert ready.wait(30)
    yield waits
    client.disconnect()
    client.loop_stop()


@contextmanager
def _campus(address: BrokerAddress, folder: Path) -> Iterator[list[float]]:
    database = Database(f"sqlite:///{folder}/campus.db")
    upgrade(database)
    register(database, "shelly")
    ready, stopping = threading.Event(), threading.Event()
    ingest = _Timing(database, ZONE, SESSION)
    listener = Listener(
        ingest=ingest,
        database=database,
        address=address,
        client_id=SESSION,
        topics=["#"],
        stopping=stopping,
        on_listening=lambda listening: ready.set() if listening else None,
    )
    spare_the_batches()
    ear = threading.Thread(target=listener.run)
    ear.start()
    assert ready.wait(30)
    yield ingest.waits
    stopping.set()
    ear.join()
    database.close()


class _Timing(Ingest):
    """The ingest itself; it only notes for each message how long it took until here."""

    def __init__(self, database: Database, zone: ZoneInfo, client_id: str) -> None:
        super().__init__(database, zone, client_id)
        self.waits: list[float] = []

    def commit(self, batch: Batch, now: datetime) -> None:
        super().commit(batch, now)
        now_ns = time.monotonic_ns()
        self.waits += [_wait_ms(arrival.payload, now_ns) for arrival in batch.arrivals]


if __name__ == "__main__":
    main()
