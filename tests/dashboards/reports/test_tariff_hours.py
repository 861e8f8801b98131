"""The hours of GDMTH: seasons, days, holidays and the days on which clocks change."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campus.spaces.holidays import holiday_name
from dashboards.reports.tariff_hours import BandSpan, bands_in, bands_of, season

JUAREZ = ZoneInfo("America/Ciudad_Juarez")


def is_holiday(day: date) -> bool:
    return holiday_name(day) is not None


def hours(day: date) -> list[tuple[str, str, str]]:
    """(from, to, band) by the clock on the wall."""
    return [
        (f"{span.start.astimezone(JUAREZ):%H}", f"{span.end.astimezone(JUAREZ):%H}", span.band)
        for span in bands_of(day, JUAREZ, is_holiday(day))
    ]


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 4, 4), "winter"),
        (date(2026, 4, 5), "summer"),
        (date(2026, 10, 24), "summer"),
        (date(2026, 10, 25), "winter"),
        (date(2027, 4, 3), "winter"),
        (date(2027, 4, 4), "summer"),
        (date(2027, 10, 30), "summer"),
        (date(2027, 10, 31), "winter"),
    ],
)
def test_the_season_is_not_that_of_the_clocks(day: date, expected: str) -> None:
    assert season(day) == expected


def test_a_working_day_in_summer_and_in_winter() -> None:
    assert hours(date(2026, 7, 7)) == [
        ("00", "06", "base"), ("06", "20", "intermedia"), ("20", "22", "punta"), ("22", "00", "intermedia"),
    ]  # fmt: skip
    assert hours(date(2026, 12, 8)) == [
        ("00", "06", "base"), ("06", "18", "intermedia"), ("18", "22", "punta"), ("22", "00", "intermedia"),
    ]  # fmt: skip


def test_saturdays_have_a_peak_in_winter_only() -> None:
    assert hours(date(2026, 7, 11)) == [("00", "07", "base"), ("07", "00", "intermedia")]
    assert [band for *_span, band in hours(date(2026, 12, 12))] == [
        "base",
        "intermedia",
        "punta",
        "intermedia",
    ]


def test_a_holiday_is_a_sunday() -> None:
    assert (
        hours(date(2026, 9, 16))
        == hours(date(2026, 9, 20))
        == [("00", "19", "base"), ("19", "00", "intermedia")]
    )
    assert hours(date(2026, 12, 25)) == hours(date(2026, 12, 27))


def test_the_day_on_which_the_clocks_go_forward_has_an_hour_of_base_less() -> None:
    """A Sunday of winter in the tariff, 8 March 2026: 23 hours, of which base 17."""
    base, intermedia = bands_of(date(2026, 3, 8), JUAREZ, False)
    assert base.end - base.start == timedelta(hours=17)
    assert intermedia.end - intermedia.start == timedelta(hours=6)


def test_the_day_on_which_the_clocks_go_back_has_an_hour_of_base_more() -> None:
    base, _intermedia = bands_of(date(2026, 11, 1), JUAREZ, False)
    assert base.end - base.start == timedelta(hours=19)


def test_a_year_has_few_hours_of_peak() -> None:
    """2026: weekdays without holidays, 2 h in summer and 4 h in winter, and 2 h on winter's Saturdays."""
    start, end = (datetime(year, 1, 1, tzinfo=JUAREZ) for year in (2026, 2027))
    peak = sum(
        ((one.end - one.start) for one in bands_in(start, end, JUAREZ, is_holiday) if one.band == "punta"),
        timedelta(),
    )
    days = [date(2026, 1, 1) + timedelta(days=number) for number in range(365)]
    working = [day for day in days if not is_holiday(day)]
    weekdays = [day for day in working if day.weekday() < 5]
    saturdays = [day for day in working if day.weekday() == 5 and season(day) == "winter"]
    by_hand = sum(2 if season(day) == "summer" else 4 for day in weekdays) + 2 * len(saturdays)
    assert peak == timedelta(hours=by_hand)


moments = st.integers(0, 4 * 366 * 24 * 60).map(
    lambda minutes: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)


@given(moments, st.timedeltas(timedelta(minutes=1), timedelta(days=40)))
def test_every_instant_has_one_band(start: datetime, length: timedelta) -> None:
    end = start + length
    found: list[BandSpan] = list(bands_in(start, end, JUAREZ, is_holiday))
    assert (found[0].start, found[-1].end) == (start, end)
    for one, following in pairwise(found):
        assert one.start < one.end == following.start
        assert one.band != following.band
