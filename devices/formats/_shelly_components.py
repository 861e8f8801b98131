"""What each component of a Shelly says. Keys as in the Gen2+ API reference; energies are in Wh."""

from __future__ import annotations

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

ABOUT: Fields = {
    **dict.fromkeys(("id", "source", "errors", "flags", "calibration", "limits"), None),
    **dict.fromkeys(("last_update_ts", "last_updated_ts"), None),
}
COUNTS: Fields = {"total": Field("x_counts"), "xtotal": Field("x_counts_scaled"), REST: None}
"""Pulses of an input, and the same in the unit that its owner has set."""
NO_SIGNAL = frozenset({0.0})
"""dBm that a device without a Wi-Fi connection gives."""
METER: Fields = {
    **ABOUT,
    "apower": Field("power"),
    "act_power": Field("power"),
    "aprtpower": Field("apparent_power"),
    "aprt_power": Field("apparent_power"),
    "voltage": Field("voltage"),
    "current": Field("current"),
    "freq": Field("frequency"),
    "pf": Field("power_factor"),
    "aenergy": {"total": Field("energy_import", per=WH), REST: None},
    "ret_aenergy": {"total": Field("energy_export", per=WH), REST: None},
}
OUTPUT: Fields = {
    **METER,
    "output": Field("switch", words=ON_OFF),
    "temperature": {"tC": Field("x_device_temperature"), REST: None},  # of the relay, not of the air
    "timer_started_at": None,
    "timer_duration": None,
    "transition": None,
}
PHASES = {"a": "l1", "b": "l2", "c": "l3"}
THREE_PHASES: Fields = {
    **ABOUT,
    **{
        f"{letter}_{key}": Field(metric, channel)
        for letter, channel in PHASES.items()
        for key, metric in (
            ("act_power", "power"),
            ("aprt_power", "apparent_power"),
            ("voltage", "voltage"),
            ("current", "current"),
            ("freq", "frequency"),
            ("pf", "power_factor"),
        )
    },
    **{f"{letter}_errors": None for letter in "abcn"},
    "n_current": Field("current", "n"),
    "total_current": Field("current"),
    "total_act_power": Field("power"),
    "total_aprt_power": Field("apparent_power"),
    "user_calibrated_phase": None,
}
THREE_PHASES_ENERGY: Fields = {
    **ABOUT,
    **{f"{a}_total_act_energy": Field("energy_import", l1, per=WH) for a, l1 in PHASES.items()},
    **{f"{a}_total_act_ret_energy": Field("energy_export", l1, per=WH) for a, l1 in PHASES.items()},
    "total_act": Field("energy_import", per=WH),
    "total_act_ret": Field("energy_export", per=WH),
}
PRESENCE: Fields = {
    **ABOUT,
    "state": Field("occupancy", words=OCCUPIED_CLEAR),
    "value": Field("occupancy", words=OCCUPIED_CLEAR),
    "num_objects": Field("people_count"),
}
RADIO: Fields = {"rssi": Field("signal", absent=NO_SIGNAL), "battery": Field("battery")}

COMPONENTS: dict[str, Fields | None] = {
    "switch": OUTPUT,
    "light": OUTPUT,
    "rgb": OUTPUT,
    "rgbw": OUTPUT,
    "cct": OUTPUT,
    "rgbcct": OUTPUT,
    "cover": {
        **OUTPUT,
        **dict.fromkeys(("pos_control", "move_timeout", "move_started_at", "slat_pos", "target_pos"), None),
    },
    "pm1": METER,
    "em": THREE_PHASES,
    "emdata": THREE_PHASES_ENERGY,
    "em1": METER,
    "em1data": {
        **ABOUT,
        "total_act_energy": Field("energy_import", per=WH),
        "total_act_ret_energy": Field("energy_export", per=WH),
    },
    "temperature": {**ABOUT, "tC": Field("temperature"), "tF": None},
    "humidity": {**ABOUT, "rh": Field("humidity")},
    "illuminance": {**ABOUT, "lux": Field("illuminance")},
    "voltmeter": {**ABOUT, "voltage": Field("voltage")},
    "devicepower": {
        **ABOUT,
        "battery": {"percent": Field("battery"), "V": Field("x_battery_voltage")},
        "external": {"present": Field("x_external_power", words=TRUE_FALSE), REST: None},
    },
    "input": {**ABOUT, "state": Field("x_input", words=ON_OFF), "counts": COUNTS},
    "smoke": ABOUT,
    "flood": ABOUT,
    "thermostat": {
        **ABOUT,
        "current_C": Field("temperature"),
        "target_C": Field("x_target_temperature"),
        "output": Field("switch", words=ON_OFF),
        **dict.fromkeys(("current_F", "target_F", "schedules"), None),
    },
    "presence": PRESENCE,
    "presencezone": PRESENCE,
    "wifi": {"rssi": Field("signal", absent=NO_SIGNAL), REST: None},
    "bthomedevice": {**RADIO, REST: None},
    "bthomesensor": ABOUT,
    "blutrv": {
        **RADIO,
        "current_C": Field("temperature"),
        "target_C": Field("x_target_temperature"),
        REST: None,
    },
    **dict.fromkeys(
        ("sys", "cloud", "mqtt", "ble", "ws", "eth", "bthome", "bm", "ht_ui", "plugs_ui", "pro3em_ui"), None
    ),
    **dict.fromkeys(
        ("script", "schedule", "webhook", "ota", "ui", "knx", "matter", "modbus", "zigbee", "lora"), None
    ),
    **dict.fromkeys(("kvs", "dali", "service", "plusrgbwpm_ui", "wd_ui", "web"), None),
}
"""Fields of each component; None for those that say nothing of the world. Others are kept under x_."""

PRODUCING: dict[str, Fields | None] = {
    kind: fields if fields is None else producing(fields) for kind, fields in COMPONENTS.items()
}

BLU: Fields = {
    "temperature": Field("temperature"),
    "humidity": Field("humidity"),
    "illuminance": Field("illuminance"),
    "battery": Field("battery"),
    "rssi": Field("signal"),
    "moisture": Field("soil_moisture"),
    "motion": Field("occupancy", words=OCCUPIED_CLEAR),
    "window": Field("door", words=OPEN_CLOSED),
    "door": Field("door", words=OPEN_CLOSED),
    **dict.fromkeys(
        (
            "encryption",
            "BTHome_version",
            "pid",
            "address",
            "addr",
            "mac",
            "gateway",
            "device_name",
            "unit",
            "ts",
        ),
        None,
    ),
}
"""A BTHome sensor as Shelly's scripts decode it."""
