"""What the open form is told: every reason in a sentence, and ways out that really are ones."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from campus.bookings import reception
from campus.bookings.desk import Wish
from campus.bookings.timeline.checking import Verdict, judge
from campus.errors import BadRequest, NotAllowed, NotFound
from campus.people.models import Member
from campus.spaces.spans import Span
from tests.campus.bookings.front import Front, at


def verdict(front: Front, asker: Member, start: float, end: float, **more: Any) -> Verdict:
    wish = Wish(**{"resource": "glass", "title": "–", "start": at(start), "end": at(end), **more})
    with front.app.test_request_context(), front.database.read() as session:
        return judge(session, wish, asker, **front.here)


def offered(found: Verdict) -> list[tuple[str, float]]:
    return [(offer.label, (offer.span.start - at(0)) / timedelta(hours=1)) for offer in found.suggestions]


def test_what_is_free_and_allowed_can_be_booked_and_held(front: Front, member: Member) -> None:
    assert verdict(front, member, 10, 11) == Verdict(ok=True, free=True)


def test_what_is_taken_is_offered_earlier_later_shorter_and_elsewhere(
    front: Front, member: Member, eva: Member
) -> None:
    for slug, capacity in (("stone", 8), ("small", 2), ("hall", 40), ("lab", 8)):
        front.add(slug, capacity=capacity)
    front.add("print", kind="printer", capacity=8)
    front.book(eva, 11.75, 12.25)
    front.book(eva, 11, 12, resource="lab")
    found = verdict(front, member, 11, 12)
    assert (found.ok, found.free, found.can_wait) == (False, False, True)
    assert found.reasons == ["That time is taken."]
    assert offered(found) == [("15 min earlier", 10.75), ("15 min shorter", 11), ("1 h 15 min later", 12.25)]
    assert [(offer.name, offer.label) for offer in found.others] == [
        ("Stone", "Stone, same time"),
        ("Hall", "Hall, same time"),
    ]


def test_another_place_has_room_for_as_many_as_come(front: Front, member: Member, eva: Member) -> None:
    front.add("small", capacity=2)
    front.book(eva, 11, 12)
    assert [offer.name for offer in verdict(front, member, 11, 12, attendees=2).others] == ["Small"]
    assert verdict(front, member, 11, 12, attendees=3).others == []


def test_every_broken_rule_is_said_and_what_would_do_is_offered(front: Front, member: Member) -> None:
    hours = {"tue": [["08:00", "12:00"]]}
    front.add("lab", capacity=4, opening_hours=hours, policy={"max_minutes": 60})
    found = verdict(front, member, 11.5, 13.5, resource="lab", attendees=9)
    assert len(found.reasons) == 3
    assert not found.can_wait
    assert found.suggestions == [], "nine people fit at no time"
    assert offered(verdict(front, member, 10, 12, resource="lab")) == [("1 h shorter", 10)]
    assert offered(verdict(front, member, 11.5, 12.5, resource="lab"))[0] == ("30 min earlier", 11)


def test_what_is_held_for_oneself_stands_against_nothing(front: Front, member: Member, eva: Member) -> None:
    with front.open() as session:
        reception.hold(session, "glass", Span(at(10), at(11)), member, **front.here)
    assert verdict(front, member, 10, 11).ok
    assert not verdict(front, eva, 10, 11).ok
    front.now += timedelta(minutes=6)
    assert verdict(front, eva, 10, 11).ok


def test_a_series_names_the_dates_that_clash_and_offers_to_leave_them_out(
    front: Front, member: Member, eva: Member
) -> None:
    front.book(eva, 24 * 7 + 10, 24 * 7 + 11)
    found = verdict(front, member, 10, 11, repeat="FREQ=WEEKLY;COUNT=3")
    assert (found.ok, found.free) == (False, True), "its first date can be held"
    assert found.reasons == ["1 date is not free: Tue 10 Mar 10:00–11:00"]
    assert found.skips == "Book without this date"
    assert verdict(front, member, 12, 13, repeat="FREQ=WEEKLY;COUNT=3").ok


def test_a_series_of_which_no_date_is_free_can_leave_none_out(
    front: Front, member: Member, eva: Member
) -> None:
    front.book(eva, 10, 11, repeat="FREQ=DAILY;COUNT=9")
    found = verdict(front, member, 10, 11, repeat="FREQ=DAILY;COUNT=9")
    assert (found.free, found.skips) == (False, None)
    assert found.reasons[0].endswith("and 3 more")


def test_the_rules_are_those_of_whom_it_is_for(front: Front, member: Member, staff: Member) -> None:
    front.add("lab", policy={"roles": ["staff"]})
    assert verdict(front, staff, 10, 11, resource="lab").ok
    assert not verdict(front, staff, 10, 11, resource="lab", member=member.email).ok


def test_of_others_a_member_learns_nothing(front: Front, member: Member, eva: Member) -> None:
    for address in (eva.email, "nobody@hub.example"):
        with pytest.raises(NotAllowed):
            verdict(front, member, 10, 11, member=address)


@pytest.mark.parametrize(
    ("more", "error"),
    [
        ({"resource": "nowhere"}, NotFound),
        ({"member": "nobody@hub.example"}, NotFound),
        ({"repeat": "FREQ=WEEKLY"}, BadRequest),
    ],
)
def test_what_cannot_be_asked_is_refused(
    front: Front, staff: Member, more: dict[str, str], error: type[Exception]
) -> None:
    with pytest.raises(error):
        verdict(front, staff, 10, 11, **more)
