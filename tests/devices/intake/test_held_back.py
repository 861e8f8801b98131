"""What is held back and what floods, in the store: nothing acknowledged is lost, others are not concerned."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import event, select

from campus.database import Database
from campus.notes import write_note
from devices.floods import Flooding, flooding_now, floods
from devices.history.models import HotReading
from devices.intake.batch import Arrival, Batch
from devices.intake.directory import REGISTRY_NOTE
from devices.intake.ingest import Ingest
from devices.intake.models import HeldBack, LiveBatch, QuarantinedMessage
from devices.intake.retry import retry
from devices.models import Device
from tests.devices.intake.things import NOON, numbers, register, said, words

ZONE = ZoneInfo("America/Ciudad_Juarez")
SECOND = timedelta(seconds=1)
FIELDS = {
    "temperature": {"path": "t"},
    "power": {"path": "p"},
    "energy_import": {"path": "e"},
    "door": {"path": "d"},
    "x_note": {"path": "n"},
}
TIMED = {"temperature": {"path": "t", "at": "when"}}


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def tell(ingest: Ingest, *told: tuple[float, str], topic: str = "hub/wall") -> None:
    """Messages so many seconds after noon, each in a transaction of its own."""
    for seconds, payload in told:
        take(ingest, [said(topic, payload, after(seconds))])


def take(ingest: Ingest, arrivals: Iterable[Arrival]) -> None:
    """As the listener does it, the moment that the last of them has come."""
    ingest.refresh()
    batch = Batch()
    for arrival in arrivals:
        batch.take(arrival, ingest.directory)
    ingest.commit(batch, batch.arrivals[-1].at)


def kept(database: Database, metric: str = "temperature") -> list[tuple[float, float]]:
    with database.read() as session:
        return [((at - NOON).total_seconds(), value) for at, value in numbers(session, metric)]


def settle(database: Database, seconds: float) -> None:
    """What the job does at that time: it is another process's for all that it knows."""
    Ingest(database, ZONE).settle(after(seconds))


@pytest.fixture
def wall(database: Database) -> Ingest:
    """One value in ten seconds is kept."""
    register(database, "wall", "hub/wall", options={"fields": FIELDS, "min_interval_s": 10})
    return Ingest(database, ZONE)


def test_a_device_that_ticks_every_second_is_kept_once_in_ten(database: Database, wall: Ingest) -> None:
    tell(wall, *((number, f'{{"t": {number}}}') for number in range(31)))
    assert kept(database) == [(0, 0), (10, 10), (20, 20), (30, 30)]


def test_within_one_transaction_it_is_the_same(database: Database, wall: Ingest) -> None:
    take(wall, [said("hub/wall", f'{{"t": {number}}}', after(number)) for number in range(31)])
    assert kept(database) == [(0, 0), (10, 10), (20, 20), (30, 30)]


def test_the_last_value_before_a_silence_is_written_within_an_interval(
    database: Database, wall: Ingest
) -> None:
    tell(wall, (0, '{"t": 20}'), (3, '{"t": 25}'))
    settle(database, 12)
    assert kept(database) == [(0, 20)]
    settle(database, 14)
    assert kept(database) == [(0, 20), (3, 25)]
    settle(database, 60)
    assert kept(database) == [(0, 20), (3, 25)]
    tell(wall, (12, '{"t": 26}'), (14, '{"t": 27}'))
    assert kept(database) == [(0, 20), (3, 25), (14, 27)]


def test_what_is_released_goes_to_live_pages(sqlite_database: Database) -> None:
    register(sqlite_database, "wall", "hub/wall", options={"fields": FIELDS, "min_interval_s": 10})
    tell(Ingest(sqlite_database, ZONE), (0, '{"t": 20}'), (3, '{"t": 25}'))
    settle(sqlite_database, 14)
    with sqlite_database.read() as session:
        bodies = list(session.scalars(select(LiveBatch.body).order_by(LiveBatch.id)))
    assert b"25.0" in bodies[-1]


