"""Ecowitt gateways through ecowitt2mqtt: one object a gateway, or one value a topic below a discovery prefix.

Root: the topic of the object (`ecowitt2mqtt/device_1`), or of a gateway's discovery
(`homeassistant/sensor/<id>`; what it announces as `binary_sensor` belongs to it).

All values are texts. °F, inHg, mph and inches are converted: by the key's own ending (`tempinf`,
`windspeedmph`), else by the unit that the configuration has announced, else by `options.units`
("imperial" or "metric"). Without those a barometer above 100 shows that it is all metric, and otherwise
it is imperial, as ecowitt2mqtt is unless it is told. The PASSKEY is never kept.

`soil_moisture@1` is the sensor on channel 1, `temperature` the outdoor one, `temperature@indoor` the
gateway's own. `rain` is the lifetime total, `rain@year` begins anew each year.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from devices.formats._ecowitt_keys import (
    BAR_PERCENT,
    IGNORED,
    IMPERIAL,
    LEAST_HPA,
    MAINS_BARS,
    MAINS_PERCENT,
    METRIC,
    MOST_BARS,
    Key,
    key_called,
)
from devices.formats._json import NOTHING, below, number, parse_object, shown, text
from devices.formats._tables import LONGEST_KEY, ONLINE_OFFLINE, Field, put, put_extra
from devices.formats._times import any_time, iso_time
from devices.formats._units import unit_called
from devices.readings import BadPayload, Decoded, Source, StateChange

TITLE = "Ecowitt (ecowitt2mqtt)"
ROOTS = ("ecowitt2mqtt/device_1", "homeassistant/sensor/3F2A…")
REMEMBERS = True
SYSTEMS = {"imperial": IMPERIAL, "metric": METRIC}
MOST_UNITS, LONGEST_UNIT = 400, 16
"""What is remembered of the configurations."""
ANNOUNCED = "announced"
"""Beside the units of a system: the one that the key's own configuration has told."""
ABOUT = frozenset({"attributes", "config", "availability", "state"})


def suffix(root: str, topic: str) -> str | None:
    """'' for the whole object, `<key>/<what>` below a discovery's root."""
    rest = below(root, topic)
    if rest is None and "/sensor/" in root:
        rest = below(root.replace("/sensor/", "/binary_sensor/", 1), topic)
    return rest


def check_options(options: Mapping[str, Any]) -> None:
    """Raises ValueError, with a text for the person who wrote them, if `options` cannot be used."""
    units = options.get("units")
    if units is not None and units not in ("imperial", "metric"):
        raise ValueError('options.units: "imperial" or "metric"')


def describes(suffix: str) -> bool:
    """True for a configuration, which tells a unit."""
    return suffix.rpartition("/")[2] == "config"


def decode(suffix: str, payload: bytes, source: Source) -> Decoded:
    """Readings of an object or of one value. Raises BadPayload."""
    if not payload:
        return []
    if not suffix:
        return _object(parse_object(payload), source)
    key, _, what = suffix.rpartition("/")
    if what not in ABOUT or not key:
        key, what = suffix, "state"
    key = key.rpartition("/")[2]
    if what == "config":
        _learn(key, payload, source)
    elif what == "availability":
        word = ONLINE_OFFLINE.get(text(payload).lower())
        if word is None:
            raise BadPayload(f"availability: online or offline was expected, not {shown(text(payload))}")
        return [StateChange("online", word)]
    elif what == "state" and key not in IGNORED:
        return _one(key, text(payload), source)
    return []


def _learn(key: str, payload: bytes, source: Source) -> None:
    """Remembers the unit that a configuration announces."""
    unit = parse_object(payload).get("unit_of_measurement")
    units = source.memory.setdefault("units", {})
    if isinstance(unit, str) and len(unit) <= LONGEST_UNIT and (len(units) < MOST_UNITS or key in units):
        units[key[:LONGEST_KEY]] = unit


def _one(key: str, said: str, source: Source) -> Decoded:
    found: Decoded = []
    announced = source.memory.get("units", {}).get(key, "")
    _say(found, key, said, None, {**_system({key: said}, source), ANNOUNCED: announced})
    known = key_called(key)
    is_number = known is not None and known.words is None
    if is_number and not found and said.lower() not in NOTHING and number(said) is None:
        raise BadPayload(f"{key[:LONGEST_KEY]}: {shown(said)} is not what is sent there")
    return found


def _object(said: dict[str, Any], source: Source) -> Decoded:
    found: Decoded = []
    when = said.get("dateutc")
    at = iso_time(when.replace("+", " "), UTC) if isinstance(when, str) else any_time(when, UTC)
    system = _system(said, source)
    for key, value in said.items():
        if key not in IGNORED:
            _say(found, key, value, at, system)
    return found


def _system(said: Mapping[str, Any], source: Source) -> dict[str, str]:
    """The units of keys that do not name one."""
    told = SYSTEMS.get(str(source.options.get("units")))
    if told is not None:
        return told
    is_metric = any((number(said.get(key)) or 0) > LEAST_HPA for key in ("baromrel", "baromabs"))
    return METRIC if is_metric else IMPERIAL


def _say(found: Decoded, name: str, value: Any, at: datetime | None, units: Mapping[str, str]) -> None:
    key = key_called(name[:LONGEST_KEY])
    if key is None:
        put_extra(found, (name[:LONGEST_KEY],), value, at)
    elif key.is_bars:
        _put_battery(found, key, value, at)
    else:
        put(found, _field(key, value, units), value, at)


def _field(key: Key, value: Any, units: Mapping[str, str]) -> Field:
    announced = units.get(ANNOUNCED)
    unit = key.unit or announced or units.get(key.kind)
    if key.kind == "pressure" and not announced and (number(value) or 0) > LEAST_HPA:
        unit = METRIC["pressure"]
    field = key.field(unit)
    meant = unit_called(announced) if key.metric == "irradiance" else None
    if meant is not None and meant.kind == "illuminance":  # the sun's light, where it is told in lux
        return Field("illuminance", times=meant.times)
    return field


def _put_battery(found: Decoded, key: Key, value: Any, at: datetime | None) -> None:
    amount = number(value)
    if amount is None or amount < 0 or amount in (MAINS_BARS, MAINS_PERCENT):
        return
    put(found, Field(key.metric, key.channel), amount * BAR_PERCENT if amount <= MOST_BARS else amount, at)
