"""Bytes a value in all tiers, beside a plain SQLite table, and how long answers and sealing take.

    python -m benchmarks.history [--meters 200] [--values 10000]

METERS meters say their total, power and voltage every 10 s, once exactly and once with ±40 ms of jitter;
and one series has a year of minutes. The plain table is the hot tier itself: one row a value, clustered
on (series, instant). Sizes are those of the vacuumed file, less that of an empty store. Answers are taken
in this process, through `history.read`, the median of 20; on a busy machine the CPU time says more. The same
values and questions go to VictoriaMetrics and InfluxDB where Debian's packages of them are installed.
"""

from __future__ import annotations

import argparse
import math
import random
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, event, insert

from benchmarks import beside
from campus.database import Database, upsert_many
from campus.moments import to_micros
from campus.schema import upgrade
from devices.history import blocks
from devices.history.read import SeriesRef, ask, find_series, newest, raw, read, thinned
from devices.history.rolling import roll
from devices.history.sealing import seal
from devices.metrics import unit_of
from devices.models import Device, Series

START = datetime(2026, 3, 3, tzinfo=UTC)
LATER = START + timedelta(days=600)
EVERY_S = 10
JITTER_MS = 40
ROUNDS = 20
METRICS = ("energy_import", "power", "voltage")
Rows = list[tuple[int, int, float]]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--meters", type=int, default=200)
    parser.add_argument("--values", type=int, default=10_000)
    arguments = parser.parse_args()
    for jitter_ms in (0, JITTER_MS):
        with tempfile.TemporaryDirectory() as folder:
            _meters(Path(folder) / "campus.db", arguments.meters, arguments.values, jitter_ms)
    with tempfile.TemporaryDirectory() as folder:
        _year(Path(folder) / "campus.db")


