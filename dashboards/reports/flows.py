"""Where energy came from and where it went, from five meters. Pure.

    use = import + solar + out of the battery − export − into the battery        kWh or W, all positive

What was imported beyond the use went into the battery, which the sun filled up; what was exported came from
the sun, then from the battery. What is left of the sun, the battery and the grid was used. Over an interval
that is short enough (15 minutes) this is how it flowed; over longer ones it is the least that is consistent.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Metered:
    """What five meters counted in one interval; a meter that is not there counts 0."""

    imported: float
    exported: float
    solar: float
    into_battery: float = 0.0
    out_of_battery: float = 0.0

    @property
    def use(self) -> float:
        """What the campus took. Below 0 the meters contradict each other."""
        given = self.imported + self.solar + self.out_of_battery
        return given - self.exported - self.into_battery


@dataclass(frozen=True, slots=True)
class Flows:
    """Each way that energy took, in the unit of the meters. `unexplained` is what no source covers."""

    solar_to_use: float = 0.0
    grid_to_use: float = 0.0
    battery_to_use: float = 0.0
    solar_to_battery: float = 0.0
    grid_to_battery: float = 0.0
    solar_to_grid: float = 0.0
    battery_to_grid: float = 0.0
    unexplained: float = 0.0
    """Taken by export or battery beyond what was given: the meters contradict each other."""

    def __add__(self, other: Flows) -> Flows:
        pairs = ((getattr(self, name), getattr(other, name)) for name in Flows.__slots__)
        return Flows(*(one + another for one, another in pairs))

    @property
    def use(self) -> float:
        return self.solar_to_use + self.grid_to_use + self.battery_to_use

    @property
    def solar(self) -> float:
        return self.solar_to_use + self.solar_to_battery + self.solar_to_grid

    @property
    def imported(self) -> float:
        return self.grid_to_use + self.grid_to_battery

    @property
    def self_consumption(self) -> float | None:
        """Part of the sun's energy that stayed on the campus, 0 to 1; None without any."""
        return 1 - self.solar_to_grid / self.solar if self.solar > 0 else None

    @property
    def self_sufficiency(self) -> float | None:
        """Part of the use that no import was needed for, 0 to 1; None without any use."""
        return 1 - min(1.0, self.imported / self.use) if self.use > 0 else None

    @property
    def solar_share(self) -> float | None:
        """Part of the use that came from the sun at the same time, 0 to 1; None without any use."""
        return self.solar_to_use / self.use if self.use > 0 else None


def flows(metered: Metered) -> Flows:
    """How the energy of one interval flowed."""
    use = max(metered.use, 0.0)
    grid, sun, battery = metered.imported, metered.solar, metered.out_of_battery
    into, out = metered.into_battery, metered.exported
    grid_to_battery = min(into, max(grid - use, 0.0))
    grid, into = grid - grid_to_battery, into - grid_to_battery
    solar_to_battery = min(sun, into)
    sun, into = sun - solar_to_battery, into - solar_to_battery
    solar_to_grid = min(sun, out)
    sun, out = sun - solar_to_grid, out - solar_to_grid
    battery_to_grid = min(battery, out)
    battery, out = battery - battery_to_grid, out - battery_to_grid
    more = min(grid, into)
    grid, into = grid - more, into - more
    solar_to_use = min(sun, use)
    battery_to_use = min(battery, use - solar_to_use)
    grid_to_use = min(grid, use - solar_to_use - battery_to_use)
    circled = min(into, battery - battery_to_use)  # it gave and took the same energy within the interval
    return Flows(
        solar_to_use,
        grid_to_use,
        battery_to_use,
        solar_to_battery,
        grid_to_battery + more,
        solar_to_grid,
        battery_to_grid,
        into - circled + out,
    )
