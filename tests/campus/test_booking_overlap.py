"""The database itself refuses an overlap: whoever writes, by whichever way, on both engines."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from campus.bookings.models import Booking, Occurrence
from campus.database import Database, is_slot_taken
from campus.people.models import Member
from campus.spaces.models import Resource
from campus.spaces.resources import Description, put_resource

DAY = datetime(2026, 3, 3, tzinfo=UTC)


@pytest.fixture
def rooms(database: Database) -> list[int]:
    """The ids of two rooms."""
    with database.write() as session:
        made = [put_resource(session, slug, Description(slug, "room"), DAY)[0] for slug in ("one", "two")]
        return [room.id for room in made]


def write(
    database: Database,
    member: Member,
    room: int,
    hours: tuple[float, float],
    *,
    status: str = "confirmed",
    buffer: float = 0,
) -> int:
    """Straight into the table, as no desk ever asked. The occurrence's id."""
    start, end = (DAY + timedelta(hours=hour) for hour in hours)
    with database.write() as session:
        booking = Booking(
            resource_id=room, member_id=member.id, made_by_id=member.id, title="Test", created_at=DAY
        )
        session.add(booking)
        session.flush()
        occurrence = Occurrence(
            booking_id=booking.id,
            resource_id=room,
            start=start,
            end=end,
            blocked_start=start,
            blocked_end=end + timedelta(hours=buffer),
            status=status,
        )
        session.add(occurrence)
        session.flush()
        return occurrence.id


def change(database: Database, occurrence_id: int, **values: object) -> None:
    with database.write() as session:
        session.execute(update(Occurrence).where(Occurrence.id == occurrence_id).values(**values))


@pytest.mark.parametrize("hours", [(10, 11), (10.5, 10.75), (9, 12), (9, 10.01), (10.99, 12)])
def test_an_overlapping_insert_is_refused(
    database: Database, member: Member, rooms: list[int], hours: tuple[float, float]
) -> None:
    write(database, member, rooms[0], (10, 11))
    with pytest.raises(IntegrityError) as refused:
        write(database, member, rooms[0], hours)
    assert is_slot_taken(refused.value)


def test_back_to_back_bookings_do_not_collide(database: Database, member: Member, rooms: list[int]) -> None:
    for hours in ((10, 11), (11, 12), (9, 10)):
        assert write(database, member, rooms[0], hours)


def test_another_resource_is_not_in_the_way(database: Database, member: Member, rooms: list[int]) -> None:
    write(database, member, rooms[0], (10, 11))
    assert write(database, member, rooms[1], (10, 11))


def test_a_cancelled_booking_blocks_nothing(database: Database, member: Member, rooms: list[int]) -> None:
    write(database, member, rooms[0], (10, 11), status="cancelled")
    held = write(database, member, rooms[0], (10, 11))
    change(database, held, status="cancelled")
    assert write(database, member, rooms[0], (10, 11))


def test_a_pending_booking_holds_its_time(database: Database, member: Member, rooms: list[int]) -> None:
    write(database, member, rooms[0], (10, 11), status="pending")
    with pytest.raises(IntegrityError):
        write(database, member, rooms[0], (10, 11))


def test_moving_into_another_booking_is_refused(database: Database, member: Member, rooms: list[int]) -> None:
    write(database, member, rooms[0], (10, 11))
    later = write(database, member, rooms[0], (12, 13))
    with pytest.raises(IntegrityError) as refused:
        change(database, later, start=DAY + timedelta(hours=10.5), blocked_start=DAY + timedelta(hours=10.5))
    assert is_slot_taken(refused.value)


def test_bringing_a_cancelled_booking_back_is_refused_where_the_time_is_gone(
    database: Database, member: Member, rooms: list[int]
) -> None:
    gone = write(database, member, rooms[0], (10, 11), status="cancelled")
    write(database, member, rooms[0], (10, 11))
    with pytest.raises(IntegrityError):
        change(database, gone, status="confirmed")


def test_changing_the_room_into_a_taken_one_is_refused(
    database: Database, member: Member, rooms: list[int]
) -> None:
    write(database, member, rooms[0], (10, 11))
    other = write(database, member, rooms[1], (10, 11))
    with pytest.raises(IntegrityError):
        change(database, other, resource_id=rooms[0])


def test_a_booking_may_be_made_longer_or_shorter_on_its_own_ground(
    database: Database, member: Member, rooms: list[int]
) -> None:
    own = write(database, member, rooms[0], (10, 11))
    for hours in (12, 10.5):
        end = DAY + timedelta(hours=hours)
        change(database, own, end=end, blocked_end=end)
        with database.read() as session:
            assert session.get_one(Occurrence, own).end == end


def test_a_buffer_is_part_of_what_is_blocked(database: Database, member: Member, rooms: list[int]) -> None:
    write(database, member, rooms[0], (10, 11), buffer=0.25)
    with pytest.raises(IntegrityError):
        write(database, member, rooms[0], (11, 12))
    write(database, member, rooms[0], (11.25, 12))


def test_a_booking_that_ends_before_it_starts_is_refused_for_another_reason(
    database: Database, member: Member, rooms: list[int]
) -> None:
    with pytest.raises(IntegrityError) as refused:
        write(database, member, rooms[0], (11, 10))
    assert not is_slot_taken(refused.value)


def test_resources_keep_their_identity(database: Database, rooms: list[int]) -> None:
    with database.write() as session:
        resource, is_new = put_resource(session, "one", Description("Sala", "room"), DAY)
        assert not is_new
        assert resource.id == rooms[0]
        assert session.get_one(Resource, rooms[0]).name == "Sala"
