"""The desk, on both engines: who may book what, what is refused and why, and what is offered instead."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from campus.bookings import agenda, desk
from campus.bookings.desk import Wish
from campus.bookings.models import Booking
from campus.database import Database
from campus.errors import BadRequest, NotAllowed, NotFound, RulesBroken, SlotTaken
from campus.people.models import Member
from campus.spaces.hours import DAYS
from campus.spaces.resources import Description, find_resource, put_resource
from campus.spaces.spans import Span

JUAREZ = ZoneInfo("America/Ciudad_Juarez")
NOW = datetime(2026, 3, 3, 7, tzinfo=JUAREZ)
"""A Tuesday morning before the rooms open."""


class Hub:
    """A store with a room, and the desk in front of it."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def add(self, slug: str, **said: Any) -> None:
        with self.database.write() as session:
            put_resource(session, slug, Description(slug, "room", **said), NOW)

    def book(self, asker: Member, hours: tuple[float, float], /, **wish: Any) -> Booking:
        """Hours from the midnight of NOW's day."""
        now = wish.pop("now", NOW)
        start, end = (NOW - timedelta(hours=7) + timedelta(hours=hour) for hour in hours)
        asked = Wish(**{"resource": "glass", "title": "Test", "start": start, "end": end, **wish})
        with self.database.write() as session:
            return desk.book(session, asked, asker, now, JUAREZ).booking

    def cancel(self, booking: Booking, member: Member, now: datetime = NOW) -> None:
        with self.database.write() as session:
            desk.cancel(session, booking.id, member, now)

    def free(self, length: timedelta, slug: str = "glass", now: datetime = NOW) -> list[str]:
        """Free spans of NOW's day, as the wall clock shows them."""
        day = Span(NOW - timedelta(hours=7), NOW + timedelta(hours=17))
        with self.database.read() as session:
            room = find_resource(session, slug)
            spans = agenda.bookable(session, room, day, length, now=now, zone=JUAREZ)
        return [f"{s.start.astimezone(JUAREZ):%H:%M}-{s.end.astimezone(JUAREZ):%H:%M}" for s in spans]


@pytest.fixture
def hub(database: Database) -> Iterator[Hub]:
    made = Hub(database)
    made.add("glass", capacity=4, opening_hours={day: [["08:00", "20:00"]] for day in DAYS})
    yield made


def offered(refused: pytest.ExceptionInfo[SlotTaken]) -> list[str]:
    spans = [
        [datetime.fromisoformat(slot[edge]).astimezone(JUAREZ) for edge in ("start", "end")]
        for slot in refused.value.extra["suggestions"]
    ]
    return [f"{start:%H:%M}-{end:%H:%M}" for start, end in spans]


def test_a_free_time_is_booked_and_confirmed(hub: Hub, member: Member) -> None:
    booking = hub.book(member, (10, 11))
    assert [occurrence.status for occurrence in booking.occurrences] == ["confirmed"]
    assert booking.occurrences[0].start == datetime(2026, 3, 3, 17, tzinfo=UTC)


def test_a_taken_time_is_refused_with_suggestions(hub: Hub, member: Member, staff: Member) -> None:
    hub.book(member, (10, 11))
    with pytest.raises(SlotTaken) as refused:
        hub.book(staff, (10.75, 11.75))
    assert offered(refused) == ["11:00-11:45", "11:00-12:00", "09:00-10:00"]


def test_suggestions_keep_to_the_hours_the_buffers_and_the_present(hub: Hub, member: Member) -> None:
    hub.add(
        "glass",
        opening_hours={"tue": [["08:00", "12:00"]]},
        policy={"buffer_before_minutes": 10, "buffer_after_minutes": 5, "min_minutes": 50},
    )
    hub.book(member, (9.5, 10.5))
    with pytest.raises(SlotTaken) as refused:
        hub.book(member, (9.5, 10.5), now=NOW + timedelta(hours=1.5))  # 08:30: before is too late
    assert offered(refused) == ["10:45-11:45"]


def test_a_refused_booking_leaves_nothing_behind(hub: Hub, member: Member) -> None:
    hub.book(member, (10, 11))
    with pytest.raises(SlotTaken):
        hub.book(member, (10, 11))
    with hub.database.read() as session:
        assert session.query(Booking).count() == 1


def test_every_broken_rule_is_named_with_a_sentence(hub: Hub, member: Member) -> None:
    hub.add(
        "glass", capacity=4, policy={"max_minutes": 60, "min_notice_minutes": 600, "max_open_bookings": 1}
    )
    hub.book(member, (18, 19))
    with pytest.raises(RulesBroken) as refused:
        hub.book(member, (9, 11), attendees=5)
    codes = ["too-long", "too-soon", "too-many-open", "over-capacity"]
    assert refused.value.extra["broken"] == codes
    assert [reason["code"] for reason in refused.value.extra["reasons"]] == codes
    assert "There is room for 4 people." in refused.value.message


