"""openWB 1.9 and 2: charge points, meters, plants and batteries, alone or as one device."""

from __future__ import annotations

from typing import Any

import pytest

from devices.formats import openwb
from devices.formats._charging import LARGEST_KWH
from devices.readings import BadPayload, Source
from tests.devices.formats.decoding import CAMPUS, heard, said

LP = "house/openWB/lp/2"
OF_VERSION_1: dict[str, tuple[str, dict[str, Any]]] = {
    "W": ("7421", {"power": 7421}),
    "APhase1": ("15.93", {"current@l1": 15.93}),
    "VPhase3": ("229.8", {"voltage@l3": 229.8}),
    "PfPhase2": ("0.99", {"power_factor@l2": 0.99}),
    "kWhCounter": ("1834.25", {"energy_import": 1834.25}),
    "kWhActualCharged": ("3.25", {"session_energy": 3.25}),
    "kWhChargedSincePlugged": ("9.75", {"x_session_energy_plugged": 9.75}),
    "kWhDailyCharged": ("12", {"x_energy_today": 12}),
    "%Soc": ("58", {"vehicle_soc": 58}),
    "%Soc ": ("0", {}),
    "boolPlugStat": ("0", {"x_connected": "false", "charger_status": "available"}),
    "boolPlugStat ": ("1", {"x_connected": "true", "charger_status": "connected"}),
    "boolChargeStat": ("1", {"x_charging": "true", "charger_status": "charging"}),
    "boolChargeStat ": ("0", {"x_charging": "false"}),
    "ChargePointEnabled": ("1", {"x_enabled": "true"}),
    "AConfigured": ("13", {"charge_limit": 13}),
    "countPhasesInUse": ("3", {"x_phases_active": 3}),
    "lastRfId": ("0012873645", {"x_rfid_last": "0012873645"}),
    "strChargePointName": ("Bay 2", {}),
    "boolSocConfigured": ("1", {}),
    "faultStr": ("Kein Fehler", {"x_fault_str": "Kein Fehler"}),
    "kmCharged": ("21", {"x_km_charged": 21}),
    "W ": ("", {}),
}


@pytest.mark.parametrize(("key", "payload", "expected"), [(k, *v) for k, v in OF_VERSION_1.items()])
def test_a_charge_point_of_version_1_says(key: str, payload: str, expected: dict[str, Any]) -> None:
    assert said("openwb", LP, f"{LP}/{key.strip()}", payload, kind="charger") == expected


POINT = "openWB/chargepoint/31"
OF_VERSION_2: dict[str, tuple[Any, dict[str, Any]]] = {
    "get/power": (11034.5, {"power": 11034.5}),
    "get/currents": ([15.9, 16, None], {"current@l1": 15.9, "current@l2": 16}),
    "get/voltages": ([], {}),
    "get/powers": ([3500, 3600, 3700], {"power@l1": 3500, "power@l2": 3600, "power@l3": 3700}),
    "get/power_factors": (
        [0.5, -0.5, 1],
        {"power_factor@l1": 0.5, "power_factor@l2": -0.5, "power_factor@l3": 1},
    ),
    "get/frequency": (60.01, {"frequency": 60.01}),
    "get/imported": (552233.5, {"energy_import": 552.2335}),
    "get/exported": (0, {"energy_export": 0}),
    "get/daily_imported": (12500, {"x_energy_today": 12.5}),
    "get/plug_state": (False, {"x_connected": "false", "charger_status": "available"}),
    "get/charge_state": (True, {"x_charging": "true", "charger_status": "charging"}),
    "get/phases_in_use": (1, {"x_phases_active": 1}),
    "get/evse_current": (1600, {"charge_limit": 16}),
    "get/evse_current ": (16, {"charge_limit": 16}),
    "get/rfid": ("0815", {"x_rfid": "0815"}),
    "get/rfid ": (None, {}),
    "get/state_str": ("Lädt", {"x_state": "Lädt"}),
    "get/fault_state": (0, {"x_fault_state": 0}),
    "get/connected_vehicle/soc": (
        {"soc": 66, "range": 210, "timestamp": "01/02/2026, 15:29:12", "fault_str": ""},
        {"vehicle_soc": 66, "x_vehicle_range": 210},
    ),
    "get/connected_vehicle/info": ({"id": 3, "name": "Van of the hub"}, {"vehicle": "Van of the hub"}),
    "get/connected_vehicle/config": (
        {"charge_template": 2, "chargemode": "pv_charging"},
        {"x_mode": "pv_charging"},
    ),
    "set/log": (
        {"imported_at_plugtime": 540000, "imported_since_plugged": 12233.5},
        {"session_energy": 12.2335},
    ),
    "get/something_new": (4, {"x_something_new": 4}),
    "config": ({"name": "Bay", "id": 31}, {}),
    "set/current": (16, {}),
    "get/power ": (None, {}),
}


