"""Numbers and times as people read them, in English and Spanish."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from apiflask import APIFlask
from flask_babel import force_locale

from campus.figures import clock_time, day_time, duration, kilo, number, when, whole

MOMENT = datetime(2026, 3, 3, 21, 30, tzinfo=UTC)


@pytest.fixture
def english(sqlite_database: object, app: APIFlask) -> Iterator[None]:
    with app.test_request_context("/"):
        yield


@pytest.mark.usefixtures("english")
@pytest.mark.parametrize(
    ("value", "text"),
    [
        (2.0, "2.00"),
        (21.43, "21.4"),
        (213.9, "214"),
        (1243, "1,240"),
        (0.456, "0.46"),
        (0.001, "0.00"),
        (9.996, "10.0"),
        (99.96, "100"),
        (0, "0.00"),
        (-0.0001, "0.00"),
        (-3.456, "-3.46"),
        (None, "–"),
        (float("nan"), "–"),
        (float("inf"), "–"),
    ],
)
def test_a_number_has_three_significant_digits_and_two_decimals_at_most(
    value: float | None, text: str
) -> None:
    assert number(value) == text


@pytest.mark.usefixtures("english")
def test_percents_and_people_are_whole_numbers() -> None:
    assert [whole(63.6), whole(0), whole(1234.4), whole(None)] == ["64", "0", "1,234", "–"]


@pytest.mark.usefixtures("english")
def test_watts_are_shown_as_kilowatts() -> None:
    assert [kilo(21_412), kilo(450), kilo(None)] == ["21.4", "0.45", "–"]


@pytest.mark.usefixtures("english")
@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (12_000, "3 h 20 min"),
        (7_200, "2 h"),
        (2_700, "45 min"),
        (59 * 60 + 40, "1 h"),
        (20, "less than a minute"),
        (None, "–"),
    ],
)
def test_a_duration_is_told_in_hours_and_minutes(seconds: float | None, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.usefixtures("english")
def test_times_are_told_in_the_campus_zone() -> None:
    assert clock_time(MOMENT) == "14:30"
    assert day_time(MOMENT) == "Tue 3 Mar 14:30"


@pytest.mark.usefixtures("english")
def test_a_time_long_ago_is_told_with_its_day() -> None:
    assert when(MOMENT, MOMENT + timedelta(hours=3)) == "14:30"
    assert when(MOMENT, MOMENT + timedelta(hours=30)) == "Tue 3 Mar 14:30"


@pytest.mark.usefixtures("english")
def test_spanish_reads_as_in_juarez() -> None:
    with force_locale("es_MX"):
        assert number(1243) == "1,240"
        assert day_time(MOMENT) == "mar 3 mar 14:30"
