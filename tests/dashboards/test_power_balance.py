"""The hub's power at one instant: sums, shares, and the sentence that tells it."""

from __future__ import annotations

import pytest

from dashboards.power import PowerNow, add_known, headline_case, part_of, shares


def test_the_use_is_what_comes_from_grid_sun_and_battery() -> None:
    power = PowerNow(sun=7_000, grid=5_000, battery=1_000, cars=4_000)
    assert power.use == 13_000
    assert power.building == 9_000


def test_a_charging_battery_and_an_export_do_not_count_as_use() -> None:
    power = PowerNow(sun=20_000, grid=-6_000, battery=-4_000, cars=0)
    assert power.use == 10_000
    assert power.export == 6_000
    assert power.sun_share == 1.0


def test_a_silent_meter_makes_the_use_unknown() -> None:
    power = PowerNow(sun=None, grid=5_000, battery=0, cars=0)
    assert (power.use, power.building, power.sun_share) == (None, None, None)
    assert headline_case(power) == "silent"


@pytest.mark.parametrize(
    ("power", "case"),
    [
        (PowerNow(sun=13_700, grid=7_700, battery=0, cars=0), "sunlit"),
        (PowerNow(sun=20_000, grid=-8_000, battery=0, cars=0), "surplus"),
        (PowerNow(sun=10_000, grid=0, battery=-1_000, cars=0), "sunny"),
        (PowerNow(sun=0, grid=8_000, battery=0, cars=0), "dark"),
        (PowerNow(sun=0, grid=1_000, battery=7_000, cars=0), "battery"),
        (PowerNow(sun=0, grid=-500, battery=0, cars=0), "odd"),
        (PowerNow(sun=0, grid=None, battery=0, cars=0), "silent"),
    ],
)
def test_the_headline_fits_the_state(power: PowerNow, case: str) -> None:
    assert headline_case(power) == case


def test_the_bar_shares_a_thousand_units_among_what_is_positive() -> None:
    bar = shares([("sun", 3_000.0), ("battery", -500.0), ("grid", 1_000.0), ("cars", None)])
    assert bar == [("sun", 0.0, 750.0), ("grid", 750.0, 250.0)]


def test_a_hub_without_power_has_an_empty_bar() -> None:
    assert shares([("sun", 0.0), ("grid", None)]) == []


@pytest.mark.parametrize(
    ("kind", "role", "part"),
    [
        ("meter", "grid", "grid"),
        ("solar", None, "sun"),
        ("meter", "solar", "sun"),
        ("battery", None, "battery"),
        ("charger", None, "cars"),
        ("meter", "load", None),
        ("printer", None, None),
    ],
)
def test_each_meter_counts_where_it_belongs(kind: str, role: str | None, part: str | None) -> None:
    assert part_of(kind, role) == part


def test_what_is_not_known_is_left_out_of_a_sum_but_nothing_known_is_not_zero() -> None:
    assert add_known([1.0, None, 2.0]) == 3.0
    assert add_known([None, None]) is None
