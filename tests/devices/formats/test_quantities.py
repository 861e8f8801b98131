"""Names in words and units, as formats with free names say them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.formats._quantities import quantity, words_of, yes_or_no
from devices.formats._tables import put
from devices.formats._units import UNITS
from devices.metrics import METRICS
from devices.readings import Decoded, Reading

MEANT: list[tuple[str, str | None, float, tuple[str, str, float] | None]] = [
    ("Supply Voltage", "V", 12.5, ("voltage", "supply", 12.5)),
    ("supplyVoltage", None, 12.5, ("voltage", "supply", 12.5)),
    ("outdoor temp", "°F", 50, ("temperature", "outdoor", 10)),
    ("soil_temperature", "K", 293.15, ("soil_temperature", "", 20)),
    ("soilmoisture2", "%", 41, ("soil_moisture", "2", 41)),
    ("Soil humidity", "%", 41, ("soil_moisture", "", 41)),
    ("humidity", "%", 41, ("humidity", "", 41)),
    ("Active power L2", "kW", 1.5, ("power", "l2", 1500)),
    ("power phase b", "W", 5, ("power", "l2", 5)),
    ("standby power", "mW", 250, ("power", "standby", 0.25)),
    ("plant", "MW", 1, ("power", "plant", 1e6)),
    ("Imported energy", "Wh", 4500, ("energy_import", "", 4.5)),
    ("Energy returned", "kWh", 4.5, ("energy_export", "", 4.5)),
    ("session energy", "Wh", 4500, ("session_energy", "", 4.5)),
    ("Energy today", "kWh", 4.5, None),
    ("energy", None, 4.5, None),
    ("energy", "MJ", 36, ("energy_import", "", 10)),
    ("barometer", "inHg", 29.92, ("pressure", "", 1013.2069)),
    ("water pressure", "kPa", 300, None),
    ("pm2.5", "µg/m³", 7, ("pm25", "", 7)),
    ("wind speed", "km/h", 36, ("wind_speed", "", 10)),
    ("battery voltage", "mV", 2950, ("x_battery_voltage", "", 2.95)),
    ("battery", "%", 90, ("battery", "", 90)),
    ("car soc", "%", 60, ("vehicle_soc", "", 60)),
    ("linkquality", "lqi", 90, None),
    ("rssi", "dBm", -70, ("signal", "", -70)),
    ("signal to noise", "dB", 7, None),
    ("power factor", "", 0.9, ("power_factor", "", 0.9)),
    ("water total", "m³", 1.5, ("water_total", "", 1500)),
    ("gas total", "m³", 1.5, None),
    ("carbon dioxide", "ppm", 700, ("co2", "", 700)),
]


@pytest.mark.parametrize(("name", "unit", "value", "expected"), MEANT)
def test_a_name_and_a_unit_mean(
    name: str, unit: str | None, value: float, expected: tuple[str, str, float] | None
) -> None:
    field = quantity(words_of(name), unit)
    if expected is None:
        assert field is None
        return
    assert field is not None
    found: Decoded = []
    put(found, field, value, None)
    (reading,) = found
    metric, channel, scaled = expected
    assert (reading.metric, reading.channel) == (metric, channel)
    assert reading.value == pytest.approx(scaled)


def test_capitals_tell_mw_from_megawatts() -> None:
    found: Decoded = []
    for unit in ("mW", "MW"):
        field = quantity(("power",), unit)
        assert field is not None
        put(found, field, 1, None)
    assert [one.value for one in found] == [0.001, 1e6]


def test_what_a_roof_counts_without_a_direction_is_production() -> None:
    counted = quantity(("energy",), "kWh", produces=True)
    assert counted is not None and counted.metric == "energy_export"
    used = quantity(words_of("energy consumed"), "kWh", produces=True)
    assert used is not None and used.metric == "energy_import"


def test_yes_and_no_by_name() -> None:
    for name, metric in (("Motion", "occupancy"), ("front door", "door"), ("power", "switch")):
        field = yes_or_no(words_of(name))
        assert field is not None and field.metric == metric
    assert yes_or_no(words_of("Inputs/A")) is None


@given(name=st.text(max_size=60), unit=st.one_of(st.none(), st.sampled_from([*UNITS, "furlong"])))
def test_any_name_has_a_metric_of_the_vocabulary_or_none(name: str, unit: str | None) -> None:
    field = quantity(words_of(name), unit)
    if field is not None:
        assert field.metric in METRICS or field.metric == "x_battery_voltage"
        assert len(field.channel) <= 40


@given(st.floats(-1e6, 1e6))
def test_a_number_is_scaled_once(value: float) -> None:
    found: Decoded = []
    for field in (quantity(("power",), "kW"), quantity(("temperature",), "°F")):
        assert field is not None
        put(found, field, value, None)
    power, temperature = found
    assert isinstance(power, Reading) and isinstance(temperature, Reading)
    assert power.value == value * 1000
    assert temperature.value == pytest.approx((value - 32) * 5 / 9, abs=1e-9)