def test_another_worker_knows_what_was_kept_and_held_back(database: Database, wall: Ingest) -> None:
    tell(wall, (0, '{"t": 20}'), (3, '{"t": 25}'))
    other = Ingest(database, ZONE)
    tell(other, (5, '{"t": 26}'))
    tell(wall, (11, '{"t": 27}'))
    assert kept(database) == [(0, 20), (11, 27)]


def test_a_fall_of_a_counter_is_kept_with_the_value_before_it(database: Database, wall: Ingest) -> None:
    tell(wall, (0, '{"e": 10}'), (1, '{"e": 10.25}'), (2, '{"e": 0}'), (3, '{"e": 0.5}'), (4, '{"e": 0.75}'))
    assert kept(database, "energy_import") == [(0, 10), (1, 10.25), (2, 0), (3, 0.5)]


def test_every_change_of_a_word_is_kept_and_its_repetition_is_not(database: Database, wall: Ingest) -> None:
    doors = enumerate(["open", "open", "closed", "open"])
    tell(wall, *((number, f'{{"d": "{word}"}}') for number, word in doors))
    with database.read() as session:
        assert words(session, "door") == ["open", "closed", "open"]


def test_a_farewell_is_never_left_out(sqlite_database: Database) -> None:
    register(sqlite_database, "plug", "plug", format="tasmota", options={"min_interval_s": 60})
    ingest = Ingest(sqlite_database, ZONE)
    tell(ingest, (0, "Offline"), (1, "Offline"), topic="tele/plug/LWT")
    with sqlite_database.read() as session:
        assert words(session, "online") == ["offline", "offline"]


def test_a_change_below_the_band_is_not_kept_but_one_value_a_heartbeat(database: Database) -> None:
    options = {"fields": FIELDS, "dead_band": {"power": 5}}
    register(database, "wall", "hub/wall", options=options, expected_interval_s=30.0)
    ingest = Ingest(database, ZONE)
    tell(ingest, (0, '{"p": 100, "t": 1}'), (20, '{"p": 104}'), (40, '{"p": 96}'), (50, '{"p": 105}'))
    tell(ingest, (70, '{"p": 104, "t": 1}'), (90, '{"p": 104}'), (110, '{"p": 103}'))
    assert kept(database, "power") == [(0, 100), (50, 105), (110, 103)]
    assert kept(database) == [(0, 1), (70, 1)]


def test_what_comes_late_is_kept_and_so_is_an_import(database: Database) -> None:
    register(database, "wall", "hub/wall", options={"fields": TIMED, "min_interval_s": 600})
    ingest = Ingest(database, ZONE)
    times = ("18:00:00", "17:58:00", "17:58:01", "17:58:02")
    tell(
        ingest, *((place, f'{{"t": {place}, "when": "2026-06-15T{at}Z"}}') for place, at in enumerate(times))
    )
    assert kept(database) == [(-120, 1), (-119, 2), (-118, 3), (0, 0)]


def test_history_that_is_believed_is_kept_whole(database: Database) -> None:
    options = {"fields": TIMED, "min_interval_s": 600, "flood_limit": 1, "history": True}
    register(database, "wall", "hub/wall", options=options)
    ingest = Ingest(database, ZONE)
    for start in range(0, 2_000, 500):
        take(
            ingest,
            (
                said("hub/wall", f'{{"t": 1, "when": {1_300_000_000 + number}}}', after(number / 100))
                for number in range(start, start + 500)
            ),
        )
    assert len(kept(database)) == 2_000
    assert not ingest.flow.flooding


def test_what_was_in_the_quarantine_is_thinned_as_if_it_came_now(sqlite_database: Database) -> None:
    ingest = Ingest(sqlite_database, ZONE)
    tell(ingest, (0, '{"t": 20}'))
    register(sqlite_database, "wall", "hub/wall", options={"fields": FIELDS, "min_interval_s": 10})
    tell_again(sqlite_database)
    tell(ingest, (3, '{"t": 25}'))
    with sqlite_database.read() as session:
        held = session.scalars(select(QuarantinedMessage.id)).one()
    assert retry(sqlite_database, held, ZONE, after(4)) is None
    assert kept(sqlite_database) == [(0, 20), (3, 25)]


