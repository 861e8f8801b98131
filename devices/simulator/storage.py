"""The stationary battery: takes what the sun has left over, gives when it is gone. Pure."""

from __future__ import annotations

from dataclasses import dataclass

CAPACITY_KWH = 40.0
POWER_W = 15_000.0
FLOOR, CEILING = 12.0, 97.0
"""State of charge in % that it keeps between."""
EFFICIENCY = 0.96
"""One way."""
SOFT_H = 0.4
"""Near a bound the power falls to what would reach it in this time."""


@dataclass(slots=True)
class Storage:
    """`power_w`: + charging, - discharging, as a meter between the house and the battery shows it."""

    soc: float = 45.0
    power_w: float = 0.0

    def flow(self, scenario_s: float) -> None:
        """Let the present power flow for a while."""
        into = self.power_w * EFFICIENCY if self.power_w > 0 else self.power_w / EFFICIENCY
        self.soc = min(100.0, max(0.0, self.soc + 100 * into * scenario_s / 3.6e6 / CAPACITY_KWH))

    def balance(self, surplus_w: float) -> None:
        """Set the power for what the house has left over (+) or lacks (-)."""
        room_kwh = max(0.0, CEILING - self.soc) / 100 * CAPACITY_KWH
        left_kwh = max(0.0, self.soc - FLOOR) / 100 * CAPACITY_KWH
        most_in = min(POWER_W, room_kwh / SOFT_H * 1000)
        most_out = min(POWER_W, left_kwh / SOFT_H * 1000)
        power = min(most_in, max(-most_out, surplus_w))
        self.power_w = power if abs(power) > 50 else 0.0
