"""How much is kept of a device, and floods, as staff ask for it and are told: API, form, pages."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from campus import clock
from campus.database import Database
from campus.moments import rfc3339
from campus.people.models import Member
from devices import registry
from devices.description import Description
from devices.flow_options import band_text, fault, placed, read_band
from devices.intake.models import FloodRow
from devices.models import Device
from tests.devices.callers import Caller
from tests.doors import csrf_token, walk_in

PLUG: dict[str, Any] = {"name": "Plug", "kind": "meter", "format": "tasmota", "topic": "plug"}


@pytest.mark.parametrize(
    ("options", "wrong"),
    [
        ({"min_interval_s": 0}, "min_interval_s: a number above 0"),
        ({"min_interval_s": True}, "min_interval_s: a number above 0"),
        ({"min_interval_s": "10"}, "min_interval_s: a number above 0"),
        ({"min_interval_s": 901}, "min_interval_s: at most 900"),
        ({"dead_band": -1}, "dead_band: a number above 0"),
        ({"dead_band": []}, "dead_band: a number above 0"),
        ({"dead_band": {}}, "dead_band: a number above 0"),
        ({"dead_band": {"powr": 5}}, "dead_band: there is no metric powr"),
        ({"dead_band": {"x_Not snake": 5}}, "dead_band: there is no metric"),
        ({"dead_band": {"power": "5"}}, "dead_band: power: a number above 0"),
        ({"dead_band": {"energy_import": 5}}, "dead_band: energy_import is a counter"),
        ({"dead_band": {"door@2": 5}}, "dead_band: door is told in words"),
        ({"flood_limit": 0}, "flood_limit: a number above 0"),
        ({"flood_limit": {}}, "flood_limit: a number above 0"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_name(options: dict[str, Any], wrong: str) -> None:
    assert (fault(options, None) or "").startswith(wrong)


def test_the_api_refuses_it_as_a_fault_of_the_options(luis: Caller, sqlite_database: Database) -> None:
    answer = luis.put("/devices/plug", {**PLUG, "options": {"dead_band": {"powr": 5}}})
    assert answer.status_code == 400
    assert answer.json["faults"] == {"options": "dead_band: there is no metric powr"}


def test_what_can_be_meant_is_taken_and_answered(luis: Caller, sqlite_database: Database) -> None:
    options = {"min_interval_s": 10, "dead_band": {"power@a": 5, "x_level": 0.1}, "flood_limit": 2.5}
    answer = luis.put("/devices/plug", {**PLUG, "expected_interval_s": 10, "options": options})
    assert answer.status_code == 201
    assert answer.json["options"] == options
    assert (answer.json["flooding"], answer.json["last_flood"]) == (None, None)


def test_an_interval_longer_than_the_expected_one_would_leave_gaps() -> None:
    assert fault({"min_interval_s": 10}, 10.0) is None
    assert "10" in (fault({"min_interval_s": 11}, 10.0) or "")
    assert fault({"min_interval_s": 3600}, 3600.0) is None


def test_the_description_of_the_api_names_the_options(client: FlaskClient, sqlite_database: Database) -> None:
    described: Any = client.get("/api/v1/openapi.json").json
    schema = described["components"]["schemas"]["DeviceBody"]
    (options,) = [one for one in schema["properties"]["options"]["anyOf"] if one.get("type") == "object"]
    flow = {"min_interval_s", "dead_band", "flood_limit"}
    assert flow | {"history", "timezone", "sleeps", "keep_raw_days"} == set(options["properties"])


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("5", 5.0),
        ("0,5", 0.5),
        ("power=5", {"power": 5.0}),
        ("power = 5, temperature=0.1", {"power": 5.0, "temperature": 0.1}),
        ("power: 5; temperature@1: 0,1", {"power": 5.0, "temperature@1": 0.1}),
        ("power=5,temperature=0.1", {"power": 5.0, "temperature": 0.1}),
        ("power", None),
        ("power=", None),
        ("power=5 and more", None),
        ("=5", None),
    ],
)
def test_a_band_is_typed_as_a_number_or_by_metric(typed: str, meant: object) -> None:
    assert read_band(typed) == meant
    if meant is not None:
        assert read_band(band_text(meant)) == meant


def test_a_fault_stands_at_the_field_that_it_is_about() -> None:
    assert placed({"options": "dead_band: no", "name": "x"}) == {"dead_band": "no", "name": "x"}
    assert placed({"options": "not JSON: line 1"}) == {"options": "not JSON: line 1"}


def form(client: FlaskClient, staff: Member, **fields: str) -> Any:
    walk_in(client, staff)
    sent = {**PLUG, "csrf_token": csrf_token(client, "/devices/plug/edit"), **fields}
    return client.post("/devices/plug/edit", data=sent)


@pytest.fixture
def plug(sqlite_database: Database) -> Database:
    with sqlite_database.write() as session:
        said = Description(**PLUG, expected_interval_s=60, options={"min_interval_s": 10, "timezone": "UTC"})
        registry.put_device(session, "plug", said, clock.now())
    return sqlite_database


def test_the_form_shows_and_takes_what_is_kept(client: FlaskClient, plug: Database, staff: Member) -> None:
    walk_in(client, staff)
    html = client.get("/devices/plug/edit").get_data(as_text=True)
    assert 'name="min_interval_s" aria-describedby="help-min_interval_s" value="10"' in html
    assert "min_interval_s&#34;" not in html  # not a second time, in the JSON
    answer = form(
        client,
        staff,
        expected_interval_s="60",
        min_interval_s="2,5",
        dead_band="power=5, temperature=0.1",
        flood_limit="20",
        options='{"timezone": "UTC"}',
    )
    assert answer.status_code == 303
    with plug.read() as session:
        options = session.scalars(select(Device.options)).one()
    assert options == {
        "timezone": "UTC",
        "min_interval_s": 2.5,
        "dead_band": {"power": 5.0, "temperature": 0.1},
        "flood_limit": 20.0,
    }
    html = client.get("/devices/plug").get_data(as_text=True)
    for shown in (
        "one value of a series in 2.5\u00a0s",
        "changes from 5\u00a0W on",
        "at least one in 120\u00a0s",
    ):
        assert shown in html
    assert "20 values a second" in html


def test_a_field_that_is_emptied_is_no_longer_asked_for(
    client: FlaskClient, plug: Database, staff: Member
) -> None:
    assert form(client, staff, options='{"timezone": "UTC"}').status_code == 303
    with plug.read() as session:
        assert session.scalars(select(Device.options)).one() == {"timezone": "UTC"}


def test_the_form_says_at_the_field_what_is_wrong_and_keeps_what_was_typed(
    client: FlaskClient, plug: Database, staff: Member
) -> None:
    for field, typed, told in (
        ("min_interval_s", "x", "number, or nothing"),
        ("min_interval_s", "1000", "t most 900"),
        ("dead_band", "power=much", "number, or one for each metric"),
        ("dead_band", "energy_import=1", "is a counter"),
        ("flood_limit", "0", "number above 0"),
    ):
        answer = form(client, staff, **{field: typed})
        html = answer.get_data(as_text=True)
        assert answer.status_code == 422
        assert f'value="{typed}"' in html
        _before, _mark, after = html.partition(f'id="fault-{field}"')
        assert told in after.partition("</p>")[0]


def flood(database: Database, *, ended: bool = False, listener: str = "a", rate: float = 840.0) -> None:
    now = clock.now()
    with database.write() as session:
        device_id = session.scalars(select(Device.id)).one()
        session.add(
            FloodRow(
                device_id=device_id,
                listener=listener,
                since=now - timedelta(minutes=20),
                heard_at=now,
                until=now - timedelta(minutes=5) if ended else None,
                rate=rate,
                dropped=123_456,
            )
        )


def test_a_flood_is_told_on_the_list_the_device_s_page_and_the_overview(
    client: FlaskClient, plug: Database, staff: Member
) -> None:
    flood(plug)
    walk_in(client, staff)
    for path in ("/devices", "/devices/plug"):
        html = client.get(path).get_data(as_text=True)
        assert "floods: 840 values a second, since" in html  # the notice
        assert "123,456 values were left out" in html
        assert ">floods</span>" in html  # beside its standing
        assert "; kept one a second" in html
    assert "Plug floods" in client.get("/").get_data(as_text=True)


def test_the_end_of_a_flood_is_told_and_no_alarm(client: FlaskClient, plug: Database, staff: Member) -> None:
    flood(plug, ended=True)
    walk_in(client, staff)
    for path in ("/devices", "/devices/plug"):
        html = client.get(path).get_data(as_text=True)
        assert "with up to 840 values a second, and has calmed down" in html
        assert ">floods</span>" not in html
    assert "Plug floods" not in client.get("/").get_data(as_text=True)


def test_members_are_not_told_of_floods_on_the_overview(
    client: FlaskClient, plug: Database, member: Member
) -> None:
    flood(plug)
    walk_in(client, member)
    assert "Plug floods" not in client.get("/").get_data(as_text=True)


def test_the_api_tells_what_all_workers_hear_as_one_flood(luis: Caller, plug: Database) -> None:
    flood(plug)
    flood(plug, listener="b", rate=60.04)
    answer = luis.get("/devices/plug").json
    flooding = answer["flooding"]
    assert (flooding["rate"], flooding["dropped"], flooding["until"]) == (900.0, 246_912, None)
    assert flooding["since"] < rfc3339(clock.now() - timedelta(minutes=19))
    assert answer["last_flood"] is None
    with plug.write() as session:
        for row in session.scalars(select(FloodRow)):
            row.until = clock.now()
    answer = luis.get("/devices/plug").json
    assert answer["flooding"] is None
    assert answer["last_flood"]["rate"] in (840.0, 60.0)
