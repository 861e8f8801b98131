"""Days become blocks: nothing is lost, nothing doubled, and who reads meanwhile sees all of it once."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, event, func, select, update
from sqlalchemy.orm import Session

from campus.database import Database
from campus.moments import SECOND, to_micros
from devices.history.blocks import DAY, BrokenBlock
from devices.history.models import Block, BlockInstants, HotReading, HotState
from devices.history.read import SeriesRef, ask, newest, raw, read
from devices.history.sealing import seal, seal_oldest
from tests.devices.history.keeping import (
    FIRST_DAY,
    after,
    after_reading,
    arrive,
    begin_anew,
    instants,
    make_series,
)

LATER = FIRST_DAY + timedelta(days=30)
ALWAYS = (FIRST_DAY - timedelta(days=9), LATER)


def by_the_hour(days: float, change: float = 0.0) -> dict[float, Any]:
    return {hour * 60.0: hour + change for hour in range(round(days * 24))}


def all_of(session: Session, ref: SeriesRef) -> list[tuple[int, Any]]:
    return [(to_micros(point.at), point.value) for point in raw(session, ref, *ALWAYS)]


def counts(database: Database, ref: SeriesRef) -> tuple[int, int]:
    """Hot rows, and values in blocks."""
    table = HotState if ref.is_text else HotReading
    with database.read() as session:
        hot = select(func.count()).select_from(table).where(table.series_id == ref.id)
        sealed = select(func.sum(Block.count)).where(Block.series_id == ref.id)
        return session.scalar(hot) or 0, session.scalar(sealed) or 0


def test_a_day_is_sealed_two_days_after_its_end(database: Database) -> None:
    ref = make_series(database)
    arrive(database, ref, instants(by_the_hour(4)))
    assert seal(database, FIRST_DAY + timedelta(days=3, hours=-1)) == 0
    assert seal(database, FIRST_DAY + timedelta(days=3)) == 1
    assert counts(database, ref) == (72, 24)
    with database.read() as session:
        assert all_of(session, ref) == instants(by_the_hour(4))


def test_the_newest_value_stays_hot_for_whoever_asks_for_it(database: Database) -> None:
    ref = make_series(database)
    arrive(database, ref, instants(by_the_hour(2)))
    seal(database, LATER)
    assert counts(database, ref) == (1, 47)
    assert seal(database, LATER) == 0  # and it is not tried again and again
    with database.read() as session:
        assert newest(session, [ref])[ref.id].value == 47
        assert all_of(session, ref) == instants(by_the_hour(2))


def test_words_are_sealed_as_well(database: Database) -> None:
    ref = make_series(database, "door", is_text=True)
    said = instants({0: "open", 5: "closed", 70: "ñ “<b>", 3000: "open", 3001: "closed"})
    arrive(database, ref, said)
    assert seal(database, LATER) == 2
    assert counts(database, ref) == (1, 4)
    with database.read() as session:
        assert all_of(session, ref) == said
        first, second = read(session, ref, after(0), after(20), 600)
        assert (first.last, first.count, second.last, second.count) == ("closed", 2, "closed", 0)


def test_what_comes_late_stands_beside_its_block_until_the_day_is_sealed_again(database: Database) -> None:
    ref = make_series(database)
    arrive(database, ref, instants(by_the_hour(3)))
    seal(database, LATER)
    late = {30.0: -1.0, 60.0: -2.0}  # between two values, and in the place of one
    arrive(database, ref, instants(late))
    expected = sorted({**dict(instants(by_the_hour(3))), **dict(instants(late))}.items())
    with database.read() as session:
        assert all_of(session, ref) == expected
    assert seal(database, LATER) == 1
    assert counts(database, ref) == (1, 72)
    with database.read() as session:
        assert all_of(session, ref) == expected


def test_a_span_between_two_sealed_values_has_what_came_late_for_it(database: Database) -> None:
    ref = make_series(database)
    arrive(database, ref, instants({0: 1.0, 600: 2.0, 3000: 3.0}))
    seal(database, LATER)
    arrive(database, ref, instants({300: 9.0}))
    with database.read() as session:
        assert [point.value for point in raw(session, ref, after(200), after(400))] == [9]
        assert raw(session, ref, after(301), after(400)) == []
        (bucket,) = read(session, ref, after(290), after(310), 1200)
    assert (bucket.mean, bucket.count, bucket.coverage) == (9, 1, 0.5)


def test_the_tier_of_an_answer_is_told(database: Database) -> None:
    ref = make_series(database)
    arrive(database, ref, instants(by_the_hour(3)))
    with database.read() as session:
        assert ask(session, [ref], after(0), after(60), 600)[0].tier == "hot"
    seal(database, LATER)
    with database.read() as session:
        assert ask(session, [ref], after(0), after(60), 600)[0].tier == "blocks"


def test_a_page_of_raw_values_may_begin_and_end_anywhere(database: Database) -> None:
    ref = make_series(database)
    arrive(database, ref, instants(by_the_hour(4)))
    seal(database, FIRST_DAY + timedelta(days=4))
    with database.read() as session:
        whole = raw(session, ref, *ALWAYS)
        for start in range(0, 96, 7):
            page = raw(session, ref, whole[start].at, LATER, limit=30)
            assert page == whole[start : start + 30]


def test_series_of_one_message_share_their_instants(database: Database) -> None:
    refs = [make_series(database, metric) for metric in ("power", "voltage", "current")]
    elsewhere = make_series(database, "power", device="elsewhere")
    told = instants(by_the_hour(2))
    for ref in (*refs, elsewhere):
        arrive(database, ref, told)
    seal(database, LATER)
    assert shared(database) == 4  # two days of two devices
    arrive(database, refs[1], instants({30: 7.0}))
    seal(database, LATER)
    assert shared(database) == 5
    for ref in (refs[0], refs[2]):
        arrive(database, ref, instants({30: 7.0}))
    seal(database, LATER)
    assert shared(database) == 4  # what nobody has any more is gone
    with database.read() as session:
        for ref in refs:
            assert all_of(session, ref) == sorted([*told, *instants({30: 7.0})])
        assert all_of(session, elsewhere) == told


def shared(database: Database) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(BlockInstants)) or 0


def test_a_device_goes_with_its_blocks(database: Database) -> None:
    ref = make_series(database)
    arrive(database, ref, instants(by_the_hour(2)))
    seal(database, LATER)
    begin_anew(database)
    assert (shared(database), counts(database, ref)) == (0, (0, 0))


@pytest.mark.parametrize("change", [{"values": b"no block"}, {"count": 3}, {"version": 9}, {"checksum": 1}])
def test_a_broken_block_is_named_and_never_read(database: Database, change: dict[str, Any]) -> None:
    ref = make_series(database)
    arrive(database, ref, instants(by_the_hour(3)))
    seal(database, LATER)
    with database.write() as session:
        session.execute(update(Block).where(Block.day == to_micros(FIRST_DAY) // DAY).values(**change))
    with database.read() as session:
        with pytest.raises(BrokenBlock, match=f"series {ref.id} on 2026-03-06"):
            raw(session, ref, *ALWAYS)
        with pytest.raises(BrokenBlock):
            read(session, ref, after(0), after(60), 60)
        assert len(raw(session, ref, after(1440), LATER)) == 48  # the other days can be read


def test_what_comes_late_for_a_broken_block_is_kept_and_others_are_sealed(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    broken, sound = make_series(database), make_series(database, "voltage")
    arrive(database, broken, instants(by_the_hour(2)))
    seal(database, LATER)
    with database.write() as session:
        session.execute(update(Block).values(checksum=1))
    arrive(database, broken, instants({30: 5.0}))
    arrive(database, sound, instants(by_the_hour(2)))
    assert seal(database, LATER) == 2
    assert counts(database, broken) == (2, 47)
    assert "not sealed: The sealed values of series" in caplog.text


def test_a_reader_sees_one_moment_while_a_day_is_sealed(database: Database) -> None:
    ref = make_series(database)
    arrive(database, ref, instants(by_the_hour(3)))
    with database.read() as session:
        before = all_of(session, ref)
        seal(database, LATER)
        assert all_of(session, ref) == before
    with database.read() as session:
        assert all_of(session, ref) == before


@pytest.mark.postgres
def test_a_day_that_is_sealed_between_the_two_questions_of_a_reader_is_seen_once(
    on_postgres: Database,
) -> None:
    """In a transaction that is no snapshot (a writer's, on PostgreSQL) hot rows are asked for first."""
    database = on_postgres
    ref = make_series(database)
    arrive(database, ref, instants(by_the_hour(3)))
    with Session(database.engine) as session:
        asked: list[str] = []

        def seal_in_between(*call: Any) -> None:
            if "FROM block" in call[2] and not asked:
                asked.append(call[2])
                seal(database, LATER)

        event.listen(database.engine, "before_cursor_execute", seal_in_between)
        assert all_of(session, ref) == instants(by_the_hour(3))
        assert asked


@pytest.mark.postgres
def test_a_value_that_comes_while_its_day_is_being_sealed_is_not_lost(on_postgres: Database) -> None:
    """The hot rows that go are those that were read: they are deleted and handed over in one."""
    database = on_postgres
    ref = make_series(database)
    arrive(database, ref, instants(by_the_hour(3)))
    came: list[str] = []

    def come(*call: Any) -> None:
        if call[2].startswith("INSERT INTO block") and not came:
            came.append(call[2])
            arrive(database, ref, instants({30: -1.0}))

    event.listen(database.engine, "before_cursor_execute", come)
    seal(database, LATER)
    seal(database, LATER)
    with database.read() as session:
        assert all_of(session, ref) == sorted(instants(by_the_hour(3) | {30: -1.0}))
    assert came


def test_sealing_takes_one_short_transaction_for_each_day(sqlite_database: Database) -> None:
    ref = make_series(sqlite_database)
    arrive(sqlite_database, ref, instants(by_the_hour(5)))
    began: list[int] = []

    def begin(connection: Connection) -> None:
        if connection.get_execution_options().get("writes"):
            began.append(len(began))

    event.listen(sqlite_database.engine, "begin", begin)
    cutoff = to_micros(FIRST_DAY) + 3 * DAY
    while seal_oldest(sqlite_database, ref.id, False, cutoff):
        pass
    assert len(began) == 3


def test_what_comes_between_packing_and_writing_is_in_the_block(
    sqlite_database: Database, elsewhere: Database
) -> None:
    ref = make_series(sqlite_database)
    arrive(sqlite_database, ref, instants(by_the_hour(2)))

    def come(number: int) -> None:
        if number == 1:  # the day is read and packed, and is to be written
            arrive(elsewhere, ref, instants({30: -1.0}))

    after_reading(sqlite_database, come)
    assert seal(sqlite_database, LATER) == 2
    assert counts(sqlite_database, ref) == (1, 48)


def test_a_day_that_another_worker_sealed_meanwhile_is_not_sealed_twice(
    sqlite_database: Database, elsewhere: Database
) -> None:
    ref = make_series(sqlite_database)
    arrive(sqlite_database, ref, instants(by_the_hour(2)))
    sealed: list[int] = []

    def race(number: int) -> None:
        if number == 1:
            sealed.append(seal(elsewhere, LATER))

    after_reading(sqlite_database, race)
    assert seal(sqlite_database, LATER) == 0
    assert sealed == [2]
    with sqlite_database.read() as session:
        assert all_of(session, ref) == instants(by_the_hour(2))


def test_a_round_ends_where_it_is_told_to(sqlite_database: Database) -> None:
    ref = make_series(sqlite_database)
    arrive(sqlite_database, ref, instants(by_the_hour(6)))
    assert seal(sqlite_database, LATER, lambda took_s: took_s < 0) == 1
    assert seal(sqlite_database, LATER) == 5


def test_any_float_comes_back_from_its_block_as_it_was_in_the_hot_row(database: Database) -> None:
    ref = make_series(database)
    chance = random.Random(9)
    values = [0.1 + 0.2, 1e308, -1e-308, 5e-324, 1 / 3, *(chance.uniform(-1e9, 1e9) for _ in range(200))]
    said = [(to_micros(FIRST_DAY) + place * SECOND, value) for place, value in enumerate(values)]
    arrive(database, ref, said)
    seal(database, LATER)
    with database.read() as session:
        assert [value.hex() for _at, value in all_of(session, ref)] == [value.hex() for _at, value in said]
