"""evcc: topics and what they say, for each kind of device that stands for a part of a site."""

from __future__ import annotations

from itertools import groupby, permutations
from typing import Any

import pytest

from devices.formats import evcc
from devices.formats._charging import LARGEST_KWH
from devices.readings import BadPayload, Source
from tests.devices.formats.decoding import CAMPUS, said

LOADPOINT: dict[str, tuple[str, dict[str, Any]]] = {
    "chargePower": ("7360", {"power": 7360}),
    "chargeCurrents/l2": ("15.9", {"current@l2": 15.9}),
    "chargeCurrents": ("47.7", {}),
    "chargeVoltages/l3": ("122.5", {"voltage@l3": 122.5}),
    "chargeCurrent": ("16", {"charge_limit": 16}),
    "offeredCurrent": ("6", {"charge_limit": 6}),
    "chargedEnergy": ("1500.5", {"session_energy": 1.5005}),
    "sessionEnergy": ("0", {"session_energy": 0}),
    "vehicleSoc": ("61", {"vehicle_soc": 61}),
    "vehicleTitle": ("Leaf 2024", {"vehicle": "Leaf 2024"}),
    "vehicleName": ("2024", {"vehicle": "2024"}),
    "vehicleRange": ("204", {"x_vehicle_range": 204}),
    "connected": ("false", {"charger_status": "available", "x_connected": "false"}),
    "charging": ("true", {"charger_status": "charging", "x_charging": "true"}),
    "charging ": ("false", {"x_charging": "false"}),
    "enabled": ("false", {"x_enabled": "false"}),
    "activePhases": ("3", {"x_phases_active": 3}),
    "phasesActive": ("1", {"x_phases_active": 1}),
    "mode": ("pv", {"x_mode": "pv"}),
    "chargeDuration": ("5400", {"x_charge_duration": 5400}),
    "planActive": ("true", {"x_plan_active": "true"}),
    "plan": ('[{"start":"2026-05-04T03:00:00Z","value":0.1}]', {}),
    "plan/1/value": ("0.1", {}),
    "title": ("Bay 3", {}),
    "chargeRemainingEnergy": ("NaN", {}),
    "vehicleSoc/set": ("80", {}),
    "mode/set": ("now", {}),
    "limitSoc/set": ("none", {}),
}


@pytest.mark.parametrize(("key", "payload", "expected"), [(k, *v) for k, v in LOADPOINT.items()])
def test_a_load_point_says(key: str, payload: str, expected: dict[str, Any]) -> None:
    root = "hub/evcc/loadpoints/2"
    assert said("evcc", root, f"{root}/{key.strip()}", payload, kind="charger") == expected


@pytest.mark.parametrize("nothing", ["", "NaN", "+Inf", "-Inf", "null", "<nil>", "none"])
def test_what_is_no_value_is_dropped_and_never_0(nothing: str) -> None:
    for key in ("chargePower", "connected", "vehicleTitle", "somethingNew"):
        assert said("evcc", "evcc/loadpoints/1", f"evcc/loadpoints/1/{key}", nothing, kind="charger") == {}


SITE: dict[str, tuple[str, dict[str, Any]]] = {
    "gridPower": ("-350", {"power@grid": -350}),
    "grid/power": ("1200", {"power@grid": 1200}),
    "grid/energy": ("8123.4", {"energy_import@grid": 8123.4}),
    "grid/currents/l1": ("5.5", {"current@grid_l1": 5.5}),
    "grid/currents": ("12", {}),
    "pvPower": ("4100", {"power@pv": 4100}),
    "pv/1/power": ("2100", {"power@pv1": 2100}),
    "pv/2/energy": ("310.5", {"energy_export@pv2": 310.5}),
    "pv": ("2", {}),
    "batteryPower": ("-900", {"power@battery": -900}),
    "battery/devices/1/power": ("250", {"power@battery1": 250}),
    "batterySoc": ("55", {"battery_soc": 55}),
    "battery/soc": ("56", {"battery_soc": 56}),
    "battery/2/soc": ("57", {"battery_soc@2": 57}),
    "homePower": ("640", {"power@home": 640}),
    "greenShareHome": ("0.75", {"x_green_share_home": 0.75}),
    "tariffGrid": ("0.19", {"x_tariff_grid": 0.19}),
    "siteTitle": ("Hub", {}),
    "forecast/solar/1/value": ("3", {}),
    "batteryGridChargeLimit/set": ("none", {}),
}


@pytest.mark.parametrize(("key", "payload", "expected"), [(k, *v) for k, v in SITE.items()])
def test_the_site_says_it_by_part(key: str, payload: str, expected: dict[str, Any]) -> None:
    for root in ("evcc", "evcc/site"):
        assert said("evcc", root, f"evcc/site/{key}", payload, kind="other") == expected


