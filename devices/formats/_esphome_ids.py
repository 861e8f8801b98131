"""What an ESPHome entity is, by the words of its id: `soil_moisture_2`, `scd41_co2`, `phase_a_voltage`.

ESPHome's topics name no unit; an id does it by its last word (`tank_temperature_f`), else it is the one
that ESPHome's own components use. Where these differ (Wh or kWh, m/s or km/h) nothing is guessed.
"""

from __future__ import annotations

import re
from functools import lru_cache

from devices.formats._quantities import BATTERY, SOIL, YES_NO, quantity, words_of
from devices.formats._tables import Field, joined
from devices.formats._units import Unit, unit_called

UNITS = {
    "temperature": "°C",
    "temp": "°C",
    "humidity": "%RH",
    "hum": "%RH",
    "moisture": "%",
    "vwc": "%",
    "illuminance": "lx",
    "lux": "lx",
    "pressure": "hPa",
    "co2": "ppm",
    "tvoc": "ppb",
    "voc": "ppb",
    "pm25": "µg/m³",
    "conductivity": "µS/cm",
    "ph": "pH",
    "voltage": "V",
    "current": "A",
    "power": "W",
    "frequency": "Hz",
    "rssi": "dBm",
    "flow": "L/min",
    "noise": "dB",
    "irradiance": "W/m²",
    "soc": "%",
    "battery": "%",
}
"""A word of a quantity -> the unit in which ESPHome's components publish it."""
TOLD = {"energy": "kWh", "wind": "m/s", "rain": "mm", "rainfall": "mm", "water": "L"}
"""Of these the unit must be told, by the id or by its owner."""
SPELLED = {
    "lx": "lx",
    "celsius": "°C",
    "fahrenheit": "°F",
    "percent": "%",
    "percentage": "%",
    "pct": "%",
    "perc": "%",
    "ms": "m/s",
    "kmh": "km/h",
    "lpm": "L/min",
    "mbar": "hPa",
    **dict.fromkeys(("liter", "liters", "litre", "litres"), "L"),
}
"""How an id spells a unit, where that is not the unit itself in small letters."""
NO_READING = frozenset(
    {"target", "setpoint", "set", "dew", "index", "chip", "cpu", "internal", "esp", "esp32", "esp8266", "mcu"}
    | {"raw", "adc", "min", "max", "minimum", "maximum", "threshold", "offset", "calibration", "limit"}
    | {"feels", "like", "differential", "delta", "pulse", "pulses", "eco2", "equivalent", "equiv", "eq"}
    | {"reference", "resistance", "accuracy", "alarm", "time", "duration", "hours", "minutes", "seconds"}
    | {"count", "cycles", "cycle", "capacity", "health", "cost", "price", "mode", "code", "id", "version"}
)
"""Beside these a quantity is not what the vocabulary means by it."""
ELECTRIC = frozenset({"voltage", "current", "power", "energy"})
PHASES = {"a": "l1", "b": "l2", "c": "l3", "l1": "l1", "l2": "l2", "l3": "l3"}
DISTANCES = frozenset(
    {"cm", "mm", "m", "distance", "inch", "height", "l", "liter", "liters", "litre", "litres"}
)
PRIMARY = frozenset({"occupancy", "presence", "motion", "occupied"})
"""What an entity of these alone says is the room's occupancy; a radar's or a PIR's own has its name."""

MEANING = frozenset(
    {*UNITS, *SPELLED, *YES_NO, *NO_READING, *SOIL, *BATTERY, "tank", "reservoir", "water", "wind", "energy"}
    | {
        "wifi",
        "people",
        "person",
        "state",
        "total",
        "daily",
        "valve",
        "leak",
        "pm",
        "pump",
        "level",
        "status",
    }
)
"""Words that stay where a node is named by them: of `soil-probe`, too, soil_temperature is the soil's."""


