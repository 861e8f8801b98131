"""Victron Venus OS: paths of services, and what is no reading."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.formats import formats, victron
from devices.readings import BadPayload, Source
from tests.devices.formats.decoding import CAMPUS, assert_storable, said

PORTAL = "N/b827eb112233"

PATHS: list[tuple[str, Any, dict[str, Any]]] = [
    ("grid/31/Ac/Power", -420.5, {"power": -420.5}),
    ("grid/31/Ac/L2/Power", 12, {"power@l2": 12}),
    ("grid/31/Ac/L3/Voltage", 121.5, {"voltage@l3": 121.5}),
    ("grid/31/Ac/Energy/Forward", 512.25, {"energy_import": 512.25}),
    ("grid/31/Ac/L1/Energy/Reverse", 3.5, {"energy_export@l1": 3.5}),
    ("grid/31/Ac/Frequency", 59.98, {"frequency": 59.98}),
    ("pvinverter/21/Ac/Energy/Forward", 9000, {"energy_export": 9000}),
    ("pvinverter/21/Ac/L1/Energy/Forward", 9000, {"energy_export@l1": 9000}),
    ("solarcharger/1/Yield/Power", 640, {"power": 640}),
    ("solarcharger/1/Yield/System", 777.5, {"energy_export": 777.5}),
    ("solarcharger/1/Yield/User", 12, {"energy_export@user": 12}),
    ("solarcharger/1/Pv/1/P", 320, {"power@pv1": 320}),
    ("solarcharger/1/Dc/0/Voltage", 26.5, {"voltage@dc": 26.5}),
    ("solarcharger/1/History/Daily/0/Yield", 3, {}),
    ("battery/2/Soc", 81.5, {"battery_soc": 81.5}),
    ("battery/2/Dc/0/Power", 300, {"power": -300}),
    ("battery/2/Dc/0/Voltage", 51.5, {"voltage": 51.5}),
    ("battery/2/History/DischargedEnergy", 60, {"energy_export": 60}),
    ("battery/2/Voltages/Cell12", 3.305, {"voltage@cell12": 3.305}),
    ("vebus/276/Ac/ActiveIn/L1/P", 50, {"power@in_l1": 50}),
    ("vebus/276/Ac/Out/L2/V", 120, {"voltage@out_l2": 120}),
    ("evcharger/41/Status", 2, {"charger_status": "charging"}),
    ("evcharger/41/Status", 4, {"charger_status": "suspended"}),
    ("evcharger/41/Status", 11, {"charger_status": "faulted"}),
    ("evcharger/41/Status", 99, {}),
    ("evcharger/41/Session/Energy", 7.25, {"session_energy": 7.25}),
    ("evcharger/41/Session/Time", 3600, {"x_session_time": 3600}),
    ("temperature/24/Temperature", 3.5, {"temperature": 3.5}),
    ("temperature/24/BatteryVoltage", 2.9, {"x_battery_voltage": 2.9}),
    ("tank/3/Level", 62, {"tank_level": 62}),
    ("meteo/20/Irradiance", 810, {"irradiance": 810}),
    ("pulsemeter/1/Aggregate", 1.25, {"water_total": 1250}),
    ("grid/31/Connected", 1, {"online": "online"}),
    ("grid/31/ProductName", "EM24", {}),
    ("grid/31/ErrorCode", 0, {"x_error_code": 0}),
    ("grid/31/Ac/L2/Power", None, {}),
    ("grid/31/Ac/Power", [], {}),
    ("settings/0/Settings/System/TimeZone", "UTC", {}),
]


def device(topic: str) -> str:
    return "/".join([PORTAL, *topic.split("/")[:2]])


@pytest.mark.parametrize(("path", "value", "expected"), PATHS)
def test_a_path_says(path: str, value: Any, expected: dict[str, Any]) -> None:
    assert said("victron", device(path), f"{PORTAL}/{path}", {"value": value}) == expected


def test_what_carries_limits_is_a_setting() -> None:
    setting = {"value": 70, "min": 0, "max": 100}
    assert said("victron", device("vebus/276"), f"{PORTAL}/vebus/276/Hub4/Limit", setting) == {}
    limit = {"value": 13, "min": 6, "max": 32}
    assert said("victron", device("evcharger/41"), f"{PORTAL}/evcharger/41/SetCurrent", limit) == {
        "charge_limit": 13
    }


def test_an_empty_payload_is_a_farewell_and_no_zero() -> None:
    root = device("grid/31")
    assert said("victron", root, f"{PORTAL}/grid/31/Ac/Power", b"") == {}
    assert said("victron", root, f"{PORTAL}/grid/31/Connected", b"") == {"online": "offline"}


def test_the_whole_installation_has_its_devices_as_channels() -> None:
    assert said("victron", PORTAL, f"{PORTAL}/grid/31/Ac/L1/Power", {"value": 5}) == {"power@grid_31_l1": 5}
    assert said("victron", "b827eb112233", f"{PORTAL}/tank/3/Level", {"value": 5}) == {"tank_level@tank_3": 5}
    assert said("victron", PORTAL, f"{PORTAL}/full_publish_completed", {"value": 1}) == {}
    assert said("victron", PORTAL, f"{PORTAL}/heartbeat", {"value": 1}) == {}


def test_the_sums_of_the_installation() -> None:
    topic = f"{PORTAL}/system/0/Ac/Grid/L1/Power"
    assert said("victron", PORTAL, topic, {"value": 5}) == {"power@grid_l1": 5}
    assert said("victron", PORTAL, topic, {"value": 5}, kind="meter", role="grid") == {"power@l1": 5}
    battery = f"{PORTAL}/system/0/Dc/Battery/Power"
    assert said("victron", PORTAL, battery, {"value": -250}) == {"power@battery": 250}
    assert said("victron", PORTAL, battery, {"value": -250}, kind="battery") == {"power": 250}
    assert said("victron", PORTAL, f"{PORTAL}/system/0/Timers/TimeOff", {"value": 3}) == {}


@pytest.mark.parametrize(
    ("topic", "payload"),
    [
        ("R/b827eb112233/keepalive", b""),
        ("R/b827eb112233/grid/31/Ac/Power", b""),
        ("W/b827eb112233/grid/31/Ac/Power", {"value": 5}),
    ],
)
def test_what_others_ask_is_overheard(topic: str, payload: Any) -> None:
    for root in (PORTAL, device("grid/31"), device("tank/3")):
        assert said("victron", root, topic, payload) == {}


def test_what_the_gateway_says_of_itself_is_no_devices() -> None:
    for topic in ("full_publish_completed", "settings/0/Settings/LEDs/Enable", "platform/0/Device/Time"):
        assert said("victron", device("grid/31"), f"{PORTAL}/{topic}", {"value": 1}) == {}


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        ("5", "a JSON object was expected"),
        ("{", "not JSON"),
        ({"Value": 5}, "was expected"),
        ({"value": "much"}, "'much' is not what Venus OS sends there"),
    ],
)
def test_a_message_is_refused_with_its_reason(payload: Any, reason: str) -> None:
    with pytest.raises(BadPayload, match=reason):
        said("victron", device("grid/31"), f"{PORTAL}/grid/31/Ac/Power", payload)


def test_another_installation_is_not_this_one() -> None:
    assert victron.suffix(PORTAL, "N/c0/grid/31/Ac/Power") is None
    assert victron.suffix(device("grid/31"), f"{PORTAL}/grid/30/Ac/Power") is None


@given(st.sampled_from([path for path, *_ in PATHS]), st.one_of(st.floats(), st.text(max_size=9), st.none()))
def test_any_value_is_read_or_refused(path: str, value: Any) -> None:
    service, instance, rest = path.split("/", 2)
    try:
        found = formats()["victron"].decode(
            f"N/{service}/{instance}/{rest}", orjson.dumps({"value": value}), Source(CAMPUS)
        )
    except BadPayload:
        return
    assert_storable(found)


@given(watts=st.floats(-1e6, 1e6))
def test_a_battery_that_gives_counts_up(watts: float) -> None:
    found = said("victron", device("battery/2"), f"{PORTAL}/battery/2/Dc/0/Power", {"value": watts})
    assert found == {"power": -watts}
