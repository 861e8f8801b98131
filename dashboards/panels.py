"""What the live overview shows, taken from the board: power, chargers, garden, printers. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from dashboards.board import Board, Shown, Thing
from dashboards.power import PARTS, Part, PowerNow, add_known, part_of

BUSY = ("charging", "connected", "suspended")
_PLACE = re.compile(r"\b([A-Z])(\d{1,2})$")


@dataclass(frozen=True, slots=True)
class Card:
    """A charger or a printer: its status and its newest values, None where it has none."""

    thing: Thing
    status: str
    """As the vocabulary names it; 'silent' when the device does not speak."""
    shown: dict[str, Shown | None]

    @property
    def is_busy(self) -> bool:
        """True while a car is plugged in."""
        return self.status in BUSY


@dataclass(frozen=True, slots=True)
class Panel:
    """One panel of the green wall."""

    thing: Thing
    label: str
    """C4 where the name ends so, else the name."""
    row: str
    """C; '' where the name tells no place."""
    column: int
    moisture: Shown

    @property
    def wetness(self) -> str:
        """silent, dry, low (a third above dry), good or wet: a word for each colour."""
        value, dry = self.moisture.number, self.thing.dry_below
        if self.thing.silent or value is None:
            return "silent"
        if value < dry:
            return "dry"
        if value < dry * 1.33:
            return "low"
        return "good" if value < 45 else "wet"


@dataclass(frozen=True, slots=True)
class Garden:
    """The wall as it hangs, row by row."""

    rows: Sequence[Sequence[Panel]]
    watering: bool

    @property
    def dry(self) -> list[Panel]:
        """Dry panels, the driest first."""
        panels = [panel for row in self.rows for panel in row if panel.wetness == "dry"]
        return sorted(panels, key=lambda panel: panel.moisture.number or 0.0)


def power_sources(board: Board) -> dict[Part, list[Shown]]:
    """The power series that make up each part of the balance: the sum of a device's phases or its total."""
    found: dict[Part, list[Shown]] = {part: [] for part in PARTS}
    for thing in board.things:
        part = part_of(thing.kind, thing.role)
        if part:
            total = thing.get("power")
            found[part] += [total] if total else thing.all("power")
    return found


def power_now(board: Board) -> PowerNow:
    """The balance now. A silent grid, sun or battery is unknown; a silent charger draws nothing."""
    silent = {thing.slug for thing in board.things if thing.silent}
    watts: dict[Part, float | None] = {}
    for part, sources in power_sources(board).items():
        heard = [shown.number for shown in sources if shown.key.split(" ")[0] not in silent]
        missing = part != "cars" and len(heard) < len(sources)
        watts[part] = None if missing else add_known(heard) or 0.0
    has_grid = any(part_of(thing.kind, thing.role) == "grid" for thing in board.things)
    return PowerNow(
        sun=watts["sun"],
        grid=watts["grid"] if has_grid and power_sources(board)["grid"] else None,
        battery=watts["battery"],
        cars=watts["cars"],
    )


def battery_soc(board: Board) -> Shown | None:
    """State of charge of the first battery that tells it."""
    found = [shown for thing in board.of("battery") if (shown := thing.any("battery_soc"))]
    return found[0] if found else None


def charger_cards(board: Board) -> list[Card]:
    """Chargers, the busy ones first."""
    metrics = ("power", "session_energy", "vehicle", "vehicle_soc")
    cards = [_card(thing, "charger_status", metrics) for thing in board.of("charger")]
    return sorted(cards, key=lambda card: (card.status != "charging", not card.is_busy))


def printer_cards(board: Board) -> list[Card]:
    """Printers, those at work first."""
    metrics = ("print_job", "print_progress", "print_time_left", "nozzle_temperature", "bed_temperature")
    cards = [_card(thing, "printer_status", metrics) for thing in board.of("printer")]
    return sorted(cards, key=lambda card: card.status != "printing")


def garden(board: Board) -> Garden:
    """The wall: panels with a place in rows of that place, the others in a row of their own."""
    things = board.of("garden")
    panels = sorted(
        (_panel(thing, shown) for thing in things for shown in thing.all("soil_moisture")),
        key=lambda panel: (panel.row or "~", panel.column, panel.label),
    )
    rows = [list(row) for _letter, row in groupby(panels, key=lambda panel: panel.row)]
    watering = any(shown.value == "open" for thing in things for shown in thing.all("valve"))
    return Garden(rows, watering)


def _card(thing: Thing, status_metric: str, metrics: Sequence[str]) -> Card:
    status = thing.any(status_metric)
    word = "silent" if thing.silent or status is None else str(status.value)
    return Card(thing, word, {metric: thing.any(metric) for metric in metrics})


def _panel(thing: Thing, moisture: Shown) -> Panel:
    channel = moisture.key.split(" ", 2)[2]
    name = f"{thing.name} {channel}".strip()
    place = _PLACE.search(name)
    if place:
        return Panel(thing, place[0], place[1], int(place[2]), moisture)
    return Panel(thing, name, "", 0, moisture)
