"""The page of one series: ranges, what stands out, setting it right, and the same as a file."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from html import unescape

import pytest
from flask.testing import FlaskClient
from pyarrow import parquet
from sqlalchemy import select

from campus import clock
from campus.database import Database
from campus.people.models import Member
from devices.history.models import SetRight
from tests.devices.history.keeping import arrive, make_series
from tests.doors import csrf_token, walk_in

NOW = clock.now().replace(minute=0, second=0, microsecond=0)
HOUR_US = 3_600_000_000


def hours_ago(hours: float) -> int:
    return round((NOW - timedelta(hours=hours)).timestamp()) * 1_000_000


@pytest.fixture
def browser(client: FlaskClient, staff: Member, sqlite_database: Database) -> FlaskClient:
    """Luis, and a meter that jumped an hour ago."""
    register = make_series(sqlite_database, "energy_import", rated_power_w=2000)
    shown = {5: 100.0, 4: 101.0, 3: 102.0, 2: 950.0, 1: 103.0}
    arrive(sqlite_database, register, [(hours_ago(ago), value) for ago, value in shown.items()])
    words = make_series(sqlite_database, "charger_status", is_text=True)
    arrive(sqlite_database, words, [(hours_ago(3), "charging"), (hours_ago(1), "=cmd|x")])
    walk_in(client, staff)
    return client


def page(browser: FlaskClient, series: str = "energy_import", **query: str) -> str:
    answer = browser.get("/devices/meter/series", query_string={"series": series, **query})
    assert answer.status_code == 200
    return unescape(answer.text)


def set_right(browser: FlaskClient, **said: str) -> int:
    form = {"series": "energy_import", "csrf_token": csrf_token(browser, "/devices"), **said}
    return browser.post("/devices/meter/series/repairs", data=form).status_code


def test_it_says_the_sum_first_and_what_was_not_taken_at_its_word(browser: FlaskClient) -> None:
    shown = page(browser)
    assert "3 kWh in these days" in shown
    assert "It jumped further than its power allows" in shown
    assert "mark-correction" in shown


def test_staff_set_a_span_right_and_take_it_back(browser: FlaskClient, sqlite_database: Database) -> None:
    begin, end = NOW - timedelta(hours=2), NOW - timedelta(hours=1)
    span = {"start": begin.isoformat(), "end": end.isoformat()}
    assert set_right(browser, kind="bad", reason="The relay chattered", **span) == 303
    shown = page(browser)
    assert "The relay chattered · Luis Ortega" in shown
    assert "mark-repair" in shown
    assert "It jumped further" not in shown
    with sqlite_database.read() as session:
        number = session.scalars(select(SetRight.id)).one()
    form = {"csrf_token": csrf_token(browser, "/devices")}
    assert browser.post(f"/devices/meter/series/repairs/{number}/undo", data=form).status_code == 303
    assert "It jumped further" in page(browser)


def test_a_refused_repair_keeps_what_was_typed(browser: FlaskClient) -> None:
    form = {
        "series": "energy_import",
        "csrf_token": csrf_token(browser, "/devices"),
        "kind": "value",
        "start": "2026-03-03T10:00",
        "end": "2026-03-03T11:00",
        "number": "a lot",
        "reason": 'Because "<b>',
    }
    answer = browser.post("/devices/meter/series/repairs", data=form)
    assert answer.status_code == 422
    assert "a number such as 12.5" in answer.text
    assert 'value="a lot"' in answer.text
    assert "<b>" not in answer.text


@pytest.mark.parametrize(
    "said",
    [
        {"kind": "riddle", "start": "2026-03-03T10:00", "reason": "so"},
        {"kind": "bad", "start": "now", "reason": "so"},
        {"kind": "bad", "start": "2026-03-03T10:00", "reason": "so"},
        {"kind": "bad", "start": "2026-03-03T10:00", "end": "2026-03-03T09:00", "reason": "so"},
        {"kind": "swap", "start": "2026-03-03T10:00", "old": "12", "reason": "so"},
        {"kind": "scale", "start": "2026-03-03T10:00", "number": "nan", "reason": "so"},
        {"kind": "offset", "start": "2026-03-03T10:00", "number": "2", "reason": ""},
    ],
)
def test_what_cannot_be_read_is_refused(
    browser: FlaskClient, sqlite_database: Database, said: dict[str, str]
) -> None:
    assert set_right(browser, **said) == 422
    with sqlite_database.read() as session:
        assert session.scalars(select(SetRight)).all() == []


@pytest.mark.parametrize(
    "query", [{"from": "soon"}, {"from": "2026-03-04", "to": "2026-03-03"}, {"to": "9999-12-31"}]
)
def test_days_that_are_none_are_told_and_a_week_is_shown(browser: FlaskClient, query: dict[str, str]) -> None:
    assert "not after the last one" in page(browser, **query)


def test_a_century_without_values_is_an_empty_state(browser: FlaskClient) -> None:
    assert "Nothing is known of these days" in page(browser, **{"from": "2040-01-01", "to": "2140-01-01"})


def test_a_series_that_is_not_there_and_a_device_that_is_not(browser: FlaskClient) -> None:
    assert browser.get("/devices/meter/series?series=rain").status_code == 404
    assert browser.get("/devices/nothing/series?series=power").status_code == 404
    assert browser.get("/devices/meter/series/file?kind=exe&series=energy_import").status_code == 404


def test_the_table_file_is_what_is_seen(browser: FlaskClient) -> None:
    answer = browser.get("/devices/meter/series/file?kind=csv&series=energy_import")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert sum(float(row["delta (kWh)"] or 0) for row in rows) == pytest.approx(3)
    assert rows[0]["at (UTC)"].endswith("Z")
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=meter-energy_import-")


def test_a_devices_word_is_no_formula_in_the_file(browser: FlaskClient) -> None:
    answer = browser.get("/devices/meter/series/file?kind=csv&series=charger_status")
    assert "'=cmd|x" in answer.text
    assert ",=cmd" not in answer.text


def test_the_parquet_file_opens_elsewhere_with_its_unit(browser: FlaskClient) -> None:
    answer = browser.get("/devices/meter/series/file?kind=parquet&series=energy_import")
    table = parquet.read_table(io.BytesIO(answer.data))
    assert table.schema.metadata[b"unit"] == b"kWh"
    assert sum(one or 0 for one in table.column("delta").to_pylist()) == pytest.approx(3)


def test_members_see_none_of_it(client: FlaskClient, member: Member, sqlite_database: Database) -> None:
    make_series(sqlite_database, "power")
    walk_in(client, member)
    assert client.get("/devices/meter/series?series=power").status_code == 403
