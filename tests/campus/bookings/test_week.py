"""The week: seven days of each resource, with all their hours, whatever the clocks do."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from campus.bookings.timeline.chosen import Chosen
from campus.bookings.timeline.headline import cell_standing, week_headline
from campus.bookings.timeline.week import Week, week_of, week_of_day
from campus.people.models import Member
from tests.campus.bookings.front import NOW, TUESDAY, Front

NIGHTS = {day: [["00:00", "24:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}


def seen(front: Front, reader: Member, day: date = TUESDAY, **chosen: object) -> Week:
    with front.database.read() as session:
        return week_of(session, day, reader, **front.here, chosen=Chosen(week=True, **chosen))  # type: ignore[arg-type]


@pytest.mark.parametrize("number", range(7))
def test_a_week_is_monday_to_sunday_whichever_day_is_asked_for(number: int) -> None:
    days = week_of_day(date(2026, 3, 2) + timedelta(days=number))
    assert (days[0], days[-1]) == (date(2026, 3, 2), date(2026, 3, 8))


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 8), 23), (date(2026, 11, 1), 25)])
def test_the_day_of_a_clock_change_has_the_hours_that_it_has(
    front: Front, member: Member, day: date, hours: int
) -> None:
    front.add("always", opening_hours=NIGHTS)
    shown = seen(front, member, day)
    assert [cell.minutes for cell in shown.rows[0].cells] == [1440] * 6 + [hours * 60]
    assert shown.lengths == sorted({1440, hours * 60})
    assert shown.rows[0].cells[-1].open == [(0, hours * 60)]


def test_all_days_are_drawn_with_the_same_hours_of_the_clock(front: Front, member: Member) -> None:
    front.book(member, 6, 7, day=TUESDAY + timedelta(days=1))
    front.book(member, 21, 22, day=TUESDAY + timedelta(days=2))
    assert {cell.minutes for cell in seen(front, member).rows[0].cells} == {16 * 60}  # 6 to 22


def test_a_cell_says_what_can_still_be_booked(front: Front, member: Member) -> None:
    hours = {day: [["08:00", "20:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
    front.add("desk", opening_hours=hours, policy={"max_advance_days": 2})
    front.now = NOW + timedelta(hours=5)  # noon
    front.book(member, 13, 14.5, resource="desk")
    shown = seen(front, member, kind="room", search="desk")
    (row,) = shown.rows
    with front.app.test_request_context():
        words = [cell_standing(cell, shown).text for cell in row.cells]
        states = [cell_standing(cell, shown).state for cell in row.cells]
        answer, note = week_headline(shown)
    assert words == ["", "6 h free", "Free", "Free", "–", "Closed", "Closed"]
    assert states == ["over", "free", "free", "free", "barred", "closed", "closed"]
    assert answer == "Mon 2 Mar to Sun 8 Mar"
    assert note == "Most room time is free on Wed 4 Mar."
    assert [cell.bookings for cell in row.cells] == [0, 1, 0, 0, 0, 0, 0]
