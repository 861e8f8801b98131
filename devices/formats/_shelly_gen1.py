"""Shelly of the first generation: one bare value a topic below `shellies/<id>`, and a few JSON documents.

Topics as in the Gen1 API reference. `energy` counts watt-minutes since the device started; the registers
of energy meters (`emeter/<n>/total`) count Wh for good, so that what they say of watt-minutes beside it is
kept apart. `sensor/temperature` is in °C, or in °F where the device was set so (`options.unit`: "F").
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from devices.formats._json import parse_object
from devices.formats._tables import (
    LONGEST_KEY,
    OCCUPIED_CLEAR,
    ON_OFF,
    OPEN_CLOSED,
    REST,
    TRUE_FALSE,
    Field,
    Fields,
    producing,
    put_extra,
    take,
)
from devices.formats._times import unix_time
from devices.formats._topics import read_topic
from devices.readings import Decoded, Source

WH = 1000.0
"""In a kWh."""
W_MIN = 60_000.0
"""In a kWh."""
UNPLUGGED = frozenset({-127.0, 999.0})
"""°C of a probe that is not there."""
NO_HUMIDITY = frozenset({999.0})
OPENED = {**OPEN_CLOSED, "close": "closed", "unknown": ""}

OUTPUT: Fields = {
    "": Field("switch", words=ON_OFF),
    "ison": Field("switch", words=ON_OFF),
    "power": Field("power"),
    "energy": Field("energy_import", per=W_MIN),
    "total": Field("energy_import", per=W_MIN),
    "brightness": Field("x_brightness"),
    "overpower": Field("x_overpower", words=TRUE_FALSE),
    "overpower_value": Field("x_overpower_value"),
    **dict.fromkeys(("command", "set", "stop_reason"), None),
}
LAMP: Fields = {
    "ison": OUTPUT["ison"],
    "power": OUTPUT["power"],
    "brightness": OUTPUT["brightness"],
    REST: None,
}
"""`light/<n>/status`, `white/<n>/status` and `color/<n>/status`."""
ROLLER: Fields = {
    "": Field("x_cover_state", words={"open": "open", "close": "closed", "stop": "stopped"}),
    "pos": Field("x_cover_current_pos", absent=frozenset({-1.0})),
    "power": Field("power"),
    "energy": Field("energy_import", per=W_MIN),
    **dict.fromkeys(("command", "stop_reason"), None),
}
EMETER: Fields = {
    "power": Field("power"),
    "reactive_power": Field("reactive_power"),
    "reactive": Field("reactive_power"),
    "voltage": Field("voltage"),
    "current": Field("current"),
    "pf": Field("power_factor"),
    "total": Field("energy_import", per=WH),
    "total_returned": Field("energy_export", per=WH),
    "energy": Field("x_energy_since_start", per=W_MIN),
    "returned_energy": Field("x_returned_energy_since_start", per=W_MIN),
    "is_valid": None,
    "command": None,
}
SENSOR: Fields = {
    "temperature": Field("temperature", absent=UNPLUGGED),
    "humidity": Field("humidity", absent=NO_HUMIDITY),
    "battery": Field("battery"),
    "lux": Field("illuminance"),
    "illumination": Field("x_illumination", words={word: word for word in ("dark", "twilight", "bright")}),
    "motion": Field("occupancy", words=OCCUPIED_CLEAR),
    "state": Field("door", words=OPENED),
    "ext_power": Field("x_external_power", words=TRUE_FALSE),
    "charger": Field("x_external_power", words=TRUE_FALSE),
    **{key: Field(f"x_{key}", words=TRUE_FALSE) for key in ("flood", "smoke", "vibration", "rain")},
    "tilt": Field("x_tilt"),
    "gas": Field("x_gas", words={word: word for word in ("none", "mild", "heavy", "test")}),
    "concentration": Field("x_gas_ppm"),
    **dict.fromkeys(("error", "act_reasons", "operation", "self_test", "temperature_f", "act_reason"), None),
}
COUNTED: Mapping[str, Fields] = {
    **dict.fromkeys(("relay", "light", "color", "white"), OUTPUT),
    "roller": ROLLER,
    "emeter": EMETER,
    "emeter_n": {"current": Field("current", "n"), REST: None},
    "input": {"": Field("x_input", words=ON_OFF)},
    "longpush": {"": Field("x_long_push", words=TRUE_FALSE)},
    "ext_temperature": {"": Field("temperature", absent=UNPLUGGED)},
    "ext_humidity": {"": Field("humidity", absent=NO_HUMIDITY)},
    "ext_switch": {"": Field("x_input", "ext", words=ON_OFF)},
    "adc": {"": Field("voltage")},
    "valve": {"state": Field("valve", words={**OPENED, "opened": "open"}), REST: None},
    "sensor": SENSOR,
}
"""By the first level of a topic: `<kind>/<number>/<key>`, `<kind>/<number>`, `<kind>/<key>`."""
PRODUCING = {kind: producing(fields) for kind, fields in COUNTED.items()}
ALONE: Fields = {
    "temperature": Field("x_device_temperature", absent=UNPLUGGED),
    "overtemperature": Field("x_overtemperature", words=TRUE_FALSE),
    "voltage": Field("voltage"),
    "temperature_f": None,
    "temperature_status": None,
}
DOCUMENTS = frozenset({"info", "status", "ext_temperatures", "ext_humidities", "input_event"})

PROBE: Fields = {
    "tC": Field("temperature", absent=UNPLUGGED),
    "hum": Field("humidity", absent=NO_HUMIDITY),
    REST: None,
}
MOTION: Fields = {
    "motion": Field("occupancy", words=OCCUPIED_CLEAR),
    "vibration": Field("x_vibration", words=TRUE_FALSE),
    "lux": Field("illuminance"),
    "bat": Field("battery"),
    "tmp": {"value": Field("temperature"), REST: None},
    "timestamp": None,
    "active": None,
}
"""`shellies/<id>/status` of a Shelly Motion."""
INFO: Fields = {
    "wifi_sta": {"rssi": Field("signal", absent=frozenset({0.0})), REST: None},
    "temperature": Field("x_device_temperature", absent=UNPLUGGED),
    "overtemperature": Field("x_overtemperature", words=TRUE_FALSE),
    "voltage": Field("voltage"),
    "total_power": Field("power"),
    "tmp": {"tC": Field("temperature", absent=UNPLUGGED), REST: None},
    "hum": {"value": Field("humidity", absent=NO_HUMIDITY), REST: None},
    "lux": {"value": Field("illuminance"), REST: None},
    "bat": {"value": Field("battery"), "voltage": Field("x_battery_voltage"), REST: None},
    "sensor": {
        "state": Field("door", words=OPENED),
        "motion": Field("occupancy", words=OCCUPIED_CLEAR),
        "vibration": Field("x_vibration", words=TRUE_FALSE),
        REST: None,
    },
    "flood": Field("x_flood", words=TRUE_FALSE),
    "smoke": Field("x_smoke", words=TRUE_FALSE),
    "concentration": {"ppm": Field("x_gas_ppm"), REST: None},
    REST: None,
}
LISTS: Mapping[str, Fields] = {
    "relays": {"ison": OUTPUT["ison"], REST: None},
    "lights": {"ison": OUTPUT["ison"], "brightness": OUTPUT["brightness"], REST: None},
    "meters": {"power": OUTPUT["power"], "total": OUTPUT["total"], REST: None},
    "emeters": {**EMETER, REST: None},
    "rollers": {"current_pos": ROLLER["pos"], "power": ROLLER["power"], REST: None},
    "inputs": {"input": Field("x_input", words=ON_OFF), REST: None},
    "thermostats": {
        "pos": Field("x_valve_position"),
        "tmp": {"value": Field("temperature"), REST: None},
        "target_t": {"value": Field("x_target_temperature"), REST: None},
        REST: None,
    },
}
"""Lists in `info`, one object each for what the device has several of."""
LISTS_PRODUCING = {key: producing(fields) for key, fields in LISTS.items()}
PHASES = 3


def is_gen1(suffix: str) -> bool:
    """True for the topics that only the first generation has."""
    kind = suffix.partition("/")[0]
    return kind in COUNTED or kind in DOCUMENTS or suffix in ALONE or kind == "phase"


def read(suffix: str, payload: bytes, source: Source) -> Decoded:
    """Readings of one topic. Raises BadPayload."""
    kind, *rest = suffix.split("/")
    if kind in DOCUMENTS:
        return _document(kind, rest, payload, source)
    if suffix in ALONE:
        return _in_celsius(read_topic(ALONE, kind, payload, names=("device",)), source)
    is_phase = kind == "phase"
    table = (PRODUCING if source.produces else COUNTED)["emeter" if is_phase else kind]
    number = rest.pop(0) if rest and rest[0].isdigit() else ""
    if len(rest) > 1:
        return []
    if rest == ["status"] and table is not COUNTED["roller"]:
        found: Decoded = []
        take(found, LAMP, parse_object(payload), None, _channel(number, False))
        return found
    key = rest[0][:LONGEST_KEY] if rest else ""
    if not key and not number and kind != "sensor":
        return []  # the root of a kind
    found = read_topic(table, key, payload, _channel(number, is_phase), names=(kind,))
    return _in_celsius(found, source) if kind == "sensor" else found


def _channel(number: str, is_phase: bool) -> str:
    if is_phase and number in ("0", "1", "2"):
        return f"l{int(number) + 1}"
    return "" if number == "0" else number[:8]


def _in_celsius(found: Decoded, source: Source) -> Decoded:
    if source.options.get("unit") == "F":
        for one in found:
            if one.metric == "temperature" and not isinstance(one.value, str):
                one.value = (one.value - 32) / 1.8
    return found


def _document(kind: str, rest: list[str], payload: bytes, source: Source) -> Decoded:
    values = parse_object(payload)
    found: Decoded = []
    if kind == "status":
        take(found, MOTION, values, unix_time(values.get("timestamp")))
        return _at_arrival(found) if values.get("motion") is not True else found
    if kind == "info":
        return _info(values, source)
    if kind == "input_event":
        number = rest[0] if rest and rest[0].isdigit() else ""
        put_extra(found, ("input_event",), values.get("event"), None, _channel(number, False))
        return found
    for number, probe in values.items():  # probes at the terminals
        if isinstance(probe, dict):
            take(found, PROBE, probe, None, _channel(number[:8], False))
    return found


def _at_arrival(found: Decoded) -> Decoded:
    """The timestamp is the last motion's, not that of what is said without one."""
    for one in found:
        one.at = None
    return found


def _info(values: dict[str, Any], source: Source) -> Decoded:
    found: Decoded = []
    at = unix_time(values.get("unixtime"))
    valid = {key: said for key, said in values.items() if _is_valid(said)}
    if "temperature" in valid:  # then `tmp` is the same, of the device itself
        valid.pop("tmp", None)
    take(found, INFO, valid, at)
    for key, fields in (LISTS_PRODUCING if source.produces else LISTS).items():
        parts = values.get(key)
        if isinstance(parts, list):
            is_phases = key == "emeters" and len(parts) == PHASES
            for index, part in enumerate(parts[:16]):
                if isinstance(part, dict) and _is_valid(part):
                    take(found, fields, part, at, _channel(str(index), is_phases))
    probes = values.get("ext_temperature")
    for number, probe in probes.items() if isinstance(probes, dict) else ():
        if isinstance(probe, dict):
            take(found, PROBE, probe, at, _channel(number[:8], False))
    return found


def _is_valid(part: Any) -> bool:
    return not (isinstance(part, dict) and part.get("is_valid") is False)
