"""Small bridges between a meter's own interface and MQTT: what their keys mean."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from devices.formats._tables import LINES, ON_OFF, REST, TRUE_FALSE, Field, Fields, lines, producing

WH = 1000.0
"""In a kWh."""

FRONIUS: Fields = {
    "PAC": Field("power"),
    "SAC": Field("apparent_power"),
    "UAC": Field("voltage"),
    "IAC": Field("current"),
    "FAC": Field("frequency"),
    "UDC": Field("voltage", "dc"),
    "IDC": Field("current", "dc"),
    "UDC_2": Field("voltage", "dc2"),
    "IDC_2": Field("current", "dc2"),
    "TOTAL_ENERGY": Field("energy_export", per=WH),
    "DAY_ENERGY": Field("x_day_energy", per=WH),
    "YEAR_ENERGY": Field("x_year_energy", per=WH),
    **{f"UAC_L{n}": Field("voltage", f"l{n}") for n in (1, 2, 3)},
    **{f"IAC_L{n}": Field("current", f"l{n}") for n in (1, 2, 3)},
    "T_AMBIENT": Field("temperature"),
    # a Smart Meter behind it: of a feed-in point + is import
    "PowerReal_P_Sum": Field("power"),
    "EnergyReal_WAC_Sum_Consumed": Field("energy_import", per=WH),
    "EnergyReal_WAC_Sum_Produced": Field("energy_export", per=WH),
    "Frequency_Phase_Average": Field("frequency"),
    **{f"PowerReal_P_Phase_{n}": Field("power", f"l{n}") for n in (1, 2, 3)},
    **{f"Voltage_AC_Phase_{n}": Field("voltage", f"l{n}") for n in (1, 2, 3)},
    **{f"Current_AC_Phase_{n}": Field("current", f"l{n}") for n in (1, 2, 3)},
    # the whole site
    "P_Grid": Field("power", "grid"),
    "P_PV": Field("power", "pv"),
    "P_Akku": Field("power", "battery"),
    "P_Load": Field("power", "home", times=-1.0),  # - is use there
    "E_Total": Field("energy_export", per=WH),
    "E_Day": Field("x_day_energy", per=WH),
    "E_Year": Field("x_year_energy", per=WH),
    "SOC": Field("battery_soc"),
    "StateOfCharge_Relative": Field("battery_soc"),
    **dict.fromkeys(("DeviceStatus", "Unit", "Enable", "Visible", "TimeStamp", "Details"), None),
}
"""The keys of Fronius' Solar API."""

CURRENTS: Fields = {"actual": Field("current"), **dict(zip(LINES, lines("current"), strict=True))}
VOLTAGES: Fields = {
    **{f"l{n}n": Field("voltage", f"l{n}") for n in (1, 2, 3)},
    **{f"l{n}": Field("x_line_voltage", f"l{n}") for n in (1, 2, 3)},
}
"""`l1` there is between two lines, `l1n` to the neutral."""


def _sunspec(times: float) -> Fields:
    return {
        "actual": Field("power", times=times),
        "reactive": Field("reactive_power"),
        "apparent": Field("apparent_power"),
        "factor": Field("power_factor", per=100),
    }


SOLAREDGE: Mapping[str, Fields] = {
    "inverter": {
        "info": None,
        "ac": {
            "current": CURRENTS,
            "voltage": VOLTAGES,
            "power": _sunspec(1),
            "frequency": Field("frequency"),
        },
        "dc": {
            "current": Field("current", "dc"),
            "voltage": Field("voltage", "dc"),
            "power": Field("power", "dc"),
        },
        "energytotal": Field("energy_export", per=WH),
    },
    "meter": {
        "info": None,
        "current": CURRENTS,
        "voltage": VOLTAGES,
        "power": _sunspec(-1.0),  # + is feed-in there
        "energy": {
            "totalimport": Field("energy_import", per=WH),
            "totalexport": Field("energy_export", per=WH),
        },
        "frequency": Field("frequency"),
    },
    "battery": {
        "info": None,
        "power": Field("power", times=-1.0),  # + is charging there
        "current": Field("current", times=-1.0),
        "voltage": Field("voltage"),
        "state_of_charge": Field("battery_soc"),
        "state_of_health": Field("x_state_of_health"),
    },
    "powerflow": {
        "pv_production": Field("power", "pv"),
        "inverter": {"power": Field("power", "inverter"), REST: None},
        "grid": {"power": Field("power", "grid", times=-1.0), REST: None},
        "battery": {"power": Field("power", "battery", times=-1.0), REST: None},
        "consumer": {
            "total": Field("power", "home"),
            "evcharger": Field("power", "charger"),
            REST: None,
        },
        REST: None,
    },
    "wallbox": {
        "power": Field("power", times=1000),  # kW
        "vehicle_plugged": Field("x_connected", words=TRUE_FALSE),
    },
}
"""SolarEdge2MQTT: by the component that the topic names."""

EC3000: Fields = {
    "Power": Field("power"),
    "Consumption": Field("energy_import"),
    "IsOn": Field("switch", words=ON_OFF),
    "RSSI": Field("signal"),
    "MaximumPower": Field("x_maximum_power"),
    "NumberOfResets": Field("x_resets"),
    **dict.fromkeys(("CRC", "TotalSeconds", "OnSeconds", "ID", "Id"), None),
}
SBFSPOT: Fields = {
    **dict.fromkeys(("PACTot", "PAC"), Field("power")),
    **{f"PAC{n}": Field("power", f"l{n}") for n in (1, 2, 3)},
    **{f"UAC{n}": Field("voltage", f"l{n}") for n in (1, 2, 3)},
    **{f"IAC{n}": Field("current", f"l{n}") for n in (1, 2, 3)},
    **{f"PDC{n}": Field("power", f"dc{n}") for n in (1, 2, 3)},
    **{f"UDC{n}": Field("voltage", f"dc{n}") for n in (1, 2, 3)},
    **{f"IDC{n}": Field("current", f"dc{n}") for n in (1, 2, 3)},
    "PDCTot": Field("power", "dc"),
    "ETotal": Field("energy_export"),
    "EToday": Field("x_energy_today"),
    "GridFreq": Field("frequency"),
    "InvTemperature": Field("x_device_temperature"),
    "BTSignal": Field("x_bt_signal"),
    **dict.fromkeys(
        (
            "Timestamp",
            "SunRise",
            "SunSet",
            "InvSerial",
            "InvName",
            "InvTime",
            "InvClass",
            "InvType",
            "InvSwVer",
            "InvWakeupTm",
            "InvSleepTm",
            "PrgVersion",
            "Plantname",
        ),
        None,
    ),
}
"""SBFspot for inverters of SMA: kWh, W."""

FAMILIES: Mapping[str, Fields] = {"fronius": FRONIUS, "ec3000": EC3000, "sbfspot": SBFSPOT, **SOLAREDGE}
PRODUCING: Mapping[str, Fields] = {"ec3000": producing(EC3000)}
"""Only a plug-in meter does not know what it counts."""


@lru_cache(maxsize=4096)
def family(topic: str) -> str:
    """Whose keys a topic has, by the levels of its root and below; '' for none."""
    levels = [level.lower() for level in topic.split("/")]
    for name in ("solaredge", "fronius", "ec3000", "sbfspot"):
        if any(level.startswith(name) for level in levels):
            if name != "solaredge":
                return name
            return next((part for part in SOLAREDGE if part in levels), "")
    return ""
