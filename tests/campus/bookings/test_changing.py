"""Changing what is booked: alone, this one, those that follow, or all; and two who change at once."""

from __future__ import annotations

from datetime import UTC, date, timedelta

import pytest
from sqlalchemy import select, update

from campus.bookings.desk import check_version, find
from campus.bookings.models import Booking
from campus.bookings.repeats.series import Shift
from campus.errors import BadRequest, Changed, NotFound, RulesBroken, SlotTaken
from campus.people.models import Member
from campus.spaces.models import Resource
from campus.spaces.spans import Span
from tests.campus.bookings.front import JUAREZ, NOW, Front, at

WEEKLY = "FREQ=WEEKLY;COUNT=4"
SECOND, THIRD, FOURTH = date(2026, 3, 10), date(2026, 3, 17), date(2026, 3, 24)


def series(front: Front, owner: Member) -> Booking:
    return front.book(owner, 9, 10, repeat=WEEKLY, title="Standup").booking


def test_a_booking_is_moved_and_its_old_time_is_free(front: Front, member: Member) -> None:
    booking = front.book(member, 9, 10).booking
    front.change(member, booking, start=at(9.5), end=at(11))  # over itself
    assert front.times(booking, member) == ["03-03 09:30-11:00"]
    assert front.claims("glass") == ["03 09:30-11:00"]


def test_a_booking_moves_to_another_room_with_that_room_s_buffers(front: Front, member: Member) -> None:
    front.add("steel", policy={"buffer_after_minutes": 15})
    booking = front.book(member, 9, 10).booking
    front.change(member, booking, resource="steel")
    assert front.found(booking, member).resource.slug == "steel"
    assert (front.claims("glass"), front.claims("steel")) == ([], ["03 09:00-10:15"])


def test_a_move_onto_somebody_is_refused_and_changes_nothing(
    front: Front, member: Member, eva: Member
) -> None:
    booking = front.book(member, 9, 10).booking
    front.book(eva, 11, 12)
    with pytest.raises(SlotTaken) as refused:
        front.change(member, booking, start=at(10.5), end=at(11.5), title="Later")
    assert {"start": "2026-03-03T17:00:00Z", "end": "2026-03-03T18:00:00Z"} in refused.value.extra[
        "suggestions"
    ]
    assert front.found(booking, member).title == "Test"
    assert front.times(booking, member) == ["03-03 09:00-10:00"]


def test_a_move_obeys_the_rules_and_does_not_count_itself(front: Front, member: Member) -> None:
    front.add("glass", policy={"quota_hours_per_week": 2, "max_open_bookings": 1})
    booking = front.book(member, 9, 11).booking
    front.change(member, booking, start=at(12), end=at(14))
    with pytest.raises(RulesBroken) as refused:
        front.change(member, booking, end=at(14.5))
    assert refused.value.extra["broken"] == ["quota"]


def test_more_people_than_seats_are_refused_however_they_are_told(front: Front, member: Member) -> None:
    booking = front.book(member, 9, 10, attendees=4).booking
    for more in ({"attendees": 9}, {"guests": tuple(f"g{n}@x.example" for n in range(8))}):
        with pytest.raises(RulesBroken) as refused:
            front.change(member, booking, **more)
        assert refused.value.extra["broken"] == ["over-capacity"]


def test_what_has_begun_can_end_later_but_not_begin_again(front: Front, member: Member) -> None:
    booking = front.book(member, 9, 10).booking
    front.now = at(9.5)
    front.change(member, booking, end=at(10.5))
    with pytest.raises(BadRequest):
        front.change(member, booking, start=at(9.75))
    front.now = at(11)
    with pytest.raises(RulesBroken):
        front.change(member, booking, end=at(12))


def test_what_others_booked_does_not_exist(front: Front, member: Member, eva: Member) -> None:
    booking = front.book(member, 9, 10).booking
    with pytest.raises(NotFound):
        front.change(eva, booking, title="Mine")


def test_of_two_who_change_the_same_the_second_is_told(front: Front, member: Member, staff: Member) -> None:
    booking = front.book(member, 9, 10).booking
    seen = booking.version
    front.change(member, booking, title="First", version=seen)
    with pytest.raises(Changed):
        front.change(staff, booking, title="Second", version=seen)
    with pytest.raises(Changed):
        front.do("cancel", staff, booking, version=seen)
    assert front.found(booking, member).title == "First"


