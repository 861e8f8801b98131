"""What codecs of LoRaWAN sensors say: Dragino, Milesight, SenseCAP, Cayenne LPP.

The network server runs the maker's codec and puts its result into an envelope of its own; the result
is read here, whatever the envelope. Keys of different makers do not collide but for a few, where
the rest of the object, or the device profile's name, tells which device it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from devices.formats._json import json_type
from devices.formats._tables import (
    OCCUPIED_CLEAR,
    ON_OFF,
    OPEN_CLOSED,
    Field,
    Fields,
    put,
    put_extra,
    take,
)
from devices.formats._times import unix_time
from devices.readings import BadPayload, Decoded

NO_PROBE = frozenset({327.67, -327.68})
"""°C that Dragino's codecs give for a probe that is not fitted."""

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
    "TempC1": Field("temperature", "1", absent=NO_PROBE),
    "TempC2": Field("temperature", "2", absent=NO_PROBE),
    "TempC3": Field("temperature", "3", absent=NO_PROBE),
    "ILL_lx": Field("illuminance"),
    "Illum": Field("illuminance"),
    "DOOR_OPEN_STATUS": Field("door", words=OPEN_CLOSED),
    "Water_flow_value": Field("water_total"),
    "Bat": Field("x_battery_voltage"),
    "BatV": Field("x_battery_voltage"),
    "BAT": Field("x_battery_voltage"),
    **dict.fromkeys(("Bat_status", "Ext_sensor", "Interrupt_flag", "Message_type", "i_flag", "s_flag"), None),
    **dict.fromkeys(
        ("Sensor_flag", "Hardware_flag", "Work_mode", "Mod", "MOD", "No_connect", "Node_type"), None
    ),
    **dict.fromkeys(("TDC", "Alarm_Timer", "Stop_Timer", "Systimestamp", "Calculate_flag"), None),
    **dict.fromkeys(("SENSOR_MODEL", "FIRMWARE_VERSION", "FREQUENCY_BAND", "SUB_BAND"), None),
}

MILESIGHT: Fields = {
    "temperature": Field("temperature"),
    "humidity": Field("humidity"),
    "co2": Field("co2"),
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
    "socket_status": Field("switch", words=ON_OFF),
    "pir": Field("occupancy", words=OCCUPIED_CLEAR),
    "pir_status": Field("occupancy", words=OCCUPIED_CLEAR),
    "occupancy": Field("occupancy", words=OCCUPIED_CLEAR),
    "people_count_all": Field("people_count"),
    "people_count": Field("people_count"),
    "magnet_status": Field("door", words=OPEN_CLOSED),
    "door": Field("door", words=OPEN_CLOSED),
    **{f"switch_{n}": Field("switch", str(n), words=ON_OFF) for n in range(1, 9)},
    **{f"valve_{n}": Field("valve", str(n), words=OPEN_CLOSED) for n in range(1, 3)},
    **dict.fromkeys(("sn", "device_status", "lorawan_class", "reset_event", "timestamp", "history"), None),
    **dict.fromkeys(("firmware_version", "hardware_version", "ipso_version", "tsl_version"), None),
    "protocol_version": None,
}
"""`tvoc` is not named: it is an index or µg/m³ by firmware, never ppb, so it stays x_tvoc."""

GENERIC: Fields = {**DRAGINO, **MILESIGHT}
PLUG: Fields = {
    **GENERIC,
    "current": Field("current", per=1000),
    "power_factor": Field("power_factor", per=100),
}
"""WS50x and WS52x: current in mA, power factor in %."""
PIPE: Fields = {**GENERIC, "pressure": Field("x_pipe_pressure")}
"""EM500-PP: the pressure of a pipe in kPa, not of the air."""
PLUG_KEYS = frozenset({"socket_status", "active_power", "power_consumption"})
PROFILES = (("WS50", PLUG), ("WS51", PLUG), ("WS52", PLUG), ("EM500-PP", PIPE))

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


def read_object(values: Mapping[str, Any], at: datetime | None, profile: str = "") -> Decoded:
    """Readings of a codec's result. Entries of `history` have their own times. Raises BadPayload."""
    found: Decoded = []
    if "messages" in values:
        _sensecap(found, values["messages"], at)
        return found
    if not LPP.keys().isdisjoint(values):
        values = _cayenne(found, values, at)
    fields = _fields(values, profile)
    take(found, fields, values, at)
    if "temperature" in values and ("moisture" in values or "ec" in values):
        put(found, Field("soil_temperature"), values["temperature"], at)  # a probe in the soil
    history = values.get("history")
    if isinstance(history, list):
        for entry in history:
            moment = unix_time(entry.get("timestamp")) if isinstance(entry, dict) else None
            if moment is not None:  # without its time a late reading would pass for one of now
                take(found, _fields(entry, profile), entry, moment)
    return found


def _fields(values: Mapping[str, Any], profile: str) -> Fields:
    if not PLUG_KEYS.isdisjoint(values):
        return PLUG
    for name, fields in PROFILES:
        if name in profile:
            return fields
    return GENERIC


def _sensecap(found: Decoded, messages: Any, at: datetime | None) -> None:
    if not isinstance(messages, list):
        raise BadPayload(f"messages: an array was expected, not {json_type(messages)}")
    for message in messages:
        if isinstance(message, list):  # newer codecs group them
            _sensecap(found, [inner for inner in message if isinstance(inner, dict)], at)
        elif isinstance(message, dict):
            kind = str(message.get("measurementId", ""))
            when = unix_time(message.get("timestamp")) or at
            if kind in SENSECAP:
                put(found, SENSECAP[kind], message.get("measurementValue"), when)
            elif kind:
                name = message.get("type")
                named = isinstance(name, str) and name != "report_telemetry"
                put_extra(
                    found,
                    (str(name)[:80] if named else f"measurement_{kind[:40]}",),
                    message.get("measurementValue"),
                    when,
                )
            elif "battery" in message:
                put(found, SENSECAP["3000"], message["battery"], when)


def _cayenne(found: Decoded, values: Mapping[str, Any], at: datetime | None) -> Mapping[str, Any]:
    """Reads what LPP has names for; gives the rest."""
    rest = {}
    for key, channels in values.items():
        field = LPP.get(key)
        if field is None or not isinstance(channels, dict):
            rest[key] = channels
            continue
        for channel, value in channels.items():
            put(found, field, value, at, channel[:16] if len(channels) > 1 else "")
    return rest
