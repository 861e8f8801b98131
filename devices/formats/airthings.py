"""Airthings, by Bluetooth or from its cloud, and Awair: the air of a room.

Root: a sensor's topic, with one value a topic below it (`airthings/60:98:66:aa:bb:cc`, as airthings-mqtt-ha
publishes), or the topic of the whole object (`airthings/cloud/2930012345`, `awair/desk`).

Radon is in Bq/m³ and a mean: `x_radon` of a day or of the hours before, `x_radon_long_term` of a year. An
object's own time counts, it may be an hour old. An empty message only clears what a broker had retained.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from devices.formats._json import below, parse_object
from devices.formats._tables import LONGEST_KEY, Field, Fields, put, put_extra, take
from devices.formats._times import any_time
from devices.formats._topics import ASKING, read_topic
from devices.formats._units import unit_called
from devices.readings import BadPayload, Decoded, Source

TITLE = "Airthings, Awair"
ROOTS = ("airthings/60:98:66:aa:bb:cc", "awair/desk")
BQ_PER_PCI = 37.0
"""Bq/m³ in 1 pCi/L."""
AIR: Fields = {
    **dict.fromkeys(("temperature", "temp"), Field("temperature")),
    **dict.fromkeys(("humidity", "humid"), Field("humidity")),
    "co2": Field("co2"),
    **dict.fromkeys(("voc", "tvoc"), Field("tvoc")),
    **dict.fromkeys(("pm25", "pm2.5"), Field("pm25")),
    **dict.fromkeys(("pressure", "rel_atm_pressure"), Field("pressure")),
    **dict.fromkeys(("illuminance", "lux"), Field("illuminance")),
    **dict.fromkeys(("sla", "noise"), Field("noise")),
    **dict.fromkeys(("battery", "batteryPercentage"), Field("battery")),
    "rssi": Field("signal"),
    **dict.fromkeys(("radon", "radon_1day_avg", "radonShortTermAvg"), Field("x_radon")),
    **dict.fromkeys(("radon_longterm_avg", "radonLongTermAvg"), Field("x_radon_long_term")),
    **dict.fromkeys(("time", "timestamp", "recorded", "relayDeviceType", "serialNumber", "serial", "name")),
    **dict.fromkeys(("mac", "device_uuid", "id", "relayDeviceId", "location", "segment", "ssid", "ip")),
    **dict.fromkeys(("co2_est_baseline", "voc_baseline", "voc_h2_raw", "voc_ethanol_raw")),
}
"""°C, %, ppm, ppb, µg/m³, hPa, lx, dB(A), Bq/m³. What else there is (mold, score, pm10) is kept under x_."""
MOST_SENSORS = 32


def suffix(root: str, topic: str) -> str | None:
    """'' for the whole object, else the value's name."""
    return below(root, topic)


def decode(suffix: str, payload: bytes, source: Source) -> Decoded:
    """Readings of an object or of one value. Raises BadPayload."""
    levels = suffix.split("/")
    if not payload or not ASKING.isdisjoint(levels) or levels[-1] in ("config", "availability"):
        return []
    if payload.lstrip()[:1] == b"{":
        return _object(parse_object(payload), source)
    if not suffix:
        raise BadPayload("a JSON object was expected")
    return read_topic(AIR, levels[-1][:LONGEST_KEY], payload)


def _object(said: dict[str, Any], source: Source) -> Decoded:
    found: Decoded = []
    inner = said.get("data")
    values = inner if isinstance(inner, dict) else said  # as the cloud wraps it
    times = (values.get(key) for key in ("time", "recorded", "timestamp"))
    at = next((moment for value in times if (moment := any_time(value, source.zone))), None)
    sensors = values.get("sensors")
    plain = {key: value for key, value in values.items() if key != "sensors" and not isinstance(value, dict)}
    take(found, AIR, plain, at)
    for sensor in sensors[:MOST_SENSORS] if isinstance(sensors, list) else ():
        if isinstance(sensor, dict):
            _one(found, sensor, at)
    return found


def _one(found: Decoded, sensor: dict[str, Any], at: datetime | None) -> None:
    """{"sensorType", "value", "unit"}, in the units that the account has chosen."""
    name, value, unit = sensor.get("sensorType"), sensor.get("value"), sensor.get("unit")
    if not isinstance(name, str):
        return
    field = AIR.get(name)
    if not isinstance(field, Field):
        put_extra(found, (name[:LONGEST_KEY],), value, at)
        return
    told = unit.lower() if isinstance(unit, str) else ""
    known = unit_called({"f": "°F", "c": "°C", "inhg": "inHg", "hpa": "hPa"}.get(told))
    if field.metric.startswith("x_radon") and told.startswith("pci"):
        field = Field(field.metric, times=BQ_PER_PCI)
    elif known is not None and known.kind == field.metric:
        field = Field(field.metric, times=known.times, per=known.per, minus=known.minus)
    put(found, field, value, at)