def test_what_has_gone_elsewhere_in_this_moment_is_not_brought_back(front: Front, member: Member) -> None:
    front.add("stone")
    number = front.book(member, 9, 10).booking.id
    with front.open() as session:
        booking = find(session, number, member)
        stone = select(Resource.id).where(Resource.slug == "stone").scalar_subquery()
        moved = update(Booking).values(resource_id=stone).execution_options(synchronize_session=False)
        session.execute(moved)  # as somebody does while one waits for the lock of the room that it was in
        with pytest.raises(Changed):
            check_version(session, booking, None)


def test_one_turn_of_a_series_is_moved_alone(front: Front, member: Member) -> None:
    booking = series(front, member)
    second = booking.occurrences[1].id
    front.change(
        member, booking, scope="this", occurrence_id=second, start=at(14, SECOND), end=at(15, SECOND)
    )
    assert front.times(booking, member) == [
        "03-03 09:00-10:00", "03-10 14:00-15:00", "03-17 09:00-10:00", "03-24 09:00-10:00",
    ]  # fmt: skip


def test_those_that_follow_go_their_own_way(front: Front, member: Member) -> None:
    booking = series(front, member)
    third = booking.occurrences[2].id
    made = front.change(
        member, booking, scope="following", occurrence_id=third, start=at(11, THIRD), end=at(12.5, THIRD)
    )
    assert front.times(booking, member) == ["03-03 09:00-10:00", "03-10 09:00-10:00"]
    assert front.times(made.booking, member) == ["03-17 11:00-12:30", "03-24 11:00-12:30"]
    assert front.found(booking, member).repeat == made.booking.repeat == "FREQ=WEEKLY;COUNT=2"
    assert made.split_from is not None
    assert made.booking.uid != booking.uid


def test_all_move_with_the_clock_on_the_wall_and_to_another_day(front: Front, member: Member) -> None:
    booking = front.book(member, 9, 10, repeat="FREQ=WEEKLY;BYDAY=TU;COUNT=3").booking
    front.change(member, booking, scope="all", start=at(33), end=at(34.5))
    assert front.times(booking, member) == ["03-04 09:00-10:30", "03-11 09:00-10:30", "03-18 09:00-10:30"]
    assert front.found(booking, member).repeat == "FREQ=WEEKLY;BYDAY=WE;COUNT=3"


def test_exceptions_survive_and_what_was_cancelled_stays_so(front: Front, member: Member) -> None:
    booking = series(front, member)
    _first, second, third, _fourth = (time.id for time in booking.occurrences)
    front.change(
        member, booking, scope="this", occurrence_id=second, start=at(14, SECOND), end=at(15, SECOND)
    )
    front.do("cancel", member, booking, scope="this", occurrence_id=third)
    front.change(member, booking, scope="all", start=at(10), end=at(11))
    assert front.times(booking, member) == ["03-03 10:00-11:00", "03-10 14:00-15:00", "03-24 10:00-11:00"]
    assert front.statuses(booking, member) == ["confirmed", "confirmed", "cancelled", "confirmed"]


def test_what_has_been_stays_when_all_is_changed(front: Front, member: Member) -> None:
    booking = series(front, member)
    front.now = NOW + timedelta(days=8)
    made = front.change(member, booking, scope="all", start=at(10, THIRD), end=at(11, THIRD))
    assert front.times(booking, member) == ["03-03 09:00-10:00", "03-10 09:00-10:00"]
    assert front.times(made.booking, member) == ["03-17 10:00-11:00", "03-24 10:00-11:00"]


def test_dates_that_clash_are_asked_about_and_stay_by_consent(
    front: Front, member: Member, eva: Member
) -> None:
    booking = series(front, member)
    front.book(eva, 11, 12, day=THIRD)
    with pytest.raises(SlotTaken) as refused:
        front.change(member, booking, scope="all", start=at(11), end=at(12))
    assert [clash["start"][:10] for clash in refused.value.extra["clashes"]] == ["2026-03-17"]
    made = front.change(member, booking, scope="all", start=at(11), end=at(12), on_conflict="skip")
    assert len(made.skipped) == 1
    assert front.times(booking, member) == [
        "03-03 11:00-12:00", "03-10 11:00-12:00", "03-17 09:00-10:00", "03-24 11:00-12:00",
    ]  # fmt: skip


def test_a_series_is_not_in_its_own_way(front: Front, member: Member) -> None:
    booking = front.book(member, 9, 10, repeat="FREQ=DAILY;COUNT=4").booking
    front.change(member, booking, scope="all", start=at(33), end=at(34))  # each where the next one was
    assert front.times(booking, member) == [f"03-0{day} 09:00-10:00" for day in (4, 5, 6, 7)]


