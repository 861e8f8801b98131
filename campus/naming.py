"""What the campus is called: on every page, and as the sender of its mails."""

from __future__ import annotations

from sqlalchemy.orm import Session

from campus.notes import read_note, write_note

NOTE = "campus-name"
UNNAMED = "Campus"
LONGEST = 60


def campus_name(session: Session) -> str:
    """The name that it was given; `Campus` until then."""
    return read_note(session, NOTE) or UNNAMED


def name_campus(session: Session, name: str) -> None:
    """Call it `name` from now on: one line (see campus.fields.one_line), LONGEST letters at most."""
    write_note(session, NOTE, name)
