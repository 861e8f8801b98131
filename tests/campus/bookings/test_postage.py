"""Guests of a member are mailed so often a day, and no more."""

from __future__ import annotations

from datetime import timedelta

import pytest

from campus.bookings.letters.postage import A_DAY
from campus.errors import TooManyTries
from campus.people.models import Member
from tests.campus.bookings.front import Front, at

CROWD = tuple(f"guest{number}@elsewhere.example" for number in range(200))


@pytest.fixture
def spent(front: Front, member: Member) -> int:
    """A booking whose guests have heard of it as often as one may today."""
    front.add("glass", capacity=500)
    number = front.book(member, 9, 10, guests=CROWD).booking.id
    for half in range(A_DAY // len(CROWD) - 1):
        front.change(member, number, start=at(10 + half / 2), end=at(11 + half / 2))
    return number


def test_who_mails_guests_all_day_is_refused_in_words(front: Front, member: Member, spent: int) -> None:
    with front.app.app_context(), pytest.raises(TooManyTries) as refused:
        front.book(member, 14, 15, guests=CROWD[:10])
    assert "Guests get 1000 mails a day" in refused.value.message
    assert refused.value.message.endswith("wait 1 hour.")
    with pytest.raises(TooManyTries):
        front.change(member, spent, title="Buy this")
    assert front.found(spent, member).title == "Test"


def test_what_no_guest_hears_of_is_not_refused(front: Front, member: Member, eva: Member, spent: int) -> None:
    front.change(member, spent, attendees=300, visibility="company")
    front.book(member, 14, 15)
    front.book(eva, 15, 16, guests=CROWD)
    front.do("cancel", member, spent)
    assert front.statuses(spent, member) == ["cancelled"]


def test_what_was_mailed_is_forgotten_over_a_day(front: Front, member: Member, spent: int) -> None:
    front.now += timedelta(hours=5)  # a fifth of what a day has
    front.book(member, 14, 15, guests=CROWD)
    with pytest.raises(TooManyTries):
        front.book(member, 15, 16, guests=CROWD)
    front.now += timedelta(hours=1)
    front.book(member, 15, 16, guests=CROWD[:40])
