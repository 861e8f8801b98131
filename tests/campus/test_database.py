"""The store's promises, on both engines."""

from __future__ import annotations

from sqlalchemy import select

from campus.database import ROWS_AT_ONCE, Database, upsert_many
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
