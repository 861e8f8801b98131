"""Values are given up when they are old; what was made of them stands, whatever comes afterwards."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from campus.audit import Origin
from campus.database import Database
from campus.errors import BadRequest
from campus.moments import to_micros
from devices.history.forgetting import forget
from devices.history.mending import repair
from devices.history.models import Block, BlockInstants, HotReading
from devices.history.pace import headlong
from devices.history.read import Bucket, SeriesRef, energy, newest, raw, read
from devices.history.repairs import Repair
from devices.history.retention import is_good, keep_days
from devices.history.upkeep import go_round
from devices.models import Device
from tests.devices.history.keeping import FIRST_DAY, ZONE, after, arrive, instants, make_series

DAYS = 40
NOW = FIRST_DAY + timedelta(days=DAYS)
KEEP = 10
EDGE = NOW - timedelta(days=KEEP)


@pytest.fixture
def ref(database: Database) -> SeriesRef:
    """A register that counts 0.1 kWh every ten minutes for forty days and restarted once; rolled, sealed."""
    made = make_series(database, "energy_import", interval_s=600, rated_power_w=2000)
    restart = 5 * 1440
    shown: dict[float, float] = {
        minute: minute / 100 if minute < restart else (minute - restart) / 100
        for minute in range(0, DAYS * 1440, 10)
    }
    arrive(database, made, instants(shown))
    go_round(database, NOW, headlong)
    return made


def days(database: Database, ref: SeriesRef) -> list[Bucket]:
    with database.read() as session:
        return read(session, ref, FIRST_DAY, NOW, "day", zone=ZONE)


def whole(database: Database, ref: SeriesRef) -> tuple[float, float, list[str]]:
    with database.read() as session:
        found = energy(session, ref, FIRST_DAY, NOW)
    return found.kwh, found.coverage, [one.kind for one in found.corrections]


def given_up(database: Database, ref: SeriesRef) -> int:
    return forget(database, NOW, KEEP)


def test_values_go_and_every_sum_stands(database: Database, ref: SeriesRef) -> None:
    before, total = days(database, ref), whole(database, ref)
    assert total[2] == ["reset"]
    assert given_up(database, ref) == DAYS - KEEP - 1
    with database.read() as session:
        oldest = raw(session, ref, FIRST_DAY, NOW)[0].at
        assert EDGE - timedelta(days=1) <= oldest < EDGE
        assert session.scalar(select(func.count()).select_from(Block)) == session.scalar(
            select(func.count()).select_from(BlockInstants)
        )
    assert days(database, ref) == before
    assert whole(database, ref) == total
    assert given_up(database, ref) == 0, "there is nothing left to give up"


def test_late_values_for_the_time_before_are_not_counted(sqlite_database: Database, ref: SeriesRef) -> None:
    given_up(sqlite_database, ref)
    before = days(sqlite_database, ref)
    arrive(sqlite_database, ref, instants({3.5: 9999.0}))
    go_round(sqlite_database, NOW, headlong, KEEP)
    assert days(sqlite_database, ref) == before


def test_late_values_for_the_time_that_is_kept_are(sqlite_database: Database, ref: SeriesRef) -> None:
    """A reading at noon of a day that had one every ten minutes, and one of the day on the edge itself."""
    given_up(sqlite_database, ref)
    before = days(sqlite_database, ref)
    kept_day = (DAYS - KEEP + 2) * 1440 + 5
    at_edge = (DAYS - KEEP) * 1440 + 5
    value = (kept_day - 5 - 5 * 1440) / 100
    arrive(sqlite_database, ref, instants({kept_day: value, at_edge: (at_edge - 5 - 5 * 1440) / 100}))
    go_round(sqlite_database, NOW, headlong, KEEP)
    after_all = days(sqlite_database, ref)
    assert sum(one.count for one in after_all) == sum(one.count for one in before) + 2
    assert [one.delta for one in after_all] == pytest.approx([one.delta for one in before])


def test_other_habits_hold_from_there_on_only(sqlite_database: Database, ref: SeriesRef) -> None:
    given_up(sqlite_database, ref)
    before = days(sqlite_database, ref)
    with sqlite_database.write() as session:
        session.execute(update(Device).values(expected_interval_s=60.0))
    for found in (days(sqlite_database, ref), _after_a_round(sqlite_database, ref)):
        places = [one.at < EDGE - timedelta(days=1) for one in found]
        cut = places.count(True)
        assert found[:cut] == before[:cut]
        assert all(one.coverage == pytest.approx(0.3, abs=0.02) for one in found[cut + 2 : -1])
        assert sum(one.delta or 0 for one in found) == pytest.approx(sum(one.delta or 0 for one in before))


def _after_a_round(database: Database, ref: SeriesRef) -> list[Bucket]:
    go_round(database, NOW, headlong, KEEP)
    return days(database, ref)


def test_what_was_given_up_cannot_be_set_right(sqlite_database: Database, ref: SeriesRef) -> None:
    given_up(sqlite_database, ref)
    span = Repair("bad", to_micros(after(60)), to_micros(after(120)))
    with pytest.raises(BadRequest, match="given up"), sqlite_database.write() as session:
        repair(session, ref, span, "so", Origin(), now=NOW)


def test_nothing_is_given_up_that_is_not_rolled_up_yet(sqlite_database: Database) -> None:
    made = make_series(sqlite_database)
    arrive(sqlite_database, made, instants(dict.fromkeys(range(0, 3000, 10), 1.0)))
    assert forget(sqlite_database, NOW, KEEP) == 0
    with sqlite_database.read() as session:
        assert len(raw(session, made, FIRST_DAY, NOW)) == 300


def test_the_newest_value_of_a_silent_series_stays(sqlite_database: Database) -> None:
    made = make_series(sqlite_database)
    arrive(sqlite_database, made, instants({0: 1.0, 10: 2.0, 2000: 3.0}))
    go_round(sqlite_database, NOW, headlong, KEEP)
    with sqlite_database.read() as session:
        assert [point.value for point in raw(session, made, FIRST_DAY, NOW)] == [3.0]
        assert newest(session, [made])[made.id].value == 3.0
        assert session.scalar(select(func.count()).select_from(HotReading)) == 1


def test_words_are_given_up_too(sqlite_database: Database) -> None:
    made = make_series(sqlite_database, "valve", is_text=True)
    arrive(sqlite_database, made, instants({0: "open", 10: "closed", DAYS * 1440 - 5: "open"}))
    go_round(sqlite_database, NOW, headlong, KEEP)
    with sqlite_database.read() as session:
        assert [point.value for point in raw(session, made, FIRST_DAY, NOW)] == ["open"]


def test_without_a_limit_everything_is_kept(sqlite_database: Database, ref: SeriesRef) -> None:
    assert forget(sqlite_database, NOW, None) == 0


def test_a_device_says_it_for_all_its_series_or_by_metric() -> None:
    assert keep_days({"keep_raw_days": 90}, "power", 400) == 90
    assert keep_days({"keep_raw_days": {"power": 90}}, "power", 400) == 90
    assert keep_days({"keep_raw_days": {"power": 90}}, "voltage", 400) == 400
    assert keep_days({}, "voltage", None) is None


@pytest.mark.parametrize("said", [6, 0, -1, True, 1.5, "90", [90], {"power": None}, {"power": 3}, 40_000])
def test_what_cannot_be_kept_to_is_no_option(said: object) -> None:
    assert not is_good({"keep_raw_days": said})


def test_good_options_are_good() -> None:
    assert all(is_good(one) for one in ({}, {"keep_raw_days": 7}, {"keep_raw_days": {"power": 365}}))
