"""Cards of the overview, taken from a board of devices."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from dashboards.board import Board, Shown, Thing
from dashboards.panels import charger_cards, garden, power_now, power_sources, printer_cards
from devices.availability import Availability, Rhythm
from devices.standing import Standing

NOW = datetime(2026, 3, 3, 21, 30, tzinfo=UTC)
MINUTELY = Rhythm(timedelta(minutes=1))
SPEAKS = Standing(Availability("online", None, "speaks"), NOW, MINUTELY)
SILENT = Standing(Availability("offline", NOW, "silent"), NOW, MINUTELY)


def thing(slug: str, kind: str, values: dict[str, Any], **known: Any) -> Thing:
    shown = {}
    for label, value in values.items():
        metric, _, channel = label.partition("@")
        shown[metric, channel] = Shown(f"{slug} {metric} {channel}", value, NOW)
    fields = {
        "name": slug,
        "role": None,
        "space_id": None,
        "dry_below": 20.0,
        "standing": SILENT if known.pop("silent", False) else SPEAKS,
        **known,
    }
    return Thing(slug=slug, kind=kind, values=shown, **fields)


def board(*things: Thing) -> Board:
    return Board(NOW, 7, things)


def test_the_balance_adds_what_each_kind_says() -> None:
    power = power_now(
        board(
            thing("main", "meter", {"power": 4_000.0}, role="grid"),
            thing("roof", "solar", {"power": 9_000.0}),
            thing("store", "battery", {"power": -1_000.0}),
            thing("c1", "charger", {"power": 3_000.0}),
            thing("c2", "charger", {"power": 2_000.0}),
            thing("plug", "meter", {"power": 700.0}, role="load"),
        )
    )
    assert (power.use, power.cars, power.building) == (12_000, 5_000, 7_000)


def test_phases_are_added_where_a_meter_tells_no_total() -> None:
    meter = thing("main", "meter", {"power@l1": 1.0, "power@l2": 2.0, "power@l3": 3.0}, role="grid")
    assert power_now(board(meter)).use == 6.0


def test_the_total_counts_alone_where_a_meter_tells_it() -> None:
    meter = thing("main", "meter", {"power": 6.0, "power@l1": 1.0, "power@l2": 5.0}, role="grid")
    assert [shown.key for shown in power_sources(board(meter))["grid"]] == ["main power "]


def test_a_hub_without_a_grid_meter_has_no_known_use() -> None:
    assert power_now(board(thing("roof", "solar", {"power": 9_000.0}))).use is None


def test_a_silent_grid_meter_is_unknown_and_a_silent_charger_draws_nothing() -> None:
    grid = thing("main", "meter", {"power": 4_000.0}, role="grid", silent=True)
    assert power_now(board(grid)).grid is None
    charger = thing("c1", "charger", {"power": 7_000.0}, silent=True)
    assert power_now(board(charger)).cars == 0.0


def test_chargers_at_work_come_first() -> None:
    cards = charger_cards(
        board(
            thing("free", "charger", {"charger_status": "available"}),
            thing("waits", "charger", {"charger_status": "connected"}),
            thing("works", "charger", {"charger_status": "charging", "session_energy": 4.2}),
        )
    )
    assert [card.thing.slug for card in cards] == ["works", "waits", "free"]
    assert [card.is_busy for card in cards] == [True, True, False]


def test_a_device_without_a_word_has_the_status_silent() -> None:
    cards = charger_cards(
        board(
            thing("new", "charger", {}),
            thing("gone", "charger", {"charger_status": "charging"}, silent=True),
        )
    )
    assert [card.status for card in cards] == ["silent", "silent"]


def test_a_printer_is_read_with_its_first_nozzle() -> None:
    (card,) = printer_cards(
        board(thing("a", "printer", {"printer_status": "printing", "nozzle_temperature@tool0": 215.0}))
    )
    nozzle = card.shown["nozzle_temperature"]
    assert nozzle and nozzle.number == 215.0


def test_the_wall_hangs_in_rows_by_the_names_of_its_panels() -> None:
    wall = garden(
        board(
            thing("x", "garden", {"soil_moisture": 30.0}, name="Panel B1"),
            thing("y", "garden", {"soil_moisture": 30.0}, name="Panel A10"),
            thing("z", "garden", {"soil_moisture": 30.0}, name="Panel A2"),
            thing("w", "garden", {"soil_moisture": 30.0}, name="Fern by the door"),
        )
    )
    assert [[panel.label for panel in row] for row in wall.rows] == [
        ["A2", "A10"],
        ["B1"],
        ["Fern by the door"],
    ]


def test_dry_panels_are_listed_driest_first_and_silent_ones_are_not_called_dry() -> None:
    wall = garden(
        board(
            thing("a1", "garden", {"soil_moisture": 18.0}, name="A1"),
            thing("a2", "garden", {"soil_moisture": 9.0}, name="A2"),
            thing("a3", "garden", {"soil_moisture": 5.0}, name="A3", silent=True),
            thing("a4", "garden", {"soil_moisture": 22.0}, name="A4"),
            thing("a5", "garden", {"soil_moisture": 22.0}, name="A5", dry_below=25.0),
        )
    )
    assert [panel.label for panel in wall.dry] == ["A2", "A1", "A5"]
    assert [panel.wetness for panel in wall.rows[0]] == ["dry", "dry", "silent", "low", "dry"]


def test_an_open_valve_means_that_the_wall_is_being_watered() -> None:
    assert garden(board(thing("v", "garden", {"valve": "open"}))).watering
    assert not garden(board(thing("v", "garden", {"valve": "closed"}))).watering
