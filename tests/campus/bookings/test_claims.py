"""What a booking takes: its own resource and what this blocks; what is held is taken too, for a while."""

from __future__ import annotations

from datetime import timedelta

import pytest

from campus.bookings import reception
from campus.errors import RulesBroken, SlotTaken, TooManyTries
from campus.people.models import Member
from campus.spaces.spans import Span
from tests.campus.bookings.front import Front, at


def hold(front: Front, member: Member, start: float, end: float, slug: str = "glass") -> int:
    with front.open() as session:
        return reception.hold(session, slug, Span(at(start), at(end)), member, **front.here).id


def test_who_books_the_workshop_takes_its_printer_along(front: Front, member: Member, eva: Member) -> None:
    front.add("printer", kind="printer")
    front.add("workshop", blocks=("printer",))
    booking = front.book(member, 9, 10, resource="workshop").booking
    assert front.claims("printer") == ["03 09:00-10:00"]
    with pytest.raises(SlotTaken):
        front.book(eva, 9.5, 10.5, resource="printer")
    front.do("cancel", member, booking)
    assert front.claims("printer") == []
    front.book(eva, 9.5, 10.5, resource="printer")
    with pytest.raises(SlotTaken):
        front.book(member, 9, 10, resource="workshop")


def test_two_printers_of_one_workshop_do_not_stand_in_each_other_s_way(
    front: Front, member: Member, eva: Member
) -> None:
    for printer in ("left", "right"):
        front.add(printer, kind="printer")
    front.add("workshop", blocks=("left", "right"))
    front.book(member, 9, 10, resource="left")
    front.book(eva, 9, 10, resource="right")
    assert front.claims("workshop") == []


def test_what_is_held_is_taken_for_others_and_free_for_oneself(
    front: Front, member: Member, eva: Member
) -> None:
    hold(front, member, 9, 10)
    with pytest.raises(SlotTaken):
        front.book(eva, 9, 10)
    front.book(member, 9, 10)
    assert front.claims("glass") == ["03 09:00-10:00"]


def test_a_hold_runs_out_after_five_minutes(front: Front, member: Member, eva: Member) -> None:
    hold(front, member, 9, 10)
    front.now += timedelta(minutes=5)
    assert front.book(eva, 9, 10).booking.member_id == eva.id


def test_one_holds_one_time_and_nothing_that_the_rules_refuse(front: Front, member: Member) -> None:
    hold(front, member, 9, 10)
    hold(front, member, 11, 12)
    assert front.claims("glass") == ["03 11:00-12:00"]
    front.add("glass", policy={"max_minutes": 30})
    with pytest.raises(RulesBroken):
        hold(front, member, 9, 10)


def test_a_hold_is_let_go_by_whose_it_is_alone(front: Front, member: Member, eva: Member) -> None:
    number = hold(front, member, 9, 10)
    with front.open() as session:
        reception.release_hold(session, number, eva, **front.here)
    assert front.claims("glass") == ["03 09:00-10:00"]
    with front.open() as session:
        reception.release_hold(session, number, member, **front.here)
    assert front.claims("glass") == []


def test_two_who_each_hold_what_the_other_wants_wait_for_nobody(
    front: Front, member: Member, eva: Member
) -> None:
    hold(front, member, 9, 10)
    with pytest.raises(SlotTaken):
        hold(front, eva, 9.5, 10.5)
    hold(front, eva, 10, 11)
    assert front.claims("glass") == ["03 09:00-10:00", "03 10:00-11:00"]


def test_a_time_is_held_for_half_an_hour_at_most(front: Front, member: Member, eva: Member) -> None:
    for _renewed in range(10):
        hold(front, member, 9, 10)
        front.now += timedelta(minutes=3)
    assert front.claims("glass") == ["03 09:00-10:00"], "the last one has just run out"
    with pytest.raises(TooManyTries) as refused:
        hold(front, member, 9, 10)
    assert refused.value.extra["retry_after"] == 300
    with pytest.raises(TooManyTries):
        hold(front, member, 9.75, 11)  # nor one beside it that touches it
    hold(front, member, 10, 11)
    hold(front, eva, 9, 10)


def test_after_a_pause_it_may_be_held_anew(front: Front, member: Member) -> None:
    for _renewed in range(8):
        hold(front, member, 9, 10)
        front.now += timedelta(minutes=4)
    front.now += timedelta(minutes=2)
    with pytest.raises(TooManyTries):
        hold(front, member, 9, 10)
    front.now += timedelta(minutes=1)
    hold(front, member, 9, 10)
    assert front.claims("glass") == ["03 09:00-10:00"]


def test_a_time_that_wanders_is_held_no_longer(front: Front, member: Member) -> None:
    for renewed in range(10):
        hold(front, member, 9 + renewed / 4, 10 + renewed / 4)
        front.now += timedelta(minutes=3)
    with pytest.raises(TooManyTries):
        hold(front, member, 11.5, 12.5)


def test_who_has_held_it_for_long_may_book_it_while_it_is_free(front: Front, member: Member) -> None:
    for _renewed in range(10):
        hold(front, member, 9, 10)
        front.now += timedelta(minutes=3)
    front.book(member, 9, 10)