def test_a_quota_is_per_member_resource_and_week(hub: Hub, member: Member, staff: Member) -> None:
    hub.add("glass", policy={"quota_hours_per_week": 2})
    hub.add("other", policy={"quota_hours_per_week": 2})
    hub.book(member, (10, 12))
    with pytest.raises(RulesBroken) as refused:
        hub.book(member, (34, 34.5))  # tomorrow
    assert refused.value.extra["broken"] == ["quota"]
    hub.book(member, (34, 36), resource="other")
    hub.book(staff, (34, 36))
    hub.book(member, (24 * 7 + 10, 24 * 7 + 12))


def test_a_cancelled_booking_gives_its_quota_back(hub: Hub, member: Member) -> None:
    hub.add("glass", policy={"quota_hours_per_week": 2, "max_open_bookings": 1})
    hub.cancel(hub.book(member, (10, 12)), member)
    assert hub.book(member, (10, 12))


def test_what_was_used_cannot_be_cancelled_afterwards(hub: Hub, member: Member) -> None:
    booking = hub.book(member, (10, 11))
    with pytest.raises(RulesBroken) as refused:
        hub.cancel(booking, member, NOW + timedelta(hours=4))
    assert refused.value.extra["broken"] == ["in-the-past"]


def test_cancelling_twice_is_cancelling_once(hub: Hub, member: Member) -> None:
    booking = hub.book(member, (10, 11))
    hub.cancel(booking, member)
    hub.cancel(booking, member)
    assert hub.book(member, (10, 11))


def test_others_find_neither_the_booking_nor_a_way_to_cancel_it(
    hub: Hub, member: Member, staff: Member
) -> None:
    theirs = hub.book(staff, (10, 11))
    with pytest.raises(NotFound):
        hub.cancel(theirs, member)
    mine = hub.book(member, (12, 13))
    hub.cancel(mine, staff)


def test_staff_book_for_a_member_and_the_rules_are_the_members(
    hub: Hub, member: Member, staff: Member
) -> None:
    hub.add("glass", policy={"max_open_bookings": 1})
    booking = hub.book(staff, (10, 11), member=member.email.upper())
    assert (booking.member_id, booking.made_by_id) == (member.id, staff.id)
    with pytest.raises(RulesBroken):
        hub.book(member, (12, 13))
    hub.book(staff, (12, 13))


def test_a_member_books_for_nobody_else(hub: Hub, member: Member, staff: Member) -> None:
    with pytest.raises(NotAllowed):
        hub.book(member, (10, 11), member=staff.email)
    hub.book(member, (10, 11), member=member.email)


def test_an_unknown_resource_or_member_is_not_found(hub: Hub, staff: Member) -> None:
    for unknown in ({"resource": "nowhere"}, {"resource": "a\0b"}, {"member": "who@hub.example"}):
        with pytest.raises(NotFound):
            hub.book(staff, (10, 11), **unknown)


def test_an_end_before_the_start_is_refused(hub: Hub, member: Member) -> None:
    with pytest.raises(BadRequest):
        hub.book(member, (11, 10))


def test_a_year_long_booking_is_too_long(hub: Hub, member: Member) -> None:
    with pytest.raises(RulesBroken) as refused:
        hub.book(member, (10, 24 * 365))
    assert refused.value.extra["broken"] == ["closed", "too-long"]


def test_free_time_knows_hours_bookings_buffers_and_now(hub: Hub, member: Member) -> None:
    hub.add(
        "glass",
        opening_hours={"tue": [["08:00", "12:00"], ["14:00", "18:00"]]},
        policy={"buffer_after_minutes": 15, "max_minutes": 180},
    )
    hub.book(member, (9, 10))
    hour = timedelta(hours=1)
    assert hub.free(hour) == ["10:15-12:00", "14:00-18:00"]
    assert hub.free(hour / 2) == ["08:00-08:45", "10:15-12:00", "14:00-18:00"]
    assert hub.free(hour, now=NOW + timedelta(hours=4)) == ["11:00-12:00", "14:00-18:00"]
    assert hub.free(timedelta(hours=4)) == []  # longer than the rules allow


def test_what_is_free_can_be_booked_to_its_edges(hub: Hub, member: Member) -> None:
    hub.add("glass", policy={"buffer_before_minutes": 10, "buffer_after_minutes": 20})
    hub.book(member, (12, 13))
    assert hub.free(timedelta(hours=1)) == ["07:00-11:30", "13:30-00:00"]
    hub.book(member, (8, 11.5))
    hub.book(member, (13.5, 24))


def test_a_printer_may_run_over_midnight(hub: Hub, member: Member) -> None:
    hub.add("printer")
    night = hub.book(member, (22, 30), resource="printer")
    assert night.occurrences[0].end - night.occurrences[0].start == timedelta(hours=8)
    with pytest.raises(SlotTaken):
        hub.book(member, (29, 31), resource="printer")
