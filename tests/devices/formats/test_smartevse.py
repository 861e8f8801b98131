"""SmartEVSE: one bare value a topic, currents in tenths of an ampere."""

from __future__ import annotations

from typing import Any

import pytest

from devices.formats import smartevse
from devices.readings import BadPayload
from tests.devices.formats.decoding import heard, said

ROOT = "SmartEVSE/7788"
TOPICS: dict[str, tuple[str, dict[str, Any]]] = {
    "connected": ("offline", {"online": "offline"}),
    "ChargeCurrent": ("135", {"charge_limit": 13.5}),
    "MaxCurrent": ("320", {"x_max_current": 32}),
    "MaxSumMains": ("75", {"x_max_sum_mains": 75}),
    "EVCurrentL1": ("159", {"current@l1": 15.9}),
    "EVCurrentL3": ("0", {"current@l3": 0}),
    "MainsCurrentL2": ("-42", {"current@mains_l2": -4.2}),
    "HomeBatteryCurrent": ("-105", {"current@battery": -10.5}),
    "EVChargePower": ("10950", {"power": 10950}),
    "EVChargePower ": ("-1", {}),
    "EVEnergyCharged": ("2500", {"session_energy": 2.5}),
    "EVTotalEnergyCharged": ("45678", {"energy_import": 45.678}),
    "EVImportActiveEnergy": ("45679", {"energy_import": 45.679}),
    "EVExportActiveEnergy": ("1", {"energy_export": 0.001}),
    "MainsImportActiveEnergy": ("9000000", {"energy_import@mains": 9000}),
    "MainsExportActiveEnergy": ("10", {"energy_export@mains": 0.01}),
    "EVPlugState": ("Disconnected", {"x_connected": "false"}),
    "Access": ("Deny", {"x_enabled": "false"}),
    "Access ": ("N/A", {}),
    "Mode": ("Solar", {"x_mode": "Solar"}),
    "Error": ("Temperature High", {"x_error": "Temperature High"}),
    "Error ": ("None", {"x_error": "none"}),
    "EVComputedSoC": ("64", {"vehicle_soc": 64}),
    "EVInitialSoC": ("-1", {}),
    "EVTimeUntilFull": ("-1", {}),
    "EVCCID": ("00A0B1C2D3E4", {"vehicle": "00A0B1C2D3E4"}),
    "EVCCID ": ("", {}),
    "ESPTemp": ("41", {"temperature": 41}),
    "ESPUptime": ("86400", {"x_uptime": 86400}),
    "WiFiRSSI": ("-71", {"signal": -71}),
    "WiFiSSID": ("hub", {}),
    "LEDColorSolar": ("255,170,0", {}),
    "RFIDLastRead": ("1234567890", {"x_rfid_last_read": "1234567890"}),
    "SolarStopTimer": ("120", {"x_solar_stop_timer": 120}),
    "Set/Mode": ("Normal", {}),
    "Set/EVMeter": ("100:100:100:6900:1234", {}),
}


@pytest.mark.parametrize(("key", "payload", "expected"), [(k, *v) for k, v in TOPICS.items()])
def test_a_topic_says(key: str, payload: str, expected: dict[str, Any]) -> None:
    assert said("smartevse", ROOT, f"{ROOT}/{key.strip()}", payload) == expected


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("Ready to Charge", {"charger_status": "available"}),
        ("Connected to EV", {"charger_status": "connected"}),
        ("Request State C", {"charger_status": "connected"}),
        ("Modem Denied", {"charger_status": "connected"}),
        ("Charging", {"charger_status": "charging"}),
        ("D", {"charger_status": "charging"}),
        ("Charging Stopped", {"charger_status": "suspended"}),
        ("NOSTATE", {}),
        ("Dancing", {"x_charger_status": "Dancing"}),
    ],
)
def test_the_state_has_a_word(state: str, expected: dict[str, Any]) -> None:
    assert said("smartevse", ROOT, f"{ROOT}/State", state) == expected


def test_a_register_on_two_topics_counts_once() -> None:
    messages = [
        ("EVImportActiveEnergy", "1000"),
        ("EVTotalEnergyCharged", "1001"),
        ("EVImportActiveEnergy", "1002"),
    ]
    assert heard("smartevse", ROOT, messages) == [{"energy_import": 1}, {"energy_import": 1.001}, {}]


def test_only_its_own_prefix_is_a_devices() -> None:
    assert smartevse.suffix("SmartEVSE-7788", "SmartEVSE-7788/State") == "State"
    assert smartevse.suffix(ROOT, "SmartEVSE/77880/State") is None
    assert said("smartevse", ROOT, ROOT, "x") == {}


@pytest.mark.parametrize(
    ("key", "payload", "reason"),
    [
        ("EVChargePower", "high", "EVChargePower: 'high' is not what is sent there"),
        ("EVCurrentL1", "{", "not JSON"),
        ("EVPlugState", "Perhaps", "EVPlugState"),
        ("Error", b"\xff", "not UTF-8"),
    ],
)
def test_a_message_is_refused_with_its_reason(key: str, payload: Any, reason: str) -> None:
    with pytest.raises(BadPayload, match=reason):
        said("smartevse", ROOT, f"{ROOT}/{key}", payload)