def _meters(path: Path, meters: int, values: int, jitter_ms: int) -> None:
    database = _store(path)
    empty = _size(database, path)
    refs = [ref for number in range(meters) for ref in _meter(database, f"meter-{number}")]
    count = len(refs) * values
    for place in range(0, len(refs), len(METRICS)):
        with database.write() as session:
            for rows in _said(refs[place : place + len(METRICS)], values, jitter_ms):
                upsert_many(session.connection(), "reading", ("series_id", "at"), ("value",), rows)
    print(f"\n{len(refs)} series × {values:,} values every {EVERY_S} s ± {jitter_ms} ms")
    plain = _size(database, path) - empty
    print(f"  plain table                     {plain / count:6.2f} bytes a value")
    locked = _locks(database)
    began = time.process_time()
    sealed = seal(database, LATER)
    print(f"  sealing a day of 600 series     {(time.process_time() - began) / sealed * 600:6.1f} s of CPU")
    print(f"  longest write transaction       {max(locked) * 1000:6.1f} ms of CPU")
    blocks_size = _size(database, path) - empty
    print(f"  blocks                          {blocks_size / count:6.2f} bytes a value")
    locked.clear()
    began = time.process_time()
    rolled = roll(database, LATER)
    print(f"  rolling up a day of 600 series  {(time.process_time() - began) / rolled * 600:6.1f} s of CPU")
    print(f"  longest write transaction       {max(locked) * 1000:6.1f} ms of CPU")
    print(f"  blocks, rollups, all tiers      {(_size(database, path) - empty) / count:6.2f} bytes a value")
    end = START + timedelta(seconds=EVERY_S * values)
    hours = START + timedelta(seconds=EVERY_S * values // 3600 * 3600)
    powers = [ref for ref in refs if ref.metric == "power"]
    with database.read() as session:
        _time("10,000 raw values of one series", lambda: raw(session, powers[0], START, end))
        _time("the same as means of a minute", lambda: read(session, powers[0], START, end, 60))
        _time(f"{len(powers)} series by the hour", lambda: ask(session, powers, START, hours, 3600))
        _time(f"the newest of {len(refs)} series", lambda: newest(session, refs))
    meters_of = [refs[place : place + len(METRICS)] for place in range(0, len(refs), len(METRICS))]

    def told() -> Iterator[bytes]:
        for number, meter in enumerate(meters_of):
            yield beside.lines(number, *_said(meter, values, jitter_ms))

    beside.measure(told, count, START, end)
    database.close()


def _year(path: Path) -> None:
    """One series of minutes for a year, straight into blocks."""
    database = _store(path)
    ref = next(ref for ref in _meter(database, "meter") if ref.metric == "power")
    first = to_micros(START)
    with database.write() as session:
        for day in range(365):
            begin = first + day * blocks.DAY
            rows = [
                (begin + minute * 60_000_000, round(1500 + 900 * math.sin((day + minute / 1440) * 6.28), 1))
                for minute in range(1440)
            ]
            block = blocks.packed(ref.id, begin // blocks.DAY, rows)
            blocks.put(session, ref.device_id, ref.id, begin // blocks.DAY, block)
        upsert_many(
            session.connection(),
            "reading",
            ("series_id", "at"),
            ("value",),
            [(ref.id, first + 365 * blocks.DAY, 1500.0)],
        )
    roll(database, LATER)
    end = START + timedelta(days=365)
    print("\na year of one series by the minute")
    with database.read() as session:
        _time("as 1,000 points of the raw line", lambda: thinned(session, ref, START, end, 1000))
        _time("by the hour", lambda: read(session, ref, START, end, 3600))
        _time("by the day", lambda: read(session, ref, START, end, "day"))
    database.close()


def _said(refs: list[SeriesRef], values: int, jitter_ms: int) -> Iterator[Rows]:
    """A plausible meter: its three values come in one message."""
    chance = random.Random(refs[0].id)
    first, total, power, voltage = to_micros(START), 1000.0 + refs[0].id, 400.0, 230.0
    told: list[Rows] = [[], [], []]
    for place in range(values):
        at = first + place * EVERY_S * 1_000_000 + chance.randint(-jitter_ms, jitter_ms) * 1000
        if chance.random() < 0.02:
            power = chance.choice([60.0, 400.0, 1250.0, 2300.0])
        said = round(power + chance.gauss(0, power / 200))
        total += said * EVERY_S / 3_600_000
        voltage += chance.gauss(0, 0.05) + (230 - voltage) / 200
        for rows, ref, value in zip(
            told, refs, (round(total, 3), float(said), round(voltage, 1)), strict=True
        ):
            rows.append((ref.id, at, value))
    yield from told


def _store(path: Path) -> Database:
    database = Database(f"sqlite:///{path}")
    upgrade(database)
    return database


def _meter(database: Database, slug: str) -> list[SeriesRef]:
    with database.write() as session:
        device = Device(
            slug=slug,
            name=slug,
            kind="meter",
            format="tasmota",
            topic=slug,
            options={},
            created_at=START,
            expected_interval_s=EVERY_S if slug != "meter" else 60,
        )
        session.add(device)
        session.flush()
        for metric in METRICS:
            row = {"device_id": device.id, "metric": metric, "unit": unit_of(metric), "is_text": False}
            session.execute(insert(Series).values(channel="", **row))
        found = {ref.metric: ref for ref in find_series(session, slugs=[slug])}
        return [found[metric] for metric in METRICS]


def _size(database: Database, path: Path) -> int:
    """With all that was written, and nothing that was deleted."""
    database.close()  # a VACUUM wants to be alone
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("VACUUM")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return path.stat().st_size


def _locks(database: Database) -> list[float]:
    """How much CPU time each write transaction has held the store's lock for, from now on."""
    held: list[float] = []
    since: list[float] = []

    def begun(connection: Connection) -> None:
        if connection.get_execution_options().get("writes"):
            since.append(time.thread_time())

    def ended(_connection: Connection) -> None:
        if since:
            held.append(time.thread_time() - since.pop())

    event.listen(database.engine, "begin", begun)
    event.listen(database.engine, "commit", ended)
    event.listen(database.engine, "rollback", ended)
    return held


def _time(what: str, question: Callable[[], object]) -> None:
    took = []
    for _ in range(ROUNDS):
        began = time.perf_counter(), time.process_time()
        question()
        took.append(((time.perf_counter() - began[0]) * 1000, (time.process_time() - began[1]) * 1000))
    wall, cpu = (statistics.median(column) for column in zip(*took, strict=True))
    print(f"  {what:<31} {wall:6.1f} ms  ({cpu:.1f} ms of CPU)")


if __name__ == "__main__":
    main()
