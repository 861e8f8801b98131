"""Bookings a second, and the data of a full day's timeline, while telemetry comes in.

    python -m benchmarks.bookings [--bookings 500] [--clients 20] [--rounds 3]

CLIENTS at once book BOOKINGS different slots through gunicorn (2 gevent workers), beside a worker that takes
in 200 messages a second from a real Mosquitto, on SQLite and on PostgreSQL. The baseline is the bare desk of
benchmarks/bare_desk.py under the same load on the same engine, in alternating rounds; the median counts.
Then the timeline's data for 50 resources with 400 bookings: questions to the store, milliseconds.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from sqlalchemy import event, text

from benchmarks.bare_desk import TABLE
from campus import clock
from campus.bookings.desk import Wish, book
from campus.bookings.timeline.day import day_of
from campus.database import Database
from campus.moments import to_micros
from campus.people.members import add_member
from campus.people.models import Member
from campus.people.tokens import add_token
from campus.schema import upgrade
from campus.settings import Settings
from campus.spaces.resources import Description, put_resource
from devices.description import Description as DeviceDescription
from devices.registry import put_device
from tests.servers import Mosquitto, Postgres, answers, free_port, wait_until

ROOMS, DEVICES, TELEMETRY_HZ = 50, 20, 200
FIRST = clock.now().replace(minute=0, second=0, microsecond=0) + timedelta(days=2)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--bookings", type=int, default=500)
    parser.add_argument("--clients", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        measure("SQLite", f"sqlite:///{folder / 'campus.db'}", folder, asked)
        server = Postgres(Path(tempfile.mkdtemp(prefix="campus-bench-")))
        try:
            server.execute("CREATE DATABASE bench")
            measure("PostgreSQL", server.url("bench"), folder, asked)
        finally:
            server.stop()


def measure(name: str, url: str, folder: Path, asked: argparse.Namespace) -> None:
    database = Database(url)
    upgrade(database)
    token = settle(database)
    rates: dict[str, list[float]] = {"bare desk": [], "campus": []}
    waits: dict[str, list[float]] = {"bare desk": [], "campus": []}
    with (
        telemetry(database, folder),
        serve(url, folder, "app:create_app()") as campus,
        serve(url, folder, "benchmarks.bare_desk:create_app()") as bare,
    ):
        for number in range(asked.rounds + 1):
            for desk, port in (("bare desk", bare), ("campus", campus)):
                took, each = load(port, token if desk == "campus" else "", number, asked)
                if number:  # the first warms up
                    rates[desk].append(asked.bookings / took)
                    waits[desk] += each
    print(f"{name}: {asked.bookings} bookings by {asked.clients} clients, {TELEMETRY_HZ} messages/s beside")
    for desk, seen in rates.items():
        cuts = statistics.quantiles(waits[desk], n=20)
        print(
            f"  {desk:<10} {statistics.median(seen):6.0f}/s ({min(seen):.0f} to {max(seen):.0f})   "
            f"p50 {cuts[9] * 1000:.0f} ms   p95 {cuts[18] * 1000:.0f} ms"
        )
    print(f"  ratio {statistics.median(rates['campus']) / statistics.median(rates['bare desk']):.2f}")
    timeline(database)
    database.close()


def settle(database: Database) -> str:
    """Rooms that are always open, a member and their token, plugs that speak."""
    with database.write() as session:
        session.execute(text(TABLE))
        ana = add_member(
            session, email="ana@bench.example", name="Ana", role="member", password=None, now=clock.now()
        )
        for number in range(ROOMS):
            put_resource(session, f"room-{number}", Description(f"Room {number}", "room"), clock.now())
        for number in range(DEVICES):
            plug = DeviceDescription(f"Plug {number}", "meter", "shelly", f"plug-{number}")
            put_device(session, f"plug-{number}", plug, clock.now())
        return add_token(session, ana, name="bench", now=clock.now())


def load(port: int, token: str, number: int, asked: argparse.Namespace) -> tuple[float, list[float]]:
    """Seconds for all, and for each."""
    slots = iter(range(asked.bookings))
    lock, waits = threading.Lock(), list[float]()
    together = threading.Barrier(asked.clients + 1)

    def client() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        headers = {
            "Content-Type": "application/json",
            **({"Authorization": f"Bearer {token}"} if token else {}),
        }
        together.wait()
        while True:
            with lock:
                slot = next(slots, None)
            if slot is None:
                connection.close()
                return
            begun = time.perf_counter()
            connection.request(
                "POST", "/api/v1/bookings" if token else "/book", wish(slot, number, bare=not token), headers
            )
            answer = connection.getresponse()
            answer.read()
            assert answer.status == 201, answer.status
            waits.append(time.perf_counter() - begun)

    threads = [threading.Thread(target=client) for _ in range(asked.clients)]
    for thread in threads:
        thread.start()
    together.wait()
    begun = time.perf_counter()
    for thread in threads:
        thread.join()
    return time.perf_counter() - begun, waits


def wish(slot: int, number: int, *, bare: bool) -> bytes:
    start = FIRST + timedelta(days=number, hours=slot // ROOMS)
    end = start + timedelta(hours=1)
    if bare:
        return json.dumps(
            {"room": slot % ROOMS, "start": to_micros(start), "end": to_micros(end), "title": "Bench"}
        ).encode()
    told = {
        "resource": f"room-{slot % ROOMS}",
        "start": start.isoformat(),
        "end": end.isoformat(),
        "title": "Bench",
    }
    return json.dumps(told).encode()


@contextmanager
def serve(url: str, folder: Path, app: str) -> Iterator[int]:
    port = free_port()
    with started(
        ["-m", "gunicorn", "-c", "python:campus.web", "--workers", "2", app],
        url,
        folder,
        CAMPUS_PORT=str(port),
    ):
        wait_until(lambda: answers(port), app)
        yield port


@contextmanager
def telemetry(database: Database, folder: Path) -> Iterator[None]:
    """A broker, a worker, and plugs that say TELEMETRY_HZ messages a second."""
    with tempfile.TemporaryDirectory(prefix="campus-mosquitto-") as place:
        broker, stopping = Mosquitto(Path(place)), threading.Event()
        with started(
            ["-m", "flask", "--app", "app", "worker"], database.url, folder, CAMPUS_MQTT_URL=broker.url
        ):
            speaker = mqtt.Client(CallbackAPIVersion.VERSION2)
            speaker.connect("127.0.0.1", broker.port)
            speaker.loop_start()

            def speak() -> None:
                number = 0
                while not stopping.wait(1 / TELEMETRY_HZ):
                    number += 1
                    told = {"id": 0, "apower": number % 2300, "voltage": 127.0, "current": 1.5}
                    speaker.publish(f"plug-{number % DEVICES}/status/switch:0", json.dumps(told), qos=1)

            thread = threading.Thread(target=speak)
            thread.start()
            yield
            stopping.set()
            thread.join()
            speaker.loop_stop()
        broker.stop()


@contextmanager
def started(arguments: Sequence[str], url: str, folder: Path, **environment: str) -> Iterator[None]:
    ours = {"CAMPUS_DATA_DIR": str(folder / "var"), "CAMPUS_DATABASE_URL": url, **environment}
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, *arguments], env={**os.environ, **ours}, stdout=log, stderr=log
        )
        try:
            yield
        finally:
            process.terminate()
            process.wait(20)


def timeline(database: Database) -> None:
    """A day of ROOMS × 8 bookings as the page reads it."""
    zone = Settings().zone
    day = (FIRST + timedelta(days=20)).astimezone(zone).date()
    with database.write() as session:
        ana = session.get_one(Member, 1)
        midnight = (FIRST + timedelta(days=20)).replace(hour=15)
        for number in range(ROOMS * 8):
            start = midnight + timedelta(hours=number // ROOMS)
            told = Wish(f"room-{number % ROOMS}", start, start + timedelta(hours=1), "Full day")
            book(session, told, ana, clock.now(), zone)
    questions: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *call: questions.append(call[2]))
    took = []
    for _ in range(11):
        questions.clear()
        begun = time.perf_counter()
        with database.read() as session:
            day_of(session, day, ana, now=clock.now(), zone=zone)
        took.append((time.perf_counter() - begun) * 1000)
    asked = len([question for question in questions if question.startswith("SELECT")])
    milliseconds = f"{statistics.median(took):.0f} ms"
    print(f"  timeline of {ROOMS} resources × {ROOMS * 8} bookings: {milliseconds}, {asked} questions")


if __name__ == "__main__":
    main()
