"""What a lifetime register really counted."""

from __future__ import annotations

import json
import math
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.history.counters import NEW, REMEMBERED, Register, follow

MINUTE = 60_000_000
SAMPLES = Path(__file__).parents[3] / "shared" / "data" / "payloads" / "counter-sequences.jsonl"


def by_the_minute(*values: float) -> list[tuple[int, float]]:
    return [(place * MINUTE, value) for place, value in enumerate(values)]


def total(*values: float, rated_power_w: float | None = None) -> float:
    return follow(by_the_minute(*values), rated_power_w=rated_power_w).total


def kinds(*values: float, rated_power_w: float | None = None) -> list[str]:
    return [one.kind for one in follow(by_the_minute(*values), rated_power_w=rated_power_w).corrections]


def test_the_first_reading_is_the_zero_point() -> None:
    assert total(4711.5) == 0
    assert total(4711.5, 4712.0) == 0.5


def test_a_delta_belongs_to_the_later_reading() -> None:
    assert follow(by_the_minute(1, 3)).steps == [(MINUTE, 2)]


def test_a_restart_counts_what_it_shows() -> None:
    assert total(100, 101, 2, 3) == 4
    run = follow(by_the_minute(100, 101, 2, 3))
    assert [tuple(one) for one in run.corrections] == [(2 * MINUTE, "reset", 101, 2)]


def test_nine_tenths_is_a_dip_and_less_is_a_restart() -> None:
    assert kinds(100, 90) == ["dip"]
    assert kinds(100, 89.9) == ["reset"]


def test_what_a_dip_lost_is_not_counted_again() -> None:
    assert total(100, 95, 97, 100, 101) == 1
    assert kinds(100, 95, 97, 100, 101) == ["dip"]


def test_a_dip_from_a_dip_still_knows_the_old_high() -> None:
    assert total(100, 95, 91, 99, 100.5) == 0.5


@pytest.mark.parametrize("zeros", [1, 2, 50])
def test_a_fall_to_zero_that_returns_adds_the_true_difference(zeros: int) -> None:
    values = (3.737, *[0.0] * zeros, 3.746)
    assert total(*values) == pytest.approx(0.009, abs=1e-12)
    assert kinds(*values) == ["glitch"]


def test_a_fall_to_zero_that_starts_again_is_a_restart() -> None:
    assert total(5, 0, 0, 0.25, 1) == 1
    run = follow(by_the_minute(5, 0, 0, 0.25, 1))
    assert [tuple(one) for one in run.corrections] == [(MINUTE, "reset", 5, 0)]


def test_a_register_that_always_was_zero_simply_begins() -> None:
    assert total(0, 0, 2) == 2
    assert kinds(0, 0, 2) == []


def test_a_register_that_comes_to_the_end_of_its_digits_goes_on_from_there() -> None:
    shown = [(0, 9_998.5), (HOUR, 9_999.5), (2 * HOUR, 0.5), (3 * HOUR, 1.5)]
    run = follow(shown, rated_power_w=2000)
    assert run.total == pytest.approx(3)
    assert [(one.at, one.kind) for one in run.corrections] == [(2 * HOUR, "rollover")]


def test_a_register_that_shows_0_when_it_rolls_over_is_no_glitch_and_no_restart() -> None:
    run = follow([(0, 99_999.9), (HOUR, 0.0), (2 * HOUR, 0.9)], rated_power_w=1000)
    assert run.total == pytest.approx(1.0)
    assert [(one.at, one.kind) for one in run.corrections] == [(HOUR, "rollover")]


def test_32_bits_of_watt_hours_are_an_end_too() -> None:
    end_kwh = 2**32 / 1000
    run = follow([(0, end_kwh - 0.25), (HOUR, 0.75)], rated_power_w=1000)
    assert run.total == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("shown", "rated"),
    [
        ([9_850.0, 0.5], 2000),  # too far from the end
        ([9_999.5, 150.0], 200_000),  # too far behind it
        ([9_950.0, 0.5], 2000),  # more than the power can have brought
        ([9_999.5, 0.5], None),  # nobody knows what it can bring
        ([999.5, 0.5], 2000),  # three digits are no register
    ],
)
def test_what_cannot_have_rolled_over_has_restarted(shown: list[float], rated: float | None) -> None:
    run = follow([(place * HOUR, value) for place, value in enumerate(shown)], rated_power_w=rated)
    assert [one.kind for one in run.corrections] == ["reset"]
    assert run.total == pytest.approx(shown[1])


def test_a_session_register_that_shows_zero_has_begun_a_session() -> None:
    run = follow(by_the_minute(0, 0.3, 0, 0.5), by_session=True)
    assert run.total == pytest.approx(0.8)


@pytest.mark.parametrize("nonsense", [math.nan, math.inf, -math.inf, -1.0])
def test_what_no_register_can_show_is_dropped_and_listed(nonsense: float) -> None:
    assert total(1, nonsense, 2) == 1
    assert kinds(1, nonsense, 2) == ["invalid"]
    assert total(nonsense, 5, 6) == 1


def test_a_spike_that_returns_is_listed_once_and_adds_nothing() -> None:
    values = (10, 10.1, 5000, 10.2, 10.3)
    assert total(*values, rated_power_w=11_000) == pytest.approx(0.3)
    assert kinds(*values, rated_power_w=11_000) == ["jump"]