@pytest.mark.parametrize(("key", "payload", "expected"), [(k, *v) for k, v in OF_VERSION_2.items()])
def test_a_charge_point_of_version_2_says(key: str, payload: Any, expected: dict[str, Any]) -> None:
    wire = f'"{payload}"' if isinstance(payload, str) else payload
    assert said("openwb", POINT, f"{POINT}/{key.strip()}", wire, kind="charger") == expected


PARTS: list[tuple[str, str, Any, str, dict[str, Any]]] = [
    ("openWB/evu", "W", "-2150", "meter", {"power": -2150}),
    ("openWB/evu", "WhImported", "5000000", "meter", {"energy_import": 5000}),
    ("openWB/evu", "WPhase2", "-700", "meter", {"power@l2": -700}),
    ("openWB/pv", "W", "-4200", "solar", {"power": 4200}),
    ("openWB/pv", "WhCounter", "812000", "solar", {"energy_export": 812}),
    ("openWB/pv", "2/W", "-1500", "solar", {"power@2": 1500}),
    ("openWB/housebattery", "W", "900", "battery", {"power": -900}),
    ("openWB/housebattery", "%Soc", "77", "battery", {"battery_soc": 77}),
    ("openWB/counter/8", "get/power", 350.5, "meter", {"power": 350.5}),
    ("openWB/counter/8", "get/exported", 1500, "meter", {"energy_export": 1.5}),
    ("openWB/pv/4", "get/power", -3100, "solar", {"power": 3100}),
    ("openWB/pv/4", "get/exported", 900000, "solar", {"energy_export": 900}),
    ("openWB/bat/6", "get/power", -1200, "battery", {"power": 1200}),
    ("openWB/bat/6", "get/soc", 31, "battery", {"battery_soc": 31}),
    ("openWB/bat/6", "get/imported", 5500, "battery", {"energy_import": 5.5}),
]


@pytest.mark.parametrize(("root", "topic", "payload", "kind", "expected"), PARTS)
def test_a_part_of_the_house_says(
    root: str, topic: str, payload: Any, kind: str, expected: dict[str, Any]
) -> None:
    assert said("openwb", root, f"{root}/{topic}", payload, kind=kind) == expected


WHOLE: list[tuple[str, Any, dict[str, Any], dict[str, Any]]] = [
    ("evu/W", "5", {"kind": "other"}, {"power@grid": 5}),
    ("evu/W", "5", {"kind": "meter"}, {"power": 5}),
    ("pv/W", "-5", {"kind": "other"}, {"power@pv": 5}),
    ("pv/get/power", -5, {"kind": "solar"}, {"power": 5}),
    ("pv/3/get/power", -5, {"kind": "solar"}, {"power@3": 5}),
    ("pv/3/get/power", -5, {"kind": "meter"}, {"power@pv3": 5}),
    ("bat/2/get/soc", 40, {"kind": "other"}, {"battery_soc@battery2": 40}),
    ("counter/0/get/power", 5, {"kind": "meter"}, {"power@counter0": 5}),
    ("counter/get/power", 5, {"kind": "meter"}, {}),
    ("chargepoint/get/power", 5, {"kind": "charger"}, {}),
    ("chargepoint/31/get/power", 5, {"kind": "charger"}, {"power@31": 5}),
    ("chargepoint/31/get/power", 5, {"kind": "charger", "options": {"loadpoint": 31}}, {"power": 5}),
    ("chargepoint/31/get/power", 5, {"kind": "meter"}, {"power@lp31": 5}),
    ("lp/1/W", "5", {"kind": "charger"}, {"power": 5}),
    ("lp/2/APhase1", "5", {"kind": "charger"}, {"current@2_l1": 5}),
    ("global/WHouseConsumption", "640", {"kind": "other"}, {"power@home": 640}),
    ("global/ChargeMode", "1", {"kind": "other"}, {}),
    ("simpleAPI/chargepoint/31/power", "5", {"kind": "other"}, {}),
    ("chargepoint/template/0", "not json", {"kind": "other"}, {}),
    ("system/version", '"2.2.0"', {"kind": "other"}, {"x_firmware": "2.2.0"}),
    ("graph/alllivevaluesJson", "1,2,3", {"kind": "other"}, {}),
]


