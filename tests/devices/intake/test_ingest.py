"""Messages become rows: once, at the right time, and a bad one spoils nothing else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import event, func, select

from campus.database import Database
from campus.errors import NotFound
from campus.notes import write_note
from devices.intake.batch import MAX_PAYLOAD, Arrival, Batch
from devices.intake.directory import REGISTRY_NOTE
from devices.intake.ingest import Ingest
from devices.intake.models import LiveBatch, QuarantinedMessage
from devices.intake.retry import retry
from devices.models import Device, Presence, Series
from tests.devices.intake.things import NOON, numbers, register, said, words

ZONE = ZoneInfo("America/Ciudad_Juarez")
SECOND = timedelta(seconds=1)


@pytest.fixture
def ingest(database: Database) -> Ingest:
    return Ingest(database, ZONE)


def reasons(database: Database) -> list[str]:
    with database.read() as session:
        return list(session.scalars(select(QuarantinedMessage.reason).order_by(QuarantinedMessage.id)))


def test_a_value_is_stored_at_its_arrival(database: Database, ingest: Ingest) -> None:
    register(database, "wall", "hub/wall")
    ingest.store([said("hub/wall", '{"t": 21.5, "d": "open"}')])
    with database.read() as session:
        assert numbers(session) == [(NOON, 21.5)]
        assert words(session, "door") == ["open"]


def test_storing_a_message_twice_stores_it_once(database: Database, ingest: Ingest) -> None:
    register(database, "wall", "hub/wall")
    for _ in range(2):
        ingest.store([said("hub/wall", '{"t": 21.5}')])
    with database.read() as session:
        assert len(numbers(session)) == 1


def test_of_two_values_at_one_instant_the_later_to_arrive_stands(database: Database, ingest: Ingest) -> None:
    register(database, "wall", "hub/wall")
    ingest.store([said("hub/wall", '{"t": 1}'), said("hub/wall", '{"t": 2}')])
    with database.read() as session:
        assert numbers(session) == [(NOON, 2.0)]


def test_the_payload_s_own_time_counts(database: Database, ingest: Ingest) -> None:
    options = {"fields": {"temperature": {"path": "t", "at": "when"}}}
    register(database, "wall", "hub/wall", options=options)
    ingest.store([said("hub/wall", '{"t": 3, "when": "2026-06-15T11:30:00-06:00"}')])
    with database.read() as session:
        assert numbers(session) == [(datetime(2026, 6, 15, 17, 30, tzinfo=UTC), 3.0)]


def test_what_is_told_as_so_long_ago_counts_from_the_arrival(database: Database, ingest: Ingest) -> None:
    register(database, "lab", "hub/lab", format="senml", options={})
    pack = '[{"n": "temperature", "u": "Cel", "t": -90, "v": 20}, {"n": "temperature", "u": "Cel", "v": 21}]'
    ingest.store([said("hub/lab", pack)])
    with database.read() as session:
        assert numbers(session) == [(NOON - 90 * SECOND, 20.0), (NOON, 21.0)]


def test_a_year_ago_is_too_old_however_it_is_told(database: Database, ingest: Ingest) -> None:
    register(database, "lab", "hub/lab", format="senml", options={})
    ingest.store([said("hub/lab", '[{"n": "temperature", "u": "Cel", "t": -31536000, "v": 20}]')])
    assert reasons(database) == ["too-old"]


def test_a_clock_that_runs_ahead_is_not_believed_and_the_device_is_flagged(
    database: Database, ingest: Ingest
) -> None:
    options = {"fields": {"temperature": {"path": "t", "at": "when"}}}
    register(database, "wall", "hub/wall", options=options)
    ingest.store([said("hub/wall", '{"t": 3, "when": "2026-06-15T18:06:00Z"}')])
    with database.read() as session:
        assert numbers(session) == [(NOON, 3.0)]
        assert session.scalars(select(Presence.clock_ahead_s)).one() == 360.0


def test_a_value_of_36_days_ago_is_quarantined_unless_history_is_believed(
    database: Database, ingest: Ingest
) -> None:
    options = {"fields": {"temperature": {"path": "t", "at": "when"}}}
    register(database, "today", "hub/today", options=options)
    register(database, "replayed", "hub/replayed", options={**options, "history": True})
    old = '{"t": 3, "when": "2019-05-01T12:00:00Z"}'
    ingest.store([said("hub/today", old), said("hub/replayed", old)])
    with database.read() as session:
        assert numbers(session) == [(datetime(2019, 5, 1, 12, tzinfo=UTC), 3.0)]
    assert reasons(database) == ["too-old"]


def test_not_even_history_is_believed_before_2001(database: Database, ingest: Ingest) -> None:
    options = {"fields": {"temperature": {"path": "t", "at": "when"}}, "history": True}
    register(database, "replayed", "hub/replayed", options=options)
    ingest.store([said("hub/replayed", '{"t": 3, "when": "1999-01-01T00:00:00Z"}')])
    assert reasons(database) == ["too-old"]


def test_a_retained_value_without_a_time_is_known_but_not_new(database: Database, ingest: Ingest) -> None:
    register(database, "wall", "hub/wall")
    ingest.store([said("hub/wall", '{"t": 21.5}', retained=True)])
    with database.read() as session:
        assert numbers(session) == []
        assert session.scalars(select(LiveBatch)).all() == []
        assert session.scalars(select(Presence)).all() == []


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"\xff\xfe\x00", "unreadable"),
        (b"[" * 10_000 + b"]" * 10_000, "unreadable"),
        (b'{"t": NaN}', "unreadable"),
        (b'{"t": Infinity}', "unreadable"),
        (b'{"t": 1e999}', "unreadable"),
        (b'"a word"', "unreadable"),
        (b" " * (MAX_PAYLOAD + 1), "too-large"),
        (b"x" * 1024 * 1024, "too-large"),
    ],
)
def test_a_poison_message_is_quarantined_and_the_next_good_one_goes_through(
    database: Database, ingest: Ingest, payload: bytes, reason: str
) -> None:
    register(database, "wall", "hub/wall")
    ingest.store([said("hub/wall", payload), said("hub/wall", '{"t": 4}', NOON + SECOND)])
    with database.read() as session:
        assert numbers(session) == [(NOON + SECOND, 4.0)]
        held = session.scalars(select(QuarantinedMessage)).all()
        if payload != b'{"t": 1e999}' or held:  # a number past all numbers may also count as no number
            assert [(row.reason, row.size) for row in held] == [(reason, len(payload))]
            assert held[0].detail


def test_of_a_topic_that_nobody_owns_the_newest_message_is_kept_and_counted(
    database: Database, ingest: Ingest
) -> None:
    ingest.store([said("stranger", "1"), said("stranger", "2"), said("other", "3")])
    ingest.store([said("stranger", "4", NOON + SECOND)])
    with database.read() as session:
        rows = session.scalars(select(QuarantinedMessage).order_by(QuarantinedMessage.topic)).all()
        kept = [(row.topic, row.payload, row.count, row.reason) for row in rows]
    assert kept == [("other", b"3", 1, "unknown-topic"), ("stranger", b"4", 3, "unknown-topic")]


def test_of_an_unreadable_topic_only_so_many_messages_are_kept(database: Database, ingest: Ingest) -> None:
    register(database, "wall", "hub/wall")
    ingest.store([said("hub/wall", f"rubbish {number}") for number in range(70)])
    ingest.store([said("hub/wall", "the last")])
    with database.read() as session:
        payloads = list(session.scalars(select(QuarantinedMessage.payload)))
        counted = session.scalar(select(func.sum(QuarantinedMessage.count)))
    assert len(payloads) == 50
    assert b"the last" in payloads
    assert counted == 71


def test_no_reason_is_forgotten_however_many_messages_of_another_follow(
    database: Database, ingest: Ingest
) -> None:
    register(database, "wall", "hub/wall")
    large = b"x" * 300_000
    for payloads in ([large] * 3 + [b"rubbish"] * 60, [b"rubbish"] * 40, [large], [b"rubbish"] * 55):
        ingest.store([said("hub/wall", payload) for payload in payloads])
    counts = select(QuarantinedMessage.reason, func.sum(QuarantinedMessage.count), func.count())
    with database.read() as session:
        found = session.execute(counts.group_by(QuarantinedMessage.reason)).all()
    assert sorted(map(tuple, found)) == [("too-large", 4, 1), ("unreadable", 155, 50)]


def test_a_topic_too_long_for_an_index_is_cut_and_holds_up_nothing(
    database: Database, ingest: Ingest
) -> None:
    register(database, "wall", "hub/wall")
    endless = "".join(chr(0x4E00 + place * 7919 % 20_000) for place in range(20_000))
    for _ in range(2):
        ingest.store([said(endless, "1"), said("hub/wall", '{"t": 7}')])
    with database.read() as session:
        (row,) = session.scalars(select(QuarantinedMessage))
        assert (row.topic, row.count) == (endless[:600] + "…", 2)
        assert numbers(session) == [(NOON, 7.0)]


def test_many_topics_that_nobody_owns_are_looked_up_at_once(
    sqlite_database: Database, ingest: Ingest
) -> None:
    asked: list[str] = []
    event.listen(
        sqlite_database.engine,
        "before_cursor_execute",
        lambda _connection, _cursor, statement, *_rest: asked.append(statement),
    )
    for _ in range(2):
        ingest.store([said(f"stranger/{number}", "1") for number in range(300)])
    assert len([statement for statement in asked if "FROM quarantine" in statement]) < 10
    with sqlite_database.read() as session:
        assert session.scalars(select(QuarantinedMessage.count)).all() == [2] * 300


@pytest.mark.parametrize("topic", ["nul\x00topic", "lone \udcff surrogate", "<img src=x onerror=alert(1)>"])
def test_a_hostile_topic_is_kept_as_text(database: Database, ingest: Ingest, topic: str) -> None:
    ingest.store([said(topic, b"x\x00y")])
    assert reasons(database) == ["unknown-topic"]


def test_a_hostile_word_is_stored_without_what_a_store_refuses(database: Database, ingest: Ingest) -> None:
    register(database, "wall", "hub/wall", options={"fields": {"x_note": {"path": "d"}}})
    ingest.store([said("hub/wall", '{"d": "a\\u0000b%s"}' % ("x" * 2000))])
    with database.read() as session:
        assert words(session, "x_note") == ["ab" + "x" * 498]


def test_a_number_where_a_word_stood_is_kept_beside_it(database: Database, ingest: Ingest) -> None:
    register(database, "wall", "hub/wall", options={"fields": {"x_level": {"path": "l"}}})
    ingest.store([said("hub/wall", '{"l": "high"}'), said("hub/wall", '{"l": 7}', NOON + SECOND)])
    with database.read() as session:
        assert words(session, "x_level") == ["high"]
        assert numbers(session, "x_level") == [(NOON + SECOND, 7.0)]


def test_a_device_registered_after_the_start_is_heard(database: Database, ingest: Ingest) -> None:
    ingest.store([said("hub/wall", '{"t": 1}')])
    register(database, "wall", "hub/wall")
    with database.write() as session:
        from campus.notes import write_note

        write_note(session, "registry_version", "2")
    ingest.store([said("hub/wall", '{"t": 2}', NOON + SECOND)])
    with database.read() as session:
        assert numbers(session) == [(NOON + SECOND, 2.0)]


def test_a_device_remembers_what_it_said_when_another_is_registered(
    database: Database, ingest: Ingest
) -> None:
    register(database, "meter", "dsmr", format="dsmr", options={})
    ingest.store([said("dsmr/reading/electricity_delivered_1", "10")])
    register(database, "wall", "hub/wall")
    with database.write() as session:
        write_note(session, REGISTRY_NOTE, "another")
    ingest.store([said("dsmr/reading/electricity_delivered_2", "5", NOON + SECOND)])
    with database.read() as session:
        assert (NOON + SECOND, 15.0) in numbers(session, "energy_import")


def test_a_topic_that_a_configuration_has_named_is_followed(database: Database, ingest: Ingest) -> None:
    register(database, "porch", "homeassistant/sensor/porch", format="homeassistant", options={})
    ingest.store([said("z/porch", '{"t": 1}')])
    assert reasons(database) == ["unknown-topic"]
    config = '{"stat_t": "z/porch", "val_tpl": "{{ value_json.t }}", "dev_cla": "temperature"}'
    ingest.store([said("homeassistant/sensor/porch/config", config, retained=True)])
    ingest.store([said("z/porch", '{"t": 21.5}', NOON + SECOND)])
    with database.read() as session:
        assert numbers(session) == [(NOON + SECOND, 21.5)]


def test_what_nobody_of_those_who_share_a_topic_takes_is_of_an_unknown_topic(
    database: Database, ingest: Ingest
) -> None:
    for name in ("a", "b"):
        register(database, name, "hub/lab", format="senml", options={"name": f"urn:dev:ow:{name}:"})
    ingest.store([said("hub/lab", '[{"n": "urn:dev:ow:b:temperature", "u": "Cel", "v": 20}]')])
    ingest.store([said("hub/lab", '[{"n": "urn:dev:ow:c:temperature", "u": "Cel", "v": 21}]', NOON + SECOND)])
    assert reasons(database) == ["unknown-topic"]
    with database.read() as session:
        assert numbers(session) == [(NOON, 20.0)]


def test_a_message_of_a_device_that_was_just_deleted_does_not_hold_up_the_others(
    database: Database, ingest: Ingest
) -> None:
    gone = register(database, "gone", "hub/gone")
    register(database, "wall", "hub/wall")
    ingest.store([said("hub/gone", '{"t": 1}'), said("hub/wall", '{"t": 1}')])
    with database.write() as session:
        session.delete(session.get_one(Device, gone))
    ingest.store([said("hub/gone", '{"t": 2}', NOON + SECOND), said("hub/wall", '{"t": 3}', NOON + SECOND)])
    with database.read() as session:
        assert numbers(session) == [(NOON, 1.0), (NOON + SECOND, 3.0)]
    assert reasons(database) == ["store-refused"]


def test_what_happened_within_the_hour_goes_to_live_pages_and_older_does_not(
    database: Database, ingest: Ingest
) -> None:
    from campus import clock

    register(database, "wall", "hub/wall")
    now = clock.now()
    ingest.store([said("hub/wall", '{"t": 1}', now - timedelta(days=1))])
    ingest.store([said("hub/wall", '{"t": 2}', now)])
    with database.read() as session:
        assert len(session.scalars(select(LiveBatch)).all()) == 1


def test_a_device_cannot_fill_the_store_with_names(database: Database, ingest: Ingest) -> None:
    options = {"fields": {f"x_{number}": {"path": "t"} for number in range(1001)}}
    register(database, "wall", "hub/wall", options=options)
    ingest.store([said("hub/wall", '{"t": 1}')])
    with database.read() as session:
        assert len(session.scalars(select(Series.id)).all()) == 1000
    assert reasons(database) == ["bad-name"]


def test_a_quarantined_message_is_read_after_its_device_is_registered(
    database: Database, ingest: Ingest
) -> None:
    ingest.store([said("hub/wall", '{"t": 8}')])
    with database.read() as session:
        held = session.scalars(select(QuarantinedMessage.id)).one()
    assert retry(database, held, ZONE, NOON) == "no device listens to this topic"
    register(database, "wall", "hub/wall")
    assert retry(database, held, ZONE, NOON) is None
    with database.read() as session:
        assert numbers(session) == [(NOON, 8.0)]
    assert reasons(database) == []


def test_a_retry_of_nothing_is_not_found(database: Database) -> None:
    with pytest.raises(NotFound):
        retry(database, 99, ZONE, NOON)


def test_marks_of_a_batch_are_recalled_and_forgotten(database: Database) -> None:
    from devices.intake import delivered
    from devices.intake.batch import fingerprint

    ingest = Ingest(database, ZONE, "ear")
    register(database, "wall", "hub/wall")
    ingest.store([Arrival("hub/wall", b'{"t": 1}', NOON, mark=7)])
    with database.read() as session:
        assert delivered.recall(session, "ear") == [(7, fingerprint("hub/wall", b'{"t": 1}'))]
        assert delivered.recall(session, "another ear") == []
    with database.write() as session:
        delivered.forget(session, "ear")
    with database.read() as session:
        assert delivered.recall(session, "ear") == []


def test_what_cannot_be_read_is_among_a_device_s_messages_too(database: Database, ingest: Ingest) -> None:
    device_id = register(database, "wall", "hub/wall")
    ingest.refresh()
    batch = Batch()
    for payload in ("no JSON", " " * (MAX_PAYLOAD + 1), '{"t": 1}'):
        batch.take(said("hub/wall", payload), ingest.directory)
    batch.take(said("hub/nobody", "1"), ingest.directory)
    assert [len(one.payload) for one in batch.of_device[device_id]] == [7, MAX_PAYLOAD + 1, 8]
    assert batch.of_device.keys() == {device_id}
