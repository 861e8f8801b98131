"""go-eCharger: API v2, one JSON value a topic, and API v1, all in one object of texts."""

from __future__ import annotations

from typing import Any

import pytest

from devices.formats import goe
from devices.readings import BadPayload
from tests.devices.formats.decoding import said

ROOT = "go-eCharger/240817"
KEYS: dict[str, tuple[str, dict[str, Any]]] = {
    "car": ("2", {"charger_status": "charging"}),
    "wh": ("4321.5", {"session_energy": 4.3215}),
    "eto": ("987654", {"energy_import": 987.654}),
    "etop": ("987600", {}),
    "acu": ("13", {"charge_limit": 13}),
    "amp": ("16", {"x_current_requested": 16}),
    "alw": ("false", {"x_enabled": "false"}),
    "fhz": ("60.02", {"frequency": 60.02}),
    "fhz ": ("0", {}),
    "tma": ("[31.5,33.25]", {"temperature@1": 31.5, "temperature@2": 33.25}),
    "tma ": ("[30]", {"temperature": 30}),
    "tpa": ("7210.5", {"x_power_average": 7210.5}),
    "cdi": ('{"type":1,"value":90000}', {"x_charge_duration": 90}),
    "cdi ": ('{"type":0,"value":90000}', {}),
    "rbt": ("3600000", {"x_uptime": 3600}),
    "rssi": ("-67", {"signal": -67}),
    "mcc": ("true", {"online": "online"}),
    "mcc ": ("false", {"online": "offline"}),
    "fwv": ('"56.8"', {"x_firmware": "56.8"}),
    "err": ("3", {"x_error": 3}),
    "lri": ('"00000001"', {"x_rfid_last": "00000001"}),
    "trx": ("null", {}),
    "cbl": ("20", {"x_cable_limit": 20}),
    "newKey": ("5", {"x_new_key": 5}),
    "newWord": ('"eco"', {"x_new_word": "eco"}),
    "utc": ('"2026-05-04T10:00:00"', {}),
    "wifis": ('[{"ssid":"hub","key":"secret"}]', {}),
    "c0n": ('"Ana"', {}),
    "cards": ('[{"name":"Ana","energy":5}]', {}),
    "pha": ("[true,true,true,false,false,false]", {}),
    "": ("1", {}),
    "amp/set": ("6", {}),
    "amp/result": ("success", {}),
    "cmd-req": ("amp=16", {}),
}


@pytest.mark.parametrize(("key", "payload", "expected"), [(k, *v) for k, v in KEYS.items()])
def test_a_key_says(key: str, payload: str, expected: dict[str, Any]) -> None:
    assert said("goe", ROOT, f"{ROOT}/{key.strip()}", payload) == expected


@pytest.mark.parametrize(
    ("car", "status"),
    [
        (0, "faulted"),
        (1, "available"),
        (2, "charging"),
        (3, "connected"),
        (4, "connected"),
        (5, "faulted"),
        (6, "unavailable"),
    ],
)
def test_the_car_has_the_same_states_in_both_versions(car: int, status: str) -> None:
    assert said("goe", ROOT, f"{ROOT}/car", car) == {"charger_status": status}
    assert said("goe", ROOT, f"{ROOT}/status", {"car": str(car)}) == {"charger_status": status}


def test_the_energy_array_is_read_by_position() -> None:
    nrg = [231, 232, 233, 2, 16.1, 16.2, 16.3, 3719, 3758, 3797, 0, 11274, 99, 98, 97, 0]
    values = said("goe", ROOT, f"{ROOT}/nrg", nrg)
    assert {name: values[f"voltage@{name}"] for name in ("l1", "l2", "l3", "n")} == {
        "l1": 231,
        "l2": 232,
        "l3": 233,
        "n": 2,
    }
    assert (values["current@l1"], values["current@l3"]) == (16.1, 16.3)
    assert (values["power@l2"], values["power@n"], values["power"]) == (3758, 0, 11274)
    assert values["power_factor@l2"] == 0.98
    assert said("goe", ROOT, f"{ROOT}/nrg", nrg[:5]).keys() == {
        *(f"voltage@{line}" for line in ("l1", "l2", "l3", "n")),
        "current@l1",
    }


def test_the_old_status_has_other_units_under_the_same_keys() -> None:
    status = {
        "version": "B",
        "car": "2",
        "amp": "14",
        "alw": "1",
        "tmp": "29",
        "dws": "180000",
        "eto": "12345",
        "nrg": [230, 0, 0, 1, 139, 0, 0, 32, 0, 0, 0, 319, 100, 0, 0, 0],
        "wke": "secret",
        "rna": "Ana",
        "rca": "12ab34cd",
        "eca": "55",
    }
    values = said("goe", ROOT, f"{ROOT}/status", status)
    assert values["charger_status"] == "charging"
    assert values["charge_limit"] == 14
    assert values["x_enabled"] == "true"
    assert values["temperature"] == 29
    assert values["session_energy"] == 0.5
    assert values["energy_import"] == 1234.5
    assert (values["current@l1"], values["power@l1"], values["power"]) == (13.9, 3200, 3190)
    assert values["power_factor@l1"] == 1
    assert not {"secret", "Ana", "12ab34cd"} & set(values.values())
    assert not any(name.startswith(("x_rn", "x_rc", "x_ec", "x_wke")) for name in values)


def test_the_slash_of_old_firmware_does_not_matter() -> None:
    for root in (ROOT, f"/{ROOT}", f"{ROOT}/"):
        assert goe.suffix(root, f"/{ROOT}/eto") == "eto"
        assert goe.suffix(root, f"{ROOT}/eto") == "eto"
        assert goe.suffix(root, "go-eCharger/2408170/eto") is None


@pytest.mark.parametrize(
    ("key", "payload", "reason"),
    [
        ("eto", "much", "not JSON"),
        ("eto", '"much"', "eto: 'much' is not what is sent there"),
        ("car", "[2", "not JSON"),
        ("nrg", "7", "nrg: '7' is not what is sent there"),
        ("status", "[1]", "a JSON object was expected, not an array"),
        ("status", {"fwv": "033"}, "no status of a go-eCharger"),
        ("alw", b"\xff", "not JSON"),
    ],
)
def test_a_message_is_refused_with_its_reason(key: str, payload: Any, reason: str) -> None:
    with pytest.raises(BadPayload, match=reason.replace("[", r"\[")):
        said("goe", ROOT, f"{ROOT}/{key}", payload)


def test_a_word_that_the_vocabulary_has_not_is_kept_as_it_is() -> None:
    assert said("goe", ROOT, f"{ROOT}/mcc", '"maybe"') == {"x_online": "maybe"}
