"""Series in campus time: clock changes, refusals, and what becomes of a rule that is cut or moved."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from dateutil import rrule
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from campus.bookings.repeats.recurrence import (
    MOST_TIMES,
    Rule,
    days,
    expand,
    moved,
    read_rule,
    remaining,
    shifted,
    truncated,
)
from campus.bookings.repeats.repeat_rule import FREQUENCIES, Day
from campus.errors import BadRequest
from campus.spaces.spans import Span
from tests.campus.bookings.effort import at_most_calls

JUAREZ = ZoneInfo("America/Ciudad_Juarez")
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def local(text: str, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=JUAREZ, fold=fold).astimezone(UTC)


def booked(start: str, end: str) -> Span:
    return Span(local(start), local(end))


def starts(text: str, first: Span) -> list[str]:
    """In UTC: `03-01 16:00`."""
    return [f"{turn.span.start:%m-%d %H:%M}" for turn in expand(read_rule(text), first, JUAREZ)]


def walls(text: str, first: Span) -> list[str]:
    """On the wall: `03-01 09:00–10:00`."""
    spans = [turn.span for turn in expand(read_rule(text), first, JUAREZ)]
    return [
        f"{span.start.astimezone(JUAREZ):%m-%d %H:%M}–{span.end.astimezone(JUAREZ):%H:%M}" for span in spans
    ]


def lengths(text: str, first: Span) -> list[float]:
    """Elapsed hours."""
    return [turn.span.length / HOUR for turn in expand(read_rule(text), first, JUAREZ)]


# The clock on the wall


def test_a_weekly_booking_keeps_its_hour_when_the_clocks_change() -> None:
    first = booked("2026-03-01T09:00", "2026-03-01T10:00")
    found = starts("FREQ=WEEKLY;COUNT=36", first)
    assert found[:3] == ["03-01 16:00", "03-08 15:00", "03-15 15:00"]
    assert found[34:] == ["10-25 15:00", "11-01 16:00"]


def test_a_night_lasts_seven_hours_in_march_and_nine_in_november() -> None:
    march = booked("2026-03-06T22:00", "2026-03-07T06:00")
    assert lengths("FREQ=DAILY;COUNT=3", march) == [8, 7, 8]
    autumn = booked("2026-10-30T22:00", "2026-10-31T06:00")
    assert lengths("FREQ=DAILY;COUNT=3", autumn) == [8, 9, 8]
    assert walls("FREQ=DAILY;COUNT=3", autumn) == [
        "10-30 22:00–06:00",
        "10-31 22:00–06:00",
        "11-01 22:00–06:00",
    ]


def test_the_day_of_25_hours_in_november_2022_is_kept_too() -> None:
    """2022-11-29: Juárez went from CST to MST; America/Denver had done so on the 6th."""
    day = booked("2022-11-28T00:00", "2022-11-29T00:00")
    assert lengths("FREQ=DAILY;COUNT=3", day) == [24, 25, 24]
    nine = booked("2022-11-28T09:00", "2022-11-28T10:00")
    assert starts("FREQ=DAILY;COUNT=3", nine) == ["11-28 15:00", "11-29 15:00", "11-30 16:00"]


def test_a_time_that_does_not_exist_is_read_with_the_offset_before_and_drifts_no_further() -> None:
    first = booked("2026-03-07T02:30", "2026-03-07T03:45")
    assert walls("FREQ=DAILY;COUNT=3", first) == [
        "03-07 02:30–03:45",
        "03-08 03:30–03:45",
        "03-09 02:30–03:45",
    ]
    assert starts("FREQ=DAILY;COUNT=3", first)[1] == "03-08 09:30"


def test_a_turn_with_nothing_left_between_its_times_is_as_long_as_the_first() -> None:
    first = booked("2026-03-07T02:30", "2026-03-07T03:00")
    assert walls("FREQ=DAILY;COUNT=3", first) == [
        "03-07 02:30–03:00",
        "03-08 03:30–04:00",
        "03-09 02:30–03:00",
    ]


def test_a_time_that_comes_twice_is_the_first() -> None:
    first = booked("2026-10-31T01:30", "2026-10-31T01:45")
    assert starts("FREQ=DAILY;COUNT=3", first) == ["10-31 07:30", "11-01 07:30", "11-02 08:30"]
    assert lengths("FREQ=DAILY;COUNT=3", first) == [0.25, 0.25, 0.25]


def test_the_first_booking_keeps_the_second_of_the_two_times_if_that_was_given() -> None:
    first = Span(local("2026-11-01T01:30", fold=1), local("2026-11-01T01:45", fold=1))
    turns = expand(read_rule("FREQ=WEEKLY;COUNT=2"), first, JUAREZ)
    assert turns[0].span == first
    assert turns[0].original == datetime(2026, 11, 1, 8, 30, tzinfo=UTC)
    assert turns[1].span.start == datetime(2026, 11, 8, 8, 30, tzinfo=UTC)


def test_a_booking_from_the_first_half_past_one_to_the_second_repeats_with_its_elapsed_hour() -> None:
    first = Span(local("2026-11-01T01:30"), local("2026-11-01T01:30", fold=1))
    assert lengths("FREQ=WEEKLY;COUNT=3", first) == [1, 1, 1]


def test_spans_come_in_utc_whatever_zone_the_first_was_written_in() -> None:
    tokyo = ZoneInfo("Asia/Tokyo")
    first = Span(*(moment.astimezone(tokyo) for moment in booked("2026-03-03T20:00", "2026-03-03T21:00")))
    turns = expand(read_rule("FREQ=WEEKLY;BYDAY=TU;COUNT=2"), first, JUAREZ)
    assert [str(turn.span.start) for turn in turns] == [
        "2026-03-04 03:00:00+00:00",
        "2026-03-11 02:00:00+00:00",
    ]


# Months


def test_the_fifth_friday_is_strict() -> None:
    first = booked("2026-01-30T09:00", "2026-01-30T10:00")
    assert days(read_rule("FREQ=MONTHLY;BYDAY=5FR;COUNT=4"), first, JUAREZ) == [
        date(2026, 1, 30), date(2026, 5, 29), date(2026, 7, 31), date(2026, 10, 30),
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["FREQ=MONTHLY;COUNT=4", "FREQ=MONTHLY;BYMONTHDAY=31;COUNT=4"])
def test_day_31_is_strict(text: str) -> None:
    first = booked("2026-01-31T09:00", "2026-01-31T10:00")
    assert days(read_rule(text), first, JUAREZ) == [
        date(2026, 1, 31), date(2026, 3, 31), date(2026, 5, 31), date(2026, 7, 31),
    ]  # fmt: skip


def test_positions_in_the_week_of_the_first_booking_are_counted_from_its_beginning() -> None:
    """dateutil alone would take the Wednesday for the first day of a week that began on Monday."""
    wednesday = booked("2026-03-04T09:00", "2026-03-04T10:00")
    rule = read_rule("FREQ=WEEKLY;BYDAY=MO,WE,FR;BYSETPOS=2;COUNT=3")
    assert days(rule, wednesday, JUAREZ) == [date(2026, 3, 4), date(2026, 3, 11), date(2026, 3, 18)]


def test_a_series_that_begins_beside_a_year_without_its_leap_day_has_the_right_weekdays() -> None:
    first = booked("2097-12-31T09:00", "2097-12-31T10:00")  # a Tuesday; 2100 is no leap year
    found = days(read_rule("FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=27"), first, JUAREZ)
    assert found[-1] == date(2100, 2, 28)
    weekly = days(read_rule("FREQ=WEEKLY;BYDAY=TU;COUNT=150"), first, JUAREZ)
    assert weekly == [date(2097, 12, 31) + 7 * n * DAY for n in range(150)]


# The end


@pytest.mark.parametrize(
    ("until", "times"),
    [
        ("20260315", 3),  # the whole day counts
        ("20260314", 2),
        ("20260315T090000", 3),  # campus time; what begins then is part of it
        ("20260315T085959", 2),
        ("20260315T150000Z", 3),
        ("20260315T145959Z", 2),
        ("20260301", 1),
    ],
)
def test_until_is_inclusive(until: str, times: int) -> None:
    first = booked("2026-03-01T09:00", "2026-03-01T10:00")
    assert len(expand(read_rule(f"FREQ=WEEKLY;UNTIL={until}"), first, JUAREZ)) == times


def test_until_a_day_is_a_campus_day() -> None:
    """20:00 in Juárez is the next day in UTC."""
    evening = booked("2026-06-01T20:00", "2026-06-01T21:00")
    assert len(expand(read_rule("FREQ=DAILY;UNTIL=20260603"), evening, JUAREZ)) == 3


TUESDAY = booked("2026-03-03T09:00", "2026-03-03T10:00")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("FREQ=WEEKLY;BYDAY=TH;COUNT=5", "The first day does not fit this repeat: begin on Thu 5 Mar 2026."),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO;COUNT=5", "begin on Mon 9 Mar 2026."),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;COUNT=1", "begin on Tue 29 Feb 2028."),
        ("FREQ=MONTHLY;BYMONTHDAY=1;BYDAY=5MO;COUNT=2", "No day of the next 3 years fits"),
        ("FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=40;COUNT=2", "No day of the next 3 years fits"),
        ("FREQ=DAILY;BYDAY=TU;BYSETPOS=2;COUNT=2", "No day of the next 3 years fits"),
        ("FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=3;BYSETPOS=9;COUNT=2", "No day of the next 3 years fits"),
        ("FREQ=WEEKLY;UNTIL=20260302", "ends before the first booking"),
        ("FREQ=WEEKLY;UNTIL=20260303T085959", "ends before the first booking"),
        ("FREQ=YEARLY;UNTIL=20290304", "3 years at most: Sat 3 Mar 2029 is the last day possible"),
        ("FREQ=YEARLY;COUNT=5", "3 years at most, and this one comes 4 times in them"),
        ("FREQ=WEEKLY;COUNT=158", "this one comes 157 times in them: lower the count"),
        ("FREQ=DAILY;INTERVAL=999;COUNT=3", "this one comes 2 times in them"),
        ("FREQ=DAILY;UNTIL=20281231", "more than 400 bookings: choose an earlier end"),
    ],
)
def test_a_series_that_cannot_be_is_refused_at_once_with_what_would_do(text: str, sentence: str) -> None:
    rule = read_rule(text)
    with pytest.raises(BadRequest) as refused, at_most_calls(50_000):
        expand(rule, TUESDAY, JUAREZ)
    assert sentence in refused.value.message


def test_the_longest_series_are_possible() -> None:
    assert len(expand(read_rule("FREQ=YEARLY;UNTIL=20290303"), TUESDAY, JUAREZ)) == 4
    assert len(expand(read_rule("FREQ=DAILY;COUNT=400"), TUESDAY, JUAREZ)) == MOST_TIMES


def test_bookings_of_one_series_do_not_overlap_each_other() -> None:
    thirty_hours = booked("2026-03-03T09:00", "2026-03-04T15:00")
    with pytest.raises(BadRequest, match="last into the next one"):
        expand(read_rule("FREQ=DAILY;COUNT=2"), thirty_hours, JUAREZ)
    assert len(expand(read_rule("FREQ=DAILY;INTERVAL=2;COUNT=2"), thirty_hours, JUAREZ)) == 2


def test_back_to_back_bookings_of_one_series_are_no_overlap() -> None:
    whole_day = booked("2026-03-03T00:00", "2026-03-04T00:00")
    assert len(expand(read_rule("FREQ=DAILY;COUNT=10"), whole_day, JUAREZ)) == 10


def test_a_first_day_that_is_named_would_do() -> None:
    rule = read_rule("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO;COUNT=5")
    assert len(days(rule, booked("2026-03-09T09:00", "2026-03-09T10:00"), JUAREZ)) == 5


# Cut in two


def test_what_is_cut_off_after_a_turn_is_counted() -> None:
    rule = read_rule("FREQ=WEEKLY;BYDAY=TU,TH;COUNT=10")
    cut = local("2026-03-12T09:00")
    before, after = truncated(rule, cut, TUESDAY, JUAREZ), remaining(rule, cut, TUESDAY, JUAREZ)
    assert before == read_rule("FREQ=WEEKLY;BYDAY=TU,TH;COUNT=3")
    assert after == read_rule("FREQ=WEEKLY;BYDAY=TU,TH;COUNT=7")


def test_a_series_until_a_day_is_cut_at_a_day() -> None:
    rule = read_rule("FREQ=WEEKLY;BYDAY=TU;UNTIL=20260630T235959")
    cut = local("2026-03-15T00:00")
    assert truncated(rule, cut, TUESDAY, JUAREZ) == read_rule("FREQ=WEEKLY;BYDAY=TU;UNTIL=20260310")
    assert remaining(rule, cut, TUESDAY, JUAREZ) == rule


def test_one_turn_or_none_is_no_series() -> None:
    rule = read_rule("FREQ=WEEKLY;COUNT=3")
    assert truncated(rule, local("2026-03-03T09:00"), TUESDAY, JUAREZ) is None
    assert truncated(rule, local("2026-03-10T09:00"), TUESDAY, JUAREZ) is None
    assert truncated(rule, local("2026-03-10T09:01"), TUESDAY, JUAREZ) is not None
    assert truncated(rule, local("2027-01-01T00:00"), TUESDAY, JUAREZ) == rule
    assert remaining(rule, local("2026-03-17T09:01"), TUESDAY, JUAREZ) is None
    assert remaining(rule, local("2026-03-17T09:00"), TUESDAY, JUAREZ) == read_rule("FREQ=WEEKLY;COUNT=1")


def test_the_rest_from_a_turn_that_the_clock_change_moved_is_no_rule_of_its_own() -> None:
    rule, first = read_rule("FREQ=WEEKLY;COUNT=4"), booked("2026-03-01T02:30", "2026-03-01T04:00")
    assert remaining(rule, local("2026-03-02T00:00"), first, JUAREZ) is None  # from 03-08, at 03:30
    assert remaining(rule, local("2026-03-09T00:00"), first, JUAREZ) == read_rule("FREQ=WEEKLY;COUNT=2")


# Moved by days


@pytest.mark.parametrize(
    ("text", "by_days", "later"),
    [
        ("FREQ=WEEKLY;BYDAY=TU,TH;COUNT=5", 1, "FREQ=WEEKLY;BYDAY=WE,FR;COUNT=5"),
        ("FREQ=WEEKLY;BYDAY=TU,SU;COUNT=5", 1, "FREQ=WEEKLY;BYDAY=MO,WE;COUNT=5"),
        ("FREQ=WEEKLY;BYDAY=MO;COUNT=5", -1, "FREQ=WEEKLY;BYDAY=SU;COUNT=5"),
        ("FREQ=WEEKLY;COUNT=5", 3, "FREQ=WEEKLY;COUNT=5"),
        (
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;COUNT=4",
            1,
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE;WKST=TU;COUNT=4",
        ),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=SU;COUNT=4", 1, "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO;COUNT=4"),
        ("FREQ=DAILY;UNTIL=20260626", 2, "FREQ=DAILY;UNTIL=20260628"),
        ("FREQ=DAILY;UNTIL=20260626T150000Z", -1, "FREQ=DAILY;UNTIL=20260625T150000Z"),
        ("FREQ=MONTHLY;BYMONTHDAY=15;COUNT=5", 2, "FREQ=MONTHLY;BYMONTHDAY=17;COUNT=5"),
        ("FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=5", -1, "FREQ=MONTHLY;BYMONTHDAY=-2;COUNT=5"),
        ("FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=5", 1, None),
        ("FREQ=MONTHLY;BYMONTHDAY=28;COUNT=5", 1, None),
        ("FREQ=MONTHLY;BYMONTHDAY=31;COUNT=5", -1, None),
        ("FREQ=MONTHLY;BYMONTHDAY=13;BYDAY=FR;COUNT=2", 1, "FREQ=MONTHLY;BYMONTHDAY=14;BYDAY=SA;COUNT=2"),
        ("FREQ=MONTHLY;BYDAY=1FR;COUNT=5", 7, "FREQ=MONTHLY;BYDAY=2FR;COUNT=5"),
        ("FREQ=MONTHLY;BYDAY=-1FR;COUNT=5", -7, "FREQ=MONTHLY;BYDAY=-2FR;COUNT=5"),
        ("FREQ=MONTHLY;BYDAY=-1FR;COUNT=5", 7, None),
        ("FREQ=MONTHLY;BYDAY=-1FR;COUNT=5", 1, None),
        ("FREQ=MONTHLY;BYDAY=4FR;COUNT=5", 7, None),
        ("FREQ=MONTHLY;BYDAY=5FR;COUNT=5", -7, None),
        ("FREQ=MONTHLY;BYDAY=FR;COUNT=5", 1, "FREQ=MONTHLY;BYDAY=SA;COUNT=5"),
        ("FREQ=MONTHLY;INTERVAL=2;BYDAY=FR;COUNT=5", 1, None),
        ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;COUNT=5", 1, None),
        ("FREQ=YEARLY;BYMONTH=3;BYDAY=TH;COUNT=5", 1, None),
        ("FREQ=DAILY;BYMONTH=1;COUNT=5", 1, None),
        ("FREQ=YEARLY;BYDAY=20MO;COUNT=2", 14, "FREQ=YEARLY;BYDAY=22MO;COUNT=2"),
        ("FREQ=MONTHLY;BYDAY=5FR;COUNT=5", 0, "FREQ=MONTHLY;BYDAY=5FR;COUNT=5"),
        ("FREQ=MONTHLY;BYMONTHDAY=31;COUNT=5", 0, "FREQ=MONTHLY;BYMONTHDAY=31;COUNT=5"),
    ],
)
def test_a_rule_moves_by_days_where_a_rule_can_say_so(text: str, by_days: int, later: str | None) -> None:
    found = shifted(read_rule(text), by_days)
    assert (found.text if found else None) == later


def test_a_series_moves_to_a_later_hour_without_losing_its_last_turn() -> None:
    """UNTIL is the very start of the last turn, as many calendars write it."""
    rule = read_rule("FREQ=WEEKLY;BYDAY=TU;UNTIL=20260317T150000Z")
    later = booked("2026-03-04T11:00", "2026-03-04T12:00")
    found = moved(rule, TUESDAY, later, JUAREZ)
    assert found == read_rule("FREQ=WEEKLY;BYDAY=WE;UNTIL=20260318")
    assert len(expand(found, later, JUAREZ)) == len(expand(rule, TUESDAY, JUAREZ)) == 3


def test_a_series_whose_later_days_are_no_rule_does_not_move_whole() -> None:
    last = booked("2026-03-31T09:00", "2026-03-31T10:00")
    rule = read_rule("FREQ=MONTHLY;COUNT=3")
    assert moved(rule, last, booked("2026-04-01T09:00", "2026-04-01T10:00"), JUAREZ) is None
    assert moved(rule, last, booked("2026-03-31T14:00", "2026-03-31T15:00"), JUAREZ) == rule


# Whatever the rule


def _numbers(least: int, most: int) -> st.SearchStrategy[tuple[int, ...]]:
    whole = st.integers(least, most).filter(bool)
    return st.lists(whole, max_size=3, unique=True).map(lambda found: tuple(sorted(found)))


@st.composite
def rules(draw: st.DrawFn) -> Rule:
    freq = draw(st.sampled_from(FREQUENCIES))
    nth = st.integers(-5, 5).filter(bool) if freq in FREQUENCIES[2:] and draw(st.booleans()) else st.just(0)
    chosen = draw(st.lists(st.builds(Day, st.integers(0, 6), nth), max_size=4, unique=True))
    rule = Rule(
        freq,
        interval=draw(st.integers(1, 4)),
        count=draw(st.integers(1, 30)),
        by_day=tuple(sorted(chosen)),
        by_month_day=() if freq == "WEEKLY" else draw(st.just(()) | _numbers(-31, 31)),
        by_month=draw(st.just(()) | _numbers(1, 12)),
        by_set_pos=draw(st.just(()) | st.just(()) | _numbers(-5, 5)),
        week_start=draw(st.integers(0, 6)),
    )
    try:
        return read_rule(rule.text)
    except BadRequest:
        assume(False)
        raise


@st.composite
def series(draw: st.DrawFn) -> tuple[Rule, Span]:
    """A rule, and a first span that fits it, at an hour that every day has or not."""
    rule = draw(rules())
    day = draw(st.dates(date(2022, 1, 1), date(2027, 12, 31)))
    at = timedelta(minutes=15 * draw(st.integers(0, 95)))
    length = timedelta(minutes=15 * draw(st.integers(1, 96)))

    def from_day(day: date) -> Span:
        wall = datetime.combine(day, datetime.min.time()) + at
        start = wall.replace(tzinfo=JUAREZ).astimezone(UTC)
        return Span(start, max((wall + length).replace(tzinfo=JUAREZ).astimezone(UTC), start + HOUR / 4))

    first = from_day(day)
    try:
        days(rule, first, JUAREZ)
    except BadRequest as refused:
        assume("first_day" in refused.extra)
        first = from_day(date.fromisoformat(refused.extra["first_day"]))
    try:
        expand(rule, first, JUAREZ)
    except BadRequest:
        assume(False)
    return rule, first


@given(series())
@settings(deadline=None)
def test_turns_are_as_many_as_counted_in_order_and_clear_of_each_other(
    given_series: tuple[Rule, Span],
) -> None:
    rule, first = given_series
    turns = expand(rule, first, JUAREZ)
    assert len(turns) == rule.count
    assert turns[0].span == first
    assert all(turn.span.length > timedelta(0) and turn.original == turn.span.start for turn in turns)
    assert all(one.span.end <= two.span.start for one, two in pairwise(turns))


@given(series())
@settings(deadline=None)
def test_every_turn_shows_the_same_hour_on_the_wall_unless_that_day_has_none(
    given_series: tuple[Rule, Span],
) -> None:
    rule, first = given_series
    hour = first.start.astimezone(JUAREZ).time()
    for turn in expand(rule, first, JUAREZ):
        wall = turn.span.start.astimezone(JUAREZ)
        if wall.time() != hour:
            asked = datetime.combine(wall.date(), hour)
            there_and_back = asked.replace(tzinfo=JUAREZ).astimezone(UTC).astimezone(JUAREZ)
            assert there_and_back.replace(tzinfo=None) == asked + HOUR  # no such time that day
            assert wall.replace(tzinfo=None) == asked + HOUR


@given(series())
@settings(deadline=None)
def test_the_days_are_those_that_dateutil_finds_in_the_years_themselves(
    given_series: tuple[Rule, Span],
) -> None:
    rule, first = given_series
    if rule.freq == "WEEKLY" and rule.by_set_pos:
        return  # dateutil counts positions in a part of the first week: see the test of that
    start = first.start.astimezone(JUAREZ).replace(tzinfo=None)
    found = rrule.rrulestr(rule.text, dtstart=start)
    assert days(rule, first, JUAREZ) == [moment.date() for moment in found]


@given(series(), st.integers(0, 30))
@settings(deadline=None)
def test_what_is_before_a_cut_and_what_remains_are_the_whole(
    given_series: tuple[Rule, Span], at_turn: int
) -> None:
    rule, first = given_series
    turns = expand(rule, first, JUAREZ)
    cut = turns[at_turn % len(turns)].original
    before, after = truncated(rule, cut, first, JUAREZ), remaining(rule, cut, first, JUAREZ)
    kept = [turn for turn in turns if turn.original < cut]
    assert (before is None) == (len(kept) < 2)
    head = expand(before, first, JUAREZ) if before else kept
    left = turns[len(kept) :]
    if after is None:  # only where the clock change moved the turn at the cut
        wall = [moment.astimezone(JUAREZ).time() for moment in (*left[0].span, *first)]
        assert wall[:2] != wall[2:] or left[0].span.start.astimezone(JUAREZ).date() in _CHANGES
    else:
        assert head + expand(after, left[0].span, JUAREZ) == turns


_CHANGES = {
    date(2022, 3, 13), date(2022, 10, 30), date(2022, 11, 29), date(2022, 11, 30),
    date(2023, 3, 12), date(2023, 11, 5), date(2024, 3, 10), date(2024, 11, 3),
    date(2025, 3, 9), date(2025, 11, 2), date(2026, 3, 8), date(2026, 11, 1),
    date(2027, 3, 14), date(2027, 11, 7), date(2028, 3, 12), date(2028, 11, 5),
    date(2029, 3, 11), date(2029, 11, 4), date(2030, 3, 10), date(2030, 11, 3),
}  # fmt: skip


@given(series(), st.integers(-20, 20), st.integers(0, 95))
@settings(deadline=None)
def test_a_series_that_moves_has_every_day_moved(
    given_series: tuple[Rule, Span], by_days: int, quarter: int
) -> None:
    rule, first = given_series
    was = days(rule, first, JUAREZ)
    wall = datetime.combine(was[0] + by_days * DAY, datetime.min.time()) + quarter * HOUR / 4
    start = wall.replace(tzinfo=JUAREZ).astimezone(UTC)
    to = Span(start, start + HOUR / 4)
    assume(to.start.astimezone(JUAREZ).date() == wall.date())
    found = moved(rule, first, to, JUAREZ)
    if found:
        assert days(found, to, JUAREZ) == [day + by_days * DAY for day in was]
    elif rule.freq == "WEEKLY" and not rule.by_month:
        # three years may have one turn less when they begin elsewhere; else a week always moves
        assert was[-1] - was[0] > 1090 * DAY


@given(rules(), st.dates(date(2000, 1, 1), date(2096, 1, 1)))
@settings(deadline=None, max_examples=200)
def test_no_rule_takes_long(rule: Rule, day: date) -> None:
    first = booked(f"{day}T09:00", f"{day}T10:00")
    try:
        with at_most_calls(50_000):
            made = expand(rule, first, JUAREZ)
        assert len(made) == rule.count
    except BadRequest as refused:
        assert refused.message
