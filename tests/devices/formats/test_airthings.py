"""Airthings and Awair: the air of a room, by value or by object."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.formats import airthings
from devices.readings import BadPayload
from tests.devices.formats.decoding import decode, nearly, said

ROOT = "airthings/80:6f:b0:00:11:22"


@pytest.mark.parametrize(
    ("key", "payload", "expected"),
    [
        ("co2", "655", {"co2": 655}),
        ("voc", "88", {"tvoc": 88}),
        ("humidity", "41", {"humidity": 41}),
        ("temperature", "20.4", {"temperature": 20.4}),
        ("pressure", "889", {"pressure": 889}),
        ("rel_atm_pressure", "889", {"pressure": 889}),
        ("illuminance", "12", {"illuminance": 12}),
        ("radon_1day_avg", "44", {"x_radon": 44}),
        ("radon_longterm_avg", "51", {"x_radon_long_term": 51}),
        ("battery", "90", {"battery": 90}),
        ("mold", "2", {"x_mold": 2}),
        ("co2", "", {}),
        ("co2", "nan", {}),
        ("co2/config", '{"name": "CO2"}', {}),
        ("co2/set", "5", {}),
    ],
)
def test_a_topic_says(key: str, payload: str, expected: Any) -> None:
    assert said("airthings", ROOT, f"{ROOT}/{key}", payload) == expected


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (
            {"time": 1_767_225_600, "temp": 21.25, "radonShortTermAvg": 30, "relayDeviceType": "hub"},
            {"temperature": 21.25, "x_radon": 30},
        ),
        ({"data": {"time": 1_767_225_600, "co2": 600, "virusRisk": 3}}, {"co2": 600, "x_virus_risk": 3}),
        (
            {
                "serialNumber": "2960000001",
                "recorded": "2026-01-01T00:00:00Z",
                "batteryPercentage": 77,
                "sensors": [
                    {"sensorType": "temp", "value": 68, "unit": "f"},
                    {"sensorType": "radonShortTermAvg", "value": 2, "unit": "pci"},
                    {"sensorType": "pressure", "value": 900.5, "unit": "hpa"},
                    {"sensorType": "mold", "value": 1, "unit": "riskIndex"},
                    {"sensorType": None, "value": 1},
                ],
            },
            {"battery": 77, "temperature": 20, "x_radon": 74, "pressure": 900.5, "x_mold": 1},
        ),
        (
            {
                "timestamp": "2026-01-01T00:00:00.000Z",
                "score": 91,
                "humid": 38.2,
                "pm25": 4,
                "voc_h2_raw": 25,
            },
            {"x_score": 91, "humidity": 38.2, "pm25": 4},
        ),
    ],
)
def test_an_object_says_what_it_holds_and_when_it_was(message: Any, expected: Any) -> None:
    found = decode("airthings", ROOT, ROOT, message)
    assert {one.metric: one.value for one in found} == nearly(expected)
    assert {one.at for one in found} == {datetime(2026, 1, 1, tzinfo=UTC)}


@pytest.mark.parametrize(
    ("topic", "payload", "reason"),
    [
        (ROOT, "21", "a JSON object was expected"),
        (ROOT, "{", "not JSON"),
        (f"{ROOT}/co2", "much", "co2: 'much' is not what is sent there"),
        (f"{ROOT}/co2", b"\xff", "not UTF-8"),
    ],
)
def test_a_message_is_refused_with_its_reason(topic: str, payload: Any, reason: str) -> None:
    with pytest.raises(BadPayload, match=reason):
        decode("airthings", ROOT, topic, payload)


def test_another_sensor_is_not_this_one() -> None:
    assert airthings.suffix(ROOT, "airthings/80:6f:b0:00:11:23/co2") is None


@given(radon=st.floats(0, 1e4), celsius=st.floats(-40, 80))
def test_a_value_is_the_same_in_either_unit(radon: float, celsius: float) -> None:
    def read(radon: float, radon_unit: str, temp: float, temp_unit: str) -> dict[str, Any]:
        sensors = [
            {"sensorType": "radonLongTermAvg", "value": radon, "unit": radon_unit},
            {"sensorType": "temp", "value": temp, "unit": temp_unit},
        ]
        return said("airthings", ROOT, ROOT, {"sensors": sensors})

    metric = read(radon, "bq", celsius, "c")
    assert metric == {"x_radon_long_term": radon, "temperature": celsius}
    assert read(radon / 37, "pci", celsius * 1.8 + 32, "f") == pytest.approx(metric, abs=1e-9)
