"""Rollups: made once their hour has settled, not believed where they are dirty, made anew there."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, func, select, update

from campus.database import Database
from campus.moments import SECOND, to_micros
from devices.history.edges import edges
from devices.history.habits import Habits
from devices.history.ledger import Account, Mark
from devices.history.models import Checkpoint, Corrected, Dirty, Horizon, Rollup
from devices.history.read import SeriesRef, Step, ask, energy, read
from devices.history.rolling import roll
from devices.history.sealing import seal
from devices.intake.ingest import Ingest
from devices.models import Device
from tests.devices.history.keeping import (
    FIRST_DAY,
    ZONE,
    Model,
    after,
    after_reading,
    arrive,
    instants,
    make_series,
    same_buckets,
)
from tests.devices.intake.things import register, said

LATER = FIRST_DAY + timedelta(days=30)
DAY_MINUTES = 1440
HOUR_US = 3600 * SECOND


def quarter_hourly(days: float, begin: float = 0.0) -> dict[float, float]:
    return {begin + 7 + place * 15: float(place % 50) for place in range(round(days * 96))}


def tier(database: Database, ref: SeriesRef, begin: float, end: float, step: Step) -> str:
    with database.read() as session:
        return ask(session, [ref], after(begin), after(end), step, zone=ZONE)[0].tier


def agrees(database: Database, ref: SeriesRef, model: Model, step: Step = 3600.0, days: int = 9) -> None:
    first, last = to_micros(FIRST_DAY), to_micros(after(days * DAY_MINUTES))
    with database.read() as session:
        found = read(session, ref, FIRST_DAY, after(days * DAY_MINUTES), step, zone=ZONE)
    assert same_buckets(found, model.steps(edges(first, last, step, ZONE)))


def count(database: Database, table: Any) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


@pytest.fixture
def told() -> dict[float, float]:
    return quarter_hourly(3)


def test_an_hour_is_rolled_up_when_it_has_settled(database: Database, told: dict[float, float]) -> None:
    ref = make_series(database)
    arrive(database, ref, instants(told))
    roll(database, after(5 * 60 + 14))
    assert tier(database, ref, 0, 240, 3600) == "rollup-1h"
    assert tier(database, ref, 240, 300, 3600) == "hot"
    roll(database, after(5 * 60 + 15))
    assert tier(database, ref, 240, 300, 3600) == "rollup-1h"
    agrees(database, ref, Model(dict(instants(told)), HOUR_US))


@pytest.mark.parametrize(
    ("begin", "end", "step", "tier_of_it"),
    [
        (0, DAY_MINUTES, 3600.0, "rollup-1h"),
        (0, DAY_MINUTES, 900.0, "rollup-15m"),
        (15, DAY_MINUTES, 3600.0, "rollup-15m"),
        (7, DAY_MINUTES, 3600.0, "blocks"),
        (0, DAY_MINUTES, 60.0, "blocks"),
        (7, 2 * DAY_MINUTES + 3, "day", "rollup-1h"),
        (2 * DAY_MINUTES + 60, 2 * DAY_MINUTES + 90, 600.0, "hot"),
    ],
)
def test_the_cheapest_tier_that_is_exact_is_taken(
    sqlite_database: Database, begin: float, end: float, step: Step, tier_of_it: str
) -> None:
    ref = make_series(sqlite_database)
    told = quarter_hourly(3)
    arrive(sqlite_database, ref, instants(told))
    seal(sqlite_database, FIRST_DAY + timedelta(days=4))
    roll(sqlite_database, LATER)
    assert tier(sqlite_database, ref, begin, end, step) == tier_of_it
    model = Model(dict(instants(told)), HOUR_US)
    first, last = to_micros(after(begin)), to_micros(after(end))
    with sqlite_database.read() as session:
        found = read(session, ref, after(begin), after(end), step, zone=ZONE)
    assert same_buckets(found, model.steps(edges(first, last, step, ZONE)))


def test_what_comes_late_is_in_the_answer_before_and_after_it_is_rolled_up(
    database: Database, told: dict[float, float]
) -> None:
    ref = make_series(database)
    arrive(database, ref, instants(told))
    roll(database, LATER)
    late = {100.0: 999.0, 7.0: -5.0}  # between two values, and in the place of one
    arrive(database, ref, instants(late))
    model = Model(dict(instants(told | late)), HOUR_US)
    agrees(database, ref, model)
    assert tier(database, ref, 180, 360, 3600) == "rollup-1h"  # what is not dirty is still taken from there
    assert tier(database, ref, 60, 120, 3600) == "hot"
    assert count(database, Dirty) == 1
    assert roll(database, LATER) == 1  # only that day
    assert count(database, Dirty) == 0
    assert tier(database, ref, 60, 120, 3600) == "rollup-1h"
    agrees(database, ref, model)


def test_many_late_days_are_no_more_work_than_they_are_many() -> None:
    day = 24 * HOUR_US
    marks = tuple(Mark(place, place * day, place * day) for place in range(400))
    spans = Account(until=500 * day, marks=marks).clean(0, 500 * day, Habits(HOUR_US))
    assert len(spans) == 400  # between each two of them, and behind the last
    assert Account(until=500 * day, marks=marks[5:]).clean(0, 500 * day, Habits(HOUR_US, counts=True)) == [
        (0, 5 * day)
    ]


def test_history_from_before_the_first_value_is_taken_in(
    database: Database, told: dict[float, float]
) -> None:
    ref = make_series(database, "energy_import")
    arrive(database, ref, instants({minute + 5 * DAY_MINUTES: value + 100 for minute, value in told.items()}))
    roll(database, LATER)
    older = {minute: value + 7 for minute, value in told.items()}
    arrive(database, ref, instants(older))
    model = Model(
        dict(instants(older | {minute + 5 * DAY_MINUTES: value + 100 for minute, value in told.items()})),
        HOUR_US,
        counts=True,
    )
    agrees(database, ref, model)
    roll(database, LATER)
    assert tier(database, ref, 0, 9 * DAY_MINUTES, 3600) == "rollup-1h"
    agrees(database, ref, model)


def test_with_another_interval_everything_is_rolled_up_anew(
    database: Database, told: dict[float, float]
) -> None:
    ref = make_series(database)
    arrive(database, ref, instants(told))
    roll(database, LATER)
    with database.write() as session:
        session.execute(update(Device).values(expected_interval_s=60))
    model = Model(dict(instants(told)), 180 * SECOND)
    assert tier(database, ref, 0, 180, 3600) == "hot"
    agrees(database, ref, model)
    roll(database, LATER)
    assert tier(database, ref, 0, 180, 3600) == "rollup-1h"
    agrees(database, ref, model)


def test_a_counter_is_followed_until_it_stands_where_it_stood(database: Database) -> None:
    days = 8
    told = {60.0 * hour: 100.0 + hour for hour in range(24 * days)}
    ref = make_series(database, "energy_import")
    arrive(database, ref, instants(told))
    roll(database, LATER)
    assert count(database, Checkpoint) == days + 1
    late = {90.0: 3.0}  # it restarts, and jumps back
    arrive(database, ref, instants(late))
    model = Model(dict(instants(told | late)), HOUR_US, counts=True)
    agrees(database, ref, model)
    assert roll(database, LATER) == 1  # the evening of that day is as it was
    agrees(database, ref, model)
    with database.read() as session:
        whole = energy(session, ref, FIRST_DAY, LATER)
    assert [one.kind for one in whole.corrections] == ["reset"]
    assert count(database, Corrected) == 1


def test_a_counter_whose_end_is_changed_is_followed_to_its_end(database: Database) -> None:
    told = {60.0 * hour: 100.0 for hour in range(24 * 4)}
    ref = make_series(database, "energy_import")
    arrive(database, ref, instants(told))
    roll(database, LATER)
    late = {90.0: 140.0}  # a dip follows, which is remembered for a day
    arrive(database, ref, instants(late))
    assert roll(database, LATER) == 5  # since when it has stood at 100 is not the same any more
    more = {60.0 * 24 * 4 + 60 * hour: 101.0 + hour for hour in range(48)}
    arrive(database, ref, instants(more))
    roll(database, LATER)
    agrees(database, ref, Model(dict(instants(told | late | more)), HOUR_US, counts=True))


def test_a_year_of_energy_is_the_sum_of_its_hours_and_opens_no_block_but_at_its_ends(
    sqlite_database: Database,
) -> None:
    database = sqlite_database
    ref = make_series(database, "energy_import")
    told = {30.0 * place: place / 7 for place in range(48 * 60)}
    arrive(database, ref, instants(told))
    seal(database, FIRST_DAY + timedelta(days=90))
    roll(database, FIRST_DAY + timedelta(days=90))
    end = FIRST_DAY + timedelta(days=60)
    asked: list[Any] = []
    event.listen(database.engine, "before_cursor_execute", lambda *call: asked.append(call[2:4]))
    with database.read() as session:
        whole = energy(session, ref, FIRST_DAY, end)
        opened = [call for call in asked if "FROM block" in call[0]]
        hours = [bucket.delta or 0.0 for bucket in read(session, ref, FIRST_DAY, end, 3600)]
        days = [bucket.delta or 0.0 for bucket in read(session, ref, FIRST_DAY, end, "day", zone=ZONE)]
    assert whole.kwh == pytest.approx((48 * 60 - 1) / 7, rel=1e-12)
    assert sum(hours) == pytest.approx(whole.kwh, rel=1e-12)
    assert sum(days) == pytest.approx(whole.kwh, rel=1e-12)
    assert len(opened) <= 1


def test_a_broken_page_is_answered_from_the_values_and_made_anew(
    database: Database, told: dict[float, float], caplog: pytest.LogCaptureFixture
) -> None:
    ref = make_series(database)
    arrive(database, ref, instants(told))
    roll(database, LATER)
    with database.write() as session:
        session.execute(update(Rollup).values(data=b"no page"))
    model = Model(dict(instants(told)), HOUR_US)
    agrees(database, ref, model)
    assert "answered from the values" in caplog.text
    arrive(database, ref, instants({8.0: 1.5}))
    model.values.update(instants({8.0: 1.5}))
    roll(database, LATER)  # meets the broken page
    roll(database, LATER)  # and makes all of them anew
    assert tier(database, ref, 0, 180, 3600) == "rollup-1h"
    agrees(database, ref, model)


def test_of_two_rollers_the_quicker_one_wins(
    sqlite_database: Database, elsewhere: Database, told: dict[float, float]
) -> None:
    ref = make_series(sqlite_database)
    arrive(sqlite_database, ref, instants(told))
    rolled: list[int] = []

    def race(number: int) -> None:
        if number == 1:  # the first piece is worked out, and is to be written
            rolled.append(roll(elsewhere, LATER))

    after_reading(sqlite_database, race)
    assert roll(sqlite_database, LATER) == 0
    assert rolled == [4]
    agrees(sqlite_database, ref, Model(dict(instants(told)), HOUR_US))


def test_who_has_been_silent_for_long_costs_nothing_more(sqlite_database: Database) -> None:
    ref = make_series(sqlite_database)
    arrive(sqlite_database, ref, instants(quarter_hourly(1)))
    assert roll(sqlite_database, LATER) == 2
    assert roll(sqlite_database, LATER + timedelta(days=300)) == 0
    agrees(sqlite_database, ref, Model(dict(instants(quarter_hourly(1))), HOUR_US))


def test_years_of_silence_are_passed_over_at_once(sqlite_database: Database) -> None:
    ref = make_series(sqlite_database, "energy_import")
    told = {0.0: 1.0, 4000.0 * DAY_MINUTES: 5.0, 4000.0 * DAY_MINUTES + 60: 6.0}
    arrive(sqlite_database, ref, instants(told))
    now = FIRST_DAY + timedelta(days=4002)
    assert roll(sqlite_database, now) < 8
    arrive(sqlite_database, ref, instants({90.0: 2.0, 2000.0 * DAY_MINUTES: 3.0}))
    assert roll(sqlite_database, now) < 8
    with sqlite_database.read() as session:
        months = read(session, ref, FIRST_DAY, now, "year", zone=ZONE)
    assert [bucket.delta for bucket in months if bucket.delta] == [1, 1, 3]


def test_the_ingest_marks_what_comes_behind_the_horizon_and_nothing_else(database: Database) -> None:
    register(database, "probe", "probe")
    ingest = Ingest(database, ZONE)
    with database.write() as session:
        session.execute(update(Horizon).values(at=to_micros(after(60))))
    ingest.store([said("probe", '{"t": 1}', after(61))])
    assert count(database, Dirty) == 0
    ingest.store([said("probe", '{"t": 2}', after(59))])
    with database.read() as session:
        (mark,) = session.scalars(select(Dirty))
        assert (mark.first_at, mark.last_at) == (to_micros(after(59)), to_micros(after(59)))
