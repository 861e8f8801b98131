"""Opening hours: what the sign says, and which instants that means, over the clock changes too."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campus.errors import BadRequest
from campus.moments import day_bounds
from campus.spaces.hours import DAYS, instant_at, open_spans, read_hours
from campus.spaces.spans import Span

JUAREZ = ZoneInfo("America/Ciudad_Juarez")
DAILY = {name: [["08:00", "20:00"]] for name in DAYS}
FORWARD, BACK = date(2026, 3, 8), date(2026, 11, 1)
"""The days of 23 and of 25 hours."""


def z(text: str) -> datetime:
    return datetime.fromisoformat(text + "+00:00")


def opened(sign: dict[str, Any], day: date) -> list[tuple[str, str]]:
    """The open spans of a campus day, as the wall clock shows them."""
    spans = open_spans(read_hours(sign), *day_bounds(day, JUAREZ), JUAREZ)
    return [tuple(f"{end.astimezone(JUAREZ):%d %H:%M}" for end in span) for span in spans]  # type: ignore[misc]


def test_a_day_is_open_as_the_sign_says() -> None:
    assert opened(DAILY, date(2026, 3, 3)) == [("03 08:00", "03 20:00")]


def test_a_day_may_have_several_spans() -> None:
    sign = {"tue": [["16:00", "20:00"], ["08:00", "12:00"]]}
    assert opened(sign, date(2026, 3, 3)) == [("03 08:00", "03 12:00"), ("03 16:00", "03 20:00")]


def test_days_that_are_not_named_are_closed() -> None:
    assert opened({"mon": [["08:00", "20:00"]]}, date(2026, 3, 3)) == []
    assert opened({"tue": None, "mon": []}, date(2026, 3, 3)) == []


def test_a_span_that_crosses_midnight_belongs_to_both_days() -> None:
    sign = {"fri": [["20:00", "02:00"]]}
    assert opened(sign, date(2026, 3, 6)) == [("06 20:00", "07 00:00")]
    assert opened(sign, date(2026, 3, 7)) == [("07 00:00", "07 02:00")]


def test_from_midnight_to_midnight_is_the_whole_day() -> None:
    assert opened({"tue": [["00:00", "24:00"]]}, date(2026, 3, 3)) == [("03 00:00", "04 00:00")]


def test_null_is_always_open() -> None:
    asked = Span(z("2026-03-03T00:00"), z("2026-03-09T00:00"))
    assert open_spans(read_hours(None), *asked, JUAREZ) == [asked]


def test_open_day_and_night_is_one_span_with_no_seam_at_midnight() -> None:
    always = read_hours({name: [["00:00", "24:00"]] for name in DAYS})
    asked = Span(z("2026-03-06T00:00"), z("2026-03-12T00:00"))  # over the clock change
    assert open_spans(always, *asked, JUAREZ) == [asked]


def test_the_sign_holds_on_the_days_of_the_clock_change() -> None:
    for day, opens in ((date(2026, 3, 7), "15:00"), (FORWARD, "14:00"), (BACK, "15:00")):
        span = open_spans(read_hours(DAILY), *day_bounds(day, JUAREZ), JUAREZ)[0]
        assert span.start == z(f"{day}T{opens}")
        assert span.length == timedelta(hours=12)


def test_a_night_is_an_hour_shorter_in_spring_and_longer_in_autumn() -> None:
    nights = read_hours({"sat": [["22:00", "06:00"]]})
    lengths = [
        open_spans(nights, z(f"{day}T12:00"), z(f"{day}T12:00") + timedelta(hours=30), JUAREZ)[0].length
        for day in ("2026-02-28", "2026-03-07", "2026-10-31")
    ]
    assert lengths == [timedelta(hours=8), timedelta(hours=7), timedelta(hours=9)]


def test_a_time_that_is_left_out_is_the_moment_of_the_change() -> None:
    change = z("2026-03-08T09:00")
    assert instant_at(FORWARD, 2 * 60, JUAREZ) == instant_at(FORWARD, 2 * 60 + 30, JUAREZ) == change
    assert opened({"sun": [["02:15", "02:45"]]}, FORWARD) == []
    assert opened({"sun": [["02:30", "03:15"]]}, FORWARD) == [("08 03:00", "08 03:15")]


def test_a_time_that_comes_twice_counts_from_its_first() -> None:
    assert instant_at(BACK, 90, JUAREZ) == z("2026-11-01T07:30")


@pytest.mark.parametrize(
    ("sign", "fault"),
    [
        ({"monday": [["08:00", "20:00"]]}, "'monday' is not a day"),
        ({"mon": "08:00-20:00"}, "a list of spans is wanted"),
        ({"mon": ["08:00", "20:00"]}, "a span is two times"),
        ({"mon": [["08:00"]]}, "a span is two times"),
        ({"mon": [["8:00", "20:00"]]}, "'8:00' is not a time"),
        ({"mon": [["08:00", "25:00"]]}, "'25:00' is not a time"),
        ({"mon": [["08:00", "20:60"]]}, "'20:60' is not a time"),
        ({"mon": [[8, 20]]}, "'8' is not a time"),
        ({"mon": [["٠٨:٠٠", "20:00"]]}, "is not a time"),
        ({"mon": [["24:00", "08:00"]]}, "nothing opens at 24:00"),
        ({"mon": [["08:00", "08:00"]]}, "is empty"),
        ({"mon": [["08:00", "12:00"], ["11:00", "20:00"]]}, "two spans overlap at 11:00"),
        ({"mon": [["08:00", "09:00"]] * 13}, "12 are the most"),
    ],
)
def test_a_wrong_sign_is_refused_with_what_is_wrong(sign: dict[str, Any], fault: str) -> None:
    with pytest.raises(BadRequest) as refused:
        read_hours(sign)
    assert fault in refused.value.message


TIMES = st.integers(0, 24 * 4 - 1).map(lambda n: f"{n // 4:02d}:{n % 4 * 15:02d}")
SIGNS = st.dictionaries(
    st.sampled_from(DAYS), st.tuples(TIMES, TIMES).filter(lambda t: t[0] != t[1]).map(lambda t: [list(t)])
)
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001


@given(SIGNS, MOMENTS, st.integers(1, 24 * 20))
def test_open_spans_are_in_order_apart_and_inside_what_was_asked(
    sign: dict[str, Any], start: datetime, hours: int
) -> None:
    asked = Span(start, start + timedelta(hours=hours))
    spans = open_spans(read_hours(sign), *asked, JUAREZ)
    assert all(asked.covers(span) and span.start < span.end for span in spans)
    assert all(earlier.end < later.start for earlier, later in itertools.pairwise(spans))


@given(SIGNS, MOMENTS, st.integers(1, 24 * 9), st.integers(0, 24 * 9))
def test_asking_in_two_parts_gives_the_same_open_time(
    sign: dict[str, Any], start: datetime, hours: int, cut: int
) -> None:
    end = start + timedelta(hours=hours)
    middle = min(start + timedelta(hours=cut), end)
    week = read_hours(sign)

    def total(a: datetime, b: datetime) -> timedelta:
        return sum((span.length for span in open_spans(week, a, b, JUAREZ)), timedelta(0))

    assert total(start, middle) + total(middle, end) == total(start, end)


@given(MOMENTS, SIGNS)
def test_away_from_the_clock_change_open_is_what_the_wall_clock_says(
    moment: datetime, sign: dict[str, Any]
) -> None:
    wall = moment.astimezone(JUAREZ)
    if wall.date() in (FORWARD, BACK) or wall.date() - timedelta(days=1) in (FORWARD, BACK):
        return
    says = False
    for back in (0, 1):
        for opens, closes in sign.get(DAYS[(wall.date() - timedelta(days=back)).weekday()], []):
            first, last = (int(text[:2]) * 60 + int(text[3:]) for text in (opens, closes))
            minute = wall.hour * 60 + wall.minute + wall.second / 60 + wall.microsecond / 6e7 + back * 1440
            says |= first <= minute < (last if last > first else last + 1440)
    instant = Span(moment, moment + timedelta(microseconds=1))
    assert bool(open_spans(read_hours(sign), *instant, JUAREZ)) == says
