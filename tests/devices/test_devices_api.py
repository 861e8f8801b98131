"""The API of devices, from the outside."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask.testing import FlaskClient
from sqlalchemy import select

from campus import clock
from campus.database import Database
from campus.moments import to_micros
from campus.notes import read_note
from devices.history.models import HotState
from devices.intake.batch import Arrival
from devices.intake.ingest import Ingest
from devices.models import Device, Presence, Series
from tests.devices.callers import START, Caller, described, hear

ZONE = ZoneInfo("America/Ciudad_Juarez")
HOSTILE = "<img src=x onerror=alert(1)>"


def nested(levels: int) -> dict[str, Any]:
    """An object within an object within an object."""
    inner: dict[str, Any] = {}
    for _ in range(levels):
        inner = {"more": inner}
    return inner


def see(database: Database, slug: str, last_seen: datetime) -> None:
    with database.write() as session:
        device = session.query(Device).filter_by(slug=slug).one()
        session.add(Presence(device_id=device.id, last_seen=last_seen))


def test_staff_register_a_device_and_change_it(luis: Caller) -> None:
    made = luis.put("/devices/main", described(role="grid", rated_power_w=60_000, expected_interval_s=10))
    assert made.status_code == 201
    assert made.json == {
        "slug": "main",
        "name": "Main meter",
        "kind": "meter",
        "format": "tasmota",
        "topic": "tele/main",
        "space": None,
        "place": None,
        "expected_interval_s": 10,
        "rated_power_w": 60_000,
        "role": "grid",
        "options": {},
        "retired": False,
        "online": False,
        "last_seen": None,
        "flooding": None,
        "last_flood": None,
        "availability": {"state": "never", "since": None, "reason": "unheard"},
    }
    changed = luis.put("/devices/main", described(name=HOSTILE))
    assert changed.status_code == 200
    assert (changed.json["name"], changed.json["role"]) == (HOSTILE, None)
    assert luis.get("/devices/main").json == changed.json


def test_every_change_tells_the_ingest(luis: Caller, database: Database) -> None:
    seen = set()
    for name in ("a", "b", "b"):
        luis.put("/devices/main", described(name=name))
        with database.read() as session:
            seen.add(read_note(session, "registry_version"))
    assert len(seen) == 3
    assert None not in seen


def test_a_device_hangs_in_a_space(luis: Caller) -> None:
    luis.put("/resources/vidrio-1", {"name": "Vidrio 1", "kind": "room"})
    assert luis.put("/devices/main", described(space="vidrio-1")).json["space"] == "vidrio-1"
    refused = luis.put("/devices/main", described(space="nowhere"))
    assert refused.status_code == 400
    assert refused.json["faults"].keys() == {"space"}


def test_a_bad_description_is_refused_with_its_field(luis: Caller) -> None:
    for fault, field in (
        ({"name": ""}, "name"),
        ({"name": 5}, "name"),
        ({"kind": "spaceship"}, "kind"),
        ({"format": "morse"}, "format"),
        ({"topic": "tele/#"}, "topic"),
        ({"expected_interval_s": 0}, "expected_interval_s"),
        ({"rated_power_w": "much"}, "rated_power_w"),
        ({"rated_power_w": True}, "rated_power_w"),
        ({"role": "boss"}, "role"),
        ({"options": []}, "options"),
        ({"options": {"timezone": "Mars/Olympus"}}, "options"),
        ({"options": nested(40)}, "options"),
        ({"options": nested(400)}, "options"),
        ({"options": {"scale": 10**400}}, "options"),
        ({"options": {"word": "\ud800"}}, "options"),
        ({"space": "a\0b"}, "space"),
        ({"colour": "red"}, "colour"),
    ):
        refused = luis.put("/devices/main", described(**fault))
        assert (refused.status_code, refused.content_type) == (400, "application/problem+json"), fault
        assert refused.json["code"] == "bad-request"
        assert field in refused.json["detail"]
    for slug in ("Main", "-main", "a b", "x" * 65):
        assert luis.put(f"/devices/{slug}", described()).status_code == 400
    assert luis.get("/devices").json["items"] == []


def test_options_that_no_json_holds_are_refused(client: FlaskClient, staff_token: str) -> None:
    for options in ('{"x": NaN}', '{"x": 1e999}', "[" * 10_000):
        body = f'{{"name": "a", "kind": "meter", "format": "tasmota", "topic": "t", "options": {options}}}'
        refused = client.put(
            "/api/v1/devices/main",
            data=body,
            content_type="application/json",
            headers={"Authorization": f"Bearer {staff_token}"},
        )
        assert refused.status_code == 400


def test_only_staff_register_and_only_members_look(ana: Caller, client: FlaskClient) -> None:
    assert ana.put("/devices/main", described()).status_code == 403
    assert ana.get("/devices").status_code == 200
    assert client.get("/api/v1/devices").status_code == 401
    assert client.get("/api/v1/devices/main/readings?metric=power").status_code == 401


def test_devices_page_by_slug(luis: Caller) -> None:
    for slug in ("c", "a", "b"):
        luis.put(f"/devices/{slug}", described(topic=slug))
    first = luis.get("/devices", limit=2).json
    assert [item["slug"] for item in first["items"]] == ["a", "b"]
    second = luis.get("/devices", limit=2, cursor=first["next_cursor"]).json
    assert ([item["slug"] for item in second["items"]], second["next_cursor"]) == (["c"], None)


def test_a_device_is_online_if_it_was_heard_lately_and_said_no_farewell(
    luis: Caller, database: Database
) -> None:
    now = clock.now()
    for slug, silent_for in (("heard", 60), ("silent", 1000), ("left", 1)):
        luis.put(f"/devices/{slug}", described(topic=slug))
        see(database, slug, now - timedelta(seconds=silent_for))
    hear(database, "online", {0: "online"}, slug="left")
    with database.write() as session:
        series_id = session.scalars(select(Series.id)).one()
        session.add(HotState(series_id=series_id, at=now, value="offline"))
    online = {item["slug"]: item["online"] for item in luis.get("/devices").json["items"]}
    assert online == {"heard": True, "silent": False, "left": False}
    assert luis.get("/devices/heard").json["last_seen"].endswith("Z")


def test_a_device_that_speaks_often_is_missed_sooner(luis: Caller, database: Database) -> None:
    luis.put("/devices/main", described(expected_interval_s=10))
    see(database, "main", clock.now() - timedelta(seconds=60))
    assert luis.get("/devices/main").json["online"] is False


def test_state_has_the_newest_of_everything(luis: Caller, ana: Caller, database: Database) -> None:
    luis.put("/devices/main", described())
    hear(database, "power", {0: 5.0, 1: 7.5})
    hear(database, "voltage", {0: 229.0}, channel="l1")
    hear(database, "vehicle", {0: "ID.3 of Ana"})
    state = luis.get("/devices/main/state").json
    assert state == {
        "power": {"value": 7.5, "unit": "W", "at": "2026-03-03T19:01:00Z", "stale": True},
        "vehicle": {"value": "ID.3 of Ana", "unit": "", "at": "2026-03-03T19:00:00Z", "stale": True},
        "voltage@l1": {"value": 229, "unit": "V", "at": "2026-03-03T19:00:00Z", "stale": True},
    }
    assert ana.get("/devices/main/state").json.keys() == {"power", "voltage@l1"}
    assert ana.get("/devices/nobody/state").status_code == 404


def test_a_fresh_value_has_no_word_of_being_stale(luis: Caller, database: Database) -> None:
    """As the interface has it: value, unit, at. More only where there is something to say."""
    luis.put("/devices/main", described(options={"fields": {"power": {"path": "p"}}}, format="mapping"))
    Ingest(database, ZONE).store([Arrival("tele/main", b'{"p": 5}', clock.now())])
    (power,) = luis.get("/devices/main/state").json.values()
    assert power.keys() == {"value", "unit", "at"}
    told = luis.get("/devices/main").json
    assert (told["online"], told["availability"]["state"]) == (True, "online")


def test_the_api_describes_itself(client: FlaskClient) -> None:
    described_api = client.get("/api/v1/openapi.json").json
    assert described_api is not None
    readings = described_api["paths"]["/api/v1/devices/{slug}/readings"]["get"]
    assert {"metric", "channel", "start", "end", "step", "limit", "cursor"} <= {
        parameter["name"] for parameter in readings["parameters"]
    }
    answers = described_api["components"]["schemas"]
    assert {"DeviceOut", "ReadingsOut", "EnergyOut", "QuarantineOut", "StateOut"} <= answers.keys()
    assert to_micros(START) > 0
