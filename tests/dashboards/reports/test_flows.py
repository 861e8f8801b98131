"""How energy flowed between sun, grid, battery and use."""

from __future__ import annotations

from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards.reports.flows import Flows, Metered, flows

amounts = st.floats(0, 1e4)


@st.composite
def meters(draw: st.DrawFn) -> Metered:
    """Meters that agree: nothing goes out that did not come in."""
    imported, solar, out_of_battery = draw(amounts), draw(amounts), draw(amounts)
    given_in = imported + solar + out_of_battery
    exported = draw(st.floats(0, 1)) * (solar + out_of_battery)
    into = draw(st.floats(0, 1)) * (given_in - exported)
    return Metered(imported, exported, solar, into, out_of_battery)


def test_the_sun_fills_the_battery_and_the_grid_gets_the_rest() -> None:
    assert flows(Metered(5, 3, 7, 3, 0)) == Flows(
        solar_to_use=1, grid_to_use=5, solar_to_battery=3, solar_to_grid=3
    )


def test_a_battery_that_gives_and_takes_in_one_interval() -> None:
    assert flows(Metered(2, 7, 9, 1, 1)) == Flows(
        solar_to_use=1, grid_to_use=2, battery_to_use=1, solar_to_battery=1, solar_to_grid=7
    )


def test_what_the_sun_cannot_export_the_battery_did() -> None:
    assert flows(Metered(5, 3, 1, 0, 2)) == Flows(grid_to_use=5, solar_to_grid=1, battery_to_grid=2)


def test_a_battery_is_charged_at_night_from_the_grid() -> None:
    assert flows(Metered(10, 0, 0, 6, 0)) == Flows(grid_to_use=4, grid_to_battery=6)


def test_what_a_battery_gave_and_took_back_at_once_flowed_nowhere() -> None:
    assert flows(Metered(0, 0, 0, 1, 1)) == Flows()


def test_meters_that_contradict_each_other_are_told() -> None:
    metered = Metered(imported=1, exported=5, solar=2)
    assert metered.use == -2
    found = flows(metered)
    assert (found.use, found.unexplained) == (0, 3)


def test_shares_are_unknown_where_there_is_nothing_to_share() -> None:
    nothing = flows(Metered(0, 0, 0))
    assert (nothing.self_consumption, nothing.self_sufficiency, nothing.solar_share) == (None, None, None)
    night = flows(Metered(4, 0, 0))
    assert (night.self_consumption, night.self_sufficiency, night.solar_share) == (None, 0, 0)


def test_intervals_add_up() -> None:
    noon, night = flows(Metered(0, 2, 8)), flows(Metered(3, 0, 0))
    day = noon + night
    assert (day.use, day.solar, day.imported) == (9, 8, 3)
    assert day.self_sufficiency == pytest.approx(6 / 9)
    assert day.self_consumption == pytest.approx(6 / 8)


@given(meters())
def test_nothing_is_lost_and_nothing_is_made(metered: Metered) -> None:
    found = flows(metered)
    close = partial(pytest.approx, rel=1e-9, abs=1e-6)
    assert all(getattr(found, name) >= 0 for name in Flows.__slots__)
    assert found.unexplained == close(0)
    assert found.use == close(max(metered.use, 0))
    assert found.solar == close(metered.solar)
    assert found.imported == close(metered.imported)
    assert found.solar_to_grid + found.battery_to_grid == close(metered.exported)
    circled = metered.into_battery - found.solar_to_battery - found.grid_to_battery
    assert -1e-6 <= circled <= metered.out_of_battery + 1e-6
    given = found.battery_to_use + found.battery_to_grid + circled
    assert given == close(metered.out_of_battery)
