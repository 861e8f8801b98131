"""What the paths of Venus OS mean, service by service. Energies are kWh, powers W."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from devices.formats._tables import LINES, ON_OFF, ONLINE_OFFLINE, TRUE_FALSE, Field, Words, joined

STATUS: Words = {
    0: "available",
    1: "connected",
    2: "charging",
    **dict.fromkeys((3, 4, 5, 6, 7), "suspended"),  # charged, waits for sun, card, start; battery low
    **dict.fromkeys(range(8, 20), "faulted"),
    **dict.fromkeys((20, 21, 22, 23), "charging"),  # at its limit, starting, changing phases
    24: "suspended",
}
"""Of an EV charging station."""

AC: Mapping[str, Field] = {
    "Ac/Power": Field("power"),
    "Ac/Current": Field("current"),
    "Ac/Voltage": Field("voltage"),
    "Ac/Frequency": Field("frequency"),
    "Ac/PowerFactor": Field("power_factor"),
    "Ac/Energy/Forward": Field("energy_import"),
    "Ac/Energy/Reverse": Field("energy_export"),
    "Ac/N/Current": Field("current", "n"),
}
DC: Mapping[str, Field] = {
    "Dc/0/Power": Field("power", "dc"),
    "Dc/0/Voltage": Field("voltage", "dc"),
    "Dc/0/Current": Field("current", "dc"),
    "Dc/0/Temperature": Field("x_battery_temperature"),
    "Dc/1/Voltage": Field("voltage", "dc1"),
}
ANY: Mapping[str, Field] = {
    **AC,
    **DC,
    "Connected": Field("online", words=ONLINE_OFFLINE),
    "Soc": Field("battery_soc"),
    "Temperature": Field("temperature"),
    "Humidity": Field("humidity"),
    "Pressure": Field("pressure"),
    "BatteryVoltage": Field("x_battery_voltage"),
    "Irradiance": Field("irradiance"),
    "WindSpeed": Field("wind_speed"),
    "ExternalTemperature": Field("temperature"),
    "Level": Field("tank_level"),
}
"""Paths that mean the same in every service."""
VEBUS: Mapping[str, Field] = {
    f"Ac/{side}/{letter}": Field(metric, channel)
    for side, channel in (("ActiveIn", "in"), ("Out", "out"), ("In/1", "in1"), ("In/2", "in2"))
    for letter, metric in (
        ("P", "power"),
        ("V", "voltage"),
        ("I", "current"),
        ("F", "frequency"),
        ("S", "apparent_power"),
    )
}
"""Inverters with a charger: what goes in and out."""
SUN: Mapping[str, Field] = {
    "Yield/Power": Field("power"),
    "Yield/System": Field("energy_export"),
    "Yield/User": Field("energy_export", "user"),  # which its owner may set back to 0
    "Pv/V": Field("voltage", "pv"),
    "Pv/I": Field("current", "pv"),
    "Pv/P": Field("power", "pv"),
    **{
        f"Pv/{n}/{letter}": Field(metric, f"pv{n}")
        for n in range(8)
        for letter, metric in (("V", "voltage"), ("I", "current"), ("P", "power"))
    },
}
SERVICES: Mapping[str, Mapping[str, Field]] = {
    "pvinverter": {
        "Ac/Energy/Forward": Field("energy_export"),  # what it has made
        "Ac/Energy/Reverse": Field("energy_import"),
    },
    "solarcharger": SUN,
    "vebus": VEBUS,
    "multi": {**SUN, **VEBUS, "Yield/Power": Field("power", "pv")},
    "inverter": VEBUS,
    "acsystem": VEBUS,
    "battery": {
        # + is charging there, and giving here
        "Dc/0/Power": Field("power", times=-1.0),
        "Dc/0/Current": Field("current", times=-1.0),
        "Dc/0/Voltage": Field("voltage"),
        "History/ChargedEnergy": Field("energy_import"),
        "History/DischargedEnergy": Field("energy_export"),
    },
    "evcharger": {
        "Status": Field("charger_status", words=STATUS),
        "SetCurrent": Field("charge_limit"),
        "Current": Field("current"),
        "Session/Energy": Field("session_energy"),
        "Session/Time": Field("x_session_time"),
        "ChargingTime": Field("x_session_time"),
    },
    "pulsemeter": {"Aggregate": Field("water_total", times=1000)},  # m³
    "digitalinput": {"Count": Field("x_count"), "State": Field("x_state")},
    "system": {
        "Dc/Battery/Soc": Field("battery_soc"),
        "Dc/Battery/Power": Field("power", "battery", times=-1.0),
        "Dc/Battery/Voltage": Field("voltage", "battery"),
        "Dc/Battery/Current": Field("current", "battery", times=-1.0),
        "Dc/Pv/Power": Field("power", "pv_dc"),
        "Dc/System/Power": Field("power", "home_dc"),
        "Ac/Grid/Power": Field("power", "grid"),
        "Ac/Genset/Power": Field("power", "genset"),
        "Ac/Consumption/Power": Field("power", "home"),
        "Ac/PvOnGrid/Power": Field("power", "pv"),
        "Ac/PvOnOutput/Power": Field("power", "pv_out"),
        "Ac/PvOnGenset/Power": Field("power", "pv_genset"),
        "Relay/0/State": Field("switch", "relay0", words=ON_OFF),
        "Relay/1/State": Field("switch", "relay1", words=ON_OFF),
        "Buzzer/State": Field("x_buzzer", words=TRUE_FALSE),
    },
}
"""Paths that mean something else, or more, in one service."""
ONLY_NAMED = frozenset({"system"})
"""Services with hundreds of paths about the installation, of which the named ones are kept."""
NO_DEVICES = frozenset(
    {"settings", "platform", "logger", "hub4", "fronius", "adc", "ble", "modbusclient", "vecan", "gps"}
    | {"shelly", "packages", "mqtt", "dbus", "acsystems", "qwacs", "modem", "generator"}
)
"""Services of the gateway itself."""
NOISE = (
    "Mgmt/",
    "Device",
    "Product",
    "CustomName",
    "Firmware",
    "Hardware",
    "Serial",
    "Settings/",
    "Link/",
    "History/Daily",
    "History/Overall",
    "NrOf",
    "Ac/NumberOf",
    "Position",
    "Role",
    "AllowedRoles",
    "RefreshTime",
    "UpdateIndex",
    "Info/Charge",
    "Group",
    "Timezone",
)
"""Papers, settings, and what shifts at midnight."""
PHASE = re.compile(r"/(L[123])(?=/|$)")
CELL = re.compile(r"Voltages/Cell([0-9]{1,3})")


@dataclass(frozen=True, slots=True)
class Meaning:
    """Its field, or the words of its x_ name."""

    field: Field | None = None
    names: tuple[str, ...] = ()
    channel: str = ""


@lru_cache(maxsize=8192)
def meaning(service: str, path: str) -> Meaning | None:
    """What a path of a service means; None for what is no reading."""
    if service in NO_DEVICES or path.startswith(NOISE):
        return None
    phase = PHASE.search(path)
    line = phase[1].lower() if phase else ""
    whole = PHASE.sub("", path) if phase else path
    own = SERVICES.get(service, {})
    field = own.get(whole) or (None if service in ONLY_NAMED else ANY.get(whole))
    if field is not None:
        return Meaning(replace(field, channel=joined(field.channel, line)) if line in LINES else field)
    cell = CELL.fullmatch(path)
    if cell:
        return Meaning(Field("voltage", f"cell{cell[1]}"))
    if service in ONLY_NAMED:
        return None
    return Meaning(names=tuple(whole.split("/")[-4:]), channel=line)
