"""A demo hub of one member, for tests of when a demo is loaded."""

from __future__ import annotations

from datetime import datetime

from campus.database import Database
from campus.notes import write_note
from campus.people.members import add_member
from campus.settings import Settings


def load_demo(database: Database, settings: Settings, now: datetime) -> None:
    with database.write() as session:
        add_member(
            session, email="demo@hub.example", name="Demo", role="member", password="long enough", now=now
        )
        write_note(session, "demo", "1")
