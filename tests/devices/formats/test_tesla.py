"""Tesla Wall Connector: the bodies of Gen 3, and TWCManager's topics for Gen 2."""

from __future__ import annotations

from typing import Any

import pytest

from devices.formats import tesla
from devices.readings import BadPayload
from tests.devices.formats.decoding import said

ROOT = "hub/twc/east"
VITALS: dict[str, Any] = {
    "contactor_closed": True,
    "vehicle_connected": True,
    "session_s": 720,
    "grid_v": 239.5,
    "grid_hz": 60.02,
    "vehicle_current_a": 31.5,
    "currentA_a": 31.5,
    "currentN_a": 0.2,
    "voltageA_v": 120.5,
    "voltageB_v": 119.0,
    "pcba_temp_c": 41.5,
    "handle_temp_c": 30.5,
    "mcu_temp_c": 47.25,
    "uptime_s": 90000,
    "prox_v": 1.5,
    "session_energy_wh": 1480.5,
    "config_status": 5,
    "evse_state": 11,
    "current_alerts": [],
    "evse_not_ready_reasons": [1],
}


def test_the_vitals_say() -> None:
    assert said("tesla", ROOT, f"{ROOT}/vitals", VITALS) == {
        "x_connected": "true",
        "x_charging": "true",
        "charger_status": "charging",
        "session_energy": 1.4805,
        "x_charge_duration": 720,
        "voltage": 239.5,
        "frequency": 60.02,
        "current": 31.5,
        "current@l1": 31.5,
        "current@n": 0.2,
        "voltage@l1": 120.5,
        "voltage@l2": 119,
        "temperature@pcba": 41.5,
        "temperature@handle": 30.5,
        "temperature@mcu": 47.25,
        "x_uptime": 90000,
        "x_prox_v": 1.5,
        "x_evse_state": 11,
    }


@pytest.mark.parametrize(
    ("connected", "closed", "status"),
    [(False, False, "available"), (True, False, "connected"), (True, True, "charging")],
)
def test_the_status_follows_from_car_and_contactor(connected: bool, closed: bool, status: str) -> None:
    body = {"contactor_closed": closed, "vehicle_connected": connected}
    assert said("tesla", ROOT, f"{ROOT}/vitals", body)["charger_status"] == status


def test_a_bare_nan_says_nothing_and_spoils_nothing() -> None:
    body = '{"note":"nan, \\" and inf","avg_startup_temp":nan,"a":-NaN,"b":Infinity,"energy_wh":640500}'
    assert said("tesla", ROOT, f"{ROOT}/lifetime", body) == {
        "x_note": 'nan, " and inf',
        "energy_import": 640.5,
    }


def test_a_body_is_known_by_what_is_in_it_too() -> None:
    assert said("tesla", ROOT, f"{ROOT}/stats", {"energy_wh": 5000}) == {"energy_import": 5}
    assert said("tesla", ROOT, f"{ROOT}/version", {"serial_number": "PGT1"}) == {}
    assert said("tesla", ROOT, f"{ROOT}/wifi_status", {"wifi_rssi": -61, "wifi_ssid": "aHVi"}) == {
        "signal": -61
    }


TWC: dict[str, tuple[str, dict[str, Any]]] = {
    "ampsInUse": ("11.75", {"current": 11.75}),
    "power": ("23.5", {"current": 23.5}),
    "ampsMax": ("40", {"charge_limit": 40}),
    "lifetimekWh": ("2719", {"energy_import": 2719}),
    "voltagePhaseA": ("121", {"voltage@l1": 121}),
    "voltagePhaseC": ("0", {"voltage@l3": 0}),
    "carsCharging": ("1", {"x_charging": "true"}),
    "state": ("1", {"charger_status": "charging"}),
    "state ": ("2", {"charger_status": "faulted"}),
    "state  ": ("4", {"charger_status": "connected"}),
    "state   ": ("15", {}),
    "currentVehicleVIN": ("5YJ3E1EA7KF000000", {"vehicle": "5YJ3E1EA7KF000000"}),
    "currentVehicleVIN ": ("", {}),
    "lastVehicleVIN": ("5YJ3E1EA7KF000000", {"x_vehicle_last": "5YJ3E1EA7KF000000"}),
    "newKey": ("3", {"x_new_key": 3}),
}


@pytest.mark.parametrize(("key", "payload", "expected"), [(k, *v) for k, v in TWC.items()])
def test_a_topic_of_twcmanager_says(key: str, payload: str, expected: dict[str, Any]) -> None:
    assert said("tesla", "TWC/9F2A", f"TWC/9F2A/{key.strip()}", payload) == expected


def test_all_chargers_of_twcmanager_are_channels_of_one_device() -> None:
    assert said("tesla", "TWC", "TWC/9F2A/ampsInUse", "9") == {"current@9F2A": 9}
    assert said("tesla", "TWC", "TWC/all/totalAmpsInUse", "18.5") == {"current@all": 18.5}
    assert said("tesla", "TWC", "TWC/config/minAmpsPerTWC", "6") == {}
    assert said("tesla", "TWC", "TWC/control/stop", "now") == {}
    assert tesla.suffix("TWC/9F2A", "TWC/9F2B/power") is None


@pytest.mark.parametrize(
    ("topic", "payload", "reason"),
    [
        (f"{ROOT}/vitals", "{nan", "not JSON"),
        (f"{ROOT}/ampsInUse", "many", "ampsInUse: 'many' is not what is sent there"),
        (f"{ROOT}/vitals", b"\xff", "not UTF-8"),
    ],
)
def test_a_message_is_refused_with_its_reason(topic: str, payload: Any, reason: str) -> None:
    with pytest.raises(BadPayload, match=reason):
        said("tesla", ROOT, topic, payload)


def test_quotes_without_an_end_take_no_time() -> None:
    with pytest.raises(BadPayload):
        said("tesla", ROOT, f"{ROOT}/vitals", b'{"' + b'\\"' * 200_000)
