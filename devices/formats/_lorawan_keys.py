"""What the keys of LoRaWAN codecs mean: Dragino, Milesight, SenseCAP, Elsys, Cayenne LPP and others.

Keys of different makers do not collide but for a few, where the rest of the object, or the device
profile's name, tells which device it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache

from devices.formats._tables import OCCUPIED_CLEAR, ON_OFF, OPEN_CLOSED, Field, Fields, Words

NO_PROBE = frozenset({327.67, -327.68})
"""°C that Dragino's codecs give for a probe that is not fitted."""
NO_AIR = frozenset({0.0})
"""ppm of CO2 that a sensor gives while it warms up."""
PRESENT: Words = {**OCCUPIED_CLEAR, 2: "occupied"}
"""Elsys counts: 1 for somebody who may have gone, 2 for somebody who is there."""

DRAGINO: Fields = {
    "water_SOIL": Field("soil_moisture"),
    "temp_SOIL": Field("soil_temperature", absent=NO_PROBE),
    "TEMP_SOIL": Field("soil_temperature", absent=NO_PROBE),
    "conduct_SOIL": Field("soil_conductivity"),
    "PH1_SOIL": Field("soil_ph"),
    "PH_SOIL": Field("soil_ph"),
    "TempC_SHT": Field("temperature", absent=NO_PROBE),
    "TempC_SHT31": Field("temperature", absent=NO_PROBE),
    "Hum_SHT": Field("humidity"),
    "Hum_SHT31": Field("humidity"),
    "TempC_DS": Field("temperature", "probe", absent=NO_PROBE),
    # 0.00 exactly is what soil sensors send where nothing hangs on this input
    "TempC_DS18B20": Field("temperature", "probe", absent=NO_PROBE | {0.0}),
    "TempC": Field("temperature", absent=NO_PROBE),
    "TempC1": Field("temperature", "1", absent=NO_PROBE),
    "TempC2": Field("temperature", "2", absent=NO_PROBE),
    "TempC3": Field("temperature", "3", absent=NO_PROBE),
    "ILL_lx": Field("illuminance"),
    "Illum": Field("illuminance"),
    "TEM": Field("temperature"),
    "HUM": Field("humidity"),
    "CO2": Field("co2", absent=NO_AIR),
    "PM2_5": Field("pm25"),
    "DOOR_OPEN_STATUS": Field("door", words=OPEN_CLOSED),
    "Water_flow_value": Field("water_total"),
    "Bat": Field("x_battery_voltage"),
    "BatV": Field("x_battery_voltage"),
    "BAT": Field("x_battery_voltage"),
    "BAT_V": Field("x_battery_voltage"),
    "bat": Field("x_battery_voltage"),
    **dict.fromkeys(("Bat_status", "Ext_sensor", "Interrupt_flag", "Message_type", "i_flag", "s_flag"), None),
    **dict.fromkeys(
        ("Sensor_flag", "Hardware_flag", "Work_mode", "Mod", "MOD", "No_connect", "Node_type"), None
    ),
    **dict.fromkeys(
        ("TDC", "TIME", "Payver", "Alarm_Timer", "Stop_Timer", "Systimestamp", "Calculate_flag"), None
    ),
    **dict.fromkeys(("SENSOR_MODEL", "FIRMWARE_VERSION", "FREQUENCY_BAND", "SUB_BAND"), None),
}

MILESIGHT: Fields = {
    "temperature": Field("temperature"),
    "humidity": Field("humidity"),
    "co2": Field("co2", absent=NO_AIR),
    "pressure": Field("pressure"),
    "pm2_5": Field("pm25"),
    "illumination": Field("illuminance"),
    "illuminance": Field("illuminance"),
    "light": Field("illuminance"),
    "lux": Field("illuminance"),
    "moisture": Field("soil_moisture"),
    "soil_moisture": Field("soil_moisture"),
    "soil_temperature": Field("soil_temperature"),
    "ec": Field("soil_conductivity"),
    "battery": Field("battery"),
    "voltage": Field("voltage"),
    "current": Field("current"),
    "power": Field("power"),
    "active_power": Field("power"),
    "power_factor": Field("power_factor"),
    "power_consumption": Field("energy_import", per=1000),
    "power_sum": Field("energy_import", per=1000),  # as older codecs name it
    "socket_status": Field("switch", words=ON_OFF),
    "pir": Field("occupancy", words=OCCUPIED_CLEAR),
    "pir_status": Field("occupancy", words=OCCUPIED_CLEAR),
    "occupancy": Field("occupancy", words=PRESENT),
    "occupied": Field("occupancy", words=PRESENT),
    "presence": Field("occupancy", words=PRESENT),
    "people_count_all": Field("people_count"),
    "people_counter_all": Field("people_count"),
    "people_count": Field("people_count"),
    "wind_speed": Field("wind_speed"),
    "rainfall_total": Field("rain"),
    "LAeq": Field("noise"),
    "soundAvg": Field("noise"),  # of Elsys
    "externalTemperature": Field("temperature", "external"),
    "magnet_status": Field("door", words=OPEN_CLOSED),
    "door": Field("door", words=OPEN_CLOSED),
    **{f"switch_{n}": Field("switch", str(n), words=ON_OFF) for n in range(1, 9)},
    **{
        f"valve_{n}{tail}": Field("valve", str(n), words=OPEN_CLOSED)
        for n in range(1, 3)
        for tail in ("", "_status")
    },
    **{f"switch_{n}_change": None for n in range(1, 9)},
    **{f"temperature_chn{n}": Field("temperature", str(n)) for n in range(1, 5)},
    **{f"pt100_{n}": Field("temperature", str(n)) for n in range(1, 5)},
    **{f"magnet_chn{n}": Field("door", str(n), words=OPEN_CLOSED) for n in range(1, 5)},
    **{f"current_chn{n}": Field("current", str(n)) for n in range(1, 5)},
    **dict.fromkeys(("sn", "device_status", "lorawan_class", "reset_event", "timestamp", "history"), None),
    **dict.fromkeys(("version", "firmware", "hardware", "serial", "serial_number", "port"), None),
    **dict.fromkeys(("firmware_version", "hardware_version", "ipso_version", "tsl_version"), None),
    "protocol_version": None,
}
"""`tvoc` is not named: it is an index or µg/m³ by firmware, never ppb, so it stays x_tvoc."""

