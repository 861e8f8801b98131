"""Where steps begin, by the second and on the calendar of the campus."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from campus.errors import BadRequest
from campus.moments import from_micros, to_micros
from devices.history.edges import Step, edges

ZONE = ZoneInfo("America/Ciudad_Juarez")


def local(*when: int) -> datetime:
    return datetime(*when, tzinfo=ZONE)  # type: ignore[misc, arg-type]


def hours(start: datetime, end: datetime, step: Step) -> list[float]:
    found = edges(to_micros(start), to_micros(end), step, ZONE)
    return [(end - begin) / 3_600_000_000 for begin, end in pairwise(found)]


def begins(start: datetime, end: datetime, step: Step) -> list[str]:
    found = edges(to_micros(start), to_micros(end), step, ZONE)
    return [from_micros(at).astimezone(ZONE).isoformat(timespec="minutes")[:16] for at in found]


def test_the_days_of_the_clock_changes_have_23_and_25_hours() -> None:
    assert hours(local(2026, 3, 7), local(2026, 3, 10), "day") == [24, 23, 24]
    assert hours(local(2026, 10, 31), local(2026, 11, 3), "day") == [24, 25, 24]


def test_weeks_begin_on_monday_and_months_and_years_on_their_first() -> None:
    assert begins(local(2026, 3, 2), local(2026, 3, 16), "week") == [
        "2026-03-02T00:00",
        "2026-03-09T00:00",
        "2026-03-16T00:00",
    ]
    assert hours(local(2026, 3, 2), local(2026, 3, 16), "week") == [167, 168]
    assert begins(local(2026, 1, 1), local(2026, 4, 1), "month")[1:3] == [
        "2026-02-01T00:00",
        "2026-03-01T00:00",
    ]
    assert hours(local(2024, 1, 1), local(2027, 1, 1), "year") == [8784, 8760, 8760]


def test_the_first_and_the_last_step_are_what_lies_in_the_span() -> None:
    assert begins(local(2026, 3, 7, 17), local(2026, 3, 9, 1), "day") == [
        "2026-03-07T17:00",
        "2026-03-08T00:00",
        "2026-03-09T00:00",
        "2026-03-09T01:00",
    ]
    assert hours(local(2026, 5, 5, 10), local(2026, 5, 5, 11), "year") == [1]


def test_steps_of_seconds_are_aligned_to_the_start() -> None:
    assert hours(local(2026, 5, 5, 10, 7), local(2026, 5, 5, 11), 1800) == [0.5, pytest.approx(23 / 60)]


def test_there_are_20000_steps_at_most() -> None:
    start = datetime(2000, 1, 1, tzinfo=UTC)
    assert len(hours(start, start + timedelta(days=20_000) - timedelta(hours=20), "day")) == 20_000
    with pytest.raises(BadRequest, match="20,000"):
        hours(start, start + timedelta(days=20_003), "day")
    with pytest.raises(BadRequest, match="20,000"):
        hours(start, start + timedelta(days=1), 1.0)
    with pytest.raises(BadRequest):
        hours(start, start + timedelta(days=1), 0.0000001)


def test_the_calendar_ends_with_the_year_9999() -> None:
    assert (
        len(hours(datetime(9999, 12, 30, tzinfo=UTC), datetime(9999, 12, 31, 23, tzinfo=UTC), "month")) == 1
    )
