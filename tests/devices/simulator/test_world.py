"""The hub's day keeps the laws: energy, water and air are neither made nor lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.simulator.garden import FLOW_L_MIN
from devices.simulator.rooms import OUTDOOR_PPM
from devices.simulator.world import World

ZONE = ZoneInfo("America/Ciudad_Juarez")
MONDAY = datetime(2026, 11, 16, 7, tzinfo=UTC)  # midnight at the campus


def test_the_same_seed_gives_the_same_world() -> None:
    one, other = World.settled(5, ZONE, MONDAY), World.settled(5, ZONE, MONDAY)
    for world in (one, other):
        world.step(36_000, 36_000)
    assert one.memory() == other.memory()
    assert [charger.visit for charger in one.chargers] == [charger.visit for charger in other.chargers]
    assert one.memory() != World.settled(6, ZONE, MONDAY).memory()


def test_every_register_counts_the_power_that_its_meter_showed() -> None:
    world = World.settled(2, ZONE, MONDAY)
    names: dict[str, Callable[[], float]] = {
        "grid.import_wh": lambda: max(0.0, world.grid_w),
        "grid.export_wh": lambda: max(0.0, -world.grid_w),
        "solar.wh": lambda: world.solar_w,
        "storage.in_wh": lambda: max(0.0, world.storage.power_w),
        "storage.out_wh": lambda: max(0.0, -world.storage.power_w),
        "charger-3.wh": lambda: world.chargers[2].power_w,
        "printer-a.wh": lambda: world.printers[0].power_w,
    }
    begin = {name: world.registers[name] for name in names}
    integral = dict.fromkeys(names, 0.0)
    for _step in range(2 * 24 * 12):
        for name, power_w in names.items():
            integral[name] += power_w() / 12
        world.step(300, 300)
    for name, energy_wh in integral.items():
        assert world.registers[name] - begin[name] == pytest.approx(energy_wh, abs=0.5), name
    assert min(integral.values()) > 0, "every meter had something to count"


def test_what_comes_in_equals_what_goes_out() -> None:
    world = World.settled(2, ZONE, MONDAY)
    for _step in range(300):
        cars = sum(charger.power_w for charger in world.chargers)
        drawn = world.building_w + cars + sum(printer.power_w for printer in world.printers)
        assert world.grid_w + world.solar_w == pytest.approx(drawn + world.storage.power_w)
        world.step(600, 600)


def test_a_faster_scenario_does_not_make_more_energy() -> None:
    """Ten hours in ten minutes of the clock: power as ever, energy of ten minutes."""
    world = World.settled(2, ZONE, MONDAY + timedelta(hours=9))
    begin = world.registers["grid.import_wh"] + world.registers["solar.wh"]
    for _second in range(600):
        world.step(60, 1)
    counted_wh = world.registers["grid.import_wh"] + world.registers["solar.wh"] - begin
    assert world.at == MONDAY + timedelta(hours=19)
    assert 0 < counted_wh < 200_000 / 6


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([7.0, 61.0, 600.0, 3_600.0]))
def test_soil_air_and_batteries_stay_within_bounds(seed: int, step_s: float) -> None:
    world = World(seed, ZONE, MONDAY + timedelta(hours=8))
    for _step in range(150):
        world.step(step_s, step_s)
        assert all(0 <= panel.moisture <= 100 for panel in world.garden.panels)
        assert all(room.co2 >= OUTDOOR_PPM - 1e-9 for room in world.rooms)
        assert all(0 <= room.humidity <= 100 for room in world.rooms)
        assert 0 <= world.storage.soc <= 100
        for charger in world.chargers:
            assert 0 <= charger.power_w <= charger.rated_w * 1.01
            assert charger.soc is None or 0 <= charger.soc <= 100
            if charger.visit:
                assert charger.delivered_kwh <= charger.visit.need_kwh * 1.05 + 0.2


def test_the_garden_dries_and_is_watered_by_its_meter() -> None:
    world = World.settled(4, ZONE, datetime(2026, 6, 15, 6, tzinfo=UTC))
    before, opened, driest = world.registers["garden.l"], 0, world.garden.moisture
    for _step in range(3 * 24 * 30):
        opened += 2 * world.garden.watering
        world.step(120, 120)
        driest = min(driest, world.garden.moisture)
    litres = world.registers["garden.l"] - before
    assert opened > 0
    assert 0 < litres <= opened * FLOW_L_MIN + 1e-6
    assert driest > 15
    assert 2 < litres / 3 / 12 < 12, "litres a square metre and day"


def test_a_full_room_breathes_its_air_bad_and_an_empty_one_airs_out() -> None:
    world = World.settled(42, ZONE, MONDAY + timedelta(hours=7))
    worst = 0.0
    for _step in range(14 * 6):
        world.step(600, 600)
        worst = max(worst, *(room.co2 for room in world.rooms))
    assert 700 < worst < 2_500
    world.step(8 * 3600, 8 * 3600)
    assert all(room.co2 < 500 for room in world.rooms if room.people == 0)


def test_a_print_heats_prints_and_cools() -> None:
    world = World.settled(42, ZONE, MONDAY)
    hottest, furthest = 0.0, 0.0
    for _step in range(24 * 12):
        world.step(300, 300)
        hottest = max(hottest, world.printers[0].nozzle_c)
        furthest = max(furthest, world.printers[0].progress)
    assert 205 < hottest < 245
    assert furthest > 90
    assert world.printers[0].done is not None


def test_at_seven_on_a_sunday_something_moves_already() -> None:
    cars = prints = people = 0
    for week in range(6):
        world = World.settled(42, ZONE, MONDAY + timedelta(days=6 + 7 * week, hours=5.75))
        for _half_hour in range(3):
            world.step(1800, 1800)
            people += any(room.people for room in world.rooms)
        assert any(charger.visit for charger in world.chargers) or any(one.job for one in world.printers)
        cars += any(charger.power_w > 0 for charger in world.chargers)
        prints += any(printer.job for printer in world.printers)
    assert cars >= 4
    assert prints >= 4
    assert people >= 6, "half hours in which somebody cleans"


def test_a_world_goes_on_from_what_it_remembers() -> None:
    first = World.settled(42, ZONE, MONDAY)
    first.step(50_000, 50_000)
    again = World.settled(42, ZONE, first.at)
    again.remember(first.memory())
    assert again.memory() == first.memory()
    assert again.chargers[0].visit == first.chargers[0].visit


def test_a_session_under_way_does_not_start_again_with_the_simulator() -> None:
    first = World.settled(42, ZONE, MONDAY)
    first.step(10 * 3600, 10 * 3600)
    charging = [charger for charger in first.chargers if charger.visit and charger.session_wh > 1_000]
    assert charging
    again = World.settled(42, ZONE, first.at)
    again.remember(first.memory())
    kept = {charger.name: charger.session_wh for charger in again.chargers}
    assert all(kept[charger.name] == charger.session_wh for charger in charging)
    later = World.settled(42, ZONE, first.at + timedelta(days=1))
    later.remember(first.memory())
    assert all(charger.session_wh == 0 for charger in later.chargers)


def test_a_register_does_not_run_backwards() -> None:
    world = World(1, ZONE, MONDAY)
    with pytest.raises(ValueError, match="backwards"):
        world.registers.add("solar.wh", -1)
