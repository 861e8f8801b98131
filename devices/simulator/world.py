"""The hub's day: sun, house, cars, plants, prints and people, stepped together. Pure.

Two times run here. The scenario's time (`at`) says where the sun stands and who is in the room; it
may run faster than the clock. Registers count what flowed in seconds of the clock, so that power and
energy agree whatever the scenario's speed. At speed 1, and in the history, the two are one.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from devices.simulator.building import building_power, presence
from devices.simulator.cars import Charger
from devices.simulator.chance import drift
from devices.simulator.garden import FLOW_L_MIN, Garden, wall
from devices.simulator.printers import Printer
from devices.simulator.registers import Registers
from devices.simulator.roof import solar_power
from devices.simulator.rooms import Room
from devices.simulator.sky import weather
from devices.simulator.storage import Storage

LONGEST_STEP_S = 600.0
"""Scenario seconds that are taken at once; a longer step is made of several."""
INVERTER_LAG_W = 180.0
"""How far the battery's inverter is behind the balance at most: the grid never shows a clean 0."""
SETTLING = timedelta(days=1)
"""How long before its first instant a world begins, so that soil, battery and air have a past."""


class World:
    """A hub at the instant `at`. The same seed and steps give the same world."""

    def __init__(self, seed: int, zone: ZoneInfo, at: datetime) -> None:
        self.seed, self.zone, self.at = seed, zone, at
        self.registers = Registers(seed)
        self.chargers = [
            Charger("charger-1", 7_200, 1),
            Charger("charger-2", 7_200, 1),
            Charger("charger-3", 11_000, 3),
            Charger("charger-4", 22_000, 3),
        ]
        self.garden = Garden(wall(seed))
        self.printers = [Printer("printer-a"), Printer("printer-b")]
        self.rooms = [
            Room("sala-vidrio-1", 4, 38, 2.2),
            Room("sala-vidrio-2", 6, 52, 2.2),
            Room("sala-vidrio-3", 8, 66, 2.4),
            Room("sala-vidrio-4", 12, 96, 2.6),
            Room("game-room", 10, 150, 2.0, play=True),
        ]
        self.green = Room("putting-green", 4, 10_000, 20, play=True)
        self.storage = Storage()
        self._look()

    @classmethod
    def settled(cls, seed: int, zone: ZoneInfo, at: datetime) -> World:
        """A world that has lived for SETTLING when it reaches `at`. Its registers have counted nothing."""
        world = cls(seed, zone, at - SETTLING)
        world.step(SETTLING.total_seconds(), 0.0)
        return world

    def memory(self) -> dict[str, float]:
        """What must not jump when the simulator starts again: registers, sessions, soil, battery."""
        soil = {f"soil.{panel.name}": panel.moisture for panel in self.garden.panels}
        sessions = {
            f"session.{charger.name}.{part}": value
            for charger in self.chargers
            if charger.visit
            for part, value in (("since", charger.visit.arrives.timestamp()), ("wh", charger.session_wh))
        }
        return {**self.registers.totals(), **soil, **sessions, "storage.soc": self.storage.soc}

    def remember(self, memory: Mapping[str, float]) -> None:
        """Go on from a memory that was kept. A car that came since then has a session of its own."""
        totals = dict(memory)
        for charger in self.chargers:
            since = totals.pop(f"session.{charger.name}.since", None)
            session_wh = totals.pop(f"session.{charger.name}.wh", 0.0)
            if charger.visit and charger.visit.arrives.timestamp() == since:
                charger.session_wh = session_wh
        for panel in self.garden.panels:
            panel.moisture = totals.pop(f"soil.{panel.name}", panel.moisture)
        self.storage.soc = totals.pop("storage.soc", self.storage.soc)
        self.registers.resume(totals)

    @property
    def local(self) -> datetime:
        """`at` on the campus clock."""
        return self.at.astimezone(self.zone)

    @property
    def load_w(self) -> float:
        """All that is drawn: house, chargers, printers."""
        things = sum(charger.power_w for charger in self.chargers)
        return self.building_w + things + sum(printer.power_w for printer in self.printers)

    @property
    def grid_w(self) -> float:
        """+ drawn from the grid, - fed into it: the balance of everything else."""
        return self.load_w + self.storage.power_w - self.solar_w

    def step(self, scenario_s: float, elapsed_s: float) -> None:
        """Let `scenario_s` pass in the scenario and `elapsed_s` on the clock.

        Each power that stands at the beginning flows until the end; then all is looked at anew.
        """
        left = scenario_s
        while left > 0:
            part = min(left, LONGEST_STEP_S)
            self._flow(part, elapsed_s * part / scenario_s)
            self.at += timedelta(seconds=part)
            self._look()
            left -= part

    def _flow(self, scenario_s: float, elapsed_s: float) -> None:
        hours = elapsed_s / 3600
        count = self.registers.add
        count("grid.import_wh", max(0.0, self.grid_w) * hours)
        count("grid.export_wh", max(0.0, -self.grid_w) * hours)
        count("solar.wh", self.solar_w * hours)
        count("storage.in_wh", max(0.0, self.storage.power_w) * hours)
        count("storage.out_wh", max(0.0, -self.storage.power_w) * hours)
        for charger in self.chargers:
            count(f"{charger.name}.wh", charger.power_w * hours)
            charger.charge(scenario_s, elapsed_s)
        for printer in self.printers:
            count(f"{printer.name}.wh", printer.power_w * hours)
            printer.warm(scenario_s)
        flowed_s = self.garden.live(scenario_s, self.weather)
        count("garden.l", FLOW_L_MIN / 60 * flowed_s * elapsed_s / scenario_s)
        for room in self.rooms:
            room.breathe(scenario_s, self.weather)
        self.storage.flow(scenario_s)

    def _look(self) -> None:
        self.weather = weather(self.seed, self.at)
        self.solar_w = solar_power(self.weather)
        self.building_w = building_power(self.seed, self.local, self.weather)
        self.presence = presence(self.local)
        for charger in self.chargers:
            charger.look(self.seed, self.at, self.zone)
        for printer in self.printers:
            printer.look(self.seed, self.at, self.zone)
        for room in (*self.rooms, self.green):
            room.look(self.seed, self.at, self.zone)
        self.garden.look(self.local)
        lag_w = INVERTER_LAG_W * drift(self.seed, "inverter lag", self.at.timestamp(), 6)
        self.storage.balance(self.solar_w - self.load_w + lag_w)
