"""Where staff decide: a request holds its time, a yes books it, a no frees it; less needs no new yes."""

from __future__ import annotations

import pytest

from campus.errors import BadRequest, NotAllowed, NotFound, SlotTaken
from campus.people.models import Member
from tests.campus.bookings.front import Front, at


@pytest.fixture
def asked(front: Front) -> Front:
    front.add("glass", capacity=8, policy={"approval": True})
    return front


def test_a_request_holds_its_time_until_staff_say_yes(
    asked: Front, member: Member, eva: Member, staff: Member
) -> None:
    booking = asked.book(member, 9, 10).booking
    assert asked.statuses(booking, member) == ["pending"]
    with pytest.raises(SlotTaken):
        asked.book(eva, 9, 10)
    done = asked.do("approve", staff, booking, reason="Welcome")
    assert (done.occurrences[0].status, done.decided_by_id, done.decision) == (
        "confirmed",
        staff.id,
        "Welcome",
    )
    assert asked.mails(member)[-1].calendar_method == "REQUEST"


def test_a_no_frees_the_time_and_says_why(asked: Front, member: Member, staff: Member) -> None:
    booking = asked.book(member, 9, 10).booking
    asked.do("reject", staff, booking, reason="The wall is wet")
    assert asked.claims("glass") == []
    assert "The wall is wet" in asked.mails(member)[-1].text
    with pytest.raises(BadRequest):
        asked.do("approve", staff, booking)


def test_only_staff_decide(asked: Front, member: Member, eva: Member) -> None:
    booking = asked.book(member, 9, 10).booking
    for who in (member, eva):
        with pytest.raises((NotAllowed, NotFound)):
            asked.do("approve", who, booking)


def test_staff_ask_nobody(asked: Front, staff: Member, member: Member) -> None:
    assert asked.book(staff, 9, 10, member=member.email).booking.occurrences[0].status == "confirmed"


def test_it_is_asked_again_only_if_it_moves_or_grows(asked: Front, member: Member, staff: Member) -> None:
    booking = asked.book(member, 9, 11, attendees=4).booking
    asked.do("approve", staff, booking)
    asked.change(member, booking, end=at(10.5), title="Shorter", attendees=3)
    assert asked.statuses(booking, member) == ["confirmed"]
    asked.change(member, booking, attendees=6)
    assert asked.statuses(booking, member) == ["pending"]
    asked.do("approve", staff, booking)
    asked.change(member, booking, start=at(9.5), end=at(10.75))
    assert asked.statuses(booking, member) == ["pending"]
    asked.change(staff, booking, start=at(12), end=at(13))
    assert asked.statuses(booking, member) == ["pending"]
    asked.change(member, booking, start=at(14), end=at(15))
    assert asked.statuses(booking, member) == ["pending"]


def test_where_staff_are_not_asked_a_request_that_goes_there_is_booked(
    asked: Front, member: Member, staff: Member
) -> None:
    asked.add("stone")
    asked.add("hall", policy={"approval": True})
    booking = asked.book(member, 9, 10).booking
    asked.change(member, booking, resource="hall")
    assert asked.statuses(booking, member) == ["pending"]
    asked.change(member, booking, resource="stone")
    assert asked.statuses(booking, member) == ["confirmed"]
    with pytest.raises(BadRequest):
        asked.do("approve", staff, booking)


GUEST = "guest@elsewhere.example"


@pytest.mark.parametrize("deed", ["approve", "reject"])
def test_guests_who_were_never_asked_hear_of_no_change_and_of_no_refusal(
    asked: Front, member: Member, staff: Member, deed: str
) -> None:
    booking = asked.book(member, 9, 10, guests=(GUEST,)).booking
    asked.change(member, booking, title="Better so")
    asked.do(deed, staff, booking)
    subjects = [mail.subject for mail in asked.mails(GUEST)]
    assert [subject.startswith("Ana Robles asks you along: ") for subject in subjects] == [True] * (
        deed == "approve"
    )


def test_guests_who_were_asked_once_hear_of_the_refusal(asked: Front, member: Member, staff: Member) -> None:
    booking = asked.book(member, 9, 10, guests=(GUEST,)).booking
    asked.do("approve", staff, booking)
    asked.change(member, booking, start=at(11), end=at(12))
    asked.do("reject", staff, booking)
    assert [mail.calendar_method for mail in asked.mails(GUEST)] == ["REQUEST", "REQUEST", "CANCEL"]
