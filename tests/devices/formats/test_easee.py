"""Easee through easee2MQTT: words as Python writes them, and a power whose unit has to be guessed."""

from __future__ import annotations

from typing import Any

import pytest

from devices.formats import easee
from devices.formats.easee import LARGEST_KW
from devices.readings import BadPayload
from tests.devices.formats.decoding import heard, said

ROOT = "easee2MQTT/EHX7K9Q2"
TOPICS: dict[str, tuple[str, dict[str, Any]]] = {
    "energy_consumption": ("2718.28", {"energy_import": 2718.28}),
    "current_session": ("0.0", {"session_energy": 0}),
    "previous_session": ("14.5", {"x_previous_session_energy": 14.5}),
    "voltage": ("236.1", {"voltage": 236.1}),
    "charging_current": ("25", {"charge_limit": 25}),
    "charging_enabled": ("True", {"x_enabled": "true"}),
    "smartcharging_enabled": ("False", {"x_smart_charging": "false"}),
    "cable_lock": ("True", {"x_cable_lock": "true"}),
    "charging": ("True", {"x_charging": "true", "charger_status": "charging"}),
    "charging ": ("False", {"x_charging": "false"}),
    "latest_pulse": ("2026-05-04 10:11:12", {}),
    "power": ("None", {}),
    "newKey": ("7", {"x_new_key": 7}),
    "cmnd/charging": ("true", {}),
}


@pytest.mark.parametrize(("key", "payload", "expected"), [(k, *v) for k, v in TOPICS.items()])
def test_a_topic_says(key: str, payload: str, expected: dict[str, Any]) -> None:
    assert said("easee", ROOT, f"{ROOT}/{key.strip()}", payload) == expected


@pytest.mark.parametrize(
    ("mode", "status"),
    [
        ("A", "available"),
        ("B", "connected"),
        ("C", "charging"),
        ("0", "unavailable"),
        ("1", "available"),
        ("2", "connected"),
        ("3", "charging"),
        ("4", "connected"),
        ("5", "faulted"),
    ],
)
def test_the_mode_is_a_letter_or_a_number(mode: str, status: str) -> None:
    assert said("easee", ROOT, f"{ROOT}/chargerOpMode", mode) == {"charger_status": status}


def test_power_is_kw_unless_it_is_too_large_or_settled() -> None:
    def power(value: str, **options: Any) -> float | str:
        return said("easee", ROOT, f"{ROOT}/power", value, options=options)["power"]

    assert power("11.04") == 11_040
    assert power("0.0") == 0
    assert power(str(LARGEST_KW + 0.5)) == LARGEST_KW + 0.5
    assert power("7360") == 7360
    assert power("30", power_unit="W") == 30
    assert power("60", power_unit="kW") == 60_000


def test_a_car_that_stops_charging_is_still_there() -> None:
    messages = [("charging", "True"), ("charging", "False")]
    assert [one.get("charger_status") for one in heard("easee", ROOT, messages)] == ["charging", "connected"]


def test_an_unknown_unit_is_refused() -> None:
    easee.check_options({"power_unit": "kW"})
    with pytest.raises(ValueError, match="power_unit"):
        easee.check_options({"power_unit": "MW"})


@pytest.mark.parametrize(
    ("key", "payload", "reason"),
    [
        ("power", "lots", "power: 'lots' is not what is sent there"),
        ("charging", "Perhaps", "charging"),
        ("voltage", b"\xff", "not UTF-8"),
    ],
)
def test_a_message_is_refused_with_its_reason(key: str, payload: Any, reason: str) -> None:
    with pytest.raises(BadPayload, match=reason):
        said("easee", ROOT, f"{ROOT}/{key}", payload)
