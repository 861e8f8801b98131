"""A glance at many series: when each spoke last, and its shape; on both engines."""

from __future__ import annotations

from datetime import timedelta

from campus.database import Database
from devices.history import glance
from devices.history.read import find_series
from tests.devices.callers import START, hear
from tests.devices.intake.things import register

MINUTE = timedelta(minutes=1)


def test_the_last_instants_of_numbers_and_words_the_newest_first(database: Database) -> None:
    register(database, "main", "main")
    hear(database, "power", {minute: float(minute) for minute in range(30)})
    hear(database, "door", {0: "open", 7: "closed"})
    hear(database, "voltage", {})
    with database.read() as session:
        refs = find_series(session)
        found = glance.latest_instants(session, refs, each=3)
    told = {ref.metric: found.get(ref.id) for ref in refs}
    assert told == {
        "power": [START + minute * MINUTE for minute in (29, 28, 27)],
        "door": [START + 7 * MINUTE, START],
        "voltage": None,
    }


def test_more_series_than_one_statement_takes(sqlite_database: Database) -> None:
    register(sqlite_database, "main", "main")
    for number in range(glance.AT_ONCE + 3):
        hear(sqlite_database, f"x_n{number}", {number: 1.0})
    with sqlite_database.read() as session:
        refs = find_series(session)
        found = glance.latest_instants(session, refs)
    assert {ref.metric: found[ref.id] for ref in refs} == {
        f"x_n{number}": [START + number * MINUTE] for number in range(glance.AT_ONCE + 3)
    }


def test_the_shape_of_an_hour_is_the_mean_of_each_part_and_none_where_nothing_was_said(
    database: Database,
) -> None:
    register(database, "main", "main")
    hear(database, "power", {-1: 99.0, 0: 1.0, 14: 3.0, 15: 5.0, 59: 8.0, 60: 99.0})
    hear(database, "door", {0: "open"})
    with database.read() as session:
        refs = find_series(session)
        found = glance.shapes(session, refs, START, START + 60 * MINUTE, 4)
    power = next(ref for ref in refs if ref.metric == "power")
    assert found == {power.id: [2.0, 5.0, None, 8.0]}
