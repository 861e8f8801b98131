"""Ecowitt through ecowitt2mqtt: imperial texts in an object, or a value a topic with its announced unit."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.formats import ecowitt
from devices.readings import BadPayload
from tests.devices.formats.decoding import decode, heard, nearly, said

ROOT = "ecowitt2mqtt/garden"
DISCOVERY = "homeassistant/sensor/0a1b2c"


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("tempf", "50.0", {"temperature": 10}),
        ("tempinf", "77", {"temperature@indoor": 25}),
        ("temp3f", "32", {"temperature@3": 0}),
        ("tf_ch2", "68.0", {"temperature@probe2": 20}),
        ("tf_co2", "41", {"temperature@co2": 5}),
        ("soiltemp1f", "59", {"soil_temperature@1": 15}),
        ("dewpointf", "50", {"x_dew_point": 10}),
        ("feelslike", "50", {"x_feels_like": 10}),
        ("humidity", "47", {"humidity": 47}),
        ("humidityin", "51", {"humidity@indoor": 51}),
        ("humidity8", "60", {"humidity@8": 60}),
        ("soilmoisture1", "33", {"soil_moisture@1": 33}),
        ("soilmoisture12", "7", {"soil_moisture@12": 7}),
        ("soilad1", "182", {"x_soil_ad@1": 182}),
        ("soilbatt1", "1.3", {"x_battery_voltage@soil1": 1.3}),
        ("leaf_batt1", "1.5", {"x_battery_voltage@leaf1": 1.5}),
        ("wh90batt", "3.08", {"x_battery_voltage@wh90": 3.08}),
        ("wh57batt", "4", {"battery@wh57": 80}),
        ("leakbatt2", 5, {"battery@leak2": 100}),
        ("co2_batt", "6", {}),
        ("wh65batt", "0", {"x_battery_low@wh65": "false"}),
        ("batt1", "1", {"x_battery_low@1": "true"}),
        ("baromrelin", "29.530", {"pressure": 1000.0006}),
        ("baromabsin", "25", {"pressure@absolute": 846.5972}),
        ("windspeedmph", "10", {"wind_speed": 4.4704}),
        ("windgustmph", "20", {"wind_speed@gust": 8.9408}),
        ("windspdmph_avg10m", "10", {"wind_speed@average_10m": 4.4704}),
        ("maxdailygust", "10", {"x_max_daily_gust": 4.4704}),
        ("winddir", "271", {"x_wind_direction": 271}),
        ("solarradiation", "541.2", {"irradiance": 541.2}),
        ("uv", "6", {"x_uv_index": 6}),
        ("totalrainin", "10", {"rain": 254}),
        ("yearlyrainin", "2", {"rain@year": 50.8}),
        ("yrain_piezo", "1", {"rain@piezo": 25.4}),
        ("dailyrainin", "0.5", {"x_daily_rain": 12.7}),
        ("24hourrainin", "1", {"x_24_hour_rain": 25.4}),
        ("drain_piezo", "0.5", {"x_daily_rain@piezo": 12.7}),
        ("rainratein", "0.1", {"x_rain_rate": 2.54}),
        ("co2", "612", {"co2": 612}),
        ("pm25_ch1", "9.5", {"pm25@ch1": 9.5}),
        ("leak_ch2", 1, {"x_leak@2": "true"}),
        ("leafwetness_ch1", "14", {"x_leaf_wetness@1": 14}),
        ("lightning", "", {}),
        ("lightning_num", "3", {"x_lightning_count": 3}),
        ("runtime", "3601", {"x_uptime": 3601}),
        ("vpd", "0.3", {"x_vpd": 0.3}),
        ("tempf", "unknown", {}),
        ("PASSKEY", "0123456789ABCDEF", {}),
        ("stationtype", "GW3000A", {}),
    ],
)
def test_a_key_of_the_object_says(key: str, value: Any, expected: Any) -> None:
    assert said("ecowitt", ROOT, ROOT, {key: value}) == nearly(expected)


def test_the_object_says_when_it_was() -> None:
    (reading,) = decode("ecowitt", ROOT, ROOT, {"dateutc": "2026-02-03 04:05:06", "soilmoisture1": "40"})
    assert reading.at == datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC)
    (reading,) = decode("ecowitt", ROOT, ROOT, {"dateutc": "2026-02-03+04:05:06", "soilmoisture1": "40"})
    assert reading.at == datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC)


@pytest.mark.parametrize(
    ("message", "options", "expected"),
    [
        ({"temp": 50.0}, {}, {"temperature": 10}),
        ({"temp": 10.0}, {"units": "metric"}, {"temperature": 10}),
        ({"temp": 10.0, "baromrel": 1011.5}, {}, {"temperature": 10, "pressure": 1011.5}),
        ({"windspeed": 36, "totalrain": 12.5}, {"units": "metric"}, {"wind_speed": 10, "rain": 12.5}),
        ({"temp": 50, "baromrel": 1013}, {"units": "imperial"}, {"temperature": 10, "pressure": 1013}),
    ],
)
def test_what_names_no_unit_is_imperial_unless_it_shows_or_is_told(
    message: Any, options: Any, expected: Any
) -> None:
    assert said("ecowitt", ROOT, ROOT, message, options=options) == pytest.approx(expected)


def test_an_announced_unit_counts() -> None:
    config = {"name": "temp", "unit_of_measurement": "°C", "state_topic": f"{DISCOVERY}/temp/state"}
    assert heard(
        "ecowitt",
        DISCOVERY,
        [
            ("temp/state", "50.0"),
            ("temp/config", config),
            ("temp/state", "21.5"),
            ("baromrel/config", {"unit_of_measurement": "mmHg"}),
            ("baromrel/state", "750.06"),
            ("solarradiation/config", {"unit_of_measurement": "lx"}),
            ("solarradiation/state", "20000.0"),
        ],
    ) == [
        {"temperature": 10},
        {},
        {"temperature": 21.5},
        {},
        {"pressure": pytest.approx(1000, rel=1e-4)},
        {},
        {"illuminance": 20000},
    ]


@pytest.mark.parametrize(
    ("topic", "payload", "expected"),
    [
        (f"{DISCOVERY}/soilmoisture2/state", "57.0", {"soil_moisture@2": 57}),
        (f"{DISCOVERY}/runtime/state", "120.0", {"x_uptime": 120}),
        (f"{DISCOVERY}/wh57batt/state", "80", {"battery@wh57": 80}),
        (f"{DISCOVERY}/wh57batt/state", "120", {}),
        (f"{DISCOVERY}/simmerindex/state", "unknown", {}),
        (f"{DISCOVERY}/thermalperception/state", "Comfortable", {"x_thermalperception": "Comfortable"}),
        (f"{DISCOVERY}/temp/attributes", '{"a": 1}', {}),
        (f"{DISCOVERY}/temp/availability", "online", {"online": "online"}),
        ("homeassistant/binary_sensor/0a1b2c/leak_ch1/state", "ON", {"x_leak@1": "true"}),
        ("homeassistant/binary_sensor/0a1b2c/batt2/state", "OFF", {"x_battery_low@2": "false"}),
        (f"{DISCOVERY}/temp/state", "", {}),
    ],
)
def test_a_topic_of_the_discovery_says(topic: str, payload: Any, expected: Any) -> None:
    assert said("ecowitt", DISCOVERY, topic, payload) == expected


def test_another_gateway_is_not_this_one() -> None:
    assert ecowitt.suffix(DISCOVERY, "homeassistant/sensor/0a1b2c3/temp/state") is None
    assert ecowitt.suffix(ROOT, "homeassistant/binary_sensor/0a1b2c/leak_ch1/state") is None


@pytest.mark.parametrize(
    ("topic", "payload", "reason"),
    [
        (DISCOVERY, "[]", "a JSON object was expected"),
        (f"{DISCOVERY}/temp/state", "warm", "temp: 'warm' is not what is sent there"),
        (f"{DISCOVERY}/temp/availability", "perhaps", "online or offline was expected"),
        (f"{DISCOVERY}/temp/config", "{", "not JSON"),
        (f"{DISCOVERY}/temp/state", b"\xff", "not UTF-8"),
    ],
)
def test_a_message_is_refused_with_its_reason(topic: str, payload: Any, reason: str) -> None:
    with pytest.raises(BadPayload, match=reason):
        said("ecowitt", DISCOVERY, topic, payload)


def test_units_that_do_not_exist_are_refused_when_they_are_written() -> None:
    with pytest.raises(ValueError, match="units"):
        ecowitt.check_options({"units": "si"})
    ecowitt.check_options({"units": "metric"})


@given(
    celsius=st.floats(-40, 60),
    hpa=st.floats(850, 1090),
    mm=st.floats(0, 5000),
    m_per_s=st.floats(0, 60),
)
def test_a_value_is_the_same_in_either_system(celsius: float, hpa: float, mm: float, m_per_s: float) -> None:
    raw = {
        "tempf": str(celsius * 1.8 + 32),
        "baromrelin": str(hpa / 33.8638867),
        "totalrainin": str(mm / 25.4),
        "windspeedmph": str(m_per_s / 0.44704),
    }
    metric = {"temp": celsius, "baromrel": hpa, "totalrain": mm, "windspeed": m_per_s * 3.6}
    one = said("ecowitt", ROOT, ROOT, raw)
    assert one == pytest.approx(said("ecowitt", ROOT, ROOT, metric), rel=1e-9, abs=1e-9)
    assert one == pytest.approx(
        {"temperature": celsius, "pressure": hpa, "rain": mm, "wind_speed": m_per_s}, rel=1e-9, abs=1e-9
    )
