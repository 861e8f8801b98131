"""The waiting list: first come, first served, for as long as the offer stands; then the next."""

from __future__ import annotations

from datetime import timedelta

import pytest

from campus.errors import NotFound, SlotTaken
from campus.people.models import Member
from tests.campus.bookings.front import Front, at


def wait(front: Front, who: Member, start: float, end: float, **more: object) -> int:
    front.now += timedelta(seconds=1)  # who comes later stands behind
    made = front.book(who, start, end, waitlist=True, **more).booking
    assert made.occurrences[0].status == "waitlisted"
    return made.id


def test_what_is_free_is_booked_at_once(front: Front, member: Member) -> None:
    assert front.book(member, 9, 10, waitlist=True).booking.occurrences[0].status == "confirmed"


def test_the_first_in_line_is_offered_what_is_freed_and_it_is_held(
    front: Front, member: Member, eva: Member, staff: Member
) -> None:
    booking = front.book(member, 9, 10).booking
    eva_s, staff_s = wait(front, eva, 9, 10), wait(front, staff, 9.5, 10.5)
    front.do("cancel", member, booking)
    assert front.statuses(eva_s, eva) == ["offered"]
    assert front.statuses(staff_s, staff) == ["waitlisted"]
    with pytest.raises(SlotTaken):
        front.book(member, 9, 10)
    assert "9:00" in front.mails(eva)[-1].text
    front.do("accept_offer", eva, eva_s)
    assert front.statuses(eva_s, eva) == ["confirmed"]
    with pytest.raises(NotFound):
        front.do("accept_offer", eva, eva_s)


def test_an_offer_that_nobody_takes_goes_to_the_next(
    front: Front, member: Member, eva: Member, staff: Member
) -> None:
    booking = front.book(member, 9, 10).booking
    eva_s, staff_s = wait(front, eva, 9, 10), wait(front, staff, 9, 10)
    front.do("cancel", member, booking)
    front.now += timedelta(minutes=30)
    front.minute()
    assert front.statuses(eva_s, eva) == ["lapsed"]
    assert front.statuses(staff_s, staff) == ["offered"]
    front.do("decline_offer", staff, staff_s)
    assert front.claims("glass") == []


def test_where_the_rules_say_so_it_is_booked_for_who_waits(front: Front, member: Member, eva: Member) -> None:
    front.add("glass", policy={"waitlist": "confirm"})
    booking = front.book(member, 9, 10).booking
    eva_s = wait(front, eva, 9, 10)
    front.change(member, booking, start=at(11), end=at(12))
    assert front.statuses(eva_s, eva) == ["confirmed"]
    assert front.mails(eva)[-1].calendar_method == "REQUEST"


def test_where_the_rules_say_so_nobody_waits(front: Front, member: Member, eva: Member) -> None:
    front.add("glass", policy={"waitlist": "off"})
    front.book(member, 9, 10)
    with pytest.raises(SlotTaken):
        front.book(eva, 9, 10, waitlist=True)


def test_an_offer_ends_when_the_time_begins(front: Front, member: Member, eva: Member) -> None:
    booking = front.book(member, 9, 10).booking
    eva_s = wait(front, eva, 9, 10)
    front.now = at(8.9)
    front.do("cancel", member, booking)
    assert front.found(eva_s, eva).occurrences[0].offered_until == at(9)
    front.now = at(9)
    front.minute()
    assert front.statuses(eva_s, eva) == ["lapsed"]


def test_who_waits_for_the_workshop_is_served_when_its_printer_is_free(
    front: Front, member: Member, eva: Member
) -> None:
    front.add("printer", kind="printer")
    front.add("workshop", blocks=("printer",))
    booking = front.book(member, 9, 10, resource="printer").booking
    eva_s = wait(front, eva, 9, 10, resource="workshop")
    front.do("cancel", member, booking)
    assert front.statuses(eva_s, eva) == ["offered"]
    assert front.claims("printer") == ["03 09:00-10:00"]