GENERIC: Fields = {**DRAGINO, **MILESIGHT}
PLUG: Fields = {
    **GENERIC,
    "current": Field("current", per=1000),
    "power_factor": Field("power_factor", per=100),
    "factor": Field("power_factor", per=100),
    "state": Field("switch", words={**ON_OFF, "open": "on", "close": "off"}),
}
"""WS50x and WS52x: current in mA, power factor in %."""
PIPE: Fields = {**GENERIC, "pressure": Field("x_pipe_pressure")}
"""EM500-PP, UC51x: the pressure of a pipe in kPa, not of the air."""
PLUG_KEYS = frozenset({"socket_status", "active_power", "power_consumption", "power_sum"})
PIPE_KEYS = frozenset(f"valve_{n}{tail}" for n in (1, 2) for tail in ("", "_status", "_pulse"))
PROFILES = (("WS50", PLUG), ("WS51", PLUG), ("WS52", PLUG), ("EM500-PP", PIPE), ("UC51", PIPE))

SENSECAP: Mapping[str, Field] = {
    "3000": Field("battery"),
    "4097": Field("temperature"),
    "4098": Field("humidity"),
    "4099": Field("illuminance"),
    "4100": Field("co2"),
    "4101": Field("pressure", per=100),  # Pa
    "4102": Field("soil_temperature"),
    "4103": Field("soil_moisture"),
    "4105": Field("wind_speed"),
    "4106": Field("soil_ph"),
    "4108": Field("soil_conductivity", times=1000),  # mS/cm
    "4110": Field("soil_moisture"),
    "4111": Field("soil_conductivity", times=1000),
    "4112": Field("soil_temperature"),
    "4120": Field("water_flow", times=1000, per=60),  # m³/h
    "4121": Field("water_total", times=1000),  # m³
    "4127": Field("irradiance"),
    **{str(4138 + n): Field("soil_moisture", f"{10 * n + 10}cm") for n in range(4)},
    **{str(4142 + n): Field("soil_temperature", f"{10 * n + 10}cm") for n in range(4)},
}
"""measurementId -> field."""

LPP: Mapping[str, Field] = {
    "temperatureSensor": Field("temperature"),
    "humiditySensor": Field("humidity"),
    "illuminanceSensor": Field("illuminance"),
    "barometer": Field("pressure"),
    "presenceSensor": Field("occupancy", words=OCCUPIED_CLEAR),
}
"""Cayenne LPP: one object a type, one key a data channel."""

WRAPPERS = frozenset({"data", "decoded", "payload", "measurements", "values", "bytes"})
"""Objects in which some codecs put all that they say."""
ANY_SPELLING: Mapping[str, Field] = {
    "temperature": Field("temperature"),
    "airtemperature": Field("temperature"),
    "humidity": Field("humidity"),
    "relativehumidity": Field("humidity"),
    "co2": Field("co2", absent=NO_AIR),
    "pm25": Field("pm25"),
    "pressure": Field("pressure"),
    "barometricpressure": Field("pressure"),
    "illuminance": Field("illuminance"),
    "luminosity": Field("illuminance"),
    "presence": Field("occupancy", words=PRESENT),
    "soilmoisture": Field("soil_moisture"),
    "soiltemperature": Field("soil_temperature"),
    "battery": Field("battery"),
    "batterylevel": Field("battery"),
    "batterypercent": Field("battery"),
    "batteryvoltage": Field("x_battery_voltage"),
}
"""Names that are sure, without capitals and underscores, and without the data channel of an LPP codec."""
LPP_CHANNEL = re.compile(r"_([0-9]{1,3})$")
MOST_KEYS, MOST_LETTERS = 100, 2_000
"""Of an object whose table is remembered."""


def fields_of(values: Mapping[str, object], profile: str) -> Fields:
    """The table for a codec's object, of a device with this profile (in capitals)."""
    keys = tuple(values)
    if len(keys) > MOST_KEYS or sum(map(len, keys)) > MOST_LETTERS:
        return GENERIC
    return _fields_of(keys, profile[:40])


@lru_cache(maxsize=512)
def _fields_of(keys: tuple[str, ...], profile: str) -> Fields:
    own = _of_device(frozenset(keys), profile)
    spelled: dict[str, list[str]] = {}
    for key in keys:
        name = LPP_CHANNEL.sub("", key).replace("_", "").lower()
        if key not in own and name in ANY_SPELLING:
            spelled.setdefault(name, []).append(key)
    found = dict(own)
    for name, same in spelled.items():
        for key in same:
            number = LPP_CHANNEL.search(key) if len(same) > 1 or name in keys else None
            found[key] = replace(ANY_SPELLING[name], channel=number[1] if number else "")
    return found


def _of_device(keys: frozenset[str], profile: str) -> Fields:
    if not PLUG_KEYS.isdisjoint(keys):
        return PLUG
    if not PIPE_KEYS.isdisjoint(keys):
        return PIPE
    return next((fields for name, fields in PROFILES if name in profile), GENERIC)
