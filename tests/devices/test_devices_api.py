"""The API of devices, their history and the quarantine, from the outside."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from campus import clock
from campus.database import Database
from campus.moments import to_micros
from campus.notes import read_note
from devices.history.models import HotReading, HotState
from devices.intake.models import QuarantinedMessage
from devices.metrics import unit_of
from devices.models import Device, Presence, Series

HOSTILE = "<img src=x onerror=alert(1)>"
START = datetime(2026, 3, 3, 19, tzinfo=UTC)


class Caller:
    """A client with a token."""

    def __init__(self, client: FlaskClient, token: str) -> None:
        self._client = client
        self._headers = {"Authorization": f"Bearer {token}"}

    def get(self, path: str, **query: Any) -> Any:
        return self._client.get(f"/api/v1{path}", query_string=query, headers=self._headers)

    def put(self, path: str, body: Any) -> Any:
        return self._client.put(f"/api/v1{path}", json=body, headers=self._headers)

    def post(self, path: str) -> Any:
        return self._client.post(f"/api/v1{path}", headers=self._headers)


@pytest.fixture
def ana(client: FlaskClient, member_token: str) -> Caller:
    return Caller(client, member_token)


@pytest.fixture
def luis(client: FlaskClient, staff_token: str) -> Caller:
    return Caller(client, staff_token)


def described(**other: Any) -> dict[str, Any]:
    return {"name": "Main meter", "kind": "meter", "format": "tasmota", "topic": "tele/main"} | other


def nested(levels: int) -> dict[str, Any]:
    """An object within an object within an object."""
    inner: dict[str, Any] = {}
    for _ in range(levels):
        inner = {"more": inner}
    return inner


def hear(
    database: Database, metric: str, values: dict[float, float | str], slug: str = "main", channel: str = ""
) -> None:
    """Store `values` by minutes from START, as the ingest would."""
    is_text = any(isinstance(value, str) for value in values.values())
    with database.write() as session:
        device = session.query(Device).filter_by(slug=slug).one()
        series = Series(
            device_id=device.id, metric=metric, channel=channel, unit=unit_of(metric), is_text=is_text
        )
        session.add(series)
        session.flush()
        for minutes, value in values.items():
            at = START + timedelta(minutes=minutes)
            if isinstance(value, str):
                session.add(HotState(series_id=series.id, at=at, value=value))
            else:
                session.add(HotReading(series_id=series.id, at=at, value=value))


def see(database: Database, slug: str, last_seen: datetime) -> None:
    with database.write() as session:
        device = session.query(Device).filter_by(slug=slug).one()
        session.add(Presence(device_id=device.id, last_seen=last_seen))


# Devices


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
        "expected_interval_s": 10,
        "rated_power_w": 60_000,
        "role": "grid",
        "options": {},
        "online": False,
        "last_seen": None,
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
        "power": {"value": 7.5, "unit": "W", "at": "2026-03-03T19:01:00Z"},
        "vehicle": {"value": "ID.3 of Ana", "unit": "", "at": "2026-03-03T19:00:00Z"},
        "voltage@l1": {"value": 229, "unit": "V", "at": "2026-03-03T19:00:00Z"},
    }
    assert ana.get("/devices/main/state").json.keys() == {"power", "voltage@l1"}
    assert ana.get("/devices/nobody/state").status_code == 404


# Readings


def window(minutes: float = 60) -> dict[str, str]:
    return {"start": START.isoformat(), "end": (START + timedelta(minutes=minutes)).isoformat()}


def test_raw_readings_page(luis: Caller, ana: Caller, database: Database) -> None:
    luis.put("/devices/main", described())
    hear(database, "power", {minute: float(minute) for minute in range(5)})
    first = ana.get("/devices/main/readings", metric="power", step="raw", limit=3, **window()).json
    assert first["points"][0] == {"at": "2026-03-03T19:00:00Z", "value": 0}
    assert {name: first[name] for name in ("device", "metric", "channel", "unit", "step", "tier")} == {
        "device": "main",
        "metric": "power",
        "channel": "",
        "unit": "W",
        "step": "raw",
        "tier": "hot",
    }
    again = ana.get(
        "/devices/main/readings", metric="power", limit=3, cursor=first["next_cursor"], **window()
    ).json
    assert [point["value"] for point in first["points"] + again["points"]] == [0, 1, 2, 3, 4]
    assert again["next_cursor"] is None


def test_a_step_of_nothing_is_refused_even_where_nothing_was_heard(luis: Caller, ana: Caller) -> None:
    luis.put("/devices/main", described())
    assert ana.get("/devices/main/readings", metric="power", step="0.0", **window()).status_code == 400


def test_readings_by_step(luis: Caller, ana: Caller, database: Database) -> None:
    luis.put("/devices/main", described())
    hear(database, "energy_import", {0: 10.0, 10: 11.0, 40: 12.5})
    answer = ana.get("/devices/main/readings", metric="energy_import", step=1800, **window()).json
    assert answer["step"] == 1800
    assert answer["points"] == [
        {
            "at": "2026-03-03T19:00:00Z",
            "mean": pytest.approx(10 + 2 / 3),
            "min": 10,
            "max": 11,
            "last": 11,
            "delta": 1,
            "count": 2,
            "coverage": 1,
        },
        {
            "at": "2026-03-03T19:30:00Z",
            "mean": pytest.approx(12),
            "min": 11,
            "max": 12.5,
            "last": 12.5,
            "delta": 1.5,
            "count": 1,
            "coverage": 1,
        },
    ]


def test_words_are_read_too(luis: Caller, ana: Caller, database: Database) -> None:
    luis.put("/devices/main", described())
    hear(database, "door", {0: "open", 5: "closed"})
    hear(database, "vehicle", {0: "Ana's"})
    raw = ana.get("/devices/main/readings", metric="door", **window()).json
    assert [point["value"] for point in raw["points"]] == ["open", "closed"]
    assert ana.get("/devices/main/readings", metric="vehicle", **window()).status_code == 403
    assert luis.get("/devices/main/readings", metric="vehicle", **window()).status_code == 200


def test_a_question_that_cannot_be_answered_is_a_bad_request(luis: Caller, database: Database) -> None:
    luis.put("/devices/main", described())
    hear(database, "power", {0: 1.0})
    for query in (
        {"start": "2026-03-03T19:00:00", "end": "2026-03-03T20:00:00Z"},
        {"start": "2026-03-03T20:00:00Z", "end": "2026-03-03T20:00:00Z"},
        {"start": "2026-03-03T21:00:00Z", "end": "2026-03-03T20:00:00Z"},
        {"start": "yesterday", "end": "2026-03-03T20:00:00Z"},
        {"step": "0"},
        {"step": "-5"},
        {"step": "fast"},
        {"start": "2025-03-03T19:00:00Z", "end": "2026-03-03T20:00:00Z", "step": "1"},
        {"limit": "50001"},
        {"cursor": "999999999999999999"},
        {"cursor": "x"},
        {"metric": ""},
        {"metric": "power\0"},
    ):
        answer = luis.get("/devices/main/readings", **({"metric": "power"} | window() | query))
        assert (answer.status_code, answer.json["code"]) == (400, "bad-request"), query


def test_what_is_not_known_is_not_found(luis: Caller) -> None:
    luis.put("/devices/main", described())
    assert luis.get("/devices/nobody/readings", metric="power", **window()).status_code == 404
    assert luis.get("/devices/main/readings", metric="x_nothing", **window()).status_code == 404
    assert luis.get("/devices/main/readings", metric="power", **window()).json["points"] == []
    assert luis.get("/devices/nobody/energy", **window()).status_code == 404


# Energy


def test_energy_comes_with_its_corrections_and_is_not_rounded(
    luis: Caller, ana: Caller, database: Database
) -> None:
    luis.put("/devices/main", described())
    hear(database, "energy_import", {0: 3.737, 7: 0.0, 8: 3.746, 30: 3.7461234})
    answer = ana.get("/devices/main/energy", **window()).json
    assert answer == {
        "kwh": pytest.approx(0.0091234, abs=1e-12),
        "coverage": 1,
        "corrections": [{"at": "2026-03-03T19:07:00Z", "kind": "glitch", "before": 3.737, "after": 0}],
    }


def test_energy_of_a_device_that_only_has_channels_is_their_sum(luis: Caller, database: Database) -> None:
    luis.put("/devices/main", described())
    hear(database, "energy_import", {0: 1.0, 9: 2.0}, channel="1")
    hear(database, "energy_import", {0: 5.0, 9: 7.0}, channel="2")
    assert luis.get("/devices/main/energy", **window()).json["kwh"] == 3
    assert luis.get("/devices/main/energy", channel="2", **window()).json["kwh"] == 2
    hear(database, "energy_import", {0: 0.0, 9: 3.5})
    assert luis.get("/devices/main/energy", **window()).json["kwh"] == 3.5


def test_energy_of_a_device_that_has_not_spoken_is_not_covered(luis: Caller) -> None:
    luis.put("/devices/main", described())
    assert luis.get("/devices/main/energy", **window()).json == {
        "kwh": 0,
        "coverage": 0,
        "corrections": [],
    }


def test_energy_is_asked_of_a_register_of_kwh(luis: Caller) -> None:
    luis.put("/devices/main", described())
    for metric in ("power", "water_total", "door", "x_energy"):
        assert luis.get("/devices/main/energy", metric=metric, **window()).status_code == 400


# The quarantine


def test_staff_see_the_quarantine_and_try_again(luis: Caller, ana: Caller, database: Database) -> None:
    with database.write() as session:
        for topic, payload in (("tele/main/SENSOR", b"\xff\xfe"), (HOSTILE, b"5")):
            session.add(
                QuarantinedMessage(
                    topic=topic,
                    payload=payload,
                    size=len(payload),
                    retained=False,
                    reason="unknown-topic",
                    detail="no device listens to this topic",
                    received_at=START,
                )
            )
    assert ana.get("/quarantine").status_code == 403
    page = luis.get("/quarantine", limit=1).json
    assert (page["items"][0]["topic"], page["items"][0]["payload"]) == (HOSTILE, "5")
    rest = luis.get("/quarantine", cursor=page["next_cursor"]).json
    (message,) = rest["items"]
    assert message["reason"] == "unknown-topic"
    luis.put("/devices/main", described(topic="main"))
    again = luis.post(f"/quarantine/{message['id']}/retry")
    assert again.json["stored"] is False
    assert again.json["detail"]
    assert luis.post("/quarantine/999999/retry").status_code == 404
    assert ana.post(f"/quarantine/{message['id']}/retry").status_code == 403


def test_a_message_that_can_be_read_at_last_is_stored(luis: Caller, database: Database) -> None:
    payload = b'{"Time":"2026-03-03T12:00:00","ENERGY":{"Power":42}}'
    with database.write() as session:
        row = QuarantinedMessage(
            topic="tele/main/SENSOR",
            payload=payload,
            size=len(payload),
            retained=False,
            reason="unknown-topic",
            detail="no device listens to this topic",
            received_at=START,
        )
        session.add(row)
        session.flush()
        message_id = row.id
    luis.put("/devices/main", described(topic="main"))
    assert luis.post(f"/quarantine/{message_id}/retry").json == {"stored": True, "detail": None}
    assert luis.get("/devices/main/state").json["power"]["value"] == 42
    assert luis.get("/quarantine").json["items"] == []


# OpenAPI


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
