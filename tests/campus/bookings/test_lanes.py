"""What a lane shows, and to whom: taken, held, linked, closed, barred; and where one may move."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from campus.bookings import reception
from campus.bookings.timeline.blocks import Block
from campus.bookings.timeline.chosen import Chosen
from campus.bookings.timeline.day import Day, day_of
from campus.bookings.timeline.lanes import Row
from campus.people.models import Member
from campus.spaces.models import Closure, Resource, Training, TrainingRecord
from campus.spaces.spans import Span
from tests.campus.bookings.front import TUESDAY, Front, at

FROM_8_TO_20 = {day: [["08:00", "20:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}


def seen(front: Front, reader: Member, day: date = TUESDAY, **chosen: object) -> Day:
    with front.database.read() as session:
        return day_of(session, day, reader, **front.here, chosen=Chosen(**chosen))  # type: ignore[arg-type]


def row(front: Front, reader: Member, slug: str = "glass", day: date = TUESDAY) -> Row:
    return next(row for row in seen(front, reader, day).rows if row.slug == slug)


def only_block(front: Front, reader: Member, slug: str = "glass") -> Block:
    (block,) = row(front, reader, slug).blocks
    return block


@pytest.mark.parametrize(
    ("visibility", "reader", "title"),
    [
        ("private", "eva", None),
        ("private", "staff", "Merger"),
        ("private", "member", "Merger"),
        ("company", "eva", None),
        ("everybody", "eva", "Merger"),
    ],
)
def test_a_title_is_read_by_whom_its_member_lets(
    front: Front,
    member: Member,
    staff: Member,
    eva: Member,
    *,
    visibility: str,
    reader: str,
    title: str | None,
) -> None:
    front.book(member, 10, 11, title="Merger", visibility=visibility)
    readers = {"eva": eva, "staff": staff, "member": member}
    block = only_block(front, readers[reader])
    assert block.title == title
    assert (block.who is None) == (reader == "eva")
    assert block.can_cancel == bool(block.movable) == (reader != "eva")


def test_what_is_held_is_shown_to_all_but_whom_it_is_held_for(
    front: Front, member: Member, eva: Member
) -> None:
    with front.open() as session:
        reception.hold(session, "glass", Span(at(10), at(11)), member, **front.here)
    assert only_block(front, eva).reason == "hold"
    assert row(front, member).blocks == []
    assert [place for place in row(front, eva).free if place[0] < 120 < place[1]] == []  # 10:00 on its axis
    front.now += timedelta(minutes=6)
    assert row(front, eva).blocks == []


def test_what_hangs_together_is_shown_on_both_lanes(front: Front, member: Member, eva: Member) -> None:
    front.add("printer", kind="printer")
    front.add("workshop", blocks=("printer",))
    front.book(member, 10, 11, resource="workshop")
    front.book(member, 14, 15, resource="printer")
    printer = [(block.reason, block.other) for block in row(front, eva, "printer").blocks]
    workshop = [(block.reason, block.other) for block in row(front, eva, "workshop").blocks]
    assert printer == [("linked", "Workshop"), ("booking", None)]
    assert workshop == [("booking", None), ("needs", "Printer")]
    assert row(front, eva, "workshop").free == row(front, eva, "printer").free


def test_a_closure_is_shown_with_its_reason_and_nothing_is_free_in_it(
    front: Front, member: Member, staff: Member
) -> None:
    front.add("lawn", kind="amenity", opening_hours=FROM_8_TO_20)
    with front.database.write() as session:
        lawn = session.scalars(select(Resource.id).where(Resource.slug == "lawn")).one()
        for resource_id, start, end, why in ((lawn, 13, 16, "It is cut"), (None, 18, 22, "Party")):
            session.add(
                Closure(
                    resource_id=resource_id,
                    start=at(start),
                    end=at(end),
                    reason=why,
                    made_by_id=staff.id,
                    created_at=front.now,
                )
            )
    shown = row(front, member, "lawn")
    assert [shut.reason for shut in shown.shut] == ["It is cut", "Party"]
    assert list(shown.free) == [(0, 300), (480, 600)]
    assert [shut.reason for shut in row(front, member, "glass").shut] == ["Party"]


@pytest.mark.parametrize(
    ("expires_after", "bar"), [(None, None), (timedelta(days=1), None), (timedelta(hours=-8), "expired")]
)
def test_without_the_training_a_lane_says_so_before_one_tries(
    front: Front, member: Member, staff: Member, expires_after: timedelta | None, bar: str | None
) -> None:
    front.add("laser", kind="printer", policy={"training": "laser"})
    with front.database.write() as session:
        training = Training(slug="laser", name="Laser", valid_days=None)
        session.add(training)
    before = row(front, member, "laser")
    assert before.barred
    assert (before.barred.code, before.barred.numbers["name"]) == ("training-required", "Laser")
    assert (before.free, before.next) == ([], None)
    assert row(front, staff, "laser").barred is None, "staff book for others, who may have it"
    with front.database.write() as session:
        until = front.now + expires_after if expires_after else None
        granted = {"granted_at": front.now, "expires_at": until, "by_id": staff.id}
        session.add(TrainingRecord(member_id=member.id, training_id=1, **granted))
    after = row(front, member, "laser").barred
    assert (after.numbers["state"] if after else None) == bar


def test_roles_and_the_time_ahead_bar_a_lane(front: Front, member: Member, analyst: Member) -> None:
    front.add("lab", policy={"roles": ["analyst"]})
    front.add("soon", policy={"max_advance_days": 7})
    codes = {r.slug: r.barred.code for r in seen(front, member, TUESDAY + timedelta(days=9)).rows if r.barred}
    assert codes == {"lab": "role", "soon": "too-far"}
    assert row(front, analyst, "lab").barred is None
    assert row(front, member, "soon", TUESDAY + timedelta(days=7)).barred is None


def test_a_booking_may_move_within_what_is_free_around_it_as_if_it_were_not_there(
    front: Front, member: Member, eva: Member
) -> None:
    front.add("lab", policy={"buffer_before_minutes": 15, "buffer_after_minutes": 30})
    front.book(eva, 9, 10, resource="lab")
    front.book(member, 11, 12, resource="lab")
    front.book(eva, 14, 15, resource="lab")
    mine = next(block for block in row(front, member, "lab").blocks if block.mine)
    assert mine.movable == "all"
    # from 10:00 and both buffers (8:00 is where the axis begins) to 14:00 less both
    assert mine.room == (120 + 45, 360 - 45)


def test_of_what_has_begun_the_end_alone_moves_and_of_what_is_over_nothing(
    front: Front, member: Member
) -> None:
    front.book(member, 8, 10)
    assert only_block(front, member).movable == "all"
    front.now = at(9)
    assert only_block(front, member).movable == "end"
    front.now = at(10)
    assert only_block(front, member).movable == ""


def test_the_next_time_that_makes_sense_is_by_day_and_from_now_on(front: Front, member: Member) -> None:
    front.book(member, 8, 9.5)
    assert row(front, member).next == Span(at(9.5), at(10.5))
    front.now = at(11.1)
    assert row(front, member).next == Span(at(11), at(12)), "the quarter that is running can be taken"
    assert row(front, member, day=TUESDAY - timedelta(days=1)).next is None


def test_what_is_not_chosen_is_left_out_and_the_hours_stay(front: Front, member: Member) -> None:
    front.add("late", kind="printer", opening_hours={"tue": [["06:00", "23:00"]]})
    whole, chosen = seen(front, member), seen(front, member, kind="room")
    assert [row.slug for row in chosen.rows] == ["glass"]
    assert chosen.axis == whole.axis
