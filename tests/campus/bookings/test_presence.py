"""Who comes checks in, who does not gives back, who is done early gives the rest."""

from __future__ import annotations

from datetime import UTC, timedelta

import pytest

from campus.bookings import jobs
from campus.database import is_sqlite
from campus.errors import BadRequest, NotFound
from campus.people.models import Member
from tests.campus.bookings.calendars import by_icalendar, events_of
from tests.campus.bookings.front import JUAREZ, Front, at


@pytest.fixture
def strict(front: Front) -> Front:
    front.add("glass", policy={"check_in_minutes": 15, "buffer_after_minutes": 10})
    return front


def test_one_checks_in_a_little_before_and_once(strict: Front, member: Member) -> None:
    booking = strict.book(member, 9, 10).booking
    with pytest.raises(BadRequest):
        strict.do("check_in", member, booking)
    strict.now = at(8.8)
    first = strict.do("check_in", member, booking).occurrences[0].checked_in_at
    strict.now = at(9.1)
    assert strict.do("check_in", member, booking).occurrences[0].checked_in_at == first


def test_nobody_checks_in_for_another_nor_after_the_end(strict: Front, member: Member, eva: Member) -> None:
    booking = strict.book(member, 9, 10).booking
    strict.now = at(9)
    with pytest.raises(NotFound):
        strict.do("check_in", eva, booking)
    strict.do("check_in", member, booking)
    strict.now = at(10)
    with pytest.raises(BadRequest):
        strict.do("check_in", member, booking)


def test_what_nobody_comes_to_is_free_again_and_its_member_is_told(
    strict: Front, member: Member, eva: Member
) -> None:
    booking = strict.book(member, 9, 10).booking
    strict.now = at(9.2)
    strict.minute()
    assert strict.statuses(booking, member) == ["confirmed"]
    strict.now = at(9.25)
    strict.minute()
    assert strict.statuses(booking, member) == ["no-show"]
    assert strict.mails(member)[-1].calendar_method == "CANCEL"
    strict.book(eva, 9.5, 10)


def test_who_came_keeps_it(strict: Front, member: Member) -> None:
    booking = strict.book(member, 9, 10).booking
    strict.now = at(9)
    strict.do("check_in", member, booking)
    strict.now = at(9.5)
    strict.minute()
    assert strict.statuses(booking, member) == ["confirmed"]


def test_where_nobody_is_asked_nobody_is_missed(front: Front, member: Member) -> None:
    booking = front.book(member, 9, 10).booking
    front.now = at(9.9)
    front.minute()
    assert front.statuses(booking, member) == ["confirmed"]


def test_who_is_done_early_gives_the_rest_back(strict: Front, member: Member, eva: Member) -> None:
    booking = strict.book(member, 9, 10).booking
    strict.now = at(9.5)
    strict.do("finish", member, booking)
    assert strict.times(booking, member) == ["03-03 09:00-09:30"]
    assert strict.claims("glass") == ["03 09:00-09:40"]
    strict.book(eva, 9.75, 10)
    with pytest.raises(BadRequest):
        strict.do("finish", member, booking)


def test_only_what_is_under_way_can_be_finished(strict: Front, member: Member) -> None:
    booking = strict.book(member, 9, 10).booking
    with pytest.raises(BadRequest):
        strict.do("finish", member, booking)
    strict.now = at(9)
    strict.do("finish", member, booking)  # as soon as it began: a minute is left of it
    assert strict.times(booking, member) == ["03-03 09:00-09:01"]


def test_members_are_reminded_once_an_hour_before(front: Front, member: Member) -> None:
    front.book(member, 12, 13)
    told = len(front.mails(member))
    for hour in (10, 11.01, 11.5):
        front.now = at(hour)
        front.minute()
    assert len(front.mails(member)) == told + 1


def test_two_workers_remind_once(front: Front, member: Member) -> None:
    front.book(member, 12, 13)
    soon = at(11.5).astimezone(UTC)
    with front.open() as session:
        assert jobs.remind(session, soon, JUAREZ) == 1
        session.flush()
        if not is_sqlite(session):  # which has one writer at a time as it is
            with front.open() as other:
                assert jobs.remind(other, soon, JUAREZ) == 0


def test_who_booked_just_now_needs_no_reminder(front: Front, member: Member) -> None:
    front.now = at(11)
    front.book(member, 11.5, 12)
    told = len(front.mails(member))
    front.now += timedelta(minutes=5)
    front.minute()
    assert len(front.mails(member)) == told


def test_who_finishes_early_reads_the_new_end_in_their_calendar_and_so_do_their_guests(
    front: Front, member: Member
) -> None:
    booking = front.book(member, 9, 11, guests=("gus@far.example",)).booking
    first = front.mails(member)[-1]
    front.now = at(9.5)
    front.do("finish", member, booking)
    for reader in (member, "gus@far.example"):
        last = front.mails(reader)[-1]
        assert last.calendar_method == "REQUEST"
        assert [(one.start, one.end) for one in by_icalendar(last.calendar.encode())] == [(at(9), at(9.5))]
        assert sequence(last.calendar) > sequence(first.calendar)
    assert "It was finished early, and the rest is free for others." in front.mails(member)[-1].text


def test_who_waits_for_the_rest_is_offered_it(front: Front, member: Member, eva: Member) -> None:
    booking = front.book(member, 9, 11).booking
    waits = front.book(eva, 10, 11, waitlist=True).booking
    front.now = at(9.5)
    front.do("finish", member, booking)
    assert front.statuses(waits, eva) == ["offered"]
    assert "10:00" in front.mails(eva)[-1].text


def test_what_was_booked_at_the_door_ends_without_a_mail(front: Front, staff: Member) -> None:
    booking = front.book(staff, 9, 10, source="door").booking
    front.now = at(9.5)
    front.do("finish", staff, booking)
    assert front.mails(staff) == []


def test_finishing_in_the_first_minute_twice_is_told_once(front: Front, member: Member) -> None:
    booking = front.book(member, 9, 10).booking
    front.now = at(9)
    for _twice in range(2):
        front.do("finish", member, booking)
    assert len(front.mails(member)) == 2, "booked, and finished"


def sequence(calendar: str | None) -> int:
    assert calendar
    return max(int(event["SEQUENCE"]) for event in events_of(calendar.encode()))
