"""Small bridges: Fronius, SolarEdge2MQTT, EC3000, SBFspot, Domoticz."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.formats import bridges, formats
from devices.readings import BadPayload, Source
from tests.devices.formats.decoding import CAMPUS, assert_storable, decode, said

SE = "solaredge/modbus"
MESSAGES: dict[str, tuple[str, str, Any, dict[str, Any]]] = {
    "Fronius, a key a topic": ("fronius/inverter/2", "/PAC", "2150", {"power": 2150}),
    "its register": ("fronius/inverter/2", "/TOTAL_ENERGY", "1234500", {"energy_export": 1234.5}),
    "its day": ("fronius/inverter/2", "/DAY_ENERGY", "1500", {"x_day_energy": 1.5}),
    "asleep": ("fronius/inverter/2", "/PAC", "null", {}),
    "Fronius as JSON": (
        "fronius/inverter/2",
        "",
        {
            "PAC": {"Value": 5, "Unit": "W"},
            "UAC": {"Value": 121, "Unit": "V"},
            "DeviceStatus": {"StatusCode": 7},
        },
        {"power": 5, "voltage": 121},
    ),
    "a Fronius site": (
        "fronius/site",
        "",
        {"P_Grid": -400, "P_PV": 900, "P_Load": -500, "P_Akku": None, "E_Total": 5000},
        {"power@grid": -400, "power@pv": 900, "power@home": 500, "energy_export": 5},
    ),
    "an inverter of SolarEdge": (
        f"{SE}/inverter",
        "",
        {
            "info": {"model": "SE10K"},
            "ac": {
                "current": {"actual": 9.5, "l1": 3.1, "l2": None},
                "voltage": {"l1": 400, "l1n": 231},
                "power": {"actual": 2150, "reactive": 10, "apparent": 2160, "factor": 99.5},
                "frequency": 50.0,
            },
            "dc": {"current": 6, "voltage": 380, "power": 2200},
            "energytotal": 1500,
            "status": "Producing",
        },
        {
            "current": 9.5,
            "current@l1": 3.1,
            "x_line_voltage@l1": 400,
            "voltage@l1": 231,
            "power": 2150,
            "reactive_power": 10,
            "apparent_power": 2160,
            "power_factor": 0.995,
            "frequency": 50,
            "current@dc": 6,
            "voltage@dc": 380,
            "power@dc": 2200,
            "energy_export": 1.5,
            "x_status": "Producing",
        },
    ),
    "its meter counts feed-in up": (
        f"{SE}/meter/0",
        "",
        {"power": {"actual": 700}, "energy": {"totalimport": 2500, "totalexport": 500}},
        {"power": -700, "energy_import": 2.5, "energy_export": 0.5},
    ),
    "its battery counts charging up": (
        f"{SE}/battery/0",
        "",
        {"power": 300, "current": 6, "state_of_charge": 55.5},
        {"power": -300, "current": -6, "battery_soc": 55.5},
    ),
    "its flow of power": (
        "solaredge/powerflow",
        "",
        {
            "pv_production": 900,
            "grid": {"power": 100, "delivery": 100},
            "battery": {"power": -50, "charge": 0},
            "consumer": {"house": 850, "total": 850},
        },
        {"power@pv": 900, "power@grid": -100, "power@battery": 50, "power@home": 850},
    ),
    "EC3000": (
        "EC3000/4711",
        "",
        {"Consumption": 4.905, "Power": 31.5, "IsOn": 1, "RSSI": -71.0, "CRC": "0x1", "NumberOfResets": 2},
        {"energy_import": 4.905, "power": 31.5, "switch": "on", "signal": -71, "x_resets": 2},
    ),
    "its talk to itself": ("EC3000", "/debug", "IsOn=No but Power>0", {}),
    "SBFspot": (
        "sbfspot/plant/1",
        "",
        {"PACTot": 1500, "ETotal": 900.5, "EToday": 3.5, "InvSerial": 5, "GridFreq": 60.01},
        {"power": 1500, "energy_export": 900.5, "x_energy_today": 3.5, "frequency": 60.01},
    ),
    "Domoticz, a meter": (
        "domoticz/out",
        "",
        {
            "idx": 7,
            "nvalue": 0,
            "dtype": "General",
            "stype": "kWh",
            "svalue1": "120.5",
            "svalue2": "4500",
            "Battery": 255,
        },
        {"power@7": 120.5, "energy_import@7": 4.5},
    ),
    "Domoticz, a sensor": (
        "domoticz/out/9",
        "",
        {"idx": 9, "dtype": "Temp + Humidity", "svalue1": "21.5", "svalue2": "40", "Battery": 80},
        {"temperature": 21.5, "humidity": 40, "battery": 80},
    ),
    "Domoticz, a switch": (
        "domoticz/out/9",
        "",
        {"idx": 9, "dtype": "Light/Switch", "nvalue": 1},
        {"switch": "on"},
    ),
    "Domoticz, as it comes in": (
        "domoticz/in",
        "",
        {"idx": 4, "nvalue": 0, "svalue": "77;5", "Battery": 64},
        {"x_value@4": 77, "x_value_2@4": 5, "battery@4": 64},
    ),
    "the bridge is there": (f"{SE}/inverter", "/status", "online", {"online": "online"}),
}


@pytest.mark.parametrize(("root", "topic", "payload", "expected"), MESSAGES.values(), ids=MESSAGES.keys())
def test_a_message_says(root: str, topic: str, payload: Any, expected: dict[str, Any]) -> None:
    assert said("bridges", root, root + topic, payload) == expected


def test_the_status_of_a_bridge_goes_with_its_devices() -> None:
    assert said("bridges", f"{SE}/inverter", "solaredge/status/modbus", "offline") == {"online": "offline"}
    assert bridges.suffix("EC3000/1", "solaredge/status/modbus") is None


def test_a_bridge_under_another_name_is_told_by_an_option() -> None:
    with pytest.raises(BadPayload, match=r"options\.bridge may name it"):
        said("bridges", "roof/inverter", "roof/inverter/PAC", "5")
    options = {"bridge": "fronius"}
    assert said("bridges", "roof/inverter", "roof/inverter/PAC", "5", options=options) == {"power": 5}


def test_a_plug_in_meter_on_the_roof_counts_what_it_produces() -> None:
    found = said("bridges", "EC3000/1", "EC3000/1", {"Consumption": 5}, kind="solar")
    assert found == {"energy_export": 5}


def test_a_timestamp_is_the_time() -> None:
    (one,) = decode("bridges", "fronius/a", "fronius/a", {"PAC": 5, "Timestamp": "2026-05-04T15:30:00+00:00"})
    assert one.at == datetime(2026, 5, 4, 15, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("root", "topic", "payload", "reason"),
    [
        ("fronius/a", "fronius/a/PAC", "much", "'much' is not what is sent there"),
        ("EC3000/1", "EC3000/1", "7", "a JSON object was expected"),
        ("EC3000/1", "EC3000/1", '{"hello": 1}', "none of the keys"),
        ("domoticz/out", "domoticz/out", '{"nvalue": 1}', "idx is missing"),
        ("solaredge/powerflow", "solaredge/status/a", "maybe", "online or offline was expected"),
    ],
)
def test_a_message_is_refused_with_its_reason(root: str, topic: str, payload: str, reason: str) -> None:
    with pytest.raises(BadPayload, match=reason):
        said("bridges", root, topic, payload)


@given(
    st.sampled_from(
        ["fronius|PAC", "ec3000|", "inverter|", "domoticz|", "domoticz all|", "|x", "meter|status"]
    ),
    st.text(max_size=30),
)
def test_any_payload_is_read_or_refused(suffix: str, payload: str) -> None:
    try:
        found = formats()["bridges"].decode(suffix, payload.encode("utf-8", "replace"), Source(CAMPUS))
    except BadPayload:
        return
    assert_storable(found)


@given(st.floats(0, 1e9))
def test_registers_of_fronius_are_wh(wh: float) -> None:
    assert said("bridges", "fronius/a", "fronius/a/TOTAL_ENERGY", str(wh)) == {"energy_export": wh / 1000}