@pytest.mark.parametrize(
    ("kind", "role", "own"),
    [
        ("solar", None, "pv"),
        ("battery", None, "battery"),
        ("meter", None, "grid"),
        ("meter", "grid", "grid"),
        ("meter", "load", "home"),
        ("meter", "solar", "pv"),
        ("charger", None, None),
    ],
)
def test_the_part_that_a_device_stands_for_has_no_channel(
    kind: str, role: str | None, own: str | None
) -> None:
    for part in ("grid", "pv", "battery", "home"):
        expected = {"power" if part == own else f"power@{part}": 5.0}
        assert said("evcc", "evcc", f"evcc/site/{part}Power", "5", kind=kind, role=role) == expected
    assert said("evcc", "evcc", "evcc/site/pv/2/power", "5", kind="solar") == {"power@2": 5}


def test_from_the_bare_root_a_charger_is_one_load_point_and_a_meter_none() -> None:
    def power(number: int, **device: Any) -> dict[str, Any]:
        return said("evcc", "a/evcc/", f"a/evcc/loadpoints/{number}/chargePower", "9", **device)

    assert power(1, kind="charger") == {"power": 9}
    assert power(2, kind="charger") == {"power@2": 9}
    assert power(2, kind="charger", options={"loadpoint": 2}) == {"power": 9}
    assert power(1, kind="meter") == {"power@lp1": 9}
    line = said("evcc", "a/evcc", "a/evcc/loadpoints/2/chargeCurrents/l1", "9", kind="charger")
    assert line == {"current@2_l1": 9}


def test_status_counts_for_every_root_and_others_topics_do_not() -> None:
    for root in ("evcc", "evcc/site", "evcc/loadpoints/3", "evcc/vehicles/golf"):
        assert said("evcc", root, "evcc/status", "offline") == {"online": "offline"}
        assert said("evcc", root, "evcc/updated", "1777900000") == {}
        assert evcc.suffix(root, "other/status") is None
    assert evcc.suffix("evcc/loadpoints/1", "evcc/loadpoints/10/mode") is None
    assert evcc.suffix("evcc/site", "evcc/loadpoints/1/mode") is None
    assert said("evcc", "evcc", "evcc/loadpoints", "2", kind="charger") == {}
    assert said("evcc", "evcc/vehicles/golf", "evcc/vehicles/golf/minSoc", "20") == {"x_min_soc": 20}


def test_the_lifetime_register_is_kwh_unless_it_is_too_large_or_settled() -> None:
    def register(value: str, **options: Any) -> float | str:
        root = "evcc/loadpoints/1"
        return said("evcc", root, f"{root}/chargeTotalImport", value, kind="charger", options=options)[
            "energy_import"
        ]

    assert register("4321.5") == 4321.5
    assert register(str(LARGEST_KWH + 1)) == (LARGEST_KWH + 1) / 1000
    assert register("26121", total_unit="Wh") == 26.121
    assert register("260000", total_unit="kWh") == 260_000


STATUSES = [("false", "false", "available"), ("true", "false", "connected"), ("true", "true", "charging")]


@pytest.mark.parametrize(("connected", "charging", "status"), STATUSES)
def test_retained_values_in_any_order_end_with_the_right_status(
    connected: str, charging: str, status: str
) -> None:
    for order in permutations([("connected", connected), ("charging", charging), ("enabled", "true")]):
        assert statuses(list(order))[-1] == status


def test_cycle_after_cycle_the_status_does_not_flicker() -> None:
    cycles = [
        [("connected", one), ("charging", other)] for one, other, _ in (*STATUSES, STATUSES[1], STATUSES[0])
    ]
    said = statuses([message for cycle in cycles for message in (*cycle, *cycle)])
    assert [status for status, _ in groupby(said)] == [
        "available",
        "connected",
        "charging",
        "connected",
        "available",
    ]


def test_where_only_changes_are_said_the_status_follows_them() -> None:
    changes = [("connected", "true"), ("charging", "true"), ("charging", "false"), ("connected", "false")]
    assert statuses(changes) == ["connected", "charging", "connected", "available"]


def test_without_a_memory_charging_false_claims_nothing() -> None:
    assert statuses([("charging", "false")]) == []


def statuses(messages: list[tuple[str, str]]) -> list[object]:
    """What is said of a charger's status by some messages, one after the other."""
    source = Source(CAMPUS, "charger")
    decoded = [evcc.decode(f"loadpoint/{key}", payload.encode(), source) for key, payload in messages]
    return [one.value for found in decoded for one in found if one.metric == "charger_status"]


@pytest.mark.parametrize(
    ("topic", "payload", "reason"),
    [
        ("evcc/loadpoints/1/chargePower", "much", "chargePower: 'much' is not what evcc sends there"),
        ("evcc/loadpoints/1/chargePower", "[1,2]", "is not what evcc sends there"),
        ("evcc/loadpoints/1/chargePower", "true", "is not what evcc sends there"),
        ("evcc/loadpoints/1/charging", "5", "is not what evcc sends there"),
        ("evcc/site/gridPower", b"\xff\xfe", "not UTF-8"),
        ("evcc/status", "asleep", "online or offline was expected"),
    ],
)
def test_a_message_is_refused_with_its_reason(topic: str, payload: Any, reason: str) -> None:
    with pytest.raises(BadPayload, match=reason.replace("[", r"\[")):
        said("evcc", "evcc", topic, payload, kind="charger")
