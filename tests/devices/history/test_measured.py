"""Series that were measured elsewhere, through all tiers: their sums, and their values to the last bit."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from campus.database import Database
from campus.moments import to_micros
from devices.history.read import SeriesRef, ask, energy, raw, read
from devices.history.rolling import roll
from devices.history.sealing import seal
from tests.devices.history.keeping import arrive, make_series

DATA = Path(__file__).parents[2] / "data"
FEBRUARY = datetime(2007, 2, 1, tzinfo=UTC), datetime(2007, 3, 1, tzinfo=UTC)
LATER = datetime(2026, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def lines(name: str) -> Iterator[dict[str, str]]:
    path = DATA / name
    with gzip.open(path, "rt") if path.suffix == ".gz" else path.open(newline="") as file:
        yield from csv.DictReader(file)


def settle(database: Database) -> None:
    seal(database, LATER)
    roll(database, LATER)


def kwh(database: Database, ref: SeriesRef, start: datetime, end: datetime, step: float) -> float:
    """Of a power in W, from its means."""
    with database.read() as session:
        (answer,) = ask(session, [ref], start, end, step)
    return sum((one.mean or 0.0) * one.coverage * step for one in answer.buckets) / 3_600_000


@pytest.fixture
def household(sqlite_database: Database) -> list[dict[str, str]]:
    return list(lines("household_power_2007-02.csv.gz"))


def test_a_month_of_power_is_its_energy_from_every_tier(
    sqlite_database: Database, household: list[dict[str, str]]
) -> None:
    ref = make_series(sqlite_database, interval_s=60)
    told = [
        (to_micros(FEBRUARY[0] + place * MINUTE), float(line["Global_active_power"]) * 1000)
        for place, line in enumerate(household)
    ]
    arrive(sqlite_database, ref, told)
    settle(sqlite_database)
    first = FEBRUARY[0], FEBRUARY[0] + timedelta(days=1)
    for step in (86_400.0, 3600.0, 900.0, 480.0):
        assert kwh(sqlite_database, ref, *FEBRUARY, step) == pytest.approx(941.562733, abs=5e-7)
        assert kwh(sqlite_database, ref, *first, step) == pytest.approx(30.412667, abs=5e-7)
    with sqlite_database.read() as session:
        (month,) = read(session, ref, *FEBRUARY, "month", zone=ZoneInfo("UTC"))
        assert month.mean == pytest.approx(941_562.733 / (28 * 24), abs=1e-3)
        assert [(to_micros(point.at), point.value) for point in raw(session, ref, *FEBRUARY)] == told


def test_the_registers_of_the_submeters_add_up_exactly(
    sqlite_database: Database, household: list[dict[str, str]]
) -> None:
    for place, expected in (1, 47_586), (2, 64_607), (3, 270_310):
        ref = make_series(sqlite_database, "energy_import", device=f"sub-{place}", interval_s=60)
        added = accumulate((float(line[f"Sub_metering_{place}"]) for line in household), initial=0.0)
        told = [
            (to_micros(FEBRUARY[0] + (minute - 1) * MINUTE), 5000 + watt_hours / 1000)
            for minute, watt_hours in enumerate(added)
        ]
        arrive(sqlite_database, ref, told)
        settle(sqlite_database)
        with sqlite_database.read() as session:
            month = energy(session, ref, *FEBRUARY)
            days = [bucket.delta for bucket in read(session, ref, *FEBRUARY, "day", zone=ZoneInfo("UTC"))]
        assert round(month.kwh * 1000, 6) == expected
        assert round(sum(day or 0.0 for day in days) * 1000, 6) == expected
        assert (month.coverage, month.corrections) == (1, [])


def test_a_roof_of_solar_cells_as_measured_and_without_its_nights(sqlite_database: Database) -> None:
    ref = make_series(sqlite_database, interval_s=900)
    told = [
        (datetime.fromisoformat(line["measured_on"]), float(line["ac_power"]))
        for line in lines("pv_serf_east_15min.csv.gz")
    ]
    arrive(sqlite_database, ref, [(to_micros(at), value) for at, value in told])
    settle(sqlite_database)
    start, end = told[0][0], told[-1][0] + timedelta(minutes=15)
    for step in (900.0, 3600.0):
        assert kwh(sqlite_database, ref, start, end, step) == pytest.approx(2938.355828, abs=5e-7)
    with sqlite_database.read() as session:
        quarters = read(session, ref, start, end, 900)
    by_day = sum(max(0.0, bucket.mean or 0.0) for bucket in quarters) / 4000
    assert by_day == pytest.approx(2941.907548, abs=5e-7)


def test_an_office_comes_back_bit_for_bit(database: Database) -> None:
    metrics = {"V1": "temperature", "V2": "humidity", "V3": "illuminance", "V4": "co2"}
    office = list(lines("room_occupancy.csv"))
    told = {
        metric: [
            (to_micros(datetime.fromisoformat(f"{line['time']}+00:00")), float(line[column]))
            for line in office
        ]
        for column, metric in metrics.items()
    }
    refs = {metric: make_series(database, metric, device="office") for metric in told}
    for metric, rows in told.items():
        arrive(database, refs[metric], rows)
    settle(database)
    with database.read() as session:
        for metric, rows in told.items():
            found = raw(session, refs[metric], datetime(2015, 1, 1, tzinfo=UTC), LATER)
            assert len(found) == 509
            assert [(to_micros(at), float(value).hex()) for at, value in found] == [
                (at, value.hex()) for at, value in rows
            ]
