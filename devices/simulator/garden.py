"""The vertical garden: twelve panels that the sun dries, one valve that waters them. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from devices.simulator.chance import dice
from devices.simulator.sky import Weather

PANELS = tuple(f"{row}{column}" for row in "ABC" for column in range(1, 5))
FLOW_L_MIN = 6.0
PERCENT_PER_L = 1.7
"""What one litre adds to a panel's volumetric water content."""
WATER_BELOW, WATER_UNTIL = 27.0, 37.0
"""Mean of the wall in %, for the hours of watering."""
HOURS = (6, 7, 19, 20)
DRY_BELOW = 20.0
"""Mean at which it is watered at any hour."""


@dataclass(slots=True)
class Panel:
    """A square metre of green wall. `thirst` and `share` tell it from its neighbours."""

    name: str
    thirst: float
    share: float
    """Part of an even twelfth of the water that reaches it: C4's dripper is half blocked."""
    moisture: float
    """Volumetric water content, %."""
    temperature: float = 15.0
    """Of the soil, °C."""

    @property
    def conductivity(self) -> float:
        """µS/cm: the salts stay when the water goes."""
        return 140 + 6.2 * self.moisture * self.thirst


def wall(seed: int) -> list[Panel]:
    """The twelve panels as they hang at the beginning. Row A hangs in the sun, row C in the shade."""
    panels = []
    for name in PANELS:
        throw = dice(seed, "panel", name)
        thirst = {"A": 1.25, "B": 1.0, "C": 0.85}[name[0]] * throw.uniform(0.9, 1.1)
        share = 0.55 if name == "C4" else throw.uniform(0.9, 1.1) * (0.8 + 0.2 * thirst)
        panels.append(Panel(name, thirst, share, throw.uniform(27, 37)))
    return panels


@dataclass(slots=True)
class Garden:
    """The wall with its valve. `watering` holds for the instant of the last `look`."""

    panels: list[Panel] = field(default_factory=list)
    watering: bool = False

    @property
    def moisture(self) -> float:
        """Mean of the wall, %."""
        return sum(panel.moisture for panel in self.panels) / len(self.panels)

    def live(self, scenario_s: float, now: Weather) -> float:
        """Dry and drink for a while; returns the seconds of it in which water flowed."""
        flowed_s = 0.0
        if self.watering:
            missing_l = max(0.0, WATER_UNTIL - self.moisture) / PERCENT_PER_L * len(self.panels)
            flowed_s = min(scenario_s, missing_l / FLOW_L_MIN * 60)
        litres_each = FLOW_L_MIN * flowed_s / 60 / len(self.panels)
        for panel in self.panels:
            pull = 0.1 + 0.55 * now.irradiance / 1000 + 0.012 * max(0.0, now.temperature - 10)
            lost = pull * panel.thirst * panel.moisture / 32 * scenario_s / 3600
            gained = litres_each * panel.share * PERCENT_PER_L
            panel.moisture = min(60.0, max(3.0, panel.moisture - lost + gained))
            warm = now.temperature + 0.006 * now.irradiance * panel.thirst
            panel.temperature += (warm - panel.temperature) * min(1.0, scenario_s / 7200)
        return flowed_s

    def look(self, local: datetime) -> None:
        """Open or close the valve, as the controller's clock and the soil would have it."""
        if self.watering:
            self.watering = self.moisture < WATER_UNTIL - 0.2
        else:
            below = WATER_BELOW if local.hour in HOURS else DRY_BELOW
            self.watering = self.moisture < below
