"""What counts as a number, and what as a time, for every dialect."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from devices.formats._json import number
from devices.formats._times import any_time, iso_time, unix_time
from tests.devices.formats.decoding import CAMPUS


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (5, 5.0),
        ("5.5", 5.5),
        (" -1e3 ", -1000.0),
        (True, None),
        ("1_000", None),
        ("nan", None),
        ("inf", None),
        ("1e999", None),
        ("12 V", None),
        ("", None),
        (None, None),
        ([], None),
    ],
)
def test_a_number_may_be_text_and_is_finite(value: object, expected: float | None) -> None:
    assert number(value) == expected


@pytest.mark.parametrize("value", [0, -5, 12.5, 1e300, float("inf"), "soon", None, True])
def test_a_clock_that_was_never_set_and_one_beyond_the_calendar_give_no_time(value: object) -> None:
    assert unix_time(value) is None


def test_an_old_time_is_given_as_it_stands() -> None:
    assert (
        iso_time("1999-01-01T00:00:00Z", CAMPUS) == unix_time(915_148_800) == datetime(1999, 1, 1, tzinfo=UTC)
    )


def test_of_an_hour_that_happens_twice_the_first_is_meant() -> None:
    assert iso_time("2026-11-01T01:30:00", CAMPUS) == datetime(2026, 11, 1, 7, 30, tzinfo=UTC)
    assert iso_time("2026-11-01T01:30:00-07:00", CAMPUS) == datetime(2026, 11, 1, 8, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "value", ["", "now", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-23:59", 5, None]
)
def test_what_is_no_iso_time_is_none(value: object) -> None:
    assert iso_time(value, CAMPUS) is None


def test_any_notation_will_do() -> None:
    assert (
        any_time("1777900000", CAMPUS)
        == any_time(1777900000000, CAMPUS)
        == any_time("2026-05-04T07:06:40", CAMPUS)
    )
