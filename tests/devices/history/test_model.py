"""Whatever the order, the lateness and the moments of sealing: the history says what a plain model says."""

from __future__ import annotations

import os
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from campus.database import Database
from campus.moments import SECOND, to_micros
from devices.history.edges import edges
from devices.history.read import SeriesRef, Step, energy, raw, read
from devices.history.rolling import roll
from devices.history.sealing import seal
from devices.models import Device
from tests.devices.history.keeping import (
    FIRST_DAY,
    ZONE,
    Model,
    after,
    arrive,
    begin_anew,
    make_series,
    moment,
    same_buckets,
)

DAYS = 6
MINUTE = 60 * SECOND
EXAMPLES = int(os.environ.get("HISTORY_EXAMPLES", "30"))
QUIET = settings(
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    max_examples=EXAMPLES,
)
FEW = settings(QUIET, max_examples=EXAMPLES // 5)
"""The engines differ in how they lock, not in how they count: that is tested elsewhere, this once more."""

minutes = st.one_of(
    st.integers(0, DAYS * 1440),
    st.integers(0, DAYS * 96).map(lambda quarter: quarter * 15),  # on the edges of the rollups
    st.integers(0, DAYS).map(lambda day: day * 1440),
)
powers = st.integers(-50, 5000).map(lambda tenths: tenths / 10)
registers = st.sampled_from([0.0, 0.0, 1.0, 7.0, 91.0, 95.0, 99.5, 100.0, 100.25, 101.0, 240.0, 5000.0])
nows = st.integers(0, (DAYS + 4) * 24).map(lambda hour: FIRST_DAY + timedelta(hours=hour))
steps = st.sampled_from(
    [900.0, 3600.0, 1800.0, 7200.0, 86_400.0, 700.0, 5400.0, "day", "week", "month", "year"]
)


def deeds(values: st.SearchStrategy[float]) -> st.SearchStrategy[list[tuple[str, Any]]]:
    runs = st.tuples(minutes, st.integers(1, 40), st.lists(values, min_size=1, max_size=30)).map(
        lambda run: [(run[0] + run[1] * place, value) for place, value in enumerate(run[2])]
    )
    batches = st.one_of(st.lists(st.tuples(minutes, values), min_size=1, max_size=8), runs)
    return st.lists(
        st.one_of(
            st.tuples(st.just("arrive"), batches),
            st.tuples(st.just("arrive"), batches),
            st.tuples(st.just("seal"), nows),
            st.tuples(st.just("roll"), nows),
            st.tuples(st.just("interval"), st.sampled_from([None, 60.0, 900.0])),
        ),
        min_size=3,
        max_size=14,
    )


spans = st.lists(
    st.tuples(
        st.one_of(minutes, minutes.map(lambda minute: minute // 60 * 60)),
        st.one_of(st.integers(1, 3000), st.integers(1, 8).map(lambda day: day * 1440)),
        steps,
    ),
    min_size=1,
    max_size=6,
)


def play(
    database: Database, metric: str, told: list[tuple[str, Any]], rated: float | None = None
) -> tuple[SeriesRef, Model]:
    begin_anew(database)
    ref = make_series(database, metric, rated_power_w=rated)
    model = Model({}, 3600 * SECOND, counts=metric == "energy_import", rated_power_w=rated)
    for deed, what in told:
        if deed == "arrive":
            rows = [(to_micros(after(minute)), value) for minute, value in what]
            model.values.update(rows)
            arrive(database, ref, list(dict(rows).items()))
        elif deed == "seal":
            seal(database, what)
        elif deed == "roll":
            roll(database, what)
        else:
            model.largest_gap = round(3 * what * SECOND) if what else 3600 * SECOND
            with database.write() as session:
                session.execute(update(Device).values(expected_interval_s=what))
    return ref, model


def agrees(database: Database, kept: tuple[SeriesRef, Model], asked: list[tuple[int, int, Step]]) -> None:
    ref, model = kept
    with database.read() as session:
        for start, length, step in asked:
            begin, end = after(start), after(start + length)
            first, last = to_micros(begin), to_micros(end)
            found = raw(session, ref, begin, end)
            assert [(to_micros(point.at), point.value) for point in found] == model.raw(first, last)
            buckets = read(session, ref, begin, end, step, zone=ZONE)
            expected = model.steps(edges(first, last, step, ZONE))
            assert same_buckets(buckets, expected), (step, buckets, expected)
            if model.counts:
                whole = energy(session, ref, begin, end)
                (sum_of_all,) = model.steps([first, last])
                assert whole.kwh == pytest.approx(sum_of_all.delta or whole.kwh, abs=1e-9)
                assert whole.coverage == pytest.approx(sum_of_all.coverage)
                assert [tuple(one) for one in whole.corrections] == [
                    (moment(one.at), *one[1:]) for one in model.corrections(first, last)
                ]


@QUIET
@given(deeds(powers), spans)
def test_values_and_means_are_those_of_the_model(
    sqlite_database: Database, told: list[tuple[str, Any]], asked: list[tuple[int, int, Step]]
) -> None:
    agrees(sqlite_database, play(sqlite_database, "power", told), asked)


@QUIET
@given(deeds(registers), spans, st.sampled_from([None, 11_000.0]))
def test_counters_add_up_as_in_the_model(
    sqlite_database: Database,
    told: list[tuple[str, Any]],
    asked: list[tuple[int, int, Step]],
    rated: float | None,
) -> None:
    agrees(sqlite_database, play(sqlite_database, "energy_import", told, rated), asked)


@pytest.mark.postgres
@FEW
@given(deeds(powers), spans)
def test_values_and_means_are_those_of_the_model_on_postgresql_too(
    on_postgres: Database, told: list[tuple[str, Any]], asked: list[tuple[int, int, Step]]
) -> None:
    agrees(on_postgres, play(on_postgres, "power", told), asked)


@pytest.mark.postgres
@FEW
@given(deeds(registers), spans)
def test_counters_add_up_as_in_the_model_on_postgresql_too(
    on_postgres: Database, told: list[tuple[str, Any]], asked: list[tuple[int, int, Step]]
) -> None:
    agrees(on_postgres, play(on_postgres, "energy_import", told, 11_000), asked)
