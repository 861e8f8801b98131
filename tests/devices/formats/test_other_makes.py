"""Messages of the same dialects that the samples do not show: other sensors, newer keys."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from devices.formats import evcc
from devices.readings import Source
from tests.devices.formats.decoding import said

TASMOTA: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "a probe whose line is cut": ("SENSOR", {"DS18B20": {"Temperature": -127.0}}, {}),
    "CO2 while it warms up": (
        "SENSOR",
        {"MHZ19B": {"CarbonDioxide": 0, "Temperature": 21}},
        {"temperature": 21},
    ),
    "dust by its other name": ("SENSOR", {"SPS30": {"PM2_5": 4.5}}, {"pm25": 4.5}),
    "a capacity is no moisture": ("SENSOR", {"CHIRP": {"Moisture": 312}}, {}),
    "wind in km/h": ("SENSOR", {"WINDMETER": {"Speed": 18}, "SpeedUnit": "km/h"}, {"wind_speed": 5}),
    "wind with its mean": (
        "SENSOR",
        {"TX23": {"Speed": {"Act": 3.5, "Avg": 2}, "Dir": {"Deg": 90}}, "SpeedUnit": "m/s"},
        {"wind_speed": 3.5, "x_tx23_dir_deg": 90},
    ),
    "a rain gauge with a dash": (
        "SENSOR",
        {"RG-15": {"Active": 0.1, "Total": 26.5}},
        {"x_rg_15_active": 0.1, "rain": 26.5},
    ),
    "a meter for direct current": (
        "SENSOR",
        {"INA219": {"Voltage": 12.5, "Current": 0.5, "Power": 6.25}},
        {"voltage": 12.5, "current": 0.5, "power": 6.25},
    ),
    "a smart meter's script": (
        "SENSOR",
        {"SML": {"Total_in": 1234.5, "Total_out": 7.5, "Power_curr": -250, "Meter_Number": "0a01"}},
        {"energy_import": 1234.5, "energy_export": 7.5, "power": -250},
    ),
    "phases add up without noise": (
        "SENSOR",
        {"ENERGY": {"ExportActive": [0.1, 0.2, 0.3]}},
        {"energy_export@l1": 0.1, "energy_export@l2": 0.2, "energy_export@l3": 0.3, "energy_export": 0.6},
    ),
    "two tariffs are no phases": (
        "SENSOR",
        {"ENERGY": {"TotalTariff": [1.5, 2.5], "Total": 4.0}},
        {"x_energy_total_tariff@1": 1.5, "x_energy_total_tariff@2": 2.5, "energy_import": 4.0},
    ),
    "a clock is no reading": ("SENSOR", {"Epoch": 1770000000, "ENERGY": {"Power": 3}}, {"power": 3}),
    "a battery, and a light's settings": (
        "STATE",
        {"POWER": "ON", "BatteryPercentage": 88, "Fade": "OFF", "Speed": 1, "Wifi": {"Signal": 0}},
        {"switch": "on", "battery": 88},
    ),
    "a wall switch": ("RESULT", {"Switch2": {"Action": "ON"}}, {"switch@2": "on"}),
    "a wall button": ("RESULT", {"Switch2": {"Action": "TOGGLE"}, "Button1": {"Action": "SINGLE"}}, {}),
}


@pytest.mark.parametrize(("kind", "payload", "expected"), TASMOTA.values(), ids=TASMOTA.keys())
def test_tasmota_says(kind: str, payload: dict[str, Any], expected: dict[str, Any]) -> None:
    assert said("tasmota", "hub", f"tele/hub/{kind}", payload) == pytest.approx(expected)


SHELLY: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "no Wi-Fi is no signal of 0": ("wifi", {"status": "disconnected", "rssi": 0}, {}),
    "a pulse counter, without its minutes": (
        "input:3",
        {"id": 3, "counts": {"total": 55, "xtotal": 5.5, "by_minute": [1, 2, 3], "minute_ts": 1770000000}},
        {"x_counts@3": 55, "x_counts_scaled@3": 5.5},
    ),
    "a blind": (
        "cover:0",
        {"state": "open", "apower": 0, "current_pos": 100, "pos_control": True, "move_timeout": 60},
        {"x_cover_state": "open", "power": 0, "x_cover_current_pos": 100},
    ),
    "a lamp of five colours": ("rgbcct:0", {"output": True, "apower": 4}, {"switch": "on", "power": 4}),
    "a thermostat": (
        "thermostat:0",
        {"target_C": 21, "current_C": 19.5, "output": True, "current_F": 67.1},
        {"x_target_temperature": 21, "temperature": 19.5, "switch": "on"},
    ),
    "a virtual number": (
        "number:200",
        {"value": 3.5, "last_update_ts": 1770000000},
        {"x_number_value@200": 3.5},
    ),
}


@pytest.mark.parametrize(("component", "payload", "expected"), SHELLY.values(), ids=SHELLY.keys())
def test_shelly_says(component: str, payload: dict[str, Any], expected: dict[str, Any]) -> None:
    assert said("shelly", "hub", f"hub/status/{component}", payload) == expected


def test_events_of_meters_and_of_the_device_itself_are_no_readings() -> None:
    events = [
        {
            "component": "em1data:0",
            "event": "data",
            "data": {"ts": 1770000000, "period": 60, "values": [[1]]},
        },
        {"component": "wifi", "event": "sta_connected"},
        {"component": "sys", "event": "sys_btn_push"},
    ]
    notice = {"method": "NotifyEvent", "params": {"ts": 1770000000.5, "events": events}}
    assert said("shelly", "hub", "hub/events/rpc", notice) == {}


def test_several_probes_under_one_key_have_channels() -> None:
    data = {"address": "aa:bb", "temperature": [21.5, 5.25], "battery": 90}
    events = [{"component": "script:1", "event": "shelly-blu", "data": data}]
    notice = {"method": "NotifyEvent", "params": {"ts": 1770000000.5, "events": events}}
    assert said("shelly", "hub", "hub/events/rpc", notice) == {
        "temperature@aa:bb_1": 21.5,
        "temperature@aa:bb_2": 5.25,
        "battery@aa:bb": 90,
    }


EVCC = {
    "a car that tells nothing is not empty": ("loadpoints/1/vehicleSoc", "0", {}),
    "a moment that is not set": ("loadpoints/1/effectivePlanTime", "0001-01-01T00:00:00Z", {}),
    "fed into the grid": ("site/grid/returnEnergy", "12.5", {"energy_export@grid": 12.5}),
    "into the battery": ("site/battery/1/returnEnergy", "7.5", {"energy_import@battery1": 7.5}),
    "out of the battery": ("site/battery/energy", "6.5", {"energy_export@battery": 6.5}),
}


@pytest.mark.parametrize(("topic", "payload", "expected"), EVCC.values(), ids=EVCC.keys())
def test_evcc_says(topic: str, payload: str, expected: dict[str, Any]) -> None:
    assert said("evcc", "evcc", f"evcc/{topic}", payload, kind="charger") == expected


def test_a_vehicle_is_called_by_its_title_in_any_order() -> None:
    source = Source(ZoneInfo("UTC"), kind="charger")

    def vehicle(key: str, payload: str) -> list[float | str]:
        return [one.value for one in evcc.decode(f"loadpoint/{key}", payload.encode(), source)]

    assert vehicle("vehicleTitle", "Leaf of the hub") == ["Leaf of the hub"]
    assert vehicle("vehicleName", "db:4") == []
    assert vehicle("vehicleTitle", "") == []
    assert vehicle("vehicleName", "db:7") == ["db:7"]


def test_what_is_remembered_of_load_points_is_bounded() -> None:
    source = Source(ZoneInfo("UTC"), kind="charger")
    for number in range(1000):
        evcc.decode(f"loadpoints/{number}/charging", b"true", source)
    assert len(source.memory) <= 100


def test_a_progress_that_is_not_known_is_not_less_than_0() -> None:
    assert said("octoprint", "octoPrint", "octoPrint/progress/printing", {"progress": -1}) == {}
