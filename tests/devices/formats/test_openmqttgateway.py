"""OpenMQTTGateway and Theengs: advertisements of Bluetooth sensors, and what of them is nobody's business."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.formats import openmqttgateway
from devices.readings import BadPayload
from tests.devices.formats.decoding import decode, heard, said

GATEWAY = "home/Patio"
SENSOR = f"{GATEWAY}/BTtoMQTT/C47C8D0A0B0C"


@pytest.mark.parametrize(
    ("advertised", "expected"),
    [
        ({"type": "PLANT", "moi": 37, "mac": "C4:7C:8D:0A:0B:0C"}, {"soil_moisture": 37}),
        ({"fer": 412}, {"soil_conductivity": 412}),
        ({"lux": "1820"}, {"illuminance": 1820}),
        ({"tempc": "18.4", "tempf": "65.12", "hum": "61.5"}, {"temperature": 18.4, "humidity": 61.5}),
        ({"tempf": 68}, {"temperature": 20}),
        ({"tem": "18.5", "bat": "x"}, {"temperature": 18.5, "x_bat": "x"}),
        ("-71", {"signal": -71}),
        ({"tempc": None, "tempf": 50}, {"temperature": 10}),
        (
            {"tempc": 3.5, "tempc2": -1.5, "tempf2": 29.3, "tempf3": 212},
            {"temperature": 3.5, "temperature@2": -1.5, "temperature@3": 100},
        ),
        ({"pres": 886.4, "volt": 2.98}, {"pressure": 886.4, "x_battery_voltage": 2.98}),
        ({"pres": True, "lux": 12}, {"occupancy": "occupied", "illuminance": 12}),
        ({"pres": "false"}, {"occupancy": "clear"}),
        ({"open": True, "batt": 88}, {"door": "open", "battery": 88}),
        ({"co2": 733, "pm25": 9, "pm10": 14}, {"co2": 733, "pm25": 9, "x_pm10": 14}),
        ({"type": "ENRG", "volt": 12.6, "current": 0.4}, {"voltage": 12.6, "current": 0.4}),
        ({"id": "c4:7c:8d:0a:0b:0c", "rssi": -77, "distance": 8.2, "servicedata": "7120"}, {"signal": -77}),
        ({"batt": "unknown", "moi": "nan", "name": "Flower care"}, {}),
        ({"weight": 81.4, "steps": 9000, "uuid": "1de4"}, {}),
    ],
)
def test_an_advertisement_of_a_registered_sensor_says(advertised: Any, expected: Any) -> None:
    assert said("openmqttgateway", SENSOR, SENSOR, advertised) == pytest.approx(expected)


def test_what_one_advertisement_leaves_out_comes_with_the_next() -> None:
    messages = [("BTtoMQTT/C47C8D0A0B0C", {"moi": 30}), ("BTtoMQTT/C47C8D0A0B0C", {"tempc": 22})]
    assert heard("openmqttgateway", GATEWAY, messages) == [
        {"soil_moisture@c47c8d0a0b0c": 30},
        {"temperature@c47c8d0a0b0c": 22},
    ]


def test_a_sensor_is_its_own_whoever_hears_it_and_however_its_mac_is_written() -> None:
    anywhere = "home/+/BTtoMQTT/C4:7C:8D:0A:0B:0C"
    assert said("openmqttgateway", anywhere, "home/Roof/BTtoMQTT/c47c8d0a0b0c", {"moi": 1}) == {
        "soil_moisture": 1
    }
    assert openmqttgateway.suffix(anywhere, "home/Roof/BTtoMQTT/C47C8D0A0B0D") is None
    assert openmqttgateway.suffix(anywhere, "other/Roof/BTtoMQTT/C47C8D0A0B0C") is None
    assert openmqttgateway.suffix(SENSOR, f"{GATEWAY}/LWT") is None


@pytest.mark.parametrize(
    ("below", "payload", "expected"),
    [
        ("moi", "31", {"soil_moisture": 31}),
        ("tempc", "nan", {}),
        ("name", "Flower care", {}),
        ("new", "1", {}),
    ],
)
def test_a_value_on_a_topic_of_its_own_says(below: str, payload: str, expected: Any) -> None:
    assert said("openmqttgateway", SENSOR, f"{SENSOR}/{below}", payload) == expected


def test_all_sensors_of_a_gateway_may_be_registered_by_their_branch() -> None:
    found = said("openmqttgateway", f"{GATEWAY}/BTtoMQTT", SENSOR, {"moi": 3})
    assert found == {"soil_moisture@c47c8d0a0b0c": 3}


@pytest.mark.parametrize(
    "stranger",
    [
        {"id": "4f:26:2f:00:00:01", "rssi": -88, "distance": 19.7},
        {"id": "58:78:20:00:00:02", "model_id": "IBEACON", "uuid": "1de4b189", "rssi": -79},
        {"type": "TRACK", "batt": 60, "tempc": 20},
        {"type": "WATCH", "batt": 60, "unlocked": True},
        {"track": True, "hum": 40},
    ],
)
def test_what_people_carry_is_not_kept_of_a_gateway(stranger: Any) -> None:
    assert said("openmqttgateway", GATEWAY, f"{GATEWAY}/BTtoMQTT/AABBCC010203", stranger) == {}


@pytest.mark.parametrize(
    ("macs", "expected"),
    [
        (["AA:BB:CC:01:02:03"], {"signal@aabbcc010203": -70, "humidity@aabbcc010203": 40}),
        ({"aabbcc010203": "bed 3"}, {"signal@bed 3": -70, "humidity@bed 3": 40}),
        (["11:22:33:44:55:66"], {}),
        ([], {}),
    ],
)
def test_an_allow_list_says_whose_advertisements_count(macs: Any, expected: Any) -> None:
    topic = f"{GATEWAY}/BTtoMQTT/AABBCC010203"
    found = said("openmqttgateway", GATEWAY, topic, {"rssi": -70, "hum": 40}, options={"macs": macs})
    assert found == expected


@pytest.mark.parametrize(
    ("below", "payload", "expected"),
    [
        ("LWT", "online", {"online": "online"}),
        ("LWT", "Offline", {"online": "offline"}),
        (
            "SYStoMQTT",
            {"uptime": 60, "rssi": -61, "ssid": "hub", "ip": "192.0.2.4", "mac": "00:00:5E:00:53:01"},
            {"x_uptime": 60, "signal": -61},
        ),
        ("version", "1.8.1", {}),
        ("commands/MQTTtoBT/config", {"interval": 5000}, {}),
        ("433toMQTT", {"value": 1315156, "protocol": 1}, {}),
    ],
)
def test_the_gateway_says(below: str, payload: Any, expected: Any) -> None:
    assert said("openmqttgateway", GATEWAY, f"{GATEWAY}/{below}", payload) == expected


def test_presence_is_never_read() -> None:
    assert said("openmqttgateway", "home", "home/home_presence/Patio", {"id": "4f:26", "rssi": -5}) == {}


@pytest.mark.parametrize(
    ("topic", "payload", "reason"),
    [
        (SENSOR, "{", "not JSON"),
        (SENSOR, "12", "a JSON object was expected, not a number"),
        (f"{GATEWAY}/LWT", "perhaps", "online or offline was expected"),
        (f"{GATEWAY}/LWT", b"\xff", "not UTF-8"),
    ],
)
def test_a_message_is_refused_with_its_reason(topic: str, payload: Any, reason: str) -> None:
    root = SENSOR if topic == SENSOR else GATEWAY
    with pytest.raises(BadPayload, match=reason):
        decode("openmqttgateway", root, topic, payload)


@pytest.mark.parametrize("macs", ["AABB", [1], {"AABB": 2}])
def test_a_list_that_cannot_be_used_is_refused_when_it_is_written(macs: Any) -> None:
    with pytest.raises(ValueError, match="macs"):
        openmqttgateway.check_options({"macs": macs})
    openmqttgateway.check_options({"macs": {"AABB": "bed"}})


@given(celsius=st.floats(-40, 80).map(lambda value: round(value, 2)))
def test_a_temperature_is_the_same_in_either_unit(celsius: float) -> None:
    in_c = said("openmqttgateway", SENSOR, SENSOR, {"tempc": celsius})["temperature"]
    in_f = said("openmqttgateway", SENSOR, SENSOR, {"tempf": str(celsius * 1.8 + 32)})["temperature"]
    assert in_c == celsius
    assert in_f == pytest.approx(celsius, abs=1e-9)
