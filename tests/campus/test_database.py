"""The store's promises, on both engines."""

from __future__ import annotations

import threading
import time

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from campus.database import ROWS_AT_ONCE, Database, upsert_many
from campus.engines import RESTED_S
from campus.moments import from_micros
from campus.notes import Heartbeat, Note, read_note, write_note


def test_a_reader_sees_one_snapshot_whatever_is_written_meanwhile(database: Database) -> None:
    with database.write() as session:
        write_note(session, "word", "before")
    with database.read() as reading:
        assert read_note(reading, "word") == "before"
        with database.write() as session:
            write_note(session, "word", "after")
        reading.expire_all()
        assert read_note(reading, "word") == "before"
    with database.read() as reading:
        assert read_note(reading, "word") == "after"


def test_a_question_alone_leaves_the_next_reader_their_snapshot(database: Database) -> None:
    with database.write() as session:
        write_note(session, "word", "before")
    with database.look() as looking:
        assert read_note(looking, "word") == "before"
    with database.read() as reading:
        assert read_note(reading, "word") == "before"
        with database.write() as session:
            write_note(session, "word", "after")
        with database.look() as looking:
            assert read_note(looking, "word") == "after"
        reading.expire_all()
        assert read_note(reading, "word") == "before"


def test_writers_of_one_process_stand_in_line(sqlite_database: Database) -> None:
    seen: list[str | None] = []

    def second() -> None:
        with sqlite_database.write() as session:
            seen.append(read_note(session, "word"))

    with sqlite_database.write() as session:
        other = threading.Thread(target=second)
        other.start()
        write_note(session, "word", "of the first")
    other.join(20)
    assert seen == ["of the first"]


def test_a_writer_who_fails_leaves_the_line(sqlite_database: Database) -> None:
    with pytest.raises(ZeroDivisionError), sqlite_database.write():
        raise ZeroDivisionError
    with sqlite_database.write() as session:
        write_note(session, "word", "after")


def test_after_a_rest_a_server_that_was_started_anew_is_found(database: Database) -> None:
    def ask(session: Session) -> bool:
        return bool(session.scalar(text("SELECT 1")))

    with database.read() as session:
        ask(session)
        if database.engine.dialect.name == "sqlite":  # a file has no server
            return
        own = session.scalar(text("SELECT pg_backend_pid()"))
    with database.engine.connect() as beside, database.engine.connect() as killer:
        pids = {beside.scalar(text("SELECT pg_backend_pid()")), own}
        beside.close()
        for pid in pids - {killer.scalar(text("SELECT pg_backend_pid()"))}:
            killer.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
    time.sleep(RESTED_S + 0.1)
    with database.read() as session:
        assert ask(session)
    with database.write() as session:
        assert ask(session)


def test_rows_are_kept_however_many_and_the_last_of_a_key_stands(database: Database) -> None:
    many = 2 * ROWS_AT_ONCE + ROWS_AT_ONCE // 2
    rows = [(f"note {number % many:03}", str(number)) for number in reversed(range(2 * many))]
    with database.write() as session:
        write_note(session, "note 007", "from before")
        session.flush()
        upsert_many(session.connection(), "note", ("name",), ("value",), rows)
    with database.read() as session:
        kept = session.execute(select(Note.name, Note.value).where(Note.name.like("note %"))).all()
    assert sorted(map(tuple, kept)) == [(f"note {number:03}", str(number)) for number in range(many)]


def test_a_single_row_and_none_at_all_are_kept_too(database: Database) -> None:
    with database.write() as session:
        upsert_many(session.connection(), "heartbeat", ("process",), ("at",), [])
        upsert_many(session.connection(), "heartbeat", ("process",), ("at",), [("ear", 5)])
    with database.read() as session:
        assert session.scalars(select(Heartbeat.at)).all() == [from_micros(5)]
