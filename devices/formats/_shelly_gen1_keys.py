"""What the topics and documents of Shelly's first generation mean, as in its API reference."""

from __future__ import annotations

from collections.abc import Mapping

from devices.formats._tables import (
    OCCUPIED_CLEAR,
    ON_OFF,
    OPEN_CLOSED,
    REST,
    TRUE_FALSE,
    Field,
    Fields,
    producing,
)

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