@pytest.mark.parametrize(("topic", "payload", "device", "expected"), WHOLE)
def test_from_the_bare_root_the_parts_are_channels(
    topic: str, payload: Any, device: dict[str, Any], expected: dict[str, Any]
) -> None:
    assert said("openwb", "openWB", f"openWB/{topic}", payload, **device) == expected


def test_what_others_write_counts_until_openwb_speaks_itself() -> None:
    for by in ("set", "mqtt"):
        copy = f"openWB/{by}/chargepoint/31/get/power"
        assert said("openwb", POINT, copy, 5) == {"power": 5}
        assert openwb.suffix("openWB/lp/3", copy) is None
    messages = [
        ("set/chargepoint/3/get/power", 5),
        ("chargepoint/3/get/power", 6),
        ("set/chargepoint/3/get/power", 7),
    ]
    assert heard("openwb", "openWB", messages, kind="charger") == [{"power@3": 5}, {"power@3": 6}, {}]


def test_what_is_remembered_of_charge_points_is_bounded() -> None:
    source = Source(CAMPUS, "charger")
    for number in range(1000):
        openwb.decode(f"chargepoint/{number}/get/power", b"5", source)
        openwb.decode(f"chargepoint/{number}/get/plug_state", b"true", source)
    assert len(source.memory) <= 100


def test_the_status_follows_from_both_facts_in_any_order() -> None:
    plugged, charging = ("get/plug_state", True), ("get/charge_state", True)
    stopped, gone = ("get/charge_state", False), ("get/plug_state", False)
    messages = [plugged, charging, plugged, stopped, gone]
    words = [one["charger_status"] for one in heard("openwb", POINT, messages)]
    assert words == ["connected", "charging", "charging", "connected", "available"]


def test_the_counter_of_version_1_is_kwh_unless_it_is_too_large_or_settled() -> None:
    def counter(value: str, **options: Any) -> float | str:
        return said("openwb", LP, f"{LP}/kWhCounter", value, options=options)["energy_import"]

    assert counter("512.5") == 512.5
    assert counter(str(LARGEST_KWH * 2)) == LARGEST_KWH / 500
    assert counter("512500", total_unit="Wh") == 512.5
    assert counter("200000", total_unit="kWh") == 200_000


def test_a_large_meter_of_version_2_stays_as_large_as_it_is() -> None:
    root = "openWB/counter/8"
    assert said("openwb", root, f"{root}/get/imported", 2.5e8, kind="meter") == {"energy_import": 250_000}


@pytest.mark.parametrize(
    ("root", "topic", "payload", "reason"),
    [
        (LP, f"{LP}/W", "fast", "W: 'fast' is not what is sent there"),
        (LP, f"{LP}/boolPlugStat", "5", "boolPlugStat"),
        (POINT, f"{POINT}/get/power", '"fast"', "power: 'fast' is not what is sent there"),
        (POINT, f"{POINT}/get/currents", "16", "currents: '16' is not what is sent there"),
        (POINT, f"{POINT}/get/currents", "[16,", "not JSON"),
        (POINT, f"{POINT}/get/power", b"\xff", "not UTF-8"),
    ],
)
def test_a_message_is_refused_with_its_reason(root: str, topic: str, payload: Any, reason: str) -> None:
    with pytest.raises(BadPayload, match=reason):
        said("openwb", root, topic, payload)


def test_only_its_own_charge_point_is_a_devices() -> None:
    assert openwb.suffix(POINT, "openWB/chargepoint/3/get/power") is None
    assert openwb.suffix(POINT, "openWB/chargepoint/311/get/power") is None
    assert openwb.suffix("openWB", "openWBx/evu/W") is None
    assert openwb.suffix("openWB", "openWB") is None
