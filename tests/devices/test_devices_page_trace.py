"""A series as an SVG line, and numbers as the pages of devices write them."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.form import Typed
from devices.history.steps import Bucket
from devices.trace import SPARK_HEIGHT, SPARK_WIDTH, spark, trace
from devices.wording import figure

NOON = datetime(2026, 3, 3, 19, tzinfo=UTC)


def buckets(*means: float | None) -> list[Bucket]:
    return [Bucket(NOON, mean, mean, mean, mean, None, 1, 1.0 if mean is not None else 0.0) for mean in means]


def test_a_line_is_stepwise_from_the_least_to_the_greatest() -> None:
    line = trace(buckets(0, 10))
    assert line is not None
    assert line.paths == ["M0.0 200.0H480.0V0.0H960.0"]
    assert (line.low, line.high) == (0, 10)


def test_a_small_line_has_its_gaps_and_stays_within_its_frame() -> None:
    assert spark([]) == spark([None, None]) == ""
    assert spark([0, 10]) == "M0.0 23.0H48.0V1.0H96.0"
    assert spark([5, None, 5]) == "M0.0 12.0H32.0M64.0 12.0H96.0"


@given(st.lists(st.none() | st.floats(-1e9, 1e9), max_size=60))
def test_any_small_line_stays_within_its_frame(means: list[float | None]) -> None:
    path = spark(means)
    across = [float(one) for one in re.findall(r"(?:M|H)(-?[\d.]+)", path)]
    down = [float(one) for one in re.findall(r"(?:V|M[\d.]+ )(-?[\d.]+)", path)]
    assert all(0 <= one <= SPARK_WIDTH for one in across)
    assert all(0 <= one <= SPARK_HEIGHT for one in down)
    assert path.count("M") <= max(1, len(means))


def test_a_gap_stays_a_gap() -> None:
    line = trace(buckets(1, None, 2, 2))
    assert line is not None
    assert len(line.paths) == 2


def test_what_never_falls_far_is_not_drawn_from_zero() -> None:
    line = trace(buckets(229, 231))
    assert line is not None
    assert line.low == 229


def test_a_steady_value_lies_in_the_middle() -> None:
    line = trace(buckets(5, 5))
    assert line is not None
    assert line.paths == ["M0.0 100.0H480.0V100.0H960.0"]


def test_nothing_known_is_no_line() -> None:
    assert trace(buckets(None, None)) is None


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        (7320.4, "W", ("7.32", "kW")),
        (-1500.0, "W", ("-1.5", "kW")),
        (0.0, "W", ("0", "W")),
        (90210.0, "kWh", ("90,210", "kWh")),
        (4.0, "1", ("4", "")),
        ("charging", "", ("charging", "")),
    ],
)
def test_values_are_short_and_keep_their_unit(value: float | str, unit: str, shown: tuple[str, str]) -> None:
    assert figure(value, unit) == shown


@pytest.mark.parametrize("text", ["[1]", "5", "{", '"x"', "[" * 100_000])
def test_options_that_are_no_object_are_named(text: str) -> None:
    assert Typed(options=text).description()[1].keys() == {"options"}


def test_a_number_may_have_a_comma() -> None:
    said, faults = Typed(rated_power_w="7,4", expected_interval_s="soon").description()
    assert said.rated_power_w == 7.4
    assert set(faults) == {"expected_interval_s"}


def test_a_slug_is_made_from_the_name() -> None:
    assert Typed(name="Cargador Nº 3, jardín").with_slug().slug == "cargador-no-3-jardin"
    assert Typed(name="x", slug=" given ").with_slug().slug == "given"
