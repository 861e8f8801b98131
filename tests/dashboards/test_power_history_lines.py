"""Gaps of the power chart: short ones are bridged, long ones stay, a charger that is away draws nothing."""

from __future__ import annotations

from dashboards.power_history import bridged, resting


def test_a_short_gap_becomes_a_straight_line() -> None:
    assert bridged([1.0, None, None, 4.0], most=3) == [1.0, 2.0, 3.0, 4.0]


def test_a_long_gap_stays_a_gap() -> None:
    assert bridged([1.0, None, None, None, 5.0], most=3) == [1.0, None, None, None, 5.0]


def test_nothing_is_made_up_before_the_first_and_after_the_last_value() -> None:
    assert bridged([None, 1.0, None], most=3) == [None, 1.0, None]


def test_a_charger_draws_nothing_before_it_was_heard_and_after_it_went() -> None:
    assert resting([None, 7_000.0, 7_100.0, None]) == [0.0, 7_000.0, 7_100.0, 0.0]
    assert resting([None, None]) == [0.0, 0.0]


def test_a_charger_that_stopped_rests_until_it_speaks_again() -> None:
    assert resting([7_000.0, 3.0, None, None, 7_000.0]) == [7_000.0, 3.0, 0.0, 0.0, 7_000.0]


def test_a_gap_in_the_middle_of_charging_stays_a_gap() -> None:
    assert resting([7_000.0, None, None, 7_000.0]) == [7_000.0, None, None, 7_000.0]
