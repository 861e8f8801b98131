"""Use case: a campus without a member gets its first one, who runs it. There is one such moment."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from campus.audit import Origin, record
from campus.database import wait_for_turn
from campus.moments import rfc3339
from campus.naming import name_campus
from campus.notes import read_note, write_note
from campus.people import tickets
from campus.people.keychain import Ticket
from campus.people.members import add_member
from campus.people.models import Member
from campus.people.secrets import digest
from campus.spaces.importing import import_rooms
from campus.spaces.room_list import Room

Start = Literal["empty", "demo", "rooms"]
PURPOSE = "first-run"
CODE_LIFETIME = timedelta(hours=24)
CODE_LETTERS, CODE_LENGTH = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ", 16
"""80 bits in letters that nobody takes for another: nobody guesses one in a day."""
DEMO_WANTED = "demo-wanted"
FIRST_TURN = 3
"""Whoever wants to be the first waits for this turn (see wait_for_turn)."""


@dataclass(frozen=True, slots=True)
class Founding:
    """What the first visitor said, checked; of the password its hash alone."""

    campus: str
    name: str
    email: str
    password_hash: str
    locale: str | None = None
    start: Start = "empty"
    rooms: tuple[Room, ...] = ()


def is_unfounded(session: Session) -> bool:
    """True as long as nobody is a member, nor ever was; the demo hub brings its own."""
    return session.scalar(select(Member.id).limit(1)) is None and read_note(session, "demo") is None


def new_code(session: Session, now: datetime) -> str:
    """The code that lets one found the campus from another machine. The ones before it are void."""
    session.execute(delete(Ticket).where(Ticket.purpose == PURPOSE))
    code = "".join(secrets.choice(CODE_LETTERS) for _letter in range(CODE_LENGTH))
    session.add(Ticket(digest=digest(code), purpose=PURPOSE, data={}, expires_at=now + CODE_LIFETIME))
    return "-".join(code[start : start + 4] for start in range(0, CODE_LENGTH, 4))


def is_code(session: Session, typed: str, now: datetime) -> bool:
    """True if this is the code, however it was typed: small letters, spaces, without hyphens."""
    plain = re.sub(r"[^A-Z0-9]", "", typed.upper())
    return len(plain) == CODE_LENGTH and tickets.peek(session, PURPOSE, plain, now) is not None


def found(session: Session, said: Founding, address: str, now: datetime) -> Member | None:
    """The administrator of the campus that begins with this; None if somebody else was quicker.

    Raises BadRequest if the name or the mail address cannot be.
    """
    wait_for_turn(session, FIRST_TURN)
    if not is_unfounded(session):
        return None
    member = add_member(session, email=said.email, name=said.name, role="admin", password=None, now=now)
    member.password_hash, member.locale = said.password_hash, said.locale
    session.execute(delete(Ticket).where(Ticket.purpose == PURPOSE))
    name_campus(session, said.campus)
    by = Origin(member.id, address, "browser")
    record(session, by, "campus.begin", "campus", now, after={"start": said.start})
    if said.start == "demo":
        write_note(session, DEMO_WANTED, rfc3339(now))
    import_rooms(session, said.rooms, by, now)
    return member


def awaits_demo(session: Session) -> bool:
    """True if the demo hub was asked for on the first page and is not (wholly) there yet."""
    return read_note(session, DEMO_WANTED) is not None and read_note(session, "demo") is None
