"""When it is open: hours without closures and holidays; and which days are holidays."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campus.spaces.holidays import holiday_name, holidays_in, holidays_of
from campus.spaces.hours import DAYS, OpeningHours, open_spans, read_hours
from campus.spaces.openings import open_when
from campus.spaces.spans import Span

JUAREZ = ZoneInfo("America/Ciudad_Juarez")


def from_to(start: str, end: str) -> Span:
    first, last = (
        datetime.fromisoformat(text).replace(tzinfo=JUAREZ).astimezone(UTC) for text in (start, end)
    )
    return Span(first, last)


STATUTORY = {
    2026: ["01-01", "02-02", "03-16", "05-01", "09-16", "11-16", "12-25"],
    2027: ["01-01", "02-01", "03-15", "05-01", "09-16", "11-15", "12-25"],
    2024: ["01-01", "02-05", "03-18", "05-01", "09-16", "10-01", "11-18", "12-25"],
    2030: ["01-01", "02-04", "03-18", "05-01", "09-16", "10-01", "11-18", "12-25"],
}


@pytest.mark.parametrize("year", STATUTORY)
def test_the_statutory_days_and_1_october_every_sixth_year(year: int) -> None:
    assert [f"{day:%m-%d}" for day in holidays_of(year)] == STATUTORY[year]


def test_a_holiday_has_its_name_in_both_languages() -> None:
    assert holiday_name(date(2026, 9, 16)) == "Independence Day"
    assert holiday_name(date(2026, 9, 16), "es_MX") == "Día de la Independencia"
    assert holiday_name(date(2026, 9, 16), "uk") == "Independence Day"
    assert holiday_name(date(2026, 9, 17)) is None


def test_a_span_touches_the_holidays_of_its_campus_days() -> None:
    new_year = date(2027, 1, 1)
    assert holidays_in(from_to("2026-12-26 00:00", "2027-01-01 00:00"), JUAREZ) == []
    assert holidays_in(from_to("2026-12-26 00:00", "2027-01-01 00:01"), JUAREZ) == [new_year]
    assert holidays_in(from_to("2026-12-25 23:00", "2027-01-02 00:00"), JUAREZ) == [
        date(2026, 12, 25),
        new_year,
    ]


WEEKDAYS = read_hours({name: [["08:00", "12:00"], ["14:00", "20:00"]] for name in DAYS[:5]})
NIGHTS = read_hours({name: [["20:00", "02:00"]] for name in DAYS})


def test_a_closure_is_cut_out_of_the_hours() -> None:
    day = from_to("2026-03-04 00:00", "2026-03-05 00:00")
    closure = from_to("2026-03-04 10:00", "2026-03-04 15:00")
    assert open_when(WEEKDAYS, day, JUAREZ, closures=[closure]) == [
        from_to("2026-03-04 08:00", "2026-03-04 10:00"),
        from_to("2026-03-04 15:00", "2026-03-04 20:00"),
    ]


def test_closures_that_overlap_close_once() -> None:
    day = from_to("2026-03-04 00:00", "2026-03-05 00:00")
    closures = [
        from_to("2026-03-04 08:00", "2026-03-04 18:00"),
        from_to("2026-03-03 00:00", "2026-03-04 16:00"),
    ]
    assert open_when(None, day, JUAREZ, closures=closures) == [
        from_to("2026-03-04 18:00", "2026-03-05 00:00")
    ]


@pytest.mark.parametrize("day", STATUTORY[2026])
def test_a_holiday_closes_its_day_where_holidays_close(day: str) -> None:
    following = date.fromisoformat(f"2026-{day}") + timedelta(days=1)
    whole = from_to(f"2026-{day} 00:00", f"{following} 00:00")
    assert open_when(None, whole, JUAREZ) == [whole]
    assert open_when(None, whole, JUAREZ, holidays_closed=True) == []
    around = Span(whole.start - timedelta(hours=1), whole.end + timedelta(hours=1))
    assert open_when(None, around, JUAREZ, holidays_closed=True) == [
        Span(around.start, whole.start),
        Span(whole.end, around.end),
    ]


def test_the_night_before_a_holiday_ends_at_midnight() -> None:
    bounds = from_to("2026-09-15 12:00", "2026-09-16 12:00")
    assert open_when(NIGHTS, bounds, JUAREZ) == [from_to("2026-09-15 20:00", "2026-09-16 02:00")]
    assert open_when(NIGHTS, bounds, JUAREZ, holidays_closed=True) == [
        from_to("2026-09-15 20:00", "2026-09-16 00:00")
    ]


def test_a_holiday_inside_long_bounds_parts_them() -> None:
    bounds = from_to("2026-12-20 00:00", "2027-01-10 00:00")
    found = open_when(None, bounds, JUAREZ, holidays_closed=True)
    assert found == [
        from_to("2026-12-20 00:00", "2026-12-25 00:00"),
        from_to("2026-12-26 00:00", "2027-01-01 00:00"),
        from_to("2027-01-02 00:00", "2027-01-10 00:00"),
    ]


START = datetime(2026, 10, 25, tzinfo=UTC)
SPANS = st.tuples(st.integers(0, 24 * 30), st.integers(1, 100)).map(
    lambda pair: Span(START + timedelta(hours=pair[0]), START + timedelta(hours=pair[0] + pair[1]))
)


@given(st.sampled_from([None, WEEKDAYS, NIGHTS]), SPANS, st.lists(SPANS, max_size=4), st.booleans())
def test_closures_only_ever_close(
    hours: OpeningHours | None, bounds: Span, closures: list[Span], holidays_closed: bool
) -> None:
    found = open_when(hours, bounds, JUAREZ, closures=closures, holidays_closed=holidays_closed)
    sign = open_spans(hours, *bounds, JUAREZ)
    assert found == sorted(found)
    assert all(any(span.covers(one) for span in sign) for one in found)
    assert not any(one.overlaps(closure) for one in found for closure in closures)
    if not closures and not holidays_closed:
        assert found == sign
