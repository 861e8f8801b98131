"""The pages of the inbox and of the mapping: what is shown, what is refused, what is harmless."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import orjson
import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from campus import clock
from campus.database import Database
from campus.moments import to_micros
from campus.people.models import Member
from campus.spaces.models import Resource
from campus.spaces.resources import Description as SpaceDescription
from campus.spaces.resources import put_resource
from devices import registry
from devices.intake import recent
from devices.intake.batch import Arrival
from devices.intake.ingest import Ingest
from devices.intake.models import HeardDevice, QuarantinedMessage, RawMessage, Watch
from devices.intake.samples import Sample, pack
from devices.models import Device
from tests.devices.callers import Caller
from tests.devices.intake.test_inbox import ZONE
from tests.devices.intake.things import register
from tests.doors import csrf_token, walk_in

HOSTILE = "<img src=x onerror=alert(1)>"
RACK = {
    "probes": [{"vwc": 31.5}, {"vwc": 28}],
    "flow": {"ml": 5200},
    "state": 1,
    "at": "2026-03-03T12:00:00Z",
}


def heard(database: Database, topic: str = "pump", payload: bytes = b"{}", **fields: Any) -> int:
    """A device that waits in the inbox."""
    now = clock.now()
    sample = Sample(f"tele/{topic}/SENSOR", payload, to_micros(now), len(payload))
    with database.write() as session:
        given = {"format": "tasmota", "kind": "meter", "name": "Pump", "sureness": 3, **fields}
        row = HeardDevice(topic=topic, samples=pack([sample]), first_heard=now, last_heard=now, **given)
        session.add(row)
        session.flush()
        return row.id


def kept(database: Database, payload: bytes, topic: str = "greenhouse/rack3", **fields: Any) -> int:
    """A message in the quarantine."""
    with database.write() as session:
        row = QuarantinedMessage(
            topic=topic,
            payload=payload,
            size=fields.pop("size", len(payload)),
            retained=False,
            reason="unknown-topic",
            detail="",
            received_at=clock.now() - timedelta(minutes=1),
            **fields,
        )
        session.add(row)
        session.flush()
        return row.id


def send(client: FlaskClient, path: str, /, **fields: Any) -> Any:
    return client.post(path, data={"csrf_token": csrf_token(client, "/devices/inbox"), **fields})


def test_the_inbox_shows_who_waits_and_accepts_with_one_click(
    client: FlaskClient, database: Database, staff: Member
) -> None:
    heard_id = heard(database, metrics=["power", "temperature@probe"])
    kept(database, b'{"ENERGY": {"Power": 42}}', "tele/pump/SENSOR")
    walk_in(client, staff)
    html = client.get("/devices/inbox").text
    for shown in ("1 device waits", "Pump", "Tasmota", "announced itself", "Temperature probe"):
        assert shown in html
    assert ">1</span>" in client.get("/devices").text
    answer = send(client, f"/devices/inbox/{heard_id}/accept")
    assert answer.location == "/devices/pump"
    html = client.get(answer.location).text
    assert "1 message that had waited was read" in html
    assert "42" in html
    assert "Nobody waits" in client.get("/devices/inbox").text


def test_a_name_that_is_taken_gets_a_number(
    client: FlaskClient, sqlite_database: Database, staff: Member
) -> None:
    register(sqlite_database, "pump", "other")
    heard_id = heard(sqlite_database)
    walk_in(client, staff)
    assert send(client, f"/devices/inbox/{heard_id}/accept").location == "/devices/pump-2"


def test_what_is_proposed_can_be_changed_first_and_keeps_what_was_typed(
    client: FlaskClient, sqlite_database: Database, staff: Member
) -> None:
    heard_id = heard(sqlite_database)
    walk_in(client, staff)
    path = f"/devices/inbox/{heard_id}"
    assert 'value="pump"' in client.get(path).text
    typed = {
        "name": "Roof pump",
        "slug": "Not A Slug",
        "kind": "garden",
        "format": "tasmota",
        "topic": "pump",
    }
    refused = send(client, path, **typed)
    assert refused.status_code == 422
    assert "Roof pump" in refused.text
    assert send(client, path, **{**typed, "slug": "roof"}).location == "/devices/roof"
    with sqlite_database.read() as session:
        assert registry.find_device(session, "roof").kind == "garden"
    assert client.get(path).status_code == 404
    assert send(client, f"{path}/accept").location == "/devices/inbox"
    assert "no longer in the inbox" in client.get("/devices/inbox").text
    assert client.get("/devices/roof-pump").status_code == 404
    assert client.get("/devices/inbox/999").status_code == 404


def test_many_are_accepted_or_ignored_at_once(
    client: FlaskClient, sqlite_database: Database, staff: Member
) -> None:
    ids = [heard(sqlite_database, name, name=name) for name in ("a1", "b2", "c3")]
    needs_fields = heard(sqlite_database, "x", format="mapping", name="x")
    walk_in(client, staff)
    send(client, "/devices/inbox/many", heard=[*ids[:2], needs_fields, "no", "9" * 40], do="accept")
    html = client.get("/devices/inbox").text
    assert "2 devices are registered. 1 needs a closer look." in html
    send(client, "/devices/inbox/many", heard=ids[2:], do="ignore")
    assert "1 device is ignored" in client.get("/devices/inbox").text
    assert "c3" in client.get("/devices/inbox?state=ignored").text
    send(client, f"/devices/inbox/{ids[2]}/restore")
    assert "c3" in client.get("/devices/inbox").text


def test_many_are_accepted_into_one_space(
    client: FlaskClient, sqlite_database: Database, staff: Member
) -> None:
    with sqlite_database.write() as session:
        put_resource(session, "hall", SpaceDescription("Hall", "room"), clock.now())
    ids = [heard(sqlite_database, name, name=name) for name in ("a1", "b2", "c3")]
    walk_in(client, staff)
    assert '<option value="hall">Hall</option>' in client.get("/devices/inbox").text
    send(client, "/devices/inbox/many", heard=ids[:2], do="accept", space="hall")
    send(client, "/devices/inbox/many", heard=ids[2:], do="accept", space="nowhere")
    assert "1 needs a closer look" in client.get("/devices/inbox").text
    with sqlite_database.read() as session:
        hung = session.execute(select(Device.name, Resource.slug).join(Resource)).all()
    assert sorted(tuple(row) for row in hung) == [("a1", "hall"), ("b2", "hall")]


def test_hostile_proposals_are_harmless(
    client: FlaskClient, sqlite_database: Database, staff: Member
) -> None:
    heard_id = heard(
        sqlite_database, HOSTILE, HOSTILE.encode(), name=HOSTILE, metrics=[f"x_{HOSTILE}@{HOSTILE}"]
    )
    walk_in(client, staff)
    for path in ("/devices/inbox", f"/devices/inbox/{heard_id}", f"/devices/mapping?heard={heard_id}"):
        html = client.get(path).text
        assert "<img src=x" not in html
        assert "&lt;img src=x onerror=alert(1)&gt;" in html


def test_only_staff_see_the_inbox(client: FlaskClient, sqlite_database: Database, member: Member) -> None:
    walk_in(client, member)
    for path in ("/devices/inbox", "/devices/inbox/1", "/devices/mapping?heard=1", "/devices/x/messages"):
        assert client.get(path).status_code == 403


def test_the_api_accepts_with_changes_and_ignores(luis: Caller, ana: Caller, database: Database) -> None:
    first, second = heard(database), heard(database, "lamp", name="Lamp")
    assert ana.get("/inbox").status_code == 403
    page = luis.get("/inbox", limit=1).json
    (one,) = page["items"]
    assert (one["topic"], one["sureness"], one["state"]) == ("pump", "announced", "new")
    assert luis.get("/inbox", cursor=page["next_cursor"]).json["items"][0]["id"] == second
    made = luis.post(f"/inbox/{first}/accept", {"slug": "roof-pump", "kind": "garden"})
    assert made.status_code == 201
    assert (made.json["device"]["slug"], made.json["device"]["kind"]) == ("roof-pump", "garden")
    assert luis.post(f"/inbox/{second}/accept", {"slug": "roof-pump"}).status_code == 400
    assert luis.post(f"/inbox/{second}/ignore").json["state"] == "ignored"
    assert luis.get("/inbox").json["items"] == []
    assert luis.post(f"/inbox/{second}/restore").json["state"] == "new"
    assert luis.post("/inbox/999/accept").status_code == 404
    assert ana.post(f"/inbox/{second}/accept").status_code == 403


def test_a_device_is_retired_by_the_api_and_comes_back(luis: Caller, database: Database) -> None:
    register(database, "wall", "hub/wall")
    assert luis.post("/devices/wall/retire").json["retired"] is True
    assert luis.get("/devices").json["items"] == []
    assert [one["slug"] for one in luis.get("/devices", retired="true").json["items"]] == ["wall"]
    luis.put("/devices/wall", {"name": "Wall", "kind": "room", "format": "tasmota", "topic": "wall"})
    assert luis.get("/devices/wall").json["retired"] is False


def test_a_message_is_mapped_by_clicking_its_values(
    client: FlaskClient, database: Database, staff: Member
) -> None:
    message = kept(database, orjson.dumps(RACK))
    walk_in(client, staff)
    html = client.get(f"/devices/mapping?message={message}").text
    for path in ("probes[0].vwc", "flow.ml", "state", "at"):
        assert f'value="{path}"' in html
    device = {"name": "Rack 3", "slug": "rack-3", "kind": "garden", "topic": "greenhouse/rack3"}
    html = send(client, "/devices/mapping", message=message, pick="flow.ml", **device).text
    assert 'name="path" value="flow.ml"' in html
    rows: dict[str, Any] = {
        "path": ["probes[0].vwc", "probes[1].vwc", "flow.ml", "state"],
        "metric": ["soil_moisture", "soil_moisture", "water_total", "valve"],
        "channel": ["1", "2", "", ""],
        "scale": ["", "", "0.001", ""],
        "words": ["", "", "", "1=open, 0=closed"],
        "at": ["at", "", "", ""],
        "where": ["greenhouse/rack3"] * 4,
    }
    html = send(client, "/devices/mapping", message=message, do="preview", **device, **rows).text
    for shown in ("31.5", "5.2", "open", "soil_moisture@2"):
        assert shown in html
    saved = send(client, "/devices/mapping", message=message, do="save", **device, **rows)
    assert saved.location == "/devices/rack-3"
    with database.read() as session:
        made = registry.find_device(session, "rack-3")
        assert made.options == {
            "fields": {
                "soil_moisture@1": {"path": "probes[0].vwc", "at": "at"},
                "soil_moisture@2": {"path": "probes[1].vwc"},
                "water_total": {"path": "flow.ml", "scale": 0.001},
                "valve": {"path": "state", "map": {"1": "open", "0": "closed"}},
            }
        }


def test_a_mapping_that_is_wrong_says_where_and_keeps_what_was_typed(
    client: FlaskClient, sqlite_database: Database, staff: Member
) -> None:
    message = kept(sqlite_database, orjson.dumps(RACK))
    walk_in(client, staff)
    device = {"name": "Rack 3", "slug": "rack-3", "kind": "garden", "topic": "greenhouse/rack3"}
    nothing = send(client, "/devices/mapping", message=message, do="save", **device)
    assert nothing.status_code == 422
    assert "Click at least one value" in nothing.text
    for column, value in {
        "metric": "moistness",
        "scale": "a lot",
        "words": "1",
        "where": "elsewhere",
    }.items():
        row = {"path": "flow.ml", "metric": "water_total", "where": "greenhouse/rack3", column: value}
        refused = send(client, "/devices/mapping", message=message, do="save", **device, **row)
        assert refused.status_code == 422
        assert value in refused.text
        assert 'id="row-fault-0"' in refused.text
    register(sqlite_database, "rack-3", "other")
    row = {"path": "flow.ml", "metric": "water_total", "where": "greenhouse/rack3"}
    taken = send(client, "/devices/mapping", message=message, do="save", **device, **row)
    assert (taken.status_code, "This name is taken" in taken.text) == (422, True)


def test_a_mapped_device_is_mended_from_a_message_that_it_could_not_read(
    client: FlaskClient, sqlite_database: Database, staff: Member
) -> None:
    fields = {"temperature": {"path": "t"}, "valve": {"path": "v", "topic": "v", "map": {"1": "open"}}}
    device_id = register(sqlite_database, "wall", "hub/wall", options={"fields": fields, "history": True})
    message = kept(sqlite_database, b'{"temp": 21}', "hub/wall", device_id=device_id)
    walk_in(client, staff)
    html = client.get(f"/devices/mapping?message={message}").text
    assert 'value="hub/wall/v"' in html
    rows = {
        "path": ["t", "v", "temp"],
        "metric": ["temperature", "valve", "temperature"],
        "channel": ["", "", "new"],
        "words": ["", "1=open", ""],
        "where": ["", "hub/wall/v", "hub/wall"],
    }
    device = {"name": "Wall", "kind": "room", "topic": "hub/wall"}
    saved = send(client, "/devices/mapping", message=message, do="save", **device, **rows)
    assert saved.location == "/devices/wall"
    with sqlite_database.read() as session:
        options = registry.find_device(session, "wall").options
        assert options == {"fields": {**fields, "temperature@new": {"path": "temp"}}, "history": True}
        assert session.scalars(select(QuarantinedMessage)).all() == []


@pytest.mark.parametrize(
    "payload",
    [
        b"[" * 10_000 + b"1" + b"]" * 10_000,
        b'{"a":' * 900 + b"1" + b"}" * 900,
        orjson.dumps({f"key {n}": HOSTILE for n in range(20_000)})[:262_000] + b'"}',
        orjson.dumps({HOSTILE: HOSTILE, "a.b": 1, "": 2, "[0]": 3, " c ": 4, "$": 5, "d": {"e": None}}),
        HOSTILE.encode(),
        b"\xff\x00\xfe",
        b"21.5",
        orjson.dumps([]),
    ],
    ids=["deep list", "deep object", "large", "keys", "text", "binary", "number", "empty"],
)
def test_hostile_messages_can_be_looked_at(
    client: FlaskClient, sqlite_database: Database, staff: Member, payload: bytes
) -> None:
    message = kept(sqlite_database, payload)
    walk_in(client, staff)
    answer = client.get(f"/devices/mapping?message={message}")
    assert answer.status_code == 200
    assert "<img src=x" not in answer.text
    assert len(answer.data) < 400_000
    for pick in ("$", "a.b", "d.e", HOSTILE, "x" * 5000):
        assert (
            send(client, "/devices/mapping", message=message, pick=pick, name="n", topic="t").status_code
            == 200
        )


def test_a_message_of_which_only_the_beginning_was_kept_is_not_mapped(
    client: FlaskClient, sqlite_database: Database, staff: Member
) -> None:
    message = kept(sqlite_database, b'{"a": 1', size=300_000)
    walk_in(client, staff)
    assert "Only the beginning" in client.get(f"/devices/mapping?message={message}").text
    assert client.get("/devices/mapping").status_code == 404
    assert client.get("/devices/mapping?message=999").status_code == 404


def test_a_plain_value_is_mapped_as_a_whole(
    client: FlaskClient, sqlite_database: Database, staff: Member
) -> None:
    message = kept(sqlite_database, b"21.5", "office/temperature")
    walk_in(client, staff)
    device = {"name": "Office", "slug": "office", "kind": "room", "topic": "office"}
    html = send(client, "/devices/mapping", message=message, pick="$", **device).text
    assert 'name="metric" value="temperature"' in html
    row = {"path": "$", "metric": "temperature", "where": "office/temperature"}
    send(client, "/devices/mapping", message=message, do="save", **device, **row)
    with sqlite_database.read() as session:
        fields = registry.find_device(session, "office").options["fields"]
        assert fields == {"temperature": {"path": "", "topic": "temperature"}}


def test_the_list_is_searched_by_words_kind_and_standing(
    client: FlaskClient, sqlite_database: Database, staff: Member
) -> None:
    register(sqlite_database, "wall", "hub/wall")
    register(sqlite_database, "gone", "hub/gone")
    walk_in(client, staff)
    send(client, "/devices/gone/retire")
    found = {
        path: [slug for slug in ("wall", "gone") if f'href="/devices/{slug}"' in client.get(path).text]
        for path in (
            "/devices",
            "/devices?q=HUB+wall",
            "/devices?q=nothing",
            "/devices?state=retired",
            "/devices?state=online",
            "/devices?state=silent&kind=room",
            "/devices?state=bad&kind=bad",
        )
    }
    assert list(found.values()) == [
        ["wall"],
        ["wall"],
        [],
        ["gone"],
        [],
        found["/devices?state=silent&kind=room"],
        ["wall"],
    ]
    assert "retired" in client.get("/devices/gone").text


def test_the_last_messages_are_written_down_while_somebody_looks(
    client: FlaskClient, database: Database, staff: Member
) -> None:
    register(database, "wall", "hub/wall")
    ingest = Ingest(database, ZONE)
    now = clock.now()
    for number in range(60):
        payload = b'{"t": %d, "h": "<img src=x>"}' % number
        ingest.store([Arrival("hub/wall", payload, now + timedelta(milliseconds=number))])
    assert recent.write_out(database, ingest.recent, now) == 0
    walk_in(client, staff)
    assert "Nothing yet" in client.get("/devices/wall/messages").text
    assert recent.write_out(database, ingest.recent, now) == 50
    html = client.get("/devices/wall/messages").text
    assert "&#34;t&#34;: 59" in html
    assert "&#34;t&#34;: 9," not in html
    assert "<img src=x" not in html
    ingest.store([Arrival("hub/wall", b"x" * 9000, now + timedelta(seconds=1))])
    assert recent.write_out(database, ingest.recent, now) == 1
    with database.read() as session:
        rows = session.scalars(select(RawMessage).order_by(RawMessage.at.desc())).all()
    assert (len(rows), rows[0].size, len(rows[0].payload)) == (50, 9000, recent.LONGEST)
    recent.write_out(database, ingest.recent, now + timedelta(minutes=5))
    with database.read() as session:
        assert session.scalars(select(RawMessage)).all() == []
        assert session.scalars(select(Watch)).all() == []
