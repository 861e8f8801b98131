"""Who may stand in line: once for a time, not for what they have, and for no more than they could take."""

from __future__ import annotations

from typing import Any

import pytest

from campus.bookings.rules.lining_up import Own, check
from campus.bookings.rules.policy import Policy
from campus.errors import RulesBroken
from campus.people.models import Member
from tests.campus.bookings.front import Front, at
from tests.campus.bookings.test_checking import verdict
from tests.campus.bookings.test_waitlist import wait
from tests.campus.bookings.wishes import from_to

MORNING = from_to("2026-03-04 09:00", "2026-03-04 10:00")
NOON = from_to("2026-03-04 12:00", "2026-03-04 13:00")


def refused(front: Front, who: Member, start: float, end: float, **more: Any) -> dict[str, Any]:
    with pytest.raises(RulesBroken) as refusal:
        front.book(who, start, end, waitlist=True, **more)
    (reason,) = refusal.value.extra["reasons"]
    return dict(reason)


def test_who_has_nothing_there_may_wait() -> None:
    assert check(Policy(max_open_bookings=1), MORNING, []) == []


def test_back_to_back_waits_are_two_waits() -> None:
    after = from_to("2026-03-04 10:00", "2026-03-04 11:00")
    assert check(Policy(), MORNING, [Own(1, after, waits=True)]) == []


@pytest.mark.parametrize("waits", [True, False])
def test_nobody_waits_for_what_they_have_or_wait_for(waits: bool) -> None:
    (broken,) = check(Policy(), MORNING, [Own(7, MORNING, waits=waits)])
    assert (broken.code, broken.numbers["booking"], broken.numbers["waitlisted"]) == (
        "already-yours", 7, waits,
    )  # fmt: skip


def test_places_in_line_and_bookings_together_are_no_more_than_may_be_open() -> None:
    own = [Own(1, NOON, waits=True)]
    assert check(Policy(max_open_bookings=2), MORNING, own) == []
    (broken,) = check(Policy(max_open_bookings=1), MORNING, own)
    assert (broken.code, broken.numbers) == (
        "too-many-open", {"open_bookings": 0, "waiting": 1, "max_open_bookings": 1},
    )  # fmt: skip


def test_the_same_time_is_waited_for_once(front: Front, member: Member, eva: Member) -> None:
    front.book(member, 9, 11)
    first = wait(front, eva, 9, 10)
    reason = refused(front, eva, 9.5, 10.5)
    assert (reason["code"], reason["booking"]) == ("already-yours", first)
    assert reason["message"] == "There is a place in line for Tue 3 Mar 09:00–10:00 already."
    wait(front, eva, 10, 11)
    front.do("cancel", eva, first)
    wait(front, eva, 9, 10)


def test_who_has_booked_it_does_not_wait_for_it(front: Front, member: Member, eva: Member) -> None:
    front.book(member, 9, 10)
    front.book(eva, 10, 11)
    assert (
        refused(front, eva, 9, 11)["message"]
        == "Tue 3 Mar 10:00–11:00 is booked already for the same person."
    )
    front.add("stone", capacity=8)
    front.book(member, 9, 11, resource="stone")
    wait(front, eva, 9, 11, resource="stone")


def test_nobody_moves_one_wait_onto_another(front: Front, member: Member, eva: Member) -> None:
    front.book(member, 9, 12)
    wait(front, eva, 9, 10)
    other = wait(front, eva, 11, 12)
    with pytest.raises(RulesBroken) as refusal:
        front.change(eva, other, start=at(9.5), end=at(10.5))
    assert refusal.value.extra["broken"] == ["already-yours"]
    front.change(eva, other, start=at(10.5), end=at(11.5))  # over itself
    assert front.statuses(other, eva) == ["waitlisted"]


def test_nobody_waits_for_more_than_they_could_take(front: Front, member: Member, eva: Member) -> None:
    front.add("glass", capacity=8, policy={"max_open_bookings": 2})
    front.book(member, 9, 10)
    front.book(member, 11, 12)
    front.book(eva, 15, 16)
    wait(front, eva, 9, 10)
    reason = refused(front, eva, 11, 12)
    assert (reason["code"], reason["waiting"], reason["open_bookings"]) == ("too-many-open", 1, 1)


def test_a_wait_counts_in_the_quota_when_it_is_served(front: Front, member: Member, eva: Member) -> None:
    front.add("glass", capacity=8, policy={"quota_hours_per_week": 2})
    one, other = front.book(member, 9, 10).booking, front.book(member, 11, 12).booking
    first, second = wait(front, eva, 9, 10), wait(front, eva, 11, 12)
    front.book(eva, 15, 16)  # waiting takes nothing of the two hours
    front.do("cancel", member, one)
    front.do("cancel", member, other)
    assert (front.statuses(first, eva), front.statuses(second, eva)) == (["offered"], ["waitlisted"])


def test_the_open_form_says_it_and_offers_no_line(front: Front, member: Member, eva: Member) -> None:
    front.book(member, 9, 10)
    assert verdict(front, eva, 9, 10).can_wait
    wait(front, eva, 9, 10)
    found = verdict(front, eva, 9, 10)
    assert not found.can_wait
    assert found.reasons[-1] == "There is a place in line for Tue 3 Mar 09:00–10:00 already."
