"""DSMR-reader: tariffs that add up, power in two registers, gas with a time of its own, the raw telegram."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.formats import formats
from devices.metrics import label
from devices.readings import BadPayload, Source
from tests.devices.formats.decoding import CAMPUS, assert_storable, decode, said

TELEGRAM = {
    "id": 7,
    "timestamp": "2026-05-04T15:30:00Z",
    "electricity_delivered_1": 100.1,
    "electricity_delivered_2": "200.2",
    "electricity_returned_1": 5,
    "electricity_returned_2": 6.5,
    "electricity_currently_delivered": 0.0,
    "electricity_currently_returned": 1.25,
    "phase_currently_delivered_l1": 0.3,
    "phase_currently_returned_l1": 0,
    "phase_currently_delivered_l2": 0,
    "phase_currently_returned_l2": 1.55,
    "phase_voltage_l1": 121,
    "phase_power_current_l3": 2,
    "extra_device_timestamp": "2026-05-04T15:00:00Z",
    "extra_device_delivered": 812.5,
}


def test_a_telegram_says() -> None:
    found = decode("dsmr", "dsmr", "dsmr/json", TELEGRAM)
    assert {label(one.metric, one.channel): one.value for one in found} == {
        "energy_import@t1": 100.1,
        "energy_import@t2": 200.2,
        "energy_import": 300.3,
        "energy_export@t1": 5,
        "energy_export@t2": 6.5,
        "energy_export": 11.5,
        "power": -1250,
        "power@l1": 300,
        "power@l2": -1550,
        "voltage@l1": 121,
        "current@l3": 2,
        "x_gas_total": 812.5,
    }
    times = {one.metric: one.at for one in found}
    assert times["power"] == datetime(2026, 5, 4, 15, 30, tzinfo=UTC)
    assert times["x_gas_total"] == datetime(2026, 5, 4, 15, 0, tzinfo=UTC)


def test_no_gas_is_no_zero() -> None:
    without = TELEGRAM | {"extra_device_delivered": None, "extra_device_timestamp": None}
    assert "x_gas_total" not in said("dsmr", "dsmr", "dsmr/json", without)


def conversation(*messages: tuple[str, str]) -> list[dict[str, float | str]]:
    """What each of several topics of one meter says."""
    source = Source(CAMPUS)
    return [
        {
            label(one.metric, one.channel): one.value
            for one in formats()["dsmr"].decode(topic, payload.encode(), source)
        }
        for topic, payload in messages
    ]


def test_single_topics_add_up_once_both_tariffs_are_known() -> None:
    assert conversation(
        ("reading/electricity_delivered_1", "100.5"),
        ("reading/electricity_delivered_2", "50.25"),
        ("reading/electricity_delivered_1", "100.75"),
    ) == [
        {"energy_import@t1": 100.5},
        {"energy_import@t2": 50.25, "energy_import": 150.75},
        {"energy_import@t1": 100.75, "energy_import": 151},
    ]


def test_power_changes_its_sign_with_the_register_that_counts() -> None:
    assert conversation(
        ("reading/electricity_currently_returned", "0"),
        ("reading/electricity_currently_delivered", "0.75"),
        ("reading/electricity_currently_delivered", "0"),
        ("reading/electricity_currently_returned", "1.5"),
    ) == [{}, {"power": 750}, {"power": 0}, {"power": -1500}]


TOPICS: list[tuple[str, str, dict[str, Any]]] = [
    ("reading/phase_voltage_l2", "119.5", {"voltage@l2": 119.5}),
    ("reading/phase_power_current_l1", "3", {"current@l1": 3}),
    ("reading/timestamp", "2026-05-04T15:30:00Z", {}),
    ("reading/extra_device_delivered", "9.5", {"x_gas_total": 9.5}),
    ("telegram/electricity_currently_delivered", "0.25", {"power": 250}),
    ("consumption/gas/delivered", "812.75", {"x_gas_total": 812.75}),
    ("consumption/gas/currently_delivered", "0.25", {"x_gas_flow": 0.25}),
    ("consumption/gas/read_at", "2026-05-04T15:30:00Z", {}),
    ("consumption/quarter-hour-peak-electricity/average_delivered", "1.5", {"x_power_quarter_hour": 1500}),
    ("day-consumption/electricity1", "3.25", {"x_day_electricity1": 3.25}),
    ("day-consumption/day", "2026-05-04", {}),
    ("meter-stats/power_failure_count", "2", {"x_meter_power_failure_count": 2}),
    ("meter-stats/dsmr_version", "50", {}),
    ("reading/electricity_delivered_1", "None", {}),
]


@pytest.mark.parametrize(("topic", "payload", "expected"), TOPICS)
def test_a_topic_says(topic: str, payload: str, expected: dict[str, Any]) -> None:
    assert said("dsmr", "dsmr", f"dsmr/{topic}", payload) == expected


RAW = """/KFM5KAIFA-METER

1-3:0.2.8(50)
0-0:1.0.0(260504173000S)
1-0:1.8.1(000100.125*kWh)
1-0:1.8.2(000050.250*kWh)
1-0:2.7.0(01.500*kW)
1-0:1.7.0(00.000*kW)
1-0:32.7.0(230.5*V)
1-0:41.7.0(00.250*kW)
0-1:24.2.1(260504170000S)(00042.125*m3)
!ABCD
"""


def test_the_raw_telegram_says() -> None:
    found = decode("dsmr", "dsmr", "dsmr/raw", RAW)
    assert {label(one.metric, one.channel): one.value for one in found} == {
        "energy_import@t1": 100.125,
        "energy_import@t2": 50.25,
        "energy_import": 150.375,
        "power": -1500,
        "power@l2": 250,
        "voltage@l1": 230.5,
        "x_gas_total": 42.125,
    }
    assert {one.at for one in found if one.metric == "power"} == {datetime(2026, 5, 4, 15, 30, tzinfo=UTC)}


@pytest.mark.parametrize(
    ("topic", "payload", "reason"),
    [
        ("json", "{", "not JSON"),
        ("reading/electricity_delivered_1", "many", "electricity_delivered_1: 'many' is no number"),
        ("consumption/gas/delivered", "many", "delivered: 'many' is not what is sent there"),
        ("raw", "/ABC\n!", "no line of the telegram"),
    ],
)
def test_a_message_is_refused_with_its_reason(topic: str, payload: str, reason: str) -> None:
    with pytest.raises(BadPayload, match=reason):
        said("dsmr", "dsmr", f"dsmr/{topic}", payload)


@given(low=st.floats(0, 1e6), high=st.floats(0, 1e6), kw=st.floats(0.001, 100))
def test_tariffs_add_up_and_kw_are_w(low: float, high: float, kw: float) -> None:
    values = {"electricity_delivered_1": low, "electricity_delivered_2": high}
    found = said("dsmr", "dsmr", "dsmr/json", values | {"electricity_currently_returned": kw})
    assert found["energy_import"] == pytest.approx(low + high, abs=1e-6)
    assert found["power"] == -kw * 1000


@given(st.sampled_from([topic for topic, *_ in TOPICS]), st.text(max_size=20))
def test_any_topic_is_read_or_refused(topic: str, payload: str) -> None:
    try:
        found = formats()["dsmr"].decode(topic, payload.encode("utf-8", "replace"), Source(CAMPUS))
    except BadPayload:
        return
    assert_storable(found)
