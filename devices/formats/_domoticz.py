"""Domoticz' envelope: an index, and one or several values as texts whose meaning depends on the type."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from devices.formats._json import json_type, number
from devices.formats._tables import LINES, ON_OFF, Field, put, put_extra
from devices.readings import BadPayload, Decoded, Source

NONE: tuple[Field | None, ...] = ()
TYPES: Mapping[str, tuple[Field | None, ...]] = {
    "temp": (Field("temperature"),),
    "humidity": (Field("humidity"),),
    "temp + humidity": (Field("temperature"), Field("humidity")),
    "temp + humidity + baro": (Field("temperature"), Field("humidity"), None, Field("pressure")),
    "usage": (Field("power"),),
    "kwh": (Field("power"), Field("energy_import", per=1000)),
    "energy": (Field("power"), Field("energy_import", per=1000)),
    "p1 smart meter": (
        Field("energy_import", "t1", per=1000),
        Field("energy_import", "t2", per=1000),
        Field("energy_export", "t1", per=1000),
        Field("energy_export", "t2", per=1000),
        Field("power", "import"),
        Field("power", "export"),
    ),
    "current": tuple(Field("current", line) for line in LINES),
    "voltage": (Field("voltage"),),
    "percentage": (Field("x_percentage"),),
    "lux": (Field("illuminance"),),
    "air quality": (Field("co2"),),
    "soil moisture": (Field("x_soil_moisture_cb"),),
    "pressure": (Field("x_pressure_bar"),),
    "barometer": (Field("pressure"),),
    "sound level": (Field("noise"),),
    "solar radiation": (Field("irradiance"),),
    "rain": (Field("x_rain_rate"), Field("rain")),
}
"""By the subtype, else the type, in lower case: what the values mean in their order."""
ON_MAINS = 255.0
"""Of `Battery`: there is none."""


def read(message: dict[str, Any], source: Source, *, has_many: bool) -> Decoded:
    """A message of `domoticz/out` (or `in`). The index is the channel where the root has several."""
    if "idx" not in message:
        raise BadPayload("idx is missing")
    found: Decoded = []
    channel = str(message["idx"])[:16] if has_many and isinstance(message["idx"], int | str) else ""
    fields = _fields(message)
    values = _values(message)
    if fields:
        for field, value in zip(fields, values, strict=False):
            if field is not None:
                put(found, _turned(field, source), value, None, channel)
    elif str(message.get("dtype", "")).lower() == "light/switch":
        put(found, Field("switch", words=ON_OFF), message.get("nvalue"), None, channel)
    else:
        for place, value in enumerate(values[:8], 1):
            put_extra(found, ("value",) if place == 1 else ("value", str(place)), value, None, channel)
    battery = number(message.get("Battery"))
    if battery is not None and battery != ON_MAINS:
        put(found, Field("battery"), battery, None, channel)
    return found


def _fields(message: Mapping[str, Any]) -> tuple[Field | None, ...]:
    for key in ("stype", "dtype"):
        name = message.get(key)
        if isinstance(name, str) and name.lower() in TYPES:
            return TYPES[name.lower()]
    return NONE


def _values(message: Mapping[str, Any]) -> list[Any]:
    """`svalue` with semicolons as it comes in, `svalue1`, `svalue2` … as it goes out."""
    if "svalue" in message:
        text = message["svalue"]
        if not isinstance(text, str):
            raise BadPayload(f"svalue: a text was expected, not {json_type(text)}")
        return list(text.split(";"))
    return [message[f"svalue{n}"] for n in range(1, 9) if f"svalue{n}" in message]


def _turned(field: Field, source: Source) -> Field:
    if source.produces and field.metric == "energy_import":
        return Field("energy_export", field.channel, field.times, field.per)
    return field
