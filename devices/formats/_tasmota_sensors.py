"""What the sensors of Tasmota say: which driver a key of SENSOR names, and what its own keys mean."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from devices.formats._tables import OCCUPIED_CLEAR, ON_OFF, VERBATIM, Field, Fields, producing

UNPLUGGED = frozenset({-127.0, -196.6})
"""°C and °F that a probe gives whose line is cut."""
NO_AIR = frozenset({0.0})
"""ppm of CO2 that a sensor gives while it warms up."""

ANY: Fields = {
    "Temperature": Field("temperature", absent=UNPLUGGED),
    "Humidity": Field("humidity"),
    "Pressure": Field("pressure"),
    "Illuminance": Field("illuminance"),
    "CarbonDioxide": Field("co2", absent=NO_AIR),
    "TVOC": Field("tvoc"),
    "PM2.5": Field("pm25"),
    "PM2_5": Field("pm25"),
    "Noise": Field("noise"),
    "Moisture": Field("soil_moisture"),
    "Fertility": Field("soil_conductivity"),
    "Battery": Field("battery"),
    "BatteryPercentage": Field("battery"),
    "ChargePercent": Field("battery"),
    # as the documentation's scripts for smart meters name them
    "Total_in": Field("energy_import"),
    "Total_out": Field("energy_export"),
    "Power_curr": Field("power"),
    "Power_cur": Field("power"),
    **dict.fromkeys(("Meter_Number", "Meter_number", "Meter_id", "meter_id"), None),
    "RSSI": Field("signal"),
    "Occupancy": Field("occupancy", words=OCCUPIED_CLEAR),
    **dict.fromkeys(
        ("Id", "ID", "Address", "ADCO", "mac", "MAC", "Serial", "SN", "Model", "Firmware", "Time"), None
    ),
}
"""Keys that mean the same in every driver."""

ENERGY: Fields = {
    "Total": Field("energy_import"),
    "ExportActive": Field("energy_export"),
    "Power": Field("power"),
    "ApparentPower": Field("apparent_power"),
    "ReactivePower": Field("reactive_power"),
    "Factor": Field("power_factor"),
    "Voltage": Field("voltage"),
    "Current": Field("current"),
    "Frequency": Field("frequency"),
    "TotalStartTime": None,
}
"""kWh, W, V, A."""

CHIP: Fields = {"Temperature": Field("x_chip_temperature")}
"""A temperature of the chip itself, not of the air."""
DC: Fields = {"Voltage": Field("voltage"), "Current": Field("current"), "Power": Field("power")}
WIND: Fields = {"Speed": Field("wind_speed")}
"""In the message's SpeedUnit; of TX23 the newest speed, not its mean and extremes."""
CARD: Fields = {"UID": Field("x_rfid", words=VERBATIM), "Data": None}

SPECIAL: Mapping[str, Fields] = {
    "ENERGY": ENERGY,
    "ESP32": CHIP,
    "MPU6050": CHIP,
    "MPU9250": CHIP,
    "RC522": CARD,
    "PN532": CARD,
    "RDM6300": CARD,
    "Flora": {"Humidity": Field("soil_moisture")},
    "CHIRP": {"Moisture": None},  # a capacity, not %
    **dict.fromkeys(("INA219", "INA226", "INA228", "INA260", "INA3221", "MAX17043"), DC),
    **dict.fromkeys(("WINDMETER", "TX23", "TX20", "TX2x"), WIND),
    "RG-15": {"Total": Field("rain")},
    "LD2410S": {
        # a class of the radar's: 0 and 1 are nobody, 2 and 3 somebody
        "People": Field("occupancy", words={0: "clear", 1: "clear", 2: "occupied", 3: "occupied"})
    },
    "ZbReceived": {
        "Power": Field("switch", words=ON_OFF),
        "ActivePower": Field("power"),
        "RMSVoltage": Field("voltage"),
        "RMSCurrent": Field("current"),
        **dict.fromkeys(("Device", "Name", "IEEEAddr", "ModelId", "Manufacturer", "Group", "Endpoint"), None),
        "LinkQuality": None,
    },
}
"""Keys that mean something else, or more, in one driver."""
PRODUCING = {**SPECIAL, "ENERGY": producing(ENERGY)}
PRODUCING_ANY = producing(ANY)

SUMMED = frozenset({"power", "apparent_power", "reactive_power", "energy_import", "energy_export"})
"""What may be added over phases."""


@dataclass(frozen=True, slots=True, eq=False)
class Driver:
    """A sensor of the device: `DS18B20-2` is kind DS18B20 on channel 2."""

    name: str
    kind: str
    channel: str


@lru_cache(maxsize=1024)
def driver(name: str, channel: str = "") -> Driver:
    """The sensor that a key of SENSOR names.

    Behind a dash stands a number (one of several probes), an address (0x38), or the end of a MAC.
    """
    kind, dash, tail = ("", "", name) if name in SPECIAL else name.rpartition("-")
    tidy = re.sub(r"[^a-z0-9_.:-]+", "_", (channel or name).lower())[:40]
    if not dash or not kind:
        return Driver(tidy, name, tidy if channel else "")
    if re.fullmatch(r"[0-9]{1,2}", tail):
        return Driver(tidy, kind, str(int(tail)))
    if re.fullmatch(r"0x[0-9A-Fa-f]{2}|[0-9A-Fa-f]{4,12}", tail):
        return Driver(tidy, kind, "")
    return Driver(tidy, name, "")


@lru_cache(maxsize=4096)
def meaning(kind: str, key: str, produces: bool) -> Field | str | None:
    """What a key of a driver means: a field, None for noise, '' where it has no name here."""
    own = (PRODUCING if produces else SPECIAL).get(kind, {})
    for fields in (own, PRODUCING_ANY if produces else ANY):
        if key in fields:
            field = fields[key]
            return field if isinstance(field, Field) else None
    base = key.rstrip("0123456789")
    numbered = meaning(kind, base, produces) if base and base != key else ""
    return replace(numbered, channel=key[len(base) :][:4]) if isinstance(numbered, Field) else ""
