"""The store's promises, on both engines."""

from __future__ import annotations

from campus.database import Database
from campus.notes import read_note, write_note


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
