"""A new booking as it is entered, and as everybody reads it afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event, inspect
from sqlalchemy.orm import Session

from campus.audit import Origin
from campus.bookings import reception
from campus.bookings.desk import Wish
from campus.database import Base, Database, is_sqlite
from campus.people.models import Member
from tests.campus.bookings.front import Front, at


def columns(row: Base) -> dict[str, object]:
    return {one.key: getattr(row, one.key) for one in inspect(type(row)).column_attrs}


@contextmanager
def questions(database: Database) -> Iterator[list[str]]:
    asked: list[str] = []

    def note(*call: object) -> None:
        asked.append(str(call[2]))

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(database.engine, "before_cursor_execute", note)


@pytest.mark.parametrize("repeat", [None, "FREQ=DAILY;COUNT=3"])
def test_what_is_handed_back_is_what_is_read_later(front: Front, member: Member, repeat: str | None) -> None:
    front.add("glass", policy={"buffer_after_minutes": 15})
    made = front.book(member, 9, 10, repeat=repeat, guests=("eva@guest.example",), attendees=3).booking
    found = front.found(made.id, member)
    assert columns(found) == columns(made)
    assert [columns(time) for time in found.occurrences] == [columns(time) for time in made.occurrences]
    assert all(time.booking_id == made.id for time in made.occurrences)
    assert [time.start for time in made.occurrences] == sorted(time.start for time in made.occurrences)


def test_a_booking_just_made_can_be_changed_in_the_same_transaction(front: Front, member: Member) -> None:
    front.add("glass")
    with front.open() as session:
        wish = Wish("glass", at(9), at(10), "Test")
        made = reception.book(session, wish, member, Origin(member.id), **front.here).booking
        made.title = "Retro"
        made.occurrences[0].title = "Retro, late"
    found = front.found(made.id, member)
    assert (found.title, found.occurrences[0].title) == ("Retro", "Retro, late")
    assert (found.resource.slug, found.member.id) == ("glass", member.id)


def test_a_booking_is_ten_questions_whatever_the_engine(front: Front, member: Member) -> None:
    """Who books holds locks meanwhile, so that each costs everybody."""
    front.add("glass")
    front.book(member, 8, 9)
    with questions(front.database) as asked:
        front.book(member, 9, 10)
    assert len(asked) <= 10, asked
    with questions(front.database) as asked:
        front.book(member, 10, 11, repeat="FREQ=DAILY;COUNT=20")
    one_by_one = 19 if is_sqlite(Session(front.database.engine)) else 0  # where no round trip is saved
    assert len(asked) <= 10 + one_by_one, asked
