"""ESPHome: entities by the words of their ids, probes that fail, raw values that are calibrated."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.formats import esphome
from devices.formats._calibration import read_calibrations
from devices.readings import BadPayload
from tests.devices.formats.decoding import decode, nearly, said

ROOT = "garden/bed-3"
SENSORS = {
    "temperature": ("21.4", {"temperature": 21.4}),
    "bed_3_temperature": ("21.4", {"temperature": 21.4}),
    "bed_temperature": ("21.4", {"temperature": 21.4}),
    "state_of_charge": ("55", {"battery_soc": 55}),
    "bme280_temperature": ("-3.25", {"temperature@bme280": -3.25}),
    "tank_temperature_f": ("50", {"temperature@tank": 10}),
    "soil_temperature": ("17.1", {"soil_temperature": 17.1}),
    "soil_moisture": ("38.5", {"soil_moisture": 38.5}),
    "soil_moisture_2": ("38.5", {"soil_moisture@2": 38.5}),
    "moisture": ("12", {"soil_moisture": 12}),
    "humidity": ("55", {"humidity": 55}),
    "sht31_relative_humidity": ("55", {"humidity@sht31": 55}),
    "soil_humidity": ("31", {"soil_moisture": 31}),
    "scd41_co2": ("744", {"co2@scd41": 744}),
    "co2_value": ("744", {"co2": 744}),
    "pressure": ("887.6", {"pressure": 887.6}),
    "bmp_pressure_kpa": ("88.76", {"pressure@bmp": 887.6}),
    "illuminance": ("1500", {"illuminance": 1500}),
    "bh1750_lux": ("1500", {"illuminance@bh1750": 1500}),
    "sgp30_tvoc": ("125", {"tvoc@sgp30": 125}),
    "pm_2_5": ("8.5", {"pm25": 8.5}),
    "pm2_5_concentration": ("8.5", {"pm25": 8.5}),
    "soil_conductivity": ("640", {"soil_conductivity": 640}),
    "soil_ph": ("6.4", {"soil_ph": 6.4}),
    "wifi_signal": ("-63", {"signal": -63}),
    "rssi": ("-63", {"signal": -63}),
    "battery_level": ("76", {"battery": 76}),
    "battery_voltage": ("3.91", {"x_battery_voltage": 3.91}),
    "phase_a_voltage": ("121.5", {"voltage@l1": 121.5}),
    "voltage_l2": ("121.5", {"voltage@l2": 121.5}),
    "pump_power": ("180", {"power@pump": 180}),
    "total_energy_kwh": ("12.5", {"energy_import": 12.5}),
    "total_energy_wh": ("12500", {"energy_import": 12.5}),
    "energy": ("12.5", {"x_energy": 12.5}),
    "power_factor": ("0.95", {"power_factor": 0.95}),
    "apparent_power": ("190", {"apparent_power": 190}),
    "reactive_power": ("20", {"reactive_power": 20}),
    "heat_pump_power": ("900", {"power@heat_pump": 900}),
    "power_on_time": ("60", {"x_power_on_time": 60}),
    "battery_capacity": ("280", {"x_battery_capacity": 280}),
    "cell_voltage_1": ("3.31", {"voltage@cell_1": 3.31}),
    "water_total_l": ("512", {"water_total": 512}),
    "water_total": ("512", {"x_water_total": 512}),
    "water_temperature": ("14", {"temperature@water": 14}),
    "wind_speed_kmh": ("36", {"wind_speed": 10}),
    "wind_speed": ("36", {"x_wind_speed": 36}),
    "rain_total_mm": ("3.2", {"rain": 3.2}),
    "co2_equivalent": ("600", {"x_co2_equivalent": 600}),
    "absolute_humidity": ("9", {"x_absolute_humidity": 9}),
    "water_flow": ("4.5", {"water_flow": 4.5}),
    "tank_level": ("61", {"tank_level": 61}),
    "tank_level_cm": ("61", {"x_tank_level_cm": 61}),
    "noise": ("48", {"noise": 48}),
    "people_count": ("3", {"people_count": 3}),
    "target_temperature": ("22", {"x_target_temperature": 22}),
    "esp32_internal_temperature": ("51", {"x_esp32_internal_temperature": 51}),
    "voc_index": ("101", {"x_voc_index": 101}),
    "dew_point": ("9.1", {"x_dew_point": 9.1}),
    "soil_raw": ("2.31", {"x_soil_raw": 2.31}),
    "uptime": ("86400", {"x_uptime": 86400}),
}


@pytest.mark.parametrize(("object_id", "payload", "expected"), [(k, *v) for k, v in SENSORS.items()])
def test_a_sensor_is_what_its_id_says(object_id: str, payload: str, expected: dict[str, Any]) -> None:
    assert said("esphome", ROOT, f"{ROOT}/sensor/{object_id}/state", payload) == nearly(expected)


@pytest.mark.parametrize(
    ("node", "object_id", "name"),
    [
        ("soil-probe", "soil_temperature", "soil_temperature"),
        ("soil-probe", "probe_soil_temperature", "soil_temperature"),
        ("tank", "tank_level", "tank_level"),
        ("attic", "attic_temperature", "temperature"),
        ("attic", "roof_temperature", "temperature@roof"),
        ("attic", "attic", "x_attic"),
    ],
)
def test_a_node_s_own_name_is_no_channel_unless_it_tells_what_is_measured(
    node: str, object_id: str, name: str
) -> None:
    assert said("esphome", node, f"{node}/sensor/{object_id}/state", "12") == {name: 12}


@pytest.mark.parametrize("nothing", ["nan", "None", "NaN", "inf", "", "unknown", "unavailable"])
def test_a_probe_that_fails_gives_no_value(nothing: str) -> None:
    assert said("esphome", ROOT, f"{ROOT}/sensor/temperature/state", nothing) == {}
    assert said("esphome", ROOT, f"{ROOT}/binary_sensor/door/state", nothing) == {}


@pytest.mark.parametrize(
    ("below", "payload", "expected"),
    [
        ("status", "online", {"online": "online"}),
        ("status", "offline", {"online": "offline"}),
        ("binary_sensor/motion/state", "ON", {"occupancy": "occupied"}),
        ("binary_sensor/presence/state", "OFF", {"occupancy": "clear"}),
        ("binary_sensor/pir/state", "ON", {"occupancy@pir": "occupied"}),
        ("binary_sensor/front_door/state", "ON", {"door@front": "open"}),
        ("binary_sensor/door_contact/state", "OFF", {"door": "closed"}),
        ("binary_sensor/leak/state", "ON", {"x_leak": "true"}),
        ("binary_sensor/door/state", "ajar", {"x_door": "ajar"}),
        ("binary_sensor/status/state", "ON", {"online": "online"}),
        ("switch/relay/state", "ON", {"switch": "on"}),
        ("switch/grow_lamp/state", "OFF", {"switch@grow_lamp": "off"}),
        ("switch/valve_2/state", "ON", {"valve@2": "open"}),
        ("fan/exhaust/state", "ON", {"switch@exhaust": "on"}),
        ("fan/exhaust/speed_level/state", "3", {"x_speed_level@exhaust": 3}),
        (
            "light/desk/state",
            {"state": "ON", "brightness": 51},
            {"switch@desk": "on", "x_brightness@desk": 20},
        ),
        ("valve/north/state", "closing", {"valve@north": "open"}),
        ("valve/north/state", "closed", {"valve@north": "closed"}),
        ("valve/north/position/state", "40", {"x_position@north": 40}),
        ("cover/garage_door/state", "open", {"door@garage": "open"}),
        ("cover/blind/state", "closed", {"x_cover@blind": "closed"}),
        ("lock/lab/state", "LOCKED", {"lock@lab": "locked"}),
        ("lock/lab/state", "UNLOCKING", {"lock@lab": "unlocked"}),
        ("lock/lab/state", "JAMMED", {}),
        ("climate/hall/current_temperature/state", "20.5", {"temperature@hall": 20.5}),
        ("climate/hall/mode/state", "heat", {"x_climate_mode@hall": "heat"}),
        ("number/interval/state", "60", {"x_interval": 60}),
        ("text_sensor/phase_of_day/state", "dusk", {"x_phase_of_day": "dusk"}),
        ("text_sensor/wifi_ssid/state", "hub", {}),
        ("text_sensor/last_card/state", "04-A2-19", {}),
        ("switch/relay/command", "ON", {}),
        ("sensor/temperature/attributes", "{}", {}),
        ("debug", "[I][wifi:1]", {}),
        ("button/restart/command", "PRESS", {}),
    ],
)
def test_a_topic_says(below: str, payload: Any, expected: Any) -> None:
    assert said("esphome", ROOT, f"{ROOT}/{below}", payload) == nearly(expected)


def test_a_unit_that_people_have_told_counts() -> None:
    units = {"units": {"tank": "°F", "energy": "Wh", "wind_speed": "km/h"}}
    for object_id, payload, expected in (
        ("energy", "1500", {"energy_import": 1.5}),
        ("wind_speed", "36", {"wind_speed": 10}),
        ("tank", "212", {"temperature@tank": 100}),
    ):
        topic = f"{ROOT}/sensor/{object_id}/state"
        found = said("esphome", ROOT, topic, payload, options=units)
        assert found == expected
    with pytest.raises(ValueError, match=r"units\.tank"):
        esphome.check_options({"units": {"tank": "furlong"}})
    with pytest.raises(ValueError, match="units"):
        esphome.check_options({"units": "°F"})


PROBE = {"metric": "soil_moisture@1", "raw": [2.8, 1.2], "is": [0, 100]}


@pytest.mark.parametrize(
    ("raw", "moisture"), [("2.8", 0), ("1.2", 100), ("2.0", 50), ("3.3", 0), ("0.4", 100)]
)
def test_a_raw_value_is_calibrated_by_two_points(raw: str, moisture: float) -> None:
    options = {"calibration": {"probe": PROBE}}
    found = said("esphome", ROOT, f"{ROOT}/sensor/probe/state", raw, options=options)
    assert found == nearly({"soil_moisture@1": moisture})
    esphome.check_options(options)


@given(
    points=st.tuples(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6)).filter(lambda two: two[0] != two[1]),
    raw=st.floats(-1e300, 1e300),
)
def test_a_calibrated_value_never_leaves_its_range(points: tuple[float, float], raw: float) -> None:
    (one,) = read_calibrations({"calibration": {"a": {**PROBE, "raw": list(points)}}}).values()
    assert 0 <= one.value(raw) <= 100
    assert one.value(points[0]) == 0
    assert one.value(points[1]) == 100


@pytest.mark.parametrize(
    "wrong",
    [
        {"metric": "moist", "raw": [1, 2], "is": [0, 100]},
        {"metric": "valve", "raw": [1, 2], "is": [0, 100]},
        {"metric": "co2@a b", "raw": [1, 2], "is": [0, 100]},
        {"metric": "co2", "raw": [1, 1], "is": [0, 100]},
        {"metric": "co2", "raw": [1], "is": [0, 100]},
        {"metric": "co2", "raw": [1, True], "is": [0, 100]},
        {"metric": "co2", "raw": [1, 2], "is": "0-100"},
        "co2",
    ],
)
def test_a_calibration_that_cannot_be_used_is_refused_when_it_is_written(wrong: Any) -> None:
    with pytest.raises(ValueError, match=r"options\.calibration"):
        esphome.check_options({"calibration": {"probe": wrong}})
    found = said(
        "esphome", ROOT, f"{ROOT}/sensor/probe/state", "2", options={"calibration": {"probe": wrong}}
    )
    assert found == {"x_probe": 2}


@pytest.mark.parametrize(
    ("below", "payload", "reason"),
    [
        ("sensor/temperature/state", "warm", "temperature: a number was expected, not 'warm'"),
        ("binary_sensor/leak/state", "wet", "leak: 'wet' is not what is sent there"),
        ("light/desk/state", "ON", "not JSON"),
        ("status", "perhaps", "online or offline was expected"),
        ("sensor/temperature/state", b"\xff", "not UTF-8"),
    ],
)
def test_a_message_is_refused_with_its_reason(below: str, payload: Any, reason: str) -> None:
    with pytest.raises(BadPayload, match=reason):
        decode("esphome", ROOT, f"{ROOT}/{below}", payload)


@given(value=st.floats(-1e6, 1e6))
def test_numbers_are_kept_as_they_are_sent(value: float) -> None:
    assert said("esphome", ROOT, f"{ROOT}/sensor/co2/state", str(value)) == {"co2": value}
    in_f = said("esphome", ROOT, f"{ROOT}/sensor/temperature_f/state", str(value * 1.8 + 32))
    assert in_f["temperature"] == pytest.approx(value, abs=1e-6, rel=1e-9)
