"""Counters that never run backwards: kWh, litres, millimetres. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from devices.simulator.chance import dice


class Registers:
    """Lifetime totals by name. A meter that was never read before has some years behind it already."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._totals: dict[str, float] = {}

    def __getitem__(self, name: str) -> float:
        if name not in self._totals:
            self._totals[name] = float(dice(self._seed, "register", name).randrange(50_000, 900_000))
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
