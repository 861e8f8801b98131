"""The demo hub's devices, in one table. Pure."""

from __future__ import annotations

from devices.simulator.equipment import charger, grid, plug, printer, solar, storage
from devices.simulator.garden import PANELS
from devices.simulator.sensors import green, panel, room, station, valve, water_meter
from devices.simulator.thing import Thing

CHARGERS_W = (7_200.0, 7_200.0, 11_000.0, 22_000.0)
ROOMS = ("sala-vidrio-1", "sala-vidrio-2", "sala-vidrio-3", "sala-vidrio-4", "game-room")


def things() -> list[Thing]:
    """Every device of the hub, in the order of the pages."""
    return [
        grid(),
        solar(),
        storage(),
        *(charger(number, rated_w) for number, rated_w in enumerate(CHARGERS_W)),
        *(panel(number) for number in range(len(PANELS))),
        valve(),
        water_meter(),
        *(thing for number in range(2) for thing in (printer(number), plug(number))),
        *(thing for number, slug in enumerate(ROOMS) for thing in room(number, slug)),
        green(),
        station(),
    ]
