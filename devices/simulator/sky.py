"""The sky over Ciudad Juárez: where the sun stands, clouds, air. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime

from astral import Observer
from astral.sun import elevation

from devices.simulator.chance import drift

PLACE = Observer(latitude=31.69, longitude=-106.42, elevation=1120)
HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class Weather:
    """What the roof sees at one instant."""

    elevation: float
    """Degrees of the sun above the horizon; negative at night."""
    cloud_cover: float
    """0 (clear) to 1 (overcast)."""
    irradiance: float
    """Global horizontal, W/m²."""
    temperature: float
    """Of the air, °C."""
    humidity: float
    """Relative, %."""
    wind_speed: float
    """m/s."""


def weather(seed: int, at: datetime) -> Weather:
    """The weather at `at` in the world of `seed`."""
    seconds = at.timestamp()
    height = elevation(PLACE, at)
    cover = _cloud_cover(seed, seconds)
    air = _temperature(seed, at) - 2.5 * cover
    return Weather(
        elevation=height,
        cloud_cover=cover,
        irradiance=clear_sky(height) * through_clouds(cover),
        temperature=air,
        humidity=min(
            95.0, max(8.0, 48 - 1.1 * (air - 15) + 22 * cover + 6 * drift(seed, "humid", seconds, 6 * HOUR))
        ),
        wind_speed=max(
            0.0, 3.2 + 2.4 * drift(seed, "wind", seconds, 3 * HOUR) + drift(seed, "gust", seconds, 90)
        ),
    )


def clear_sky(height: float) -> float:
    """Irradiance of a cloudless sky in W/m², by the sun's elevation in degrees.

    Haurwitz (1945): GHI = 1098 · cos z · exp(-0.057 / cos z), z the zenith angle.
    """
    cosine = math.sin(math.radians(height))
    return 1098 * cosine * math.exp(-0.057 / cosine) if cosine > 0.001 else 0.0


def through_clouds(cover: float) -> float:
    """The part of the clear sky's light that a cloud cover of 0..1 lets through.

    Kasten and Czeplak (1980): 1 - 0.75 · N^3.4.
    """
    return 1 - 0.75 * float(cover**3.4)


def _cloud_cover(seed: int, seconds: float) -> float:
    slow = drift(seed, "front", seconds, 9 * HOUR)
    fields = drift(seed, "clouds", seconds, 0.6 * HOUR) * (0.3 + 0.3 * slow)
    return min(1.0, max(0.0, 0.3 + 0.55 * slow + fields))


def _temperature(seed: int, at: datetime) -> float:
    """A year of 18.5 ± 10.5 °C (warmest in early July) and a day of ± 7 °C (warmest at 15:30 by the sun)."""
    moment = at.astimezone(UTC)
    day = moment.timetuple().tm_yday
    sun_hour = moment.hour + moment.minute / 60 + PLACE.longitude / 15
    year = 18.5 + 10.5 * math.cos(2 * math.pi * (day - 188) / 365.25)
    return (
        year
        + 7 * math.cos(2 * math.pi * (sun_hour - 15.5) / 24)
        + 3 * drift(seed, "front of air", moment.timestamp(), 48 * HOUR)
    )
