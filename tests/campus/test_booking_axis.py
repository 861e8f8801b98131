"""The hours across a day's timeline, on days of 23 and 25 hours too."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from campus.bookings.timeline.axis import Axis, axis_of
from campus.moments import day_bounds
from campus.spaces.hours import instant_at
from campus.spaces.spans import Span

JUAREZ = ZoneInfo("America/Ciudad_Juarez")
TUESDAY, FORWARD, BACK = date(2026, 3, 3), date(2026, 3, 8), date(2026, 11, 1)


def whole(day: date) -> Axis:
    return Axis(Span(*day_bounds(day, JUAREZ)), JUAREZ)


def hours(day: date, first: float, last: float) -> Span:
    """By the wall clock of `day`; hours above 24 are the next day's."""
    return Span(*(instant_at(day, round(hour * 60), JUAREZ) for hour in (first, last)))


def drawn(axis: Axis) -> tuple[str, str]:
    steps = axis.steps()
    return steps[0].time, steps[-1].time


def axis(day: date, *, opening: tuple[Span, ...] = (), booked: tuple[Span, ...] = ()) -> Axis:
    return axis_of(day, JUAREZ, opening=opening, drawn=booked)


def test_a_day_is_drawn_from_eight_to_twenty_at_least() -> None:
    for day in (TUESDAY, FORWARD, BACK):
        assert drawn(axis(day)) == ("08:00", "20:00")
        assert drawn(axis(day, opening=(hours(day, 10, 12),))) == ("08:00", "20:00")


def test_opening_hours_are_drawn_wholly_in_full_hours() -> None:
    for day in (TUESDAY, FORWARD, BACK):
        assert drawn(axis(day, opening=(hours(day, 6.5, 21.25),))) == ("06:00", "22:00")


def test_of_a_booking_outside_the_hours_one_hour_is_drawn() -> None:
    assert drawn(axis(TUESDAY, booked=(hours(TUESDAY, 19.5, 30),))) == ("08:00", "21:00")
    assert drawn(axis(date(2026, 3, 4), booked=(hours(TUESDAY, 20, 30),))) == ("05:00", "20:00")
    assert drawn(axis(TUESDAY, booked=(hours(TUESDAY, 2, 2.5),))) == ("02:00", "20:00")


def test_the_axis_ends_at_midnight() -> None:
    full = axis(TUESDAY, booked=(hours(TUESDAY, 23.5, 26),))
    assert drawn(full) == ("08:00", "00:00")
    assert full.steps()[-1].next_day


def test_the_days_of_the_clock_change_are_as_long_as_they_are() -> None:
    assert [whole(day).minutes for day in (TUESDAY, FORWARD, BACK)] == [24 * 60, 23 * 60, 25 * 60]


def test_the_hour_that_comes_twice_is_drawn_twice() -> None:
    assert [wall.hour for _place, wall in whole(BACK).hours()][:4] == [0, 1, 1, 2]
    twice = [step for step in whole(BACK).steps() if step.time == "01:30"]
    assert [step.again for step in twice] == [False, True]


def test_the_hour_that_is_left_out_is_not_drawn() -> None:
    assert [wall.hour for _place, wall in whole(FORWARD).hours()][:4] == [0, 1, 3, 4]
    assert "02:30" not in [step.time for step in whole(FORWARD).steps()]


def test_an_instant_has_its_place_and_none_lies_off_the_axis() -> None:
    day = axis(TUESDAY)
    assert day.place(datetime(2026, 3, 3, 9, 30, tzinfo=JUAREZ)) == 90
    assert day.place(day.span.start - timedelta(hours=3)) == 0
    assert day.place(day.span.end + timedelta(days=300)) == day.minutes
