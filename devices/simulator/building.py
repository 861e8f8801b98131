"""What the building itself draws: servers, light, air conditioning. Pure."""

from __future__ import annotations

from datetime import datetime

from devices.simulator.chance import drift
from devices.simulator.sky import Weather

ALWAYS_W = 5_200.0
"""Servers, network, refrigerators, emergency light."""
LIGHT_W = 9_500.0
COOLING_W_PER_K = 900.0
HEATING_W_PER_K = 450.0


def presence(local: datetime) -> float:
    """How full the house is, 0..1, by campus hour and weekday: up from 7, lunch at 14, late until 22."""
    hour = local.hour + local.minute / 60
    rise = min(1.0, max(0.0, (hour - 7) / 2.5))
    fall = min(1.0, max(0.0, (22.5 - hour) / 5))
    lunch = 0.25 * max(0.0, 1 - abs(hour - 14.5))
    full = max(0.0, min(rise, fall) - lunch)
    return full * (1.0, 1.0, 1.0, 1.0, 0.85, 0.35, 0.22)[local.weekday()]


def building_power(seed: int, local: datetime, now: Weather) -> float:
    """W, without chargers, printers and battery. `local` is campus time."""
    full = presence(local)
    cooling = COOLING_W_PER_K * max(0.0, now.temperature - 21)
    heating = HEATING_W_PER_K * max(0.0, 16 - now.temperature)
    comfort = (cooling + heating) * (0.2 + 0.8 * full)
    seconds = local.timestamp()
    unrest = 1 + 0.06 * drift(seed, "house", seconds, 900) + 0.015 * drift(seed, "house", seconds, 11)
    compressor = 1_400 * max(0.0, drift(seed, "lift", seconds, 240))
    return (ALWAYS_W + LIGHT_W * full + comfort + compressor * (0.3 + 0.7 * full)) * unrest
