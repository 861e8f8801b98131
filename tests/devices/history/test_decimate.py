"""A line of few points: the same to the eye, its extremes and its gaps where they were."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from devices.history.decimate import FEWEST, gaps, thinned

SECOND = 1_000_000

lines = st.lists(st.tuples(st.integers(1, 400), st.floats(-1e6, 1e6)), min_size=1, max_size=400).map(
    lambda pairs: (np.cumsum([gap for gap, _value in pairs]) * SECOND, np.array([v for _gap, v in pairs]))
)


@given(lines, st.integers(1, 120), st.integers(1, 500))
def test_no_more_than_wanted_and_the_extremes_stay(
    line: tuple[np.ndarray, np.ndarray], wanted: int, gap_s: int
) -> None:
    at, values = line
    places = thinned(at, values, wanted, gap_s * SECOND)
    assert 1 <= len(places) <= max(wanted, FEWEST)
    assert np.all(np.diff(places) > 0)
    assert (places[0], places[-1]) == (0, len(values) - 1)
    assert values[places].min() == values.min()
    assert values[places].max() == values.max()


@given(lines, st.integers(60, 120))
def test_both_sides_of_a_gap_stay(line: tuple[np.ndarray, np.ndarray], wanted: int) -> None:
    at, values = line
    before = gaps(at, 390 * SECOND)
    if 0 < len(before) < 12:
        places = set(thinned(at, values, wanted, 390 * SECOND).tolist())
        assert places >= set(before.tolist()) | set((before + 1).tolist())


def test_few_values_are_all_there() -> None:
    at = np.arange(50) * SECOND
    assert thinned(at, np.zeros(50), 50, SECOND).tolist() == list(range(50))


def test_a_needle_in_a_year_of_minutes_is_drawn() -> None:
    at = np.arange(525_600) * 60 * SECOND
    values = np.sin(at / 86_400 / SECOND * 2 * math.pi)
    values[[123_456, 400_001]] = 99.0, -99.0
    places = thinned(at, values, 1000, 180 * SECOND)
    assert len(places) <= 1000
    assert {123_456, 400_001} <= set(places.tolist())


def test_the_line_goes_where_the_values_go() -> None:
    """Drawn with a tenth of the points it is nowhere further off than the noise that it is drawn through."""
    chance = np.random.default_rng(4)
    at = np.arange(20_000) * SECOND
    values = 50 * np.sin(np.arange(20_000) / 2000) + chance.normal(0, 1, 20_000)
    places = thinned(at, values, 2000, 10 * SECOND)
    drawn = np.interp(at, at[places], values[places])
    assert np.abs(drawn - values).max() < 8
    assert len(places) <= 2000