def test_who_cannot_go_keeps_those_back_who_would_take_their_place(
    front: Front, member: Member, eva: Member
) -> None:
    booking = front.book(member, 9, 10, repeat="FREQ=DAILY;COUNT=3").booking
    front.book(eva, 9, 10, day=date(2026, 3, 6))
    with pytest.raises(SlotTaken):  # the last cannot go, so neither can those before it: nothing is left
        front.change(member, booking, scope="all", start=at(33), end=at(34), on_conflict="skip")
    assert front.times(booking, member) == [f"03-0{day} 09:00-10:00" for day in (3, 4, 5)]


def test_a_title_of_one_turn_is_its_own(front: Front, member: Member) -> None:
    booking = series(front, member)
    front.change(member, booking, scope="this", occurrence_id=booking.occurrences[1].id, title="Retro")
    front.change(member, booking, scope="all", title="Daily")
    found = front.found(booking, member)
    assert found.title == "Daily"
    assert [time.title for time in found.occurrences] == [None, "Retro", None, None]


def test_one_turn_that_goes_to_another_room_is_a_booking_of_its_own(front: Front, member: Member) -> None:
    front.add("steel")
    booking = series(front, member)
    made = front.change(
        member, booking, scope="this", occurrence_id=booking.occurrences[1].id, resource="steel"
    )
    assert front.times(made.booking, member) == ["03-10 09:00-10:00"]
    assert len(front.times(booking, member)) == 3
    assert made.booking.repeat is None


def test_those_that_follow_are_cancelled_and_the_rest_stays(front: Front, member: Member) -> None:
    booking = series(front, member)
    front.do("cancel", member, booking, scope="following", occurrence_id=booking.occurrences[2].id)
    assert front.statuses(booking, member) == ["confirmed", "confirmed", "cancelled", "cancelled"]
    assert len(front.claims("glass")) == 2


def test_a_time_of_another_booking_is_none_of_this_one(front: Front, member: Member) -> None:
    booking, other = series(front, member), front.book(member, 12, 13).booking
    with pytest.raises(NotFound):
        front.change(member, booking, scope="this", occurrence_id=other.occurrences[0].id, title="x")


def test_who_is_refused_is_named_other_rooms_for_as_many_as_come(
    front: Front, member: Member, eva: Member
) -> None:
    front.add("twelve", capacity=12)
    front.add("small", capacity=4)
    front.book(eva, 9, 10)
    with pytest.raises(SlotTaken) as refused:
        front.book(member, 9, 10, attendees=3)
    assert [one["resource"] for one in refused.value.extra["others"]] == ["small", "twelve"]
    booking = front.book(member, 11, 12, attendees=5).booking
    with pytest.raises(SlotTaken) as refused:
        front.change(member, booking, start=at(9), end=at(10))
    assert [one["resource"] for one in refused.value.extra["others"]] == ["twelve"]


QUOTA = {"quota_hours_per_week": 2}


@pytest.mark.parametrize("series", [False, True])
def test_what_was_used_counts_though_it_was_cancelled_under_way(
    front: Front, member: Member, eva: Member, series: bool
) -> None:
    front.add("glass", policy=QUOTA)
    more = {"repeat": WEEKLY} if series else {}
    booking = front.book(member, 8, 10, **more).booking
    front.now = at(9.5)
    front.do("cancel", member, booking)
    assert set(front.statuses(booking, member)) == {"cancelled"}
    assert front.claims("glass") == []
    front.book(eva, 9.5, 10)
    with pytest.raises(RulesBroken) as refused:
        front.book(member, 11, 12)
    assert refused.value.extra["broken"] == ["quota"]
    front.book(member, 11, 11.5)


def test_what_was_used_is_not_undone_by_an_earlier_end(front: Front, member: Member) -> None:
    booking = front.book(member, 8, 10).booking
    front.now = at(9.5)
    with pytest.raises(RulesBroken):
        front.change(member, booking, end=at(8.25))
    front.change(member, booking, end=at(9.75))
    assert front.times(booking, member) == ["03-03 08:00-09:45"]


def test_a_longer_end_leaves_a_start_that_comes_twice_where_it_is() -> None:
    second = at(1.5, date(2026, 11, 1)).replace(fold=1).astimezone(UTC)
    old = Span(second, second + timedelta(hours=1))
    new = Span(second, second + timedelta(hours=2))
    shift = Shift.between(old, new, JUAREZ)
    assert shift.of(old, JUAREZ) == new
    assert shift.of_start(second, JUAREZ) == second
