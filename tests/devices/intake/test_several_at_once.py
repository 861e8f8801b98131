"""Several workers write at the same time: nobody waits in a circle, nothing is lost, nothing goes back."""

from __future__ import annotations

import random
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select, text

from campus import clock
from campus.database import Database
from campus.workplaces import PlaceLost, settle, stand_by
from devices.history.models import HotReading, LastKnown
from devices.intake import recent
from devices.intake.batch import Arrival
from devices.intake.ingest import Ingest
from devices.intake.models import QuarantinedMessage, RawMessage
from devices.intake.porter import Porter
from devices.models import Device, Presence, Series
from tests.devices.intake.things import NOON, numbers, register, said

ZONE = ZoneInfo("America/Ciudad_Juarez")
MS = timedelta(milliseconds=1)
MANY, BATCHES = 3, 12
TOPICS = [f"hub/{number}" for number in range(8)]


def worker(database: Database, number: int) -> Ingest:
    return Ingest(database, ZONE, f"campus-{number}", is_shared=True)


def messages(number: int, batch: int) -> list[Arrival]:
    """New devices and series, retained values, strangers and what nobody can read, in any order."""
    chance = random.Random(100 * number + batch)
    found = []
    for topic in TOPICS:
        at = NOON + batch * MS + timedelta(microseconds=number)
        found.append(said(topic, f'{{"t": {batch}, "d": "open"}}', at))
        found.append(said(topic, f'{{"t": {batch}}}', at, retained=True))
        found.append(said(topic, "no JSON", at))
        found.append(said(f"stranger/{topic}", '{"temperature": 1}', at))
    chance.shuffle(found)
    return found


def test_three_workers_write_the_same_devices_without_a_deadlock(postgres_database: Database) -> None:
    for number, topic in enumerate(TOPICS):
        options = {"fields": {"temperature": {"path": "t"}, "door": {"path": "d"}}}
        register(postgres_database, f"d{number}", topic, options=options)
    start = threading.Barrier(MANY)

    def work(number: int) -> None:
        ingest = worker(postgres_database, number)
        porter = Porter(postgres_database, ingest.sightings, ZONE)
        start.wait()
        for batch in range(BATCHES):
            ingest.store(messages(number, batch))
            porter.round(NOON)

    with ThreadPoolExecutor(MANY) as pool:
        list(pool.map(work, range(MANY)))
    with postgres_database.read() as session:
        assert session.scalar(select(func.count()).select_from(HotReading)) == MANY * BATCHES * len(TOPICS)
        assert session.scalar(select(func.count()).select_from(Series)) == 2 * len(TOPICS)
        strangers = select(QuarantinedMessage.topic, QuarantinedMessage.count).where(
            QuarantinedMessage.reason == "unknown-topic"
        )
        assert sorted(map(tuple, session.execute(strangers))) == [
            (f"stranger/{topic}", MANY * BATCHES) for topic in TOPICS
        ]
        reasons = select(QuarantinedMessage.reason).where(QuarantinedMessage.reason != "unknown-topic")
        assert set(session.scalars(reasons)) == {"unreadable"}, "none was refused by the store"


def test_a_deadlock_that_comes_from_elsewhere_is_tried_again(postgres_database: Database) -> None:
    """Two rows, locked by us in the other order than by somebody who knows nothing of ours."""
    for slug in ("a", "b"):
        register(postgres_database, slug, f"hub/{slug}")
    ingest = worker(postgres_database, 1)
    ingest.store([said("hub/a", '{"t": 1}'), said("hub/b", '{"t": 1}')])
    has_b, done = threading.Event(), threading.Event()

    def stranger() -> None:
        with postgres_database.write() as session:
            session.execute(text("SET LOCAL deadlock_timeout = '20s'"))  # it is not to give up
            session.get_one(Presence, 2, with_for_update=True)
            has_b.set()
            done.wait(0.3)
            rows = select(HotReading).order_by(HotReading.series_id).with_for_update()
            assert len(session.scalars(rows).all()) == 2

    other = threading.Thread(target=stranger)
    other.start()
    assert has_b.wait(10)
    ingest.store([said("hub/a", '{"t": 2}'), said("hub/b", '{"t": 2}', NOON + timedelta(seconds=5))])
    other.join(30)
    with postgres_database.read() as session:
        assert [value for _at, value in numbers(session)] == [2.0, 1.0, 2.0]


def test_a_slower_worker_does_not_set_back_when_a_device_was_seen(database: Database) -> None:
    device_id = register(database, "wall", "hub/wall")
    worker(database, 1).store([said("hub/wall", '{"t": 1}', NOON + 5 * timedelta(seconds=1))])
    worker(database, 2).store([said("hub/wall", '{"t": 2}', NOON)])
    assert _seen(database, device_id) == NOON + timedelta(seconds=5)
    worker(database, 1).store([said("hub/wall", '{"t": 3}', NOON - timedelta(hours=1))])
    assert _seen(database, device_id) == NOON - timedelta(hours=1), "a clock that was set back is believed"


def _seen(database: Database, device_id: int) -> datetime:
    with database.read() as session:
        return session.get_one(Presence, device_id).last_seen


def test_the_last_known_value_is_the_one_that_was_heard_last(database: Database) -> None:
    register(database, "wall", "hub/wall")
    worker(database, 1).store([said("hub/wall", '{"t": 9}', NOON + MS, retained=True)])
    worker(database, 2).store([said("hub/wall", '{"t": 8}', NOON, retained=True)])
    with database.read() as session:
        assert session.scalars(select(LastKnown.number)).all() == [9.0]


def test_who_has_lost_the_place_stores_nothing(database: Database) -> None:
    register(database, "wall", "hub/wall")
    with database.write() as session:
        place = settle(session, 1, "first", "here", clock.now())
    ingest = Ingest(database, ZONE, "campus-1", may_write=lambda session: stand_by(session, place))
    ingest.store([said("hub/wall", '{"t": 1}')])
    with database.write() as session:
        settle(session, 1, "second", "there", clock.now())
    with pytest.raises(PlaceLost):
        ingest.store([said("hub/wall", '{"t": 2}', NOON + MS)])
    with database.read() as session:
        assert [value for _at, value in numbers(session)] == [1.0]


def test_each_worker_writes_out_what_it_has_heard_beside_what_others_have(database: Database) -> None:
    device_id = register(database, "wall", "hub/wall")
    one, other = worker(database, 1), worker(database, 2)
    one.store([said("hub/wall", '{"t": 1}', NOON)])
    other.store([said("hub/wall", '{"t": 2}', NOON + MS)])
    with database.write() as session:
        recent.look(session, session.get_one(Device, device_id), NOON)
    for ingest in (other, one, other):
        recent.write_out(database, ingest.recent, NOON)
    one.store([said("hub/wall", '{"t": 3}', NOON + 2 * MS)])
    recent.write_out(database, one.recent, NOON)
    with database.read() as session:
        device = session.get_one(Device, device_id)
        assert [row.payload for row in recent.messages(session, device)] == [
            b'{"t": 3}',
            b'{"t": 2}',
            b'{"t": 1}',
        ]
    for ingest in (one, other):
        recent.write_out(database, ingest.recent, NOON + recent.WATCHED_FOR + MS)
    with database.read() as session:
        assert session.scalars(select(RawMessage.id)).all() == []
