"""What a door says in words: in the campus zone, as far ahead as people plan at a door."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from apiflask import APIFlask
from flask_babel import force_locale

from campus.bookings import desk
from campus.bookings.desk import Wish
from campus.bookings.door.door_view import View, view
from campus.database import Database
from campus.people.models import Member
from campus.spaces.models import Closure
from campus.spaces.resources import Description, find_resource, put_resource
from tests.campus.test_departure import ZONE

WEEK = {day: [["08:00", "20:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE).astimezone(UTC)


@pytest.fixture
def door(app: APIFlask, sqlite_database: Database, member: Member) -> Iterator[Database]:
    """A room that is open from Monday to Friday."""
    with sqlite_database.write() as store:
        put_resource(
            store,
            "glass",
            Description("Glass", "room", 4, WEEK, {"check_in_minutes": 20}),
            local("2026-03-01"),
        )
    with app.test_request_context():
        yield sqlite_database


def seen(database: Database, now: str) -> View:
    with database.read() as store:
        return view(store, find_resource(store, "glass"), local(now), ZONE)


def book(database: Database, member: Member, start: str, end: str) -> None:
    with database.write() as store:
        wish = Wish("glass", local(start), local(end), "Standup")
        desk.book(store, wish, store.get_one(Member, member.id), local("2026-03-01"), ZONE)


@pytest.mark.parametrize(
    ("now", "answer", "spanish"),
    [
        ("2026-03-03T12:00", "Free until 20:00", "Libre hasta 20:00"),
        ("2026-03-03T07:00", "Closed until 08:00", "Cerrado hasta 08:00"),
        ("2026-03-03T21:00", "Closed until 08:00", "Cerrado hasta 08:00"),  # tomorrow
        ("2026-03-06T21:00", "Closed until Mon 08:00", "Cerrado hasta lun 08:00"),  # over the clock change
    ],
)
def test_the_answer_names_the_next_time_of_the_campus_clock(
    door: Database, now: str, answer: str, spanish: str
) -> None:
    assert seen(door, now).answer == answer
    with force_locale("es_MX"):
        assert seen(door, now).answer == spanish


def test_a_closure_is_closed_and_a_long_one_says_the_day(door: Database, member: Member) -> None:
    with door.write() as store:
        told = {"reason": "Works", "made_by_id": member.id, "created_at": local("2026-03-01")}
        store.add(Closure(start=local("2026-03-03T10:00"), end=local("2026-03-10T12:00"), **told))
    assert seen(door, "2026-03-03T09:00").answer == "Free until 10:00"
    assert seen(door, "2026-03-03T11:00").answer == "Closed until Tue 10 Mar 12:00"
    assert seen(door, "2026-03-03T11:00").offers == []


def test_what_ends_after_midnight_is_free_today(door: Database) -> None:
    with door.write() as store:
        put_resource(store, "glass", Description("Glass", "room", 4), local("2026-03-01"))
    found = seen(door, "2026-03-03T23:30")
    assert found.answer == "Free today"
    assert [minutes for minutes, _span in found.offers] == [15, 30, 60]


def test_the_door_knows_who_is_there_and_who_comes_next(door: Database, member: Member) -> None:
    book(door, member, "2026-03-03T12:00", "2026-03-03T13:00")
    book(door, member, "2026-03-03T14:00", "2026-03-03T15:00")
    found = seen(door, "2026-03-03T12:10")
    assert found.answer == "In use until 13:00"
    assert found.more_today
    assert found.here == found.plate.current
    assert found.asked_by == local("2026-03-03T12:20")
    assert seen(door, "2026-03-03T12:25").asked_by is None  # what has passed is asked for by nobody
    assert found.plate.current
    assert found.plate.current.title is None
    assert not seen(door, "2026-03-03T15:10").more_today


def test_the_next_one_is_of_today_alone(door: Database, member: Member) -> None:
    book(door, member, "2026-03-04T09:00", "2026-03-04T10:00")
    assert not seen(door, "2026-03-03T19:00").more_today


def test_times_are_those_of_the_clock_after_it_changed(door: Database, member: Member) -> None:
    book(door, member, "2026-03-09T09:00", "2026-03-09T10:00")
    found = seen(door, "2026-03-09T08:30")
    assert found.answer == "Free until 09:00"
    assert found.plate.until == datetime(2026, 3, 9, 15, tzinfo=UTC)
    assert [span.length for _minutes, span in found.offers] == [timedelta(minutes=15), timedelta(minutes=30)]
