"""The hub's power at one instant: where it comes from and where it goes. Pure.

    use      = grid + sun + battery     W, signed: grid + is import, sun + produces, battery + gives
    building = use − cars

The sun serves the hub first, then the battery, then the grid. A source that is not there counts as 0; one
that is there and silent makes what depends on it unknown.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

Part = Literal["sun", "grid", "battery", "cars"]
PARTS: tuple[Part, ...] = ("sun", "grid", "battery", "cars")


@dataclass(frozen=True, slots=True)
class PowerNow:
    """Watts of each part; None where it is not known, 0 where there is none."""

    sun: float | None
    grid: float | None
    battery: float | None
    cars: float | None

    @property
    def use(self) -> float | None:
        """What the hub draws, cars included. Below 0 the meters disagree (FACTS: formula 3)."""
        if self.grid is None or self.sun is None or self.battery is None:
            return None
        return self.grid + self.sun + self.battery

    @property
    def building(self) -> float | None:
        """What is left when the cars are taken out."""
        use = self.use
        return None if use is None or self.cars is None else use - self.cars

    @property
    def sun_share(self) -> float | None:
        """Part of the use that the sun serves at this instant, 0 to 1."""
        use = self.use
        if use is None or self.sun is None or use <= 0:
            return None
        return min(1.0, max(0.0, self.sun / use))

    @property
    def export(self) -> float:
        """What goes out to the grid."""
        return max(0.0, -(self.grid or 0.0))


def part_of(kind: str, role: str | None) -> Part | None:
    """Which part of the balance a device's power belongs to. Meters of single loads belong to none."""
    if kind == "charger":
        return "cars"
    if "solar" in (kind, role):
        return "sun"
    if "battery" in (kind, role):
        return "battery"
    return "grid" if role == "grid" else None


def add_known(values: Iterable[float | None]) -> float | None:
    """The sum of those that are known; None if none is."""
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def headline_case(power: PowerNow) -> str:
    """Which sentence tells the state best: one of overview.SENTENCES.

    The page's JavaScript decides in the same way between reloads (power.js).
    """
    use, sun = power.use, power.sun or 0.0
    if use is None:
        return "silent"
    if use <= 0:
        return "odd"
    if power.export > 0.05 * use and sun >= use:
        return "surplus"
    if sun >= 0.995 * use:
        return "sunny"
    if sun >= 0.01 * use:
        return "sunlit"
    return "battery" if (power.battery or 0.0) > 0.5 * use else "dark"


def shares(values: Sequence[tuple[str, float | None]]) -> list[tuple[str, float, float]]:
    """(name, begin, length) of each positive value on a bar of 1,000 units."""
    positive = [(name, value) for name, value in values if value and value > 0]
    total = sum(value for _name, value in positive)
    bar: list[tuple[str, float, float]] = []
    begin = 0.0
    for name, value in positive:
        length = 1000 * value / total
        bar.append((name, round(begin, 1), round(length, 1)))
        begin += length
    return bar
