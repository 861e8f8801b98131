"""The one door to the history, on both engines."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import event, insert, text
from sqlalchemy.orm import Session

from campus.database import Database, is_sqlite, upsert_many
from campus.errors import BadRequest
from campus.moments import to_micros
from devices.history.models import LastKnown
from devices.history.read import Point, SeriesRef, energy, find_series, newest, raw, read
from devices.metrics import unit_of
from devices.models import Device, Series

NOON = datetime(2026, 3, 3, 19, tzinfo=UTC)
DAY = timedelta(days=1)


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def keep(
    database: Database,
    metric: str,
    values: Sequence[tuple[float, float | str]],
    *,
    device: str = "meter",
    channel: str = "",
    **about: float,
) -> SeriesRef:
    """A series with `values` of (minutes from noon, value); its device is made if it is new."""
    is_text = bool(values) and isinstance(values[0][1], str)
    with database.write() as session:
        owner = session.query(Device).filter_by(slug=device).one_or_none() or Device(
            slug=device,
            name=device,
            kind="meter",
            format="tasmota",
            topic=device,
            options={},
            created_at=NOON,
            **about,
        )
        session.add(owner)
        session.flush()
        series = Series(
            device_id=owner.id, metric=metric, channel=channel, unit=unit_of(metric), is_text=is_text
        )
        session.add(series)
        session.flush()
        store(session, series.id, values)
        found = find_series(session, slugs=[device], metrics=[metric])
        return next(ref for ref in found if ref.id == series.id)


def store(session: Session, series_id: int, values: Sequence[tuple[float, float | str]]) -> None:
    table = "state" if values and isinstance(values[0][1], str) else "reading"
    rows = [(series_id, to_micros(at(minutes)), value) for minutes, value in values]
    upsert_many(session.connection(), table, ("series_id", "at"), ("value",), rows)


def test_raw_values_come_back_in_order_and_without_the_end(database: Database) -> None:
    ref = keep(database, "power", [(2, 30.0), (0, 10.0), (1, 20.0)])
    with database.read() as session:
        assert raw(session, ref, at(0), at(2)) == [Point(at(0), 10), Point(at(1), 20)]
        assert raw(session, ref, at(0), at(9), limit=1) == [Point(at(0), 10)]


def test_words_come_back_as_words(database: Database) -> None:
    ref = keep(database, "door", [(0, "open"), (5, "closed")])
    with database.read() as session:
        assert [point.value for point in raw(session, ref, at(0), at(9))] == ["open", "closed"]
        first, second = read(session, ref, at(1), at(11), 300)
        assert (first.last, first.coverage, first.count) == ("closed", 1, 1)
        assert (second.last, second.count, second.mean) == ("closed", 0, None)


def test_the_value_before_the_window_carries_into_it(database: Database) -> None:
    ref = keep(database, "power", [(-5, 10.0), (5, 30.0)])
    with database.read() as session:
        (bucket,) = read(session, ref, at(0), at(10), 600)
    assert (bucket.at, bucket.mean, bucket.count, bucket.coverage) == (at(0), 20, 1, 1)
    assert bucket.delta is None


def test_a_value_holds_three_expected_intervals(database: Database) -> None:
    ref = keep(database, "power", [(0, 10.0)], expected_interval_s=60)
    with database.read() as session:
        (bucket,) = read(session, ref, at(0), at(10), 600)
    assert bucket.coverage == pytest.approx(0.3)


def test_a_value_holds_an_hour_where_no_interval_is_known(database: Database) -> None:
    ref = keep(database, "power", [(0, 10.0)])
    with database.read() as session:
        (bucket,) = read(session, ref, at(0), at(120), 7200)
    assert bucket.coverage == pytest.approx(0.5)


def test_a_counter_counts_from_the_value_before_the_window(database: Database) -> None:
    ref = keep(database, "energy_import", [(-60, 100.0), (5, 101.0), (15, 103.0)])
    with database.read() as session:
        assert energy(session, ref, at(0), at(20)).kwh == 3
        assert [bucket.delta for bucket in read(session, ref, at(0), at(20), 600)] == [1, 2]


def test_the_first_reading_ever_is_the_zero_point(database: Database) -> None:
    ref = keep(database, "energy_import", [(5, 101.0), (15, 103.0)])
    with database.read() as session:
        assert energy(session, ref, at(0), at(20)).kwh == 2


def test_a_register_that_fell_to_zero_long_before_the_window_is_still_known(database: Database) -> None:
    glitch = [(-3000.0, 50.0), *((-2900.0 + place, 0.0) for place in range(2900)), (5, 50.5)]
    ref = keep(database, "energy_import", glitch)
    with database.read() as session:
        found = energy(session, ref, at(0), at(20))
    assert found.kwh == pytest.approx(0.5)
    assert [(one.kind, one.before, one.after) for one in found.corrections] == [("glitch", 50, 0)]


def test_a_fall_to_zero_that_nothing_followed_is_listed_as_a_restart(database: Database) -> None:
    ref = keep(database, "energy_import", [(0, 50.0), (5, 0.0)])
    with database.read() as session:
        found = energy(session, ref, at(0), at(20))
    assert [(one.at, one.kind) for one in found.corrections] == [(at(5), "reset")]


def test_the_rated_power_of_the_device_tells_a_jump(database: Database) -> None:
    ref = keep(
        database,
        "energy_import",
        [(0, 10.0), (1, 5000.0), (2, 10.1), (3, 10.2)],
        rated_power_w=11_000,
    )
    with database.read() as session:
        found = energy(session, ref, at(0), at(20))
        deltas = [bucket.delta for bucket in read(session, ref, at(0), at(4), 60)]
    assert found.kwh == pytest.approx(0.2)
    assert [one.kind for one in found.corrections] == ["jump"]
    assert deltas == [0, 0, pytest.approx(0.1), pytest.approx(0.1)]


def test_a_coarse_register_that_stood_still_for_days_may_step_at_once(database: Database) -> None:
    still = [(-5000.0 + 10 * place, 190.0) for place in range(500)]
    ref = keep(database, "energy_import", [*still, (1, 198.0)], rated_power_w=7_400)
    with database.read() as session:
        assert energy(session, ref, at(0), at(20)).kwh == 8


def test_hours_add_up_to_the_whole_whatever_the_register_did(database: Database) -> None:
    odd = [10, 10.5, 0, 0, 10.75, 11, 10.5, 10.9, 11.5, 2, 3, 0, 0.5, 4000, 0.75, 1]
    values: list[tuple[float, float | str]] = [(7.0 * place, float(value)) for place, value in enumerate(odd)]
    ref = keep(database, "energy_import", values, rated_power_w=22_000)
    edges = [at(11.0 * place) for place in range(-1, 12)]
    with database.read() as session:
        whole = energy(session, ref, edges[0], edges[-1])
        parts = [energy(session, ref, start, end).kwh for start, end in pairwise(edges)]
        steps = read(session, ref, edges[0], edges[-1], 660)
    assert sum(parts) == pytest.approx(whole.kwh, abs=1e-9)
    assert [bucket.delta or 0 for bucket in steps] == pytest.approx(parts, abs=1e-9)
    assert [one.kind for one in whole.corrections] == ["glitch", "dip", "reset", "reset", "jump"]


def test_a_span_starts_before_it_ends_and_has_a_bounded_number_of_steps(database: Database) -> None:
    ref = keep(database, "power", [(0, 10.0)])
    with database.read() as session:
        with pytest.raises(BadRequest):
            read(session, ref, at(1), at(1), 60)
        with pytest.raises(BadRequest):
            energy(session, ref, at(1), at(0))
        with pytest.raises(BadRequest, match="20,000"):
            read(session, ref, at(0), at(0) + 365 * DAY, 60)


def test_the_newest_of_each_series_is_found(database: Database) -> None:
    power = keep(database, "power", [(0, 10.0), (3, 12.0)])
    door = keep(database, "door", [(0, "open"), (4, "closed")])
    silent = keep(database, "voltage", [])
    with database.read() as session:
        found = newest(session, [power, door, silent])
    assert (found[power.id].value, found[power.id].unit, found[power.id].at) == (12, "W", at(3))
    assert (found[door.id].value, found[door.id].at) == ("closed", at(4))
    assert silent.id not in found


def test_what_was_retained_is_newest_only_if_it_was_heard_later(database: Database) -> None:
    older = keep(database, "power", [(5, 10.0)])
    newer = keep(database, "voltage", [(5, 230.0)])
    alone = keep(database, "switch", [])
    with database.write() as session:
        for ref, word, number, minutes in (
            (older, None, 99.0, 1),
            (newer, None, 231.0, 9),
            (alone, "on", None, 0),
        ):
            row = insert(LastKnown).values(series_id=ref.id, number=number, word=word, heard_at=at(minutes))
            session.execute(row)
    with database.read() as session:
        found = newest(session, [older, newer, alone])
    assert (found[older.id].value, found[older.id].at) == (10, at(5))
    assert (found[newer.id].value, found[newer.id].at) == (231, None)
    assert alone.id not in found  # a series without values counts as numbers; its word is not one


def test_series_are_found_by_device_kind_and_metric(database: Database) -> None:
    keep(database, "power", [(0, 1.0)], device="a")
    keep(database, "voltage", [(0, 1.0)], device="a", channel="l1")
    keep(database, "power", [(0, 1.0)], device="b")
    with database.read() as session:
        assert [(ref.device, ref.label) for ref in find_series(session)] == [
            ("a", "power"),
            ("a", "voltage@l1"),
            ("b", "power"),
        ]
        assert [ref.device for ref in find_series(session, slugs=["b"])] == ["b"]
        assert len(find_series(session, kinds=["meter"], metrics=["power"])) == 2
        assert find_series(session, kinds=[]) == []


def test_the_newest_of_many_series_is_sought_and_not_scanned_for(database: Database) -> None:
    refs = [
        keep(database, f"x_{place}", [(minute, float(minute)) for minute in range(20)]) for place in range(40)
    ]
    with database.write() as session:
        session.execute(text("ANALYZE"))
    asked: list[tuple[str, Any]] = []
    event.listen(database.engine, "before_cursor_execute", lambda *call: asked.append((call[2], call[3])))
    with database.read() as session:
        assert {found.value for found in newest(session, refs).values()} == {19.0}
        ((statement, values),) = [call for call in asked if call[0].startswith("SELECT")]
        explain = "EXPLAIN QUERY PLAN " if is_sqlite(session) else "EXPLAIN "
        if not is_sqlite(session):
            session.execute(text("SET enable_seqscan = off"))  # 800 rows would be scanned, a million not
        rows = session.connection().exec_driver_sql(explain + statement, values)
        plan = "\n".join(str(row) for row in rows)
    assert plan.count("SEARCH reading USING PRIMARY KEY") + plan.count("pk_reading") >= 2, plan
    assert "SCAN reading" not in plan
    assert "Seq Scan on reading" not in plan


def test_ten_thousand_raw_values_are_one_question_a_tier(database: Database) -> None:
    ref = keep(database, "power", [(place / 60, float(place)) for place in range(10_000)])
    asked: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *call: asked.append(call[2]))
    with database.read() as session:
        assert len(raw(session, ref, at(0), at(0) + DAY)) == 10_000
    assert len([statement for statement in asked if statement.startswith("SELECT")]) == 2
