"""Where devices hang: a point on the plan, the room that it is in, and what the plan shows of it."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from campus import clock
from campus.audit import AuditEntry
from campus.database import Database
from campus.people.models import Member
from campus.spaces.places import HEIGHT, WIDTH, Place, Point, point_faults
from campus.spaces.resources import Description, put_resource
from devices.models import Device, Presence
from tests.devices.callers import Caller
from tests.devices.intake.things import register
from tests.doors import csrf_token, walk_in


@pytest.fixture
def plan(sqlite_database: Database) -> Database:
    """A hall on floor 1 with a booth in it, and a probe that was just heard."""
    now = clock.now()
    with sqlite_database.write() as session:
        hall = {"floor": "1", "x": 0, "y": 0, "width": 60, "height": 40}
        booth = {"floor": "1", "x": 10, "y": 10, "width": 10, "height": 10}
        for slug, place in (("hall", hall), ("booth", booth), ("cellar", None)):
            put_resource(session, slug, Description(slug.title(), "room", place=place), now)
    device_id = register(sqlite_database, "probe", "hub/probe")
    with sqlite_database.write() as session:
        session.add(Presence(device_id=device_id, last_seen=now))
    return sqlite_database


def put(client: FlaskClient, **said: str) -> tuple[int, str]:
    sent = {"space": "", "floor": "", "x": "", "y": "", **said}
    token = csrf_token(client, "/devices/probe/place")
    answer = client.post("/devices/probe/place", data={**sent, "csrf_token": token})
    return answer.status_code, answer.text


def where(database: Database) -> tuple[object, int | None]:
    with database.read() as session:
        device = session.scalars(select(Device)).one()
        return device.place, device.space_id


def test_a_device_on_the_plan_belongs_to_the_smallest_room_that_it_is_in(
    plan: Database, client: FlaskClient, staff: Member
) -> None:
    walk_in(client, staff)
    assert put(client, floor="1", x="12,5", y="15")[0] == 303
    place, _space = where(plan)
    assert place == {"floor": "1", "x": 12.5, "y": 15}
    page = client.get("/floor?floor=1&things=1").text
    assert re.search(
        r'class="floor-thing is-online" href="/devices/probe" aria-label="1. probe: online"', page
    )
    assert 'href="/devices/probe"' in client.get("/resources/booth").text
    assert 'href="/devices/probe"' not in client.get("/resources/hall").text
    with plan.read() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "device.put")).one()
    assert entry.after == {"place": place, "space": "booth"}


def test_who_says_a_room_is_believed_and_who_takes_the_floor_away_takes_it_off_the_plan(
    plan: Database, client: FlaskClient, staff: Member
) -> None:
    walk_in(client, staff)
    assert put(client, space="cellar", floor="1", x="12", y="15")[0] == 303
    assert "probe" in client.get("/resources/cellar").text
    assert put(client)[0] == 303
    assert where(plan) == (None, None)


def test_a_device_that_is_somewhere_in_its_room_stands_at_the_rooms_edge(
    plan: Database, client: FlaskClient, staff: Member
) -> None:
    walk_in(client, staff)
    put(client, space="booth")
    page = client.get("/floor?things=1").text
    assert 'class="floor-thing is-online is-somewhere"' in page
    assert "floor-thing" not in client.get("/floor").text


def test_a_floor_that_only_devices_hang_on_is_shown_too(
    plan: Database, client: FlaskClient, staff: Member
) -> None:
    walk_in(client, staff)
    put(client, floor="Roof", x="50", y="30")
    assert "floor-thing is-online" in client.get("/floor?floor=Roof&things=1").text


@pytest.mark.parametrize(
    "wrong",
    [{"x": "a"}, {"x": "101"}, {"y": "-1"}, {"y": "61"}, {"x": "nan"}, {"x": ""}, {"floor": "x" * 41}],
)
def test_a_point_outside_of_the_floor_is_refused_and_what_was_typed_is_kept(
    plan: Database, client: FlaskClient, staff: Member, wrong: dict[str, str]
) -> None:
    walk_in(client, staff)
    status, page = put(client, **{"floor": "1", "x": "7.25", "y": "9.75", **wrong})
    assert status == 422
    assert 'aria-invalid="true"' in page
    assert 'value="9.75"' in page or "y" in wrong
    assert where(plan) == (None, None)


def test_members_see_no_devices_on_the_plan(plan: Database, client: FlaskClient, member: Member) -> None:
    walk_in(client, member)
    assert "probe" not in client.get("/floor?things=1").text
    assert client.get("/devices/probe/place").status_code == 403


def test_the_api_puts_a_device_on_the_plan_and_takes_it_off(
    plan: Database, luis: Caller, ana: Caller
) -> None:
    said = {"floor": "1", "x": 12, "y": 15}
    placed = luis.put("/devices/probe/place", said)
    assert placed.status_code == 200
    assert (placed.json["place"], placed.json["space"]) == (said, "booth")
    again = {"name": "Probe", "kind": "other", "format": "mapping", "topic": "hub/probe", "space": "booth"}
    kept = luis.put("/devices/probe", {**again, "options": {"fields": {"power": {"path": "p"}}}}).json
    assert kept["place"] == said  # describing it anew does not move it
    refused = luis.put("/devices/probe/place", {"floor": "1", "x": 500, "y": 15})
    assert (refused.status_code, set(refused.json["faults"])) == (400, {"x"})
    assert luis.put("/devices/probe/place", {**said, "space": "nowhere"}).status_code == 400
    assert luis.put("/devices/nobody/place", said).status_code == 404
    assert ana.put("/devices/probe/place", said).status_code == 403
    assert luis.delete("/devices/probe/place").json["place"] is None


@given(st.floats(-200, 200), st.floats(-200, 200))
def test_a_point_that_fits_is_in_the_floor_and_one_that_does_not_is_named(x: float, y: float) -> None:
    point = Point("1", x, y)
    whole = Place("1", 0, 0, WIDTH, HEIGHT)
    assert point.is_in(whole) == (not point_faults(point))
    assert Point.of(point.stored()) == point