def test_a_spike_of_several_readings_returns_too() -> None:
    values = (10, 5000, 5000.1, 7000, 0, 10.3)
    assert total(*values, rated_power_w=11_000) == pytest.approx(0.3)
    assert kinds(*values, rated_power_w=11_000) == ["jump", "jump", "glitch"]


def test_a_spike_downwards_is_no_restart() -> None:
    values = (100, 50, 100.1)
    assert total(*values, rated_power_w=11_000) == pytest.approx(0.1)
    assert kinds(*values, rated_power_w=11_000) == ["jump"]


def test_a_register_that_stays_at_its_new_level_counts_on_from_there() -> None:
    swapped = (10.0, *(5000 + 0.1 * place for place in range(100)), 2)
    assert total(*swapped, rated_power_w=11_000) == pytest.approx(9.9 + 2)
    assert kinds(*swapped, rated_power_w=11_000) == ["jump", "reset"]


def test_a_coarse_register_may_step_by_all_that_came_since_it_last_moved() -> None:
    frozen_for_an_hour = (191, *[191] * 60, 198)
    assert total(*frozen_for_an_hour, rated_power_w=7_400) == 7
    assert kinds(*frozen_for_an_hour, rated_power_w=7_400) == []


def test_without_a_rated_power_every_rise_is_believed() -> None:
    assert total(10, 5000) == 4990


def test_recorded_registers_add_up_to_what_their_collectors_expected() -> None:
    if not SAMPLES.exists():
        pytest.skip("the shared samples are not beside the project")
    checked = 0
    for line in SAMPLES.read_text(encoding="utf-8").splitlines():
        sample = json.loads(line)
        values = [value for _at, value in sample["series"] if isinstance(value, int | float)]
        if "expected_delta" in sample:
            assert total(*values) == pytest.approx(sample["expected_delta"], abs=1e-9), sample["name"]
            checked += 1
    assert checked >= 6


readings = st.lists(
    st.one_of(
        st.floats(0, 200),
        st.sampled_from([0.0, 0.0, 95.0, 100.0, 5000.0, -1.0, math.nan]),
    ),
    max_size=40,
)


@given(readings, st.lists(st.integers(0, 40), max_size=5), st.sampled_from([None, 11_000.0, 900_000.0]))
def test_windows_add_up_to_the_whole(values: list[float], cuts: list[int], rated: float | None) -> None:
    points = by_the_minute(*values)
    whole = follow(points, rated_power_w=rated)
    register, steps, corrections = NEW, [], []
    for begin, end in pairwise([0, *sorted(cuts), 41]):
        part = follow(points[begin:end], register, rated_power_w=rated)
        steps += part.steps
        corrections += part.corrections
        register = part.register
    assert steps == whole.steps
    assert str(corrections) == str(whole.corrections)  # as text, because NaN is not equal to itself


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=60))
def test_a_clean_register_adds_up_to_its_last_value_minus_its_first(values: list[float]) -> None:
    values.sort()
    assert total(*values) == pytest.approx(values[-1] - values[0], abs=1e-6)
    assert kinds(*values) == []


@given(readings, st.sampled_from([None, 11_000.0]))
def test_no_delta_is_ever_negative(values: list[float], rated: float | None) -> None:
    assert all(delta > 0 for _at, delta in follow(by_the_minute(*values), rated_power_w=rated).steps)


@given(readings)
def test_with_a_rated_power_no_more_than_it_can_bring_is_ever_counted(values: list[float]) -> None:
    restarts = kinds(*values, rated_power_w=1_000).count("reset")
    most = 1.1 * len(values) / 60 + 0.01 * len(values) + restarts * (1.1 + 0.01)
    assert total(*values, rated_power_w=1_000) <= most + 1e-9


HOUR = 60 * MINUTE


def test_what_a_dip_lost_is_forgotten_after_a_day() -> None:
    def regained_after(hours: int) -> float:
        return follow([(0, 100.0), (HOUR, 95.0), ((1 + hours) * HOUR, 99.0)]).total

    assert regained_after(20) == 0
    assert regained_after(30) == 4


@given(
    st.lists(
        st.tuples(st.integers(1, 30), st.sampled_from([0.0, 91.0, 92.0, 94.0, 95.0, 98.0, 100.0, 101.0, 7.0]))
    ),
    st.integers(0, 400),
)
def test_a_window_that_begins_anywhere_counts_as_the_whole_does(
    told: list[tuple[int, float]], cut: int
) -> None:
    """The window looks back as the history's door does: a day, and what stood before that."""
    at, points = 0, []
    for hours, value in told:
        at += hours * HOUR
        points.append((at, value))
    start = cut * HOUR
    earlier = [point for point in points if point[0] < start - REMEMBERED]
    above = [point for point in earlier if point[1] > 0] or earlier[:1]
    register, seen_from = NEW, 0
    if above:
        seen_from, value = above[-1]
        register = Register.standing(value, seen_from, seen_from)
    known = [point for point in points if seen_from <= point[0] < start]
    window = [point for point in points if point[0] >= start]
    part = follow(window, follow(known, register).register)
    assert part.steps == [step for step in follow(points).steps if step[0] >= start]
