"""The live stream: what is stored is sent once, in order, also to a client that comes back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from campus import clock
from campus.database import Database
from campus.notes import write_note
from dashboards import tail
from dashboards.stream import Watcher, _follow
from dashboards.tail import Tail
from devices.intake.batch import Batch
from devices.intake.ingest import Ingest
from tests.dashboards.watching import EventStream, values
from tests.devices.intake.things import register, said
from tests.servers import wait_until

ZONE = ZoneInfo("America/Ciudad_Juarez")


@pytest.fixture(autouse=True)
def _no_tail_left(app: APIFlask) -> Iterator[None]:
    yield
    app.extensions["tail"].close()


@pytest.fixture
def ingest(database: Database) -> Ingest:
    register(database, "wall", "hub/wall")
    register(database, "roof", "hub/roof")
    return Ingest(database, ZONE)


@pytest.fixture
def headers(member_token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {member_token}"}


@pytest.fixture
def staff_headers(staff_token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {staff_token}"}


@pytest.fixture
def spoken(ingest: Ingest) -> Iterator[list[int]]:
    """Three batches: ids 1, 2, 3 with the values 10, 20 and 30."""
    for number in (10, 20, 30):
        ingest.store([said("hub/wall", f'{{"t": {number}}}', clock.now())])
    yield [1, 2, 3]


def test_a_client_that_returns_gets_what_it_missed_and_nothing_twice(
    client: FlaskClient, headers: dict[str, str], spoken: list[int]
) -> None:
    stream = EventStream(client, "/api/v1/live", {**headers, "Last-Event-ID": "1"})
    events = stream.events(2)
    assert [event["id"] for event in events] == ["2", "3"]
    assert [values(event) for event in events] == [[20.0], [30.0]]
    assert stream.response.headers["X-Accel-Buffering"] == "no"
    stream.response.close()


def test_a_reading_says_whose_it_is_and_when_it_was(
    client: FlaskClient, headers: dict[str, str], spoken: list[int]
) -> None:
    stream = EventStream(client, "/api/v1/live?after=2", headers)
    (event,) = stream.events(1)
    (reading,) = json.loads(event["data"])
    assert event["event"] == "readings"
    assert reading.keys() == {"device", "metric", "channel", "at", "value"}
    assert (reading["device"], reading["metric"], reading["channel"]) == ("wall", "temperature", "")
    assert reading["at"].endswith("Z")
    stream.response.close()


def test_new_values_come_as_they_are_stored(
    client: FlaskClient, headers: dict[str, str], ingest: Ingest
) -> None:
    stream = EventStream(client, "/api/v1/live", headers)
    stream.begin()
    ingest.store([said("hub/wall", '{"t": 7}', clock.now())])
    assert values(stream.events(1)[0]) == [7.0]
    stream.response.close()


def test_a_client_may_ask_for_some_devices_only(
    client: FlaskClient, headers: dict[str, str], ingest: Ingest
) -> None:
    now = clock.now()
    ingest.store([said("hub/wall", '{"t": 1}', now)])
    ingest.store([said("hub/roof", '{"t": 2}', now)])
    ingest.store(
        [said("hub/wall", '{"t": 3}', now + timedelta(seconds=1)), said("hub/roof", '{"t": 4}', now)]
    )
    stream = EventStream(client, "/api/v1/live?device=roof&after=0", headers)
    assert [values(event) for event in stream.events(2)] == [[2.0], [4.0]]
    stream.response.close()


def test_who_is_charging_is_shown_to_staff_only(
    client: FlaskClient,
    database: Database,
    headers: dict[str, str],
    staff_headers: dict[str, str],
) -> None:
    options = {"fields": {"vehicle": {"path": "v"}, "power": {"path": "p"}}}
    register(database, "charger", "hub/charger", options=options)
    Ingest(database, ZONE).store([said("hub/charger", '{"v": "Ana", "p": 7000}', clock.now())])
    for who, expected in ((headers, {7000.0}), (staff_headers, {7000.0, "Ana"})):
        stream = EventStream(client, "/api/v1/live?after=0", who)
        assert set(values(stream.events(1)[0])) == expected
        stream.response.close()


def test_a_client_that_missed_what_is_not_kept_any_more_is_told_to_load_anew(
    client: FlaskClient, database: Database, headers: dict[str, str], spoken: list[int]
) -> None:
    from sqlalchemy import delete

    from devices.intake.models import LiveBatch

    with database.write() as session:
        session.execute(delete(LiveBatch).where(LiveBatch.id < 3))
    stream = EventStream(client, "/api/v1/live?after=1", headers)
    assert [(event["event"], event["id"]) for event in stream.events(1)] == [("resync", "3")]
    stream.response.close()


def test_a_client_whose_id_the_store_has_not_reached_is_told_to_load_anew(
    client: FlaskClient, headers: dict[str, str], spoken: list[int]
) -> None:
    """As after a restored backup: else it would wait in silence until the ids get there."""
    stream = EventStream(client, "/api/v1/live", {**headers, "Last-Event-ID": "900"})
    assert [(event["event"], event["id"]) for event in stream.events(1)] == [("resync", "3")]
    stream.response.close()
    assert client.get(f"/api/v1/live?after={'9' * 30}", headers=headers).status_code == 400


def test_a_client_that_missed_more_than_fits_is_told_to_load_anew(
    client: FlaskClient, headers: dict[str, str], spoken: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tail, "RESUME_BYTES", 60)
    for after, expected in (("2", "readings"), ("0", "resync")):
        stream = EventStream(client, f"/api/v1/live?after={after}", headers)
        assert stream.events(1)[0]["event"] == expected
        stream.response.close()


def test_a_store_that_could_not_be_read_once_does_not_silence_the_stream(
    app: APIFlask, database: Database, ingest: Ingest
) -> None:
    following: Tail = app.extensions["tail"]
    for before, after in (("live_batch", "away"), ("away", "live_batch")):
        with database.write() as session:
            session.execute(text(f"ALTER TABLE {before} RENAME TO {after}"))
        if after == "away":
            with pytest.raises(DBAPIError):
                following.subscribe()
    subscriber = following.subscribe()
    ingest.store([said("hub/wall", '{"t": 7}', clock.now())])
    assert subscriber.take(5.0) is not None
    following.unsubscribe(subscriber)


def test_batches_become_visible_in_the_order_of_their_ids(database: Database, ingest: Ingest) -> None:
    """A tail that has seen the second would never look for the first."""
    with ThreadPoolExecutor(1) as other:
        with database.write() as session:
            batch = Batch()
            ingest.refresh()
            batch.take(said("hub/wall", '{"t": 1}', clock.now()), ingest.directory)
            ingest.write(session, batch, clock.now())
            second = other.submit(
                lambda: Ingest(database, ZONE).store([said("hub/roof", '{"t": 2}', clock.now())])
            )
            wait([second], timeout=0.5)
            assert not second.done()
        second.result()
    assert [batch.id for batch in Tail(database).since(0) or []] == [1, 2]


def test_a_client_too_slow_for_its_queue_is_told_to_load_anew_and_slows_nobody(
    app: APIFlask, ingest: Ingest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tail, "QUEUE_BATCHES", 2)
    following: Tail = app.extensions["tail"]
    slow = following.subscribe()
    for number in range(4):
        ingest.store([said("hub/wall", f'{{"t": {number}}}', clock.now())])
    events = _follow(slow, following, 0, Watcher(frozenset(), False, lambda action: True))
    wait_until(lambda: slow.missed, "the queue to overflow")
    assert next(events).startswith(b"id: 4\nevent: resync")
    following.unsubscribe(slow)


@pytest.mark.parametrize("identifier", ["-1", "abc", "9" * 40, "1; DROP TABLE"])
def test_a_senseless_last_event_id_starts_from_now(
    client: FlaskClient, headers: dict[str, str], ingest: Ingest, identifier: str
) -> None:
    stream = EventStream(client, "/api/v1/live", {**headers, "Last-Event-ID": identifier})
    assert stream.response.status_code == 200
    stream.response.close()


def test_a_stranger_sees_nothing_but_on_a_demo_hub(client: FlaskClient, database: Database) -> None:
    refused = client.get("/api/v1/live")
    assert refused.status_code == 401
    assert refused.json and refused.json["code"] == "not-signed-in"
    with database.write() as session:
        write_note(session, "demo", "1")
    allowed = client.get("/api/v1/live")
    assert allowed.status_code == 200
    allowed.close()
