"""What the attributes of Zigbee devices mean, as Zigbee2MQTT names them (its `exposes`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache

from devices.formats._tables import (
    LINES,
    OCCUPIED_CLEAR,
    ON_OFF,
    TRUE_FALSE,
    Field,
    Fields,
    producing,
    truth,
)

CONTACT = {True: "closed", "true": "closed", "closed": "closed"} | {
    False: "open",
    "false": "open",
    "open": "open",
}
"""`contact` is true while the two halves touch: the door is closed."""
SOMEBODY = {
    **OCCUPIED_CLEAR,
    "none": "clear",
    "presence": "occupied",
    "absence": "clear",
    "motion": "occupied",
}
LOCKED = {
    **truth("locked", "unlocked"),
    "lock": "locked",
    "unlock": "unlocked",
    "not_fully_locked": "unlocked",
}

PLAIN: Fields = {
    "state": Field("switch", words=ON_OFF),
    "power": Field("power"),
    "current": Field("current"),
    "voltage": Field("voltage"),
    "energy": Field("energy_import"),
    "consumed_energy": Field("energy_import"),
    "energy_consumed": Field("energy_import"),
    "produced_energy": Field("energy_export"),
    "energy_produced": Field("energy_export"),
    "power_factor": Field("power_factor"),
    "power_apparent": Field("apparent_power"),
    "apparent_power": Field("apparent_power"),
    "rms_current": Field("current"),
    "rms_voltage": Field("voltage"),
    "current_summ_delivered": Field("energy_import"),
    "current_summ_received": Field("energy_export"),
    "power_reactive": Field("reactive_power"),
    "ac_frequency": Field("frequency"),
    "temperature": Field("temperature"),
    "local_temperature": Field("temperature"),
    "humidity": Field("humidity"),
    "pressure": Field("pressure"),
    "illuminance": Field("illuminance"),
    "illuminance_lux": Field("illuminance"),
    "co2": Field("co2", absent=frozenset({0.0})),
    "pm25": Field("pm25"),
    "noise": Field("noise"),
    "soil_moisture": Field("soil_moisture"),
    "soil_temperature": Field("soil_temperature"),
    "soil_fertility": Field("soil_conductivity"),
    "occupancy": Field("occupancy", words=SOMEBODY),
    "presence": Field("occupancy", words=SOMEBODY),
    "contact": Field("door", words=CONTACT),
    "lock_state": Field("lock", words=LOCKED),
    "battery": Field("battery"),
    "device_temperature": Field("x_device_temperature"),
    "wind_speed": Field("wind_speed"),
}
"""Of one endpoint, in the vocabulary's units."""
FLAGS: Fields = {
    key: Field(f"x_{key}", words=TRUE_FALSE)
    for key in (
        "smoke",
        "gas",
        "carbon_monoxide",
        "water_leak",
        "vibration",
        "tamper",
        "battery_low",
        "moving",
    )
}
NOISE: Fields = dict.fromkeys(
    (
        "update",
        "update_available",
        "identify",
        "device",
        "elapsed",
        "last_seen",
        "color",
        "color_options",
        "level_config",
        "schedule",
        "schedule_settings",
        "weekly_schedule",
        "programming_mode",
        "no_position",
    )
)
"""No readings: the firmware, the device's papers, plans."""
FLATTENED = ("update-", "color-")
"""How attributes of an object begin, where each attribute has a topic."""
KEYS: Fields = {**PLAIN, **FLAGS, **NOISE}
PRODUCING = producing(KEYS)

ENDPOINTS: Mapping[str, str] = {
    **{f"{kind}{letter}": line for kind in ("phase_", "") for letter, line in zip("abc", LINES, strict=True)},
    **{f"{kind}{n}": f"{kind}{n}" for kind in ("l", "ch") for n in range(1, 9)},
    **{str(n): str(n) for n in range(1, 9)},
    **{
        name: name
        for name in (
            "left",
            "right",
            "center",
            "top",
            "bottom",
            "top_left",
            "top_right",
            "bottom_left",
            "bottom_right",
            "center_left",
            "center_right",
            "up",
            "down",
            "x",
            "y",
            "z",
            "n",
            "neutral",
        )
    },
}
"""What stands behind an attribute of one of several endpoints or phases: `power_phase_b`, `state_left`."""
VALVE_KEYS = ("water_consumed", "irrigation", "cyclic_", "valve_", "flow", "quantitative_watering")
LOCK_WORDS = frozenset({"lock", "unlock"})


@lru_cache(maxsize=4096)
def meaning(key: str, produces: bool) -> Field | str | None:
    """The field of an attribute, None for noise, '' where it has no name here."""
    table = PRODUCING if produces else KEYS
    if key.startswith(FLATTENED):
        return None
    if key in table:
        field = table[key]
        return field if isinstance(field, Field) else None
    for place, letter in enumerate(key):
        if letter == "_" and key[:place] in PLAIN and key[place + 1 :] in ENDPOINTS:
            field = table[key[:place]]
            if isinstance(field, Field):
                return replace(field, channel=ENDPOINTS[key[place + 1 :]])
    return ""


def is_valve(values: Mapping[str, object]) -> bool:
    """True for a water valve, whose `state` is ON while it is open."""
    return any(key.startswith(VALVE_KEYS) for key in values)
