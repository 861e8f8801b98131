"""Rooms on the overview: free, busy or closed, and until when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from campus.bookings.models import Booking, Occurrence
from campus.database import Database
from campus.people.models import Member
from campus.spaces.models import Resource
from dashboards.board import Board
from dashboards.rooms import RoomCard, room_cards

JUAREZ = ZoneInfo("America/Ciudad_Juarez")
NOON = datetime(2026, 3, 3, 19, 0, tzinfo=UTC)  # Tuesday 12:00 in Juárez
HOURS = {"tue": [["08:00", "20:00"]]}


@pytest.fixture
def room(database: Database) -> Resource:
    with database.write() as session:
        made = Resource(slug="r", name="Sala", kind="room", opening_hours=HOURS, policy={}, created_at=NOON)
        session.add(made)
    return made


def book(database: Database, room: Resource, member: Member, start: datetime, minutes: int) -> None:
    end = start + timedelta(minutes=minutes)
    with database.write() as session:
        booking = Booking(
            resource_id=room.id, member_id=member.id, made_by_id=member.id, title="x", created_at=NOON
        )
        span = {"start": start, "end": end, "blocked_start": start, "blocked_end": end}
        booking.occurrences = [Occurrence(resource_id=room.id, status="confirmed", **span)]
        session.add(booking)


def card(database: Database, now: datetime) -> RoomCard:
    with database.read() as session:
        (found,) = room_cards(session, Board(now, 0, []), now, JUAREZ)
    return found


@pytest.mark.usefixtures("room")
def test_a_room_without_bookings_is_free_until_it_closes(database: Database) -> None:
    found = card(database, NOON)
    assert (found.status, found.until) == ("free", NOON + timedelta(hours=8))


def test_a_room_is_free_until_its_next_booking(database: Database, room: Resource, member: Member) -> None:
    book(database, room, member, NOON + timedelta(hours=1), 60)
    assert card(database, NOON).until == NOON + timedelta(hours=1)


def test_a_room_is_busy_until_the_last_of_bookings_back_to_back(
    database: Database, room: Resource, member: Member
) -> None:
    book(database, room, member, NOON - timedelta(minutes=30), 60)
    book(database, room, member, NOON + timedelta(minutes=30), 60)
    found = card(database, NOON)
    assert (found.status, found.until) == ("busy", NOON + timedelta(minutes=90))


@pytest.mark.usefixtures("room")
def test_a_room_that_is_closed_says_when_it_opens(database: Database) -> None:
    found = card(database, NOON - timedelta(hours=6))
    assert (found.status, found.until) == ("closed", NOON - timedelta(hours=4))


@pytest.mark.usefixtures("room")
def test_a_room_that_opens_no_more_today_says_nothing_else(database: Database) -> None:
    found = card(database, NOON + timedelta(hours=9))
    assert (found.status, found.until) == ("closed", None)
