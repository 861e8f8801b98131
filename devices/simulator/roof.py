"""The solar roof: 60 kWp behind an inverter of 50 kW. Pure."""

from __future__ import annotations

from devices.simulator.sky import Weather

PEAK_W = 60_000.0
INVERTER_W = 50_000.0
AWAKE_FROM_W = 60.0
"""Below this the inverter sleeps and yields nothing."""


def solar_power(now: Weather) -> float:
    """AC power in W: nominal power by irradiance, 0.4 % less for each kelvin of the cells above 25 °C.

    Cell temperature = air + 0.03 K·m²/W × irradiance (Ross 1976); 10 % are lost in wires, dust and inverter.
    """
    cell = now.temperature + 0.03 * now.irradiance
    power = PEAK_W * now.irradiance / 1000 * (1 - 0.004 * (cell - 25)) * 0.9
    return min(power, INVERTER_W) if power > AWAKE_FROM_W else 0.0
