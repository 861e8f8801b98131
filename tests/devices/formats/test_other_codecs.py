"""LoRaWAN codecs that the samples do not show, as ChirpStack hands on their results."""

from __future__ import annotations

from typing import Any

import pytest

from tests.devices.formats.decoding import said

CODECS: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "Cayenne, flat": (
        "",
        {"temperature_3": 21.5, "relative_humidity_4": 40, "barometric_pressure_5": 890, "presence_6": 1},
        {"temperature": 21.5, "humidity": 40, "pressure": 890, "occupancy": "occupied"},
    ),
    "two of a kind": (
        "",
        {"temperature_1": 21, "temperature_2": 5},
        {"temperature@1": 21, "temperature@2": 5},
    ),
    "a second of a kind": (
        "",
        {"temperature": 21, "temperature_2": 5},
        {"temperature": 21, "temperature@2": 5},
    ),
    "capitals": (
        "",
        {"Temperature": 21, "Humidity": 40, "CO2": 500},
        {"temperature": 21, "humidity": 40, "co2": 500},
    ),
    "carbon monoxide is no CO2": ("", {"CO": 3}, {"x_co": 3}),
    "a wrapper": ("", {"data": {"temperature": 21}, "port": 2}, {"temperature": 21}),
    "a battery in V": (
        "TBHH100",
        {"battery": 3.6, "occupied": True},
        {"x_battery_voltage": 3.6, "occupancy": "occupied"},
    ),
    "a battery of 3 %": ("", {"battery": 3}, {"battery": 3}),
    "CO2 while it warms up": ("", {"co2": 0}, {}),
    "Elsys": (
        "ERS",
        {
            "temperature": 22,
            "light": 120,
            "occupancy": 2,
            "motion": 3,
            "soundAvg": 41,
            "externalTemperature": 4,
        },
        {
            "temperature": 22,
            "illuminance": 120,
            "occupancy": "occupied",
            "x_motion": 3,
            "noise": 41,
            "temperature@external": 4,
        },
    ),
    "a water valve": (
        "UC512",
        {"valve_1_status": "open", "valve_1_pulse": 5, "pressure": 320},
        {"valve@1": "open", "x_valve_1_pulse": 5, "x_pipe_pressure": 320},
    ),
    "a wall switch of several gangs": (
        "WS502",
        {"switch_1": {"state": "on", "change": "no"}, "switch_2": "off", "switch_2_change": "yes"},
        {"switch@1": "on", "switch@2": "off"},
    ),
    "a plug by an older codec": (
        "WS522",
        {"power": 100, "current": 450, "factor": 98, "power_sum": 12345, "state": "open"},
        {"power": 100, "current": 0.45, "power_factor": 0.98, "energy_import": 12.345, "switch": "on"},
    ),
    "two probes": (
        "TS302",
        {"temperature_chn1": 21, "temperature_chn2": -18, "magnet_chn1": "open"},
        {"temperature@1": 21, "temperature@2": -18, "door@1": "open"},
    ),
    "a noise meter": ("WS302", {"LAeq": 45.5, "LAFmax": 60}, {"noise": 45.5, "x_lafmax": 60}),
    "a weather mast": (
        "WTS506",
        {"wind_speed": 2.5, "wind_direction": 90, "rainfall_total": 12.5, "pressure": 885},
        {"wind_speed": 2.5, "x_wind_direction": 90, "rain": 12.5, "pressure": 885},
    ),
    "Dragino's weather station": (
        "WSC2",
        {"TEM": 20.5, "HUM": 40, "CO2": 450, "PM2_5": 10, "bat": 3.5},
        {"temperature": 20.5, "humidity": 40, "co2": 450, "pm25": 10, "x_battery_voltage": 3.5},
    ),
    "a lidded input is no door": (
        "LSN50",
        {"Door_status": "OPEN", "TempC1": 5},
        {"x_door_status": "OPEN", "temperature@1": 5},
    ),
    "a turbine and a soil probe of SenseCAP": (
        "",
        {
            "messages": [
                {"measurementId": 4120, "measurementValue": 0.6},
                {"measurementId": 4121, "measurementValue": 1.5},
                {"measurementId": 4139, "measurementValue": 33},
                {"Battery(%)": 91, "Hardware Version": "1.0"},
            ]
        },
        {"water_flow": 10, "water_total": 1500, "soil_moisture@20cm": 33, "battery": 91},
    ),
    "what the firmware is": ("", {"version": "1.2", "hardware": "2", "serial": "AB12"}, {}),
}


@pytest.mark.parametrize(("profile", "values", "expected"), CODECS.values(), ids=CODECS.keys())
def test_a_codec_says(profile: str, values: dict[str, Any], expected: dict[str, Any]) -> None:
    event = {"deviceInfo": {"deviceProfileName": profile}, "object": values}
    assert said("chirpstack", "24e1", "application/1/device/24e1/event/up", event) == pytest.approx(expected)
