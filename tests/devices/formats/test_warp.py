"""WARP chargers: lists of values, what stands in them, and what the session has taken."""

from __future__ import annotations

from typing import Any

import pytest

from devices.formats import warp
from devices.readings import BadPayload
from tests.devices.formats.decoding import heard, said

ROOT = "warp3/Xk9"


@pytest.mark.parametrize(
    ("values", "status"),
    [
        ({"charger_state": 0, "iec61851_state": 0}, "available"),
        ({"charger_state": 1, "iec61851_state": 1}, "connected"),
        ({"charger_state": 2, "iec61851_state": 1}, "connected"),
        ({"charger_state": 3, "iec61851_state": 2}, "charging"),
        ({"charger_state": 4, "iec61851_state": 4}, "faulted"),
        ({"iec61851_state": 2}, "charging"),
    ],
)
def test_the_state_has_a_word(values: dict[str, Any], status: str) -> None:
    assert said("warp", ROOT, f"{ROOT}/evse/state", values)["charger_status"] == status


def test_the_allowed_current_is_in_milliamperes() -> None:
    state = {"charger_state": 3, "allowed_charging_current": 15500, "error_state": 0, "uptime": 55}
    assert said("warp", ROOT, f"{ROOT}/evse/state", state) == {
        "charger_status": "charging",
        "charge_limit": 15.5,
        "x_error_state": 0,
    }


IDS = ("meters/0/value_ids", [74, 209, 1, 13, 364, 5])
VALUES = ("meters/0/values", [7150.5, 812.25, 231.5, 15.5, 60.01, 400.5])
READ = {
    "power": 7150.5,
    "energy_import": 812.25,
    "voltage@l1": 231.5,
    "current@l1": 15.5,
    "frequency": 60.01,
    "x_meter_value_5": 400.5,
}


def test_values_are_read_by_what_the_meter_has_named() -> None:
    assert heard("warp", ROOT, [IDS, VALUES, VALUES]) == [{}, READ, READ]


def test_values_wait_for_their_names() -> None:
    assert heard("warp", ROOT, [VALUES, IDS, VALUES]) == [{}, READ, READ]
    assert heard("warp", ROOT, [VALUES]) == [{}]


def test_a_value_that_is_missing_is_not_0() -> None:
    assert heard("warp", ROOT, [IDS, ("meters/0/values", [None, 812.25, "nan", None, 60, None])])[1] == {
        "energy_import": 812.25,
        "frequency": 60,
    }


def test_further_meters_have_channels_unless_one_of_them_is_meant() -> None:
    grid = [("meters/2/value_ids", [74, 209, 211]), ("meters/2/values", [-250, 15.5, 1.5])]
    assert heard("warp", ROOT, grid)[1] == {
        "power@meter2": -250,
        "energy_import@meter2": 15.5,
        "energy_export@meter2": 1.5,
    }
    assert heard("warp", ROOT, grid, kind="meter", options={"meter": 2})[1]["power"] == -250


def test_of_two_ways_to_tell_a_thing_one_counts() -> None:
    ids = [71, 74, 13, 11, 14, 213, 209, 210]
    values = [500, -250, 2, 3, -1, 900.5, 900, 12]
    assert heard("warp", ROOT, [("meters/0/value_ids", ids), ("meters/0/values", values)])[1] == {
        "power": -250,
        "current@l1": 2,
        "energy_import": 900,
        "x_energy_import_resettable": 12,
    }


def test_the_old_meter_counts_until_the_new_one_is_heard() -> None:
    old = ("meter/values", {"power": 3600, "energy_rel": 1.5, "energy_abs": 812.255, "phases_active": [True]})
    every = ("meter/all_values", [230, 231, 232, 5, 6, 7, 1150, 1386, 1624, 9, 9, 9])
    told = heard("warp", ROOT, [old, every, VALUES, old, every])
    assert told[0] == {"power": 3600, "energy_import": 812.255, "x_energy_import_resettable": 1.5}
    assert told[1]["voltage@l3"] == 232
    assert told[1]["current@l2"] == 6
    assert told[1]["power@l1"] == 1150
    assert told[3:] == [{}, {}]


def test_a_session_has_taken_what_the_register_has_grown_by() -> None:
    charge = "charge_tracker/current_charge"
    info = {"tag_type": 2, "tag_id": "04:9E:01"}
    begin = (charge, {"user_id": 3, "meter_start": 810.0, "authorization_info": info})
    end = (charge, {"user_id": -1, "meter_start": 0, "authorization_info": None})
    told = heard("warp", ROOT, [IDS, VALUES, begin, VALUES, end, VALUES])
    assert told[2] == {"vehicle": "04:9E:01"}
    assert [one.get("session_energy") for one in told] == [None, None, None, 2.25, None, None]


def test_settings_commands_and_logs_are_no_readings() -> None:
    for topic in (
        "evse/external_current",
        "evse/low_level_state",
        "charge_tracker/last_charges",
        "nfc/seen_tags",
    ):
        assert said("warp", ROOT, f"{ROOT}/{topic}", {"current": 5}) == {}
    assert said("warp", ROOT, f"{ROOT}/meters/0/config", {"display_name": "x"}) == {}
    assert said("warp", ROOT, f"{ROOT}/evse/state", "") == {}
    assert warp.suffix(ROOT, "warp3/Xk91/evse/state") is None


def test_what_is_remembered_of_meters_is_bounded() -> None:
    messages = [(f"meters/{n}/value_ids", [74]) for n in range(500)]
    messages += [(f"meters/{n}/values", [5]) for n in range(500)]
    assert sum(bool(one) for one in heard("warp", ROOT, messages)) <= 20


@pytest.mark.parametrize("meter", [-1, "2", True, 1.5])
def test_an_unusable_meter_is_refused(meter: Any) -> None:
    warp.check_options({"meter": 1})
    with pytest.raises(ValueError, match="meter"):
        warp.check_options({"meter": meter})


@pytest.mark.parametrize(
    ("topic", "payload", "reason"),
    [
        ("evse/state", "[1]", "evse/state: a JSON object was expected"),
        ("evse/state", {"uptime": 5}, "neither charger_state nor iec61851_state"),
        ("meters/0/values", {"a": 1}, "values: a JSON array was expected"),
        ("meter/values", "7", "a JSON object was expected, not a number"),
        ("charge_tracker/current_charge", "null", "a JSON object was expected, not null"),
    ],
)
def test_a_message_is_refused_with_its_reason(topic: str, payload: Any, reason: str) -> None:
    with pytest.raises(BadPayload, match=reason):
        said("warp", ROOT, f"{ROOT}/{topic}", payload)


def test_a_list_of_another_length_than_its_names_is_refused() -> None:
    with pytest.raises(BadPayload, match="2 values, but the meter has named 6"):
        heard("warp", ROOT, [IDS, ("meters/0/values", [1, 2])])
