"""Durable messages a second, beside a stock client that only counts.

    python -m benchmarks.ingest [--messages 40000] [--rounds 3]

Mosquitto holds the same backlog for both: MESSAGES of QoS 1, three values each, from 200 Shelly plugs,
queued for a session that is away. The baseline is paho's own loop with a callback that counts and
nothing else. Campus decodes, commits to SQLite (WAL, synchronous = FULL) and acknowledges after the
commit. Measured from the connection to the last acknowledgement, in alternating rounds; the median counts.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from sqlalchemy import func, select

from campus import clock
from campus.database import Database
from campus.schema import upgrade
from devices.history.models import HotReading
from devices.intake.batch import Batch
from devices.intake.connection import BrokerAddress
from devices.intake.ingest import Ingest
from devices.intake.listener import Listener
from devices.models import Device
from tests.servers import Mosquitto

DEVICES = 200
VALUES = 3


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--messages", type=int, default=40_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--subscriber", choices=("stock", "campus"), help=argparse.SUPPRESS)
    parser.add_argument("--port", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.subscriber:
        seconds = {"stock": _stock, "campus": _campus}[arguments.subscriber](
            arguments.port, arguments.messages
        )
        print(seconds)
        return
    rates: dict[str, list[float]] = {"stock": [], "campus": []}
    for _ in range(arguments.rounds):
        for name, seen in rates.items():
            seen.append(arguments.messages / _round(name, arguments.messages))
    stock, campus = (statistics.median(rates[name]) for name in ("stock", "campus"))
    print(f"stock callback that counts   {stock:9,.0f} messages/s   {_spread(rates['stock'])}")
    print(f"Campus, durable              {campus:9,.0f} messages/s   {_spread(rates['campus'])}")
    print(f"ratio                        {campus / stock:9.2f}")


def _round(name: str, messages: int) -> float:
    """Seconds that one subscriber takes for the backlog, in a process of its own."""
    with tempfile.TemporaryDirectory() as directory:
        broker = Mosquitto(Path(directory))
        try:
            session = _client("campus-bench")
            session.connect("127.0.0.1", broker.port)
            session.loop_start()
            session.subscribe("#", 1)
            time.sleep(0.5)
            session.disconnect()
            session.loop_stop()
            _publish(broker.port, messages)
            command = [sys.executable, "-m", "benchmarks.ingest", "--subscriber", name]
            command += ["--port", str(broker.port), "--messages", str(messages)]
            return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        finally:
            broker.stop()


def _publish(port: int, messages: int) -> None:
    client = mqtt.Client(CallbackAPIVersion.VERSION2)
    client.max_inflight_messages_set(2_000)
    client.connect("127.0.0.1", port)
    client.loop_start()
    last = None
    for number in range(messages):
        payload = b'{"id":0,"apower":%d.5,"voltage":%d.1,"aenergy":{"total":%d.125}}' % (
            number % 3000,
            220 + number % 20,
            number,
        )
        last = client.publish(f"plug-{number % DEVICES}/status/switch:0", payload, 1)
    if last:
        last.wait_for_publish()
    client.disconnect()
    client.loop_stop()


def _client(client_id: str) -> mqtt.Client:
    return mqtt.Client(
        CallbackAPIVersion.VERSION2, client_id=client_id, clean_session=False, protocol=mqtt.MQTTv311
    )


def _stock(port: int, messages: int) -> float:
    client, seen = _client("campus-bench"), 0

    def count(_client: object, _userdata: object, _message: object) -> None:
        nonlocal seen
        seen += 1
        if seen == messages:
            client.disconnect()

    client.on_message = count
    began = time.perf_counter()
    client.connect("127.0.0.1", port)
    client.loop_forever()
    return time.perf_counter() - began


def _campus(port: int, messages: int) -> float:
    with tempfile.TemporaryDirectory() as directory:
        database = Database(f"sqlite:///{directory}/campus.db")
        upgrade(database)
        with database.write() as session:
            session.add_all(
                Device(
                    slug=f"plug-{number}",
                    name=f"Plug {number}",
                    kind="meter",
                    format="shelly",
                    topic=f"plug-{number}",
                    options={},
                    created_at=clock.now(),
                )
                for number in range(DEVICES)
            )
        stopping = threading.Event()
        ingest = _Counting(database, ZoneInfo("America/Ciudad_Juarez"), messages, stopping)
        listener = Listener(
            ingest=ingest,
            database=database,
            address=BrokerAddress(f"mqtt://127.0.0.1:{port}"),
            client_id="campus-bench",
            topics=["#"],
            stopping=stopping,
        )
        began = time.perf_counter()
        listener.run()
        took = time.perf_counter() - began
        with database.read() as session:
            stored = session.scalar(select(func.count()).select_from(HotReading))
        assert stored == messages * VALUES, f"{stored} values stored of {messages * VALUES}"
        return took


class _Counting(Ingest):
    """The ingest itself; it only says when the last message has been committed."""

    def __init__(self, database: Database, zone: ZoneInfo, messages: int, done: threading.Event) -> None:
        super().__init__(database, zone, "campus-bench")
        self._left, self._done = messages, done

    def commit(self, batch: Batch, now: datetime) -> None:
        self._left -= len(batch.marks)
        super().commit(batch, now)
        if self._left <= 0:
            self._done.set()


def _spread(rates: list[float]) -> str:
    return f"({min(rates):,.0f} to {max(rates):,.0f}, {len(rates)} rounds)"


if __name__ == "__main__":
    main()