def tell_again(database: Database) -> None:
    with database.write() as session:
        write_note(session, REGISTRY_NOTE, "another")


def test_a_transaction_that_fails_leaves_what_was_held_back_as_it_was(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    register(sqlite_database, "wall", "hub/wall", options={"fields": FIELDS, "min_interval_s": 10})
    ingest = Ingest(sqlite_database, ZONE)
    tell(ingest, (0, '{"t": 20}'), (3, '{"t": 25}'))

    def refuse(*_arguments: Any) -> None:
        raise OSError("no space left")

    with monkeypatch.context() as patched:
        patched.setattr("devices.intake.delivered.record", refuse)
        with pytest.raises(OSError, match="no space"):
            tell(ingest, (5, '{"t": 26}'))
    settle(sqlite_database, 14)
    assert kept(sqlite_database) == [(0, 20), (3, 25)]


def test_a_hub_where_nobody_asks_for_it_pays_nothing(sqlite_database: Database) -> None:
    register(sqlite_database, "wall", "hub/wall", options={"fields": FIELDS})
    ingest = Ingest(sqlite_database, ZONE)
    tell(ingest, (0, '{"t": 20}'))
    asked: list[str] = []
    event.listen(
        sqlite_database.engine,
        "before_cursor_execute",
        lambda _connection, _cursor, statement, *_rest: asked.append(statement),
    )
    tell(ingest, (1, '{"t": 21}'), (2, '{"t": 22}'))
    assert not [statement for statement in asked if "held_back" in statement or "flood" in statement]


def test_options_that_are_taken_back_release_what_was_held(sqlite_database: Database) -> None:
    register(sqlite_database, "wall", "hub/wall", options={"fields": FIELDS, "min_interval_s": 10})
    ingest = Ingest(sqlite_database, ZONE)
    tell(ingest, (0, '{"t": 20}'), (3, '{"t": 25}'))
    with sqlite_database.write() as session:
        session.scalars(select(Device)).one().options = {"fields": FIELDS}
    tell_again(sqlite_database)
    tell(ingest, (4, '{"t": 26}'))
    settle(sqlite_database, 14)
    assert kept(sqlite_database) == [(0, 20), (3, 25), (4, 26)]
    with sqlite_database.read() as session:
        assert session.scalars(select(HeldBack.held_at)).one() is None


# Floods


def flood(ingest: Ingest, start: float, seconds: int, payload: Callable[[int], str], rate: int = 40) -> None:
    """So many messages a second of one device, and one of another in each; four transactions a second."""
    quarter = rate // 4
    for turn in range(seconds * 4):
        begin = start + turn / 4
        batch = [
            said("hub/loud", payload(turn * quarter + n), after(begin + n / rate)) for n in range(quarter)
        ]
        take(ingest, [*batch, said("hub/calm", f'{{"t": {turn}}}', after(begin + 0.2499))])


@pytest.fixture
def two(sqlite_database: Database) -> tuple[Database, Ingest]:
    """One that may say two values in five seconds, and one that has no limit of its own."""
    register(sqlite_database, "loud", "hub/loud", options={"fields": FIELDS, "flood_limit": 0.4})
    register(sqlite_database, "calm", "hub/calm", options={"fields": {"humidity": {"path": "t"}}})
    return sqlite_database, Ingest(sqlite_database, ZONE, "ear")


def told(database: Database, now: datetime) -> Flooding | None:
    with database.read() as session:
        found = session.scalars(select(Device).where(Device.slug == "loud")).all()
        return floods(session, found, now).get(found[0].id)


def test_a_device_that_floods_is_kept_once_a_second_and_others_wholly(two: tuple[Database, Ingest]) -> None:
    database, ingest = two
    flood(ingest, 0, 40, lambda number: f'{{"t": {number}}}')
    loud = [at for at, _value in kept(database) if at >= 30]
    assert len(loud) == 10
    assert len(kept(database, "humidity")) == 160
    ingest.settle(after(40))
    flooding = told(database, after(40))
    assert flooding is not None
    assert flooding.goes_on
    assert flooding.rate == pytest.approx(40, rel=0.1)
    assert flooding.since < after(3)
    stored = len(kept(database))
    assert stored + flooding.dropped == pytest.approx(40 * 40, abs=2)
    with database.read() as session:
        assert [device.slug for device, _flood in flooding_now(session, after(40))] == ["loud"]


def test_what_was_left_out_ends_with_the_newest_value(two: tuple[Database, Ingest]) -> None:
    database, ingest = two
    flood(ingest, 0, 20, lambda number: f'{{"t": {number}}}')
    ingest.settle(after(22))
    assert kept(database)[-1] == (19.975, 20 * 40 - 1)


def test_a_flood_ends_by_itself_and_the_end_is_told_for_a_day(two: tuple[Database, Ingest]) -> None:
    database, ingest = two
    flood(ingest, 0, 20, lambda number: f'{{"t": {number}}}')
    ingest.settle(after(20))
    for seconds in range(21, 40):
        ingest.settle(after(seconds))
    assert not ingest.flow.flooding
    ended = told(database, after(40))
    assert ended is not None
    assert ended.until is not None
    assert after(28) < ended.until < after(36)
    assert told(database, after(40) + timedelta(hours=25)) is None
    before = len(kept(database))
    tell(ingest, (41, '{"t": 1}'), (41.2, '{"t": 2}'), topic="hub/loud")
    assert len(kept(database)) == before + 2


def test_a_flood_of_words_is_bounded_as_well(two: tuple[Database, Ingest]) -> None:
    database, ingest = two
    flood(ingest, 0, 30, lambda number: f'{{"n": "word {number}"}}')
    with database.read() as session:
        there = len(words(session, "x_note"))
    assert there < 10 * 40 + 30
    flood(ingest, 30, 10, lambda number: f'{{"n": "word {number}"}}')
    with database.read() as session:
        assert len(words(session, "x_note")) - there == 10


def test_a_flood_of_late_values_is_bounded_as_well(sqlite_database: Database) -> None:
    options = {"fields": TIMED, "flood_limit": 0.1}
    register(sqlite_database, "loud", "hub/loud", options=options)
    ingest = Ingest(sqlite_database, ZONE)
    past = NOON.timestamp() - 3600
    for turn in range(16):
        batch = [f'{{"t": {n}, "when": {past - turn * 250 - n}}}' for n in range(250)]
        take(ingest, (said("hub/loud", one, after(turn / 4 + n / 1000)) for n, one in enumerate(batch)))
    assert ingest.flow.flooding
    there = len(kept(sqlite_database))
    for turn in range(16, 24):
        batch = [f'{{"t": {n}, "when": {past - turn * 250 - n}}}' for n in range(250)]
        take(ingest, (said("hub/loud", one, after(turn / 4 + n / 1000)) for n, one in enumerate(batch)))
    assert len(kept(sqlite_database)) - there == 2


def test_the_flood_of_a_worker_that_died_is_over(two: tuple[Database, Ingest]) -> None:
    database, ingest = two
    flood(ingest, 0, 20, lambda number: f'{{"t": {number}}}')
    ingest.settle(after(20))
    ended = told(database, after(120))
    assert ended is not None
    assert ended.until == after(20)


def test_a_backlog_with_times_of_its_own_is_no_flood(sqlite_database: Database) -> None:
    register(sqlite_database, "loud", "hub/loud", options={"fields": TIMED})
    ingest = Ingest(sqlite_database, ZONE)
    past = NOON.timestamp() - 30_000
    for start in range(0, 30_000, 1_000):
        batch = [
            said("hub/loud", f'{{"t": {n}, "when": {past + n}}}', after(start / 5_000 + n / 1e6))
            for n in range(start, start + 1_000)
        ]
        take(ingest, batch)
    ingest.settle(after(8))
    assert not ingest.flow.flooding
    assert len(kept(sqlite_database)) == 30_000


def test_a_queue_that_waited_at_the_broker_is_no_flood(two: tuple[Database, Ingest]) -> None:
    database, ingest = two
    tell(ingest, (0, '{"t": 1}'), topic="hub/loud")
    with database.read() as session:
        ingest.flow.returned(session, after(3600))
    flood(ingest, 3600, 35, lambda number: f'{{"t": {number}}}')
    assert not ingest.flow.flooding
    fresh = Ingest(database, ZONE, "ear")
    with database.read() as session:
        fresh.flow.returned(session, after(3635 + 1800))
    flood(fresh, 3635 + 1800, 20, lambda number: f'{{"t": {number}}}')
    assert not fresh.flow.flooding


def test_a_flood_that_nobody_can_read_is_flagged_and_one_row_stands_for_many(
    two: tuple[Database, Ingest],
) -> None:
    database, ingest = two
    flood(ingest, 0, 30, lambda number: f"poison {number}")
    assert ingest.flow.flooding
    with database.read() as session:
        rows = session.scalars(select(QuarantinedMessage).order_by(QuarantinedMessage.id)).all()
    assert len(rows) == 50
    assert rows[-1].received_at - rows[0].received_at == 49 * SECOND / 4  # each of another transaction
    assert sum(row.count for row in rows) == 30 * 40
    assert len(kept(database, "humidity")) == 120


def test_a_device_that_is_deleted_while_it_is_thinned_spoils_nothing(
    database: Database, wall: Ingest
) -> None:
    register(database, "calm", "hub/calm", options={"fields": {"humidity": {"path": "t"}}})
    tell(wall, (0, '{"t": 1}'), (1, '{"t": 2}'))
    with database.write() as session:
        session.delete(session.scalars(select(Device).where(Device.slug == "wall")).one())
    take(wall, [said("hub/wall", '{"t": 3}', after(2)), said("hub/calm", '{"t": 3}', after(2))])
    assert kept(database, "humidity") == [(2, 3)]
    with database.read() as session:
        assert session.scalars(select(QuarantinedMessage.topic)).all() == ["hub/wall"]
        assert session.scalars(select(HeldBack.series_id)).all() == []


def test_two_workers_and_the_job_agree_while_all_of_them_write(database: Database, wall: Ingest) -> None:
    """Each hears a half of what one device says, at the same time."""

    def hear(half: int) -> None:
        ingest = Ingest(database, ZONE)
        for at in range(half, 40, 2):
            tell(ingest, (at, f'{{"t": {at}, "p": {at}, "e": {at}}}'))
            if half:
                ingest.settle(after(at))

    with ThreadPoolExecutor() as pool:
        for heard in [pool.submit(hear, half) for half in (0, 1)]:
            heard.result()
    settle(database, 200)
    for metric in ("temperature", "power", "energy_import"):
        times = [at for at, _value in kept(database, metric)]
        assert times[-1] == 39
        assert all(value == at for at, value in kept(database, metric))


def test_a_device_that_is_gone_does_not_hold_up_the_others(two: tuple[Database, Ingest]) -> None:
    database, ingest = two
    flood(ingest, 0, 20, lambda number: f'{{"t": {number}}}')
    with database.write() as session:
        session.delete(session.scalars(select(Device).where(Device.slug == "loud")).one())
    ingest.settle(after(20))
    take(ingest, [Arrival("hub/calm", b'{"t": 7}', after(21))])
    with database.read() as session:
        assert session.scalars(select(HotReading.value).order_by(HotReading.at.desc())).first() == 7
