"""Homie 3 to 5: properties by name and unit, states of the device, and what is no value."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.formats import formats, homie
from devices.metrics import label
from devices.readings import BadPayload, Source
from tests.devices.formats.decoding import CAMPUS, assert_storable, said

ROOT = "homie/5/taller"
DESCRIPTION = {
    "homie": "5.0",
    "version": 3,
    "nodes": {
        "meter": {
            "properties": {
                "power": {"datatype": "float", "unit": "kW"},
                "imported-energy": {"datatype": "float", "unit": "Wh"},
                "mode": {"datatype": "enum", "format": "eco,full"},
                "lamp": {"datatype": "boolean"},
            }
        },
        "probe": {"properties": {"soil-temp": {"datatype": "float", "unit": "°F"}}},
    },
}


def talk(*messages: tuple[str, Any], root: str = ROOT) -> dict[str, float | str]:
    """What the last of several messages says to one who has heard the others."""
    source = Source(CAMPUS)
    answer: dict[str, float | str] = {}
    for topic, payload in messages:
        suffix = homie.suffix(root, topic)
        assert suffix is not None
        wire = payload.encode() if isinstance(payload, str) else orjson.dumps(payload)
        found = homie.decode(suffix, wire, source)
        answer = {label(one.metric, one.channel): one.value for one in found}
    return answer


def told(topic: str, payload: str) -> dict[str, float | str]:
    return talk((f"{ROOT}/$description", DESCRIPTION), (f"{ROOT}/{topic}", payload))


def test_a_description_tells_units() -> None:
    assert told("meter/power", "1.5") == {"power@meter": 1500}
    assert told("meter/imported-energy", "2500") == {"energy_import@meter": 2.5}
    assert told("probe/soil-temp", "68") == {"soil_temperature@probe": pytest.approx(20)}
    assert told("meter/mode", "eco") == {"x_mode@meter": "eco"}
    assert told("meter/lamp", "true") == {"switch@meter": "on"}


@pytest.mark.parametrize("root", ["homie/taller", ROOT])
def test_units_of_older_versions_have_topics(root: str) -> None:
    unit = (f"{root}/meter/power/$unit", "kW")
    assert talk(unit, (f"{root}/meter/power", "0.5"), root=root) == {"power@meter": 500}


def test_without_a_description_the_name_alone_counts() -> None:
    assert talk((f"{ROOT}/meter/power", "40")) == {"power@meter": 40}
    assert talk((f"{ROOT}/meter/energy", "40")) == {"x_energy@meter": 40}
    assert talk((f"{ROOT}/hall/motion", "false")) == {"occupancy@hall": "clear"}
    assert talk((f"{ROOT}/hall/colour", "warm")) == {"x_colour@hall": "warm"}


def test_one_node_has_no_channel_and_hears_of_its_device() -> None:
    root = f"{ROOT}/meter"
    about = (f"{ROOT}/$description", DESCRIPTION)
    assert talk(about, (f"{ROOT}/meter/power", "1.5"), root=root) == {"power": 1500}
    assert talk((f"{ROOT}/$state", "lost"), root=root) == {"online": "offline", "x_state": "lost"}
    assert homie.suffix(root, f"{ROOT}/probe/soil-temp") is None


@pytest.mark.parametrize(
    ("state", "online"),
    [("ready", "online"), ("alert", "online")]
    + [(word, "offline") for word in ("init", "disconnected", "sleeping", "lost")],
)
def test_only_a_ready_device_is_online(state: str, online: str) -> None:
    assert talk((f"{ROOT}/$state", state)) == {"online": online, "x_state": state}


@pytest.mark.parametrize(
    ("topic", "payload"),
    [
        ("meter/power/set", "5"),
        ("meter/power/$target", "5"),
        ("meter/$name", "Meter"),
        ("$alert/battery", "low, at 8%"),
        ("$log/error", "5 of 7"),
        ("$name", "Taller"),
        ("meter/power", "null"),
        ("meter/label", "\x00"),
        ("$state", ""),
    ],
)
def test_what_is_no_value_says_nothing(topic: str, payload: str) -> None:
    assert said("homie", ROOT, f"{ROOT}/{topic}", payload) == {}


def test_a_broadcast_is_nobodys_value() -> None:
    assert said("homie", ROOT, "homie/5/$broadcast/alert", "at 5 pm") == {}
    assert homie.suffix("homie/taller", "homie/$broadcast/alert") == "$broadcast"
    assert homie.suffix("homie/taller", "homie/other/$state") is None


@pytest.mark.parametrize(
    ("topic", "payload", "reason"),
    [
        ("$state", "dreaming", "'dreaming' is none of Homie's"),
        ("meter/power", "lots", "power: 'lots' is no float"),
        ("meter/lamp", "on", "lamp: 'on' is no boolean"),
        ("$description", "[]", "a JSON object was expected"),
        ("$description", '{"nodes": 5}', "nodes: an object was expected"),
    ],
)
def test_a_message_is_refused_with_its_reason(topic: str, payload: str, reason: str) -> None:
    with pytest.raises(BadPayload, match=reason):
        told(topic, payload)


@given(st.text("ab/$", max_size=12), st.text(max_size=12))
def test_any_topic_is_read_or_refused(suffix: str, payload: str) -> None:
    try:
        found = formats()["homie"].decode(suffix, payload.encode("utf-8", "replace"), Source(CAMPUS))
    except BadPayload:
        return
    assert_storable(found)


@given(st.floats(-1e6, 1e6))
def test_numbers_are_scaled_by_their_unit(value: float) -> None:
    assert told("meter/power", str(value)) == {"power@meter": value * 1000}