def without_node(object_id: str, node: str) -> str:
    """An id without the words of its node's name at its beginning, unless they tell what it is.

    >>> without_node("bed_3_soil_moisture", "bed-3")
    'soil_moisture'
    """
    own = frozenset(re.split(r"[-_ ]", node.lower())) - MEANING
    words = object_id.split("_")
    while len(words) > 1 and words[0].lower() in own:
        words.pop(0)
    return "_".join(words)


@lru_cache(maxsize=2048)
def words_in(object_id: str) -> tuple[str, ...]:
    """The words of an id; `pm_2_5` is one."""
    plain = re.sub(r"pm_?<?_?2[_.]?5(?:um)?", "pm25", object_id.lower())
    return words_of(re.sub(r"(?<![a-z0-9])co_2(?![0-9])", "co2", plain))


@lru_cache(maxsize=2048)
def sensor(object_id: str, told: str | None = None, *, produces: bool = False) -> Field | None:
    """The metric of a sensor; `told` is a unit that its owner has named. None if the vocabulary has none."""
    words = words_in(object_id)
    if (field := _by_several(frozenset(words))) is not None:
        return field
    if not NO_READING.isdisjoint(words) or {"absolute", "humidity"} <= set(words):
        return None
    if "level" in words and not {"tank", "reservoir"}.isdisjoint(words):
        return None if not DISTANCES.isdisjoint(words) and told is None else quantity(words, told or "%")
    kind = next((word for word in reversed(words) if word in UNITS or word in TOLD), None)
    words, phase = _without_phase(words, kind)
    words, unit = _without_unit(words, kind, told)
    if "battery" in words and "voltage" in words:
        kind = "voltage"
    unit = unit or _usual(words, kind)
    field = quantity(words, unit, produces=produces) if unit is not None else None
    if field is None or not phase:
        return field
    return Field(
        field.metric, joined(field.channel, phase), times=field.times, per=field.per, minus=field.minus
    )


def _usual(words: tuple[str, ...], kind: str | None) -> str | None:
    """The unit of ESPHome's own components; '' for a number that has none."""
    if kind == "power":
        beside = {"factor": "", "apparent": "VA", "reactive": "var"}
        return next((beside[word] for word in words if word in beside), UNITS[kind])
    return UNITS.get(kind or "")


def _by_several(words: frozenset[str]) -> Field | None:
    """What only several words together tell."""
    if {"wifi", "signal"} <= words and "percent" not in words:
        return Field("signal")
    if {"state", "of", "charge"} <= words:
        return Field("battery_soc")
    is_count = "count" in words and not words.isdisjoint(("people", "occupancy", "person"))
    return Field("people_count") if is_count else None


def _without_phase(words: tuple[str, ...], kind: str | None) -> tuple[tuple[str, ...], str]:
    """Of what is electric a, b and c, or l1 to l3, are phases."""
    if kind not in ELECTRIC:
        return words, ""
    phase = next((word for word in words if word in PHASES), "")
    return tuple(word for word in words if word not in (phase, "phase")), PHASES.get(phase, "")


def _without_unit(
    words: tuple[str, ...], kind: str | None, told: str | None
) -> tuple[tuple[str, ...], str | None]:
    """The unit that was told, or that the last word spells, where it is one of such a quantity."""
    if told is not None:
        return words, told
    spelled = SPELLED.get(words[-1], words[-1]) if words else ""
    unit = unit_called(spelled)
    usual = unit_called(UNITS.get(kind or "") or TOLD.get(kind or ""))
    if unit is None or usual is None or len(words) < 2:
        return words, None
    is_of_kind = unit.kind == usual.kind or {unit.kind, usual.kind} <= {"percent", "humidity", "battery"}
    return (words[:-1], spelled) if is_of_kind else (words, None)


def unit_fits(unit: object) -> bool:
    """True for a unit that values can be converted from."""
    return isinstance(unit, str) and isinstance(unit_called(unit), Unit)