def test_who_no_longer_waits_is_passed_over(front: Front, member: Member, eva: Member, staff: Member) -> None:
    booking = front.book(member, 9, 10).booking
    eva_s, staff_s = wait(front, eva, 9, 10), wait(front, staff, 9, 10)
    front.do("cancel", eva, eva_s)
    front.do("cancel", member, booking)
    assert front.statuses(staff_s, staff) == ["offered"]


def test_who_moves_what_is_offered_takes_it(front: Front, member: Member, eva: Member) -> None:
    booking = front.book(member, 9, 10).booking
    eva_s = wait(front, eva, 9, 10)
    front.do("cancel", member, booking)
    front.change(eva, eva_s, title="Yoga", attendees=3)
    assert front.statuses(eva_s, eva) == ["offered"], "where it is was not said"
    front.change(eva, eva_s, start=at(11), end=at(12))
    front.now += timedelta(minutes=31)
    front.minute()
    assert front.statuses(eva_s, eva) == ["confirmed"]
    assert front.found(eva_s, eva).occurrences[0].offered_until is None


def test_who_waits_does_not_move_to_where_nobody_waits(front: Front, member: Member, eva: Member) -> None:
    front.add("stone", policy={"waitlist": "off"})
    front.book(member, 9, 10)
    front.book(member, 9, 10, resource="stone")
    eva_s = wait(front, eva, 9, 10)
    with pytest.raises(SlotTaken):
        front.change(eva, eva_s, resource="stone")
    front.change(eva, eva_s, resource="stone", start=at(11), end=at(12))
    assert front.statuses(eva_s, eva) == ["confirmed"]


def test_nobody_takes_what_was_offered_to_another(front: Front, member: Member, eva: Member) -> None:
    booking = front.book(member, 9, 10).booking
    eva_s = wait(front, eva, 9, 10)
    front.do("cancel", member, booking)
    with pytest.raises(NotFound):
        front.do("accept_offer", member, eva_s)


def served(front: Front, *lines: tuple[int, Member]) -> list[str]:
    return [front.statuses(number, who)[0] for number, who in lines]


def test_who_moves_their_wait_stands_at_the_end_of_the_other_line(
    front: Front, member: Member, eva: Member, staff: Member
) -> None:
    front.book(member, 9, 10)
    booking = front.book(member, 11, 12).booking
    early = wait(front, eva, 9, 10)
    later = wait(front, staff, 11, 12)
    front.now += timedelta(seconds=1)
    front.change(eva, early, start=at(11), end=at(12))
    front.do("cancel", member, booking)
    assert served(front, (early, eva), (later, staff)) == ["waitlisted", "offered"]


def test_who_moves_their_wait_to_another_room_stands_at_the_end_there(
    front: Front, member: Member, eva: Member, staff: Member
) -> None:
    front.add("stone", capacity=8)
    front.book(member, 9, 10)
    booking = front.book(member, 9, 10, resource="stone").booking
    early = wait(front, eva, 9, 10)
    later = wait(front, staff, 9, 10, resource="stone")
    front.now += timedelta(seconds=1)
    front.change(eva, early, resource="stone")
    front.do("cancel", member, booking)
    assert served(front, (early, eva), (later, staff)) == ["waitlisted", "offered"]


def test_a_new_title_more_people_and_less_time_keep_the_place_in_line(
    front: Front, member: Member, eva: Member, staff: Member
) -> None:
    booking = front.book(member, 9, 11).booking
    early = wait(front, eva, 9, 11)
    later = wait(front, staff, 9, 10)
    front.now += timedelta(seconds=1)
    front.change(eva, early, title="Yoga", attendees=3)
    front.change(eva, early, start=at(9), end=at(10))
    front.do("cancel", member, booking)
    assert served(front, (early, eva), (later, staff)) == ["offered", "waitlisted"]
