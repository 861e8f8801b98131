"""Counters that never run backwards: Wh and litres. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from devices.simulator.chance import dice

YEARS_BEHIND = {
    "grid.import_wh": 187e6,
    "grid.export_wh": 41e6,
    "solar.wh": 203e6,
    "storage.in_wh": 21.4e6,
    "storage.out_wh": 19.1e6,
    "garden.l": 48_000.0,
}
"""What the meters had counted when the simulation began; others begin somewhere between SOME."""
SOME = (0.2e6, 6e6)


class Registers:
    """Lifetime totals by name. A meter that was never read before has some years behind it already."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._totals: dict[str, float] = {}

    def __getitem__(self, name: str) -> float:
        if name not in self._totals:
            counted = YEARS_BEHIND.get(name) or dice(self._seed, "register", name).uniform(*SOME)
            self._totals[name] = round(counted, 1)
        return self._totals[name]

    def add(self, name: str, amount: float) -> None:
        """Count on. Raises ValueError for an amount below 0."""
        if amount < 0:
            raise ValueError(f"{name} would run backwards by {-amount}")
        self._totals[name] = self[name] + amount

    def totals(self) -> dict[str, float]:
        """A copy of all that was counted, to be kept."""
        return dict(self._totals)

    def resume(self, totals: Mapping[str, float]) -> None:
        """Go on from totals that were kept."""
        self._totals.update(totals)
