"""OpenEnergyMonitor: names with numbers, JSON with a time, lists whose order somebody must tell."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.formats import formats
from devices.readings import BadPayload, Source
from tests.devices.formats.decoding import CAMPUS, assert_storable, decode, said

ROOT = "emon/emontx4"

TOPICS: list[tuple[str, str, dict[str, Any]]] = [
    ("power1", "812", {"power@1": 812}),
    ("P3", "-42.5", {"power@3": -42.5}),
    ("CT1", "5", {"power@1": 5}),
    ("power", "812", {"power": 812}),
    ("E2", "4500", {"energy_import@2": 4.5}),
    ("e2", "4500", {"energy_import@2": 4.5}),
    ("vrms", "121.40000000000001", {"voltage": 121.40000000000001}),
    ("V1", "121.5", {"voltage@1": 121.5}),
    ("temperature", "18.5", {"temperature": 18.5}),
    ("T1", "300", {}),
    ("temp2", "-127", {}),
    ("external temperature", "4.5", {"temperature@external": 4.5}),
    ("humidity", "40.5", {"humidity": 40.5}),
    ("battery", "2.9", {"x_battery_voltage": 2.9}),
    ("pulsecount", "77", {"x_pulses": 77}),
    ("pulse1Count", "77", {"x_pulses@1": 77}),
    ("rssi", "-66", {"signal": -66}),
    ("Msg", "5", {}),
    ("boiler flow", "7", {"x_boiler_flow": 7}),
    ("power1", "nan", {}),
    ("e", "5", {"x_e": 5}),
]


@pytest.mark.parametrize(("key", "payload", "expected"), TOPICS)
def test_a_topic_says(key: str, payload: str, expected: dict[str, Any]) -> None:
    assert said("emon", ROOT, f"{ROOT}/{key}", payload) == expected


def test_below_the_base_topic_the_node_is_the_channel() -> None:
    assert said("emon", "emon", f"{ROOT}/power1", "5") == {"power@emontx4_1": 5}
    assert said("emon", "emon", f"{ROOT}/vrms", "120") == {"voltage@emontx4": 120}
    assert said("emon", "emonesp", "emonesp/CT2", "7") == {"power@2": 7}


def test_json_has_a_time() -> None:
    found = decode("emon", ROOT, ROOT, {"time": 1777800000.5, "P1": 5, "E1": 250, "Msg": 3, "T1": 300})
    at = datetime.fromtimestamp(1777800000.5, UTC)
    assert [(one.metric, one.channel, one.value, one.at) for one in found] == [
        ("power", "1", 5, at),
        ("energy_import", "1", 0.25, at),
    ]
    assert said("emon", "emon", ROOT, {"P1": 5}) == {"power@emontx4_1": 5}


def test_a_list_says_what_its_names_tell() -> None:
    names = {"names": ["power1", "vrms", "msg", "temp1"]}
    payload = "120,121.5,7,300"
    assert said("emon", "emonhub/rx/9", "emonhub/rx/9/values", payload) == {}
    found = said("emon", "emonhub/rx/9", "emonhub/rx/9/values", payload, options=names)
    assert found == {"power@1": 120, "voltage": 121.5}
    by_node = {"names": {"9": ["power1"], "10": ["power2"]}}
    assert said("emon", "emonhub/rx", "emonhub/rx/10/values", "4", options=by_node) == {"power@10_2": 4}


def test_pulses_are_energy_where_somebody_says_how_many() -> None:
    options = {"pulses_per_kwh": 800}
    assert said("emon", ROOT, f"{ROOT}/pulse1", "1000", options=options) == {"energy_import@1": 1.25}
    options = {"pulses_per_litre": 2}
    assert said("emon", ROOT, f"{ROOT}/pulsecount", "9", options=options) == {"water_total": 4.5}


def test_a_meter_on_the_roof_counts_what_it_produces() -> None:
    assert said("emon", ROOT, f"{ROOT}/E1", "4500", kind="solar") == {"energy_export@1": 4.5}


@pytest.mark.parametrize(
    ("topic", "payload", "reason"),
    [
        ("emon/emontx4/power1", "lots", "power1: 'lots' is not what is sent there"),
        ("emon/emontx4", "{", "not JSON"),
        ("emon/emontx4/values", "1,x", "numbers with commas"),
    ],
)
def test_a_message_is_refused_with_its_reason(topic: str, payload: str, reason: str) -> None:
    with pytest.raises(BadPayload, match=reason):
        said("emon", ROOT, topic, payload, options={"names": ["power1"]})


@given(st.text(max_size=12), st.one_of(st.floats(-1e6, 1e6).map(str), st.text(max_size=8)))
def test_any_key_is_read_or_refused(key: str, payload: str) -> None:
    try:
        found = formats()["emon"].decode(key, payload.encode("utf-8", "replace"), Source(CAMPUS))
    except BadPayload:
        return
    assert_storable(found)


@given(st.floats(0, 1e9))
def test_energies_are_wh(wh: float) -> None:
    assert said("emon", ROOT, f"{ROOT}/E1", str(wh)) == {"energy_import@1": wh / 1000}
