"""EVerest: the session, the meter and the limits of one charger or of all."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from devices.formats import everest
from devices.readings import BadPayload
from tests.devices.formats.decoding import decode, said

ROOT = "everest_api/bay_north"
VARIABLES: dict[str, tuple[Any, dict[str, Any]]] = {
    "session_info": (
        {
            "charged_energy_wh": 1250.5,
            "charging_duration_s": 600,
            "datetime": "2026-05-04T10:00:00.500Z",
            "discharged_energy_wh": 0,
            "latest_total_w": 7400.25,
            "state": "Charging",
            "active_permanent_faults": [],
            "active_enable_disable_source": {"source": "LocalAPI", "priority": 42},
        },
        {
            "charger_status": "charging",
            "session_energy": 1.2505,
            "x_session_energy_discharged": 0,
            "x_charge_duration": 600,
            "power": 7400.25,
        },
    ),
    "powermeter": (
        {
            "timestamp": "2026-05-04T10:00:01Z",
            "meter_id": "M1",
            "energy_Wh_import": {"total": 88000.5, "L1": 30000},
            "energy_Wh_export": {"total": 12},
            "power_W": {"total": 7400, "L2": 3700},
            "voltage_V": {"L1": 231.5, "L3": None},
            "current_A": {"L1": 16, "N": 0.5},
            "VAR": {"total": -120},
            "frequency_Hz": {"L1": 60.01, "L2": 60.01},
            "phase_seq_error": False,
        },
        {
            "energy_import": 88.0005,
            "energy_import@l1": 30,
            "energy_export": 0.012,
            "power": 7400,
            "power@l2": 3700,
            "voltage@l1": 231.5,
            "current@l1": 16,
            "current@n": 0.5,
            "reactive_power": -120,
            "frequency": 60.01,
        },
    ),
    "limits": (
        {"max_current": 20.5, "nr_of_phases_available": 3, "uuid": "bay_north"},
        {"charge_limit": 20.5, "x_phases_available": 3},
    ),
    "telemetry": (
        {"temperature": 38.5, "fan_rpm": 1200, "relais_on": True},
        {"temperature": 38.5, "x_fan_rpm": 1200, "x_relais_on": "true"},
    ),
    "ev_info": (
        {"soc": 62, "evcc_id": "02:AB", "battery_capacity": 70000},
        {"vehicle_soc": 62, "vehicle": "02:AB"},
    ),
    "hardware_capabilities": ({"max_current_A_import": 32}, {}),
    "datetime": ("2026-05-04T10:00:00Z", {}),
    "new_variable": ({"a": 1}, {}),
}


@pytest.mark.parametrize(("variable", "payload", "expected"), [(k, *v) for k, v in VARIABLES.items()])
def test_a_variable_says(variable: str, payload: Any, expected: dict[str, Any]) -> None:
    assert said("everest", ROOT, f"{ROOT}/var/{variable}", payload) == expected


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ("Unplugged", "available"),
        ("Disabled", "unavailable"),
        ("Preparing", "connected"),
        ("AuthRequired", "connected"),
        ("WaitingForEnergy", "suspended"),
        ("ChargingPausedEV", "suspended"),
        ("ChargingPausedEVSE", "suspended"),
        ("Finished", "connected"),
        ("Reserved", "unavailable"),
    ],
)
def test_the_state_has_a_word(state: str, status: str) -> None:
    assert said("everest", ROOT, f"{ROOT}/var/session_info", {"state": state}) == {"charger_status": status}


@pytest.mark.parametrize(
    "fault", [{"permanent_fault": True}, {"active_permanent_faults": [{"type": "evse/RCD"}]}]
)
def test_what_blocks_charging_is_a_fault_in_any_state(fault: dict[str, Any]) -> None:
    info = {"state": "Preparing", **fault}
    assert said("everest", ROOT, f"{ROOT}/var/session_info", info) == {"charger_status": "faulted"}


def test_readings_have_the_session_s_or_the_meter_s_time() -> None:
    (power,) = decode(
        "everest", ROOT, f"{ROOT}/var/session_info", {"datetime": "2026-05-04T10:00:00Z", "latest_total_w": 1}
    )
    assert power.at == datetime(2026, 5, 4, 10, tzinfo=UTC)
    meter = {"timestamp": 1777888800.5, "power_W": {"total": 1}}
    (power,) = decode("everest", ROOT, f"{ROOT}/var/powermeter", meter)
    assert power.at == datetime(2026, 5, 4, 10, 0, 0, 500_000, tzinfo=UTC)
    (power,) = decode(
        "everest", ROOT, f"{ROOT}/var/powermeter", {"timestamp": "soon", "power_W": {"total": 1}}
    )
    assert power.at is None


def test_the_whole_api_has_its_chargers_as_channels() -> None:
    limits = {"max_current": 6, "uuid": "x"}
    assert said("everest", "everest_api", "everest_api/bay_2/var/limits", limits) == {"charge_limit@bay_2": 6}
    assert said("everest", "everest_api", "everest_api/connectors", ["bay_2"]) == {}
    newer = "everest_api/1/evse_manager_consumer/bay_2"
    assert said("everest", newer, f"{newer}/e2m/limits", limits) == {"charge_limit": 6}


def test_commands_and_errors_are_no_readings() -> None:
    assert said("everest", ROOT, f"{ROOT}/cmd/set_limit_amps", "10") == {}
    assert said("everest", "everest_api", "everest_api/errors/var/active_errors", []) == {}
    assert everest.suffix(ROOT, "everest_api/bay_north2/var/limits") is None


def test_the_link_to_the_operator_is_no_charger_s_availability() -> None:
    topic = "everest_api/ocpp/var/connection_status"
    assert said("everest", "everest_api", topic, "disconnected") == {"x_ocpp_connection": "offline"}
    assert said("everest", "everest_api/ocpp", topic, "connected") == {"online": "online"}
    assert said("everest", "everest_api/ocpp", topic, "unknown") == {}


@pytest.mark.parametrize(
    ("variable", "payload", "reason"),
    [
        ("limits", "[1]", "limits: a JSON object was expected, not an array"),
        ("powermeter", "{", "not JSON"),
        ("session_info", '"Charging"', "a JSON object was expected, not a text"),
    ],
)
def test_a_message_is_refused_with_its_reason(variable: str, payload: str, reason: str) -> None:
    with pytest.raises(BadPayload, match=reason):
        said("everest", ROOT, f"{ROOT}/var/{variable}", payload)
