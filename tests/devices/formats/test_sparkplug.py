"""Sparkplug B: births, aliases, data, deaths, off the wire and in the JSON form."""

from __future__ import annotations

import struct
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.formats import formats, sparkplug
from devices.formats._sparkplug_wire import read_payload, signed
from devices.metrics import label
from devices.readings import BadPayload, Source
from tests.devices.formats.decoding import CAMPUS, assert_storable, said

ROOT = "spBv1.0/Hub 1/gateway"
MS = 1777900000250
AT = datetime(2026, 5, 4, 13, 6, 40, 250_000, tzinfo=UTC)


def varint(value: int) -> bytes:
    wire = b""
    while value > 0x7F:
        wire += bytes([value & 0x7F | 0x80])
        value >>= 7
    return wire + bytes([value])


def number(place: int, value: int) -> bytes:
    return varint(place << 3) + varint(value & 0xFFFF_FFFF_FFFF_FFFF)


def block(place: int, value: bytes) -> bytes:
    return varint(place << 3 | 2) + varint(len(value)) + value


def metric(name: str = "", alias: int | None = None, unit: str = "", **value: Any) -> bytes:
    """A metric as a client writes it: `int=`, `long=`, `float=`, `double=`, `bool=`, `text=`, `null=`."""
    wire = block(1, name.encode()) if name else b""
    wire += number(2, alias) if alias is not None else b""
    wire += number(3, MS)
    if unit:
        wire += block(9, block(1, b"engUnit") + block(2, number(1, 12) + block(8, unit.encode())))
    for kind, one in value.items():
        wire += {
            "type": lambda v: number(4, v),
            "null": lambda v: number(7, v),
            "int": lambda v: number(10, v & 0xFFFF_FFFF),
            "long": lambda v: number(11, v),
            "float": lambda v: varint(12 << 3 | 5) + struct.pack("<f", v),
            "double": lambda v: varint(13 << 3 | 1) + struct.pack("<d", v),
            "bool": lambda v: number(14, v),
            "text": lambda v: block(15, v.encode()),
        }[kind](one)
    return wire


def message(*metrics: bytes, seq: int | None = None) -> bytes:
    wire = number(1, MS) + b"".join(block(2, one) for one in metrics)
    return wire + (number(3, seq) if seq is not None else b"")


def talk(root: str, *messages: tuple[str, bytes]) -> list[dict[str, float | str]]:
    """What each of several messages says to one who listens from the first."""
    source = Source(CAMPUS)
    answers = []
    for topic, payload in messages:
        suffix = sparkplug.suffix(root, topic)
        assert suffix is not None
        found = sparkplug.decode(suffix, payload, source)
        answers.append({label(one.metric, one.channel): one.value for one in found})
    return answers


BIRTH = message(
    metric("bdSeq", type=8, long=3),
    metric("Node Control/Rebirth", type=11, bool=False),
    metric("Properties/Hardware Make", type=12, text="Acme"),
    metric("Supply Voltage", alias=1, type=9, float=12.3),
    metric("Meter/Energy Imported", alias=2, unit="Wh", type=10, double=4500.0),
    metric("Meter/Power", alias=3, unit="kW", type=3, int=-2),
    metric("Pump", alias=4, type=11, bool=True),
    metric("Mode", alias=5, type=12, text="auto"),
    metric("Level", alias=6, type=3, null=1, int=7),
    seq=0,
)


def test_a_birth_tells_names_and_values() -> None:
    assert talk(ROOT, ("spBv1.0/Hub 1/NBIRTH/gateway", BIRTH)) == [
        {
            "online": "online",
            "voltage@supply": 12.3,
            "energy_import@meter": 4.5,
            "power@meter": -2000,
            "switch": "on",
            "x_mode": "auto",
        }
    ]


def test_data_names_metrics_by_their_aliases() -> None:
    data = message(metric(alias=1, float=11.5), metric(alias=3, int=1), metric(alias=4, bool=False), seq=1)
    assert talk(ROOT, ("spBv1.0/Hub 1/NBIRTH/gateway", BIRTH), ("spBv1.0/Hub 1/NDATA/gateway", data))[1] == {
        "voltage@supply": 11.5,
        "power@meter": 1000,
        "switch": "off",
    }


def test_an_alias_of_which_no_birth_was_heard_is_refused_for_a_second_try() -> None:
    with pytest.raises(BadPayload, match="alias 1 is not known: no birth of this node was heard"):
        said("sparkplug", ROOT, "spBv1.0/Hub 1/NDATA/gateway", message(metric(alias=1, float=1.0)))


def test_a_new_birth_gives_new_aliases() -> None:
    again = message(metric("bdSeq", type=8, long=4), metric("Humidity", alias=1, type=9, float=40.0), seq=0)
    data = message(metric(alias=1, float=41.0), seq=1)
    topics = ("NBIRTH", BIRTH), ("NBIRTH", again), ("NDATA", data)
    assert talk(ROOT, *((f"spBv1.0/Hub 1/{kind}/gateway", wire) for kind, wire in topics))[2] == {
        "humidity": 41
    }


DEVICE_BIRTH = message(metric("Temperature", alias=20, unit="°F", type=10, double=68.0), seq=1)


def test_devices_of_a_node_are_channels_and_die_with_it() -> None:
    birth, device = (
        ("spBv1.0/Hub 1/NBIRTH/gateway", BIRTH),
        ("spBv1.0/Hub 1/DBIRTH/gateway/rack", DEVICE_BIRTH),
    )
    data = ("spBv1.0/Hub 1/DDATA/gateway/rack", message(metric(alias=20, double=50.0), seq=2))
    death = ("spBv1.0/Hub 1/NDEATH/gateway", message(metric("bdSeq", type=8, long=3)))
    answers = talk(ROOT, birth, device, data, death)
    assert answers[1] == {"online@rack": "online", "temperature@rack": 20}
    assert answers[2] == {"temperature@rack": 10}
    assert answers[3] == {"online": "offline", "online@rack": "offline"}


def test_one_device_alone_has_no_channel_and_hears_of_its_nodes_death() -> None:
    root = f"{ROOT}/rack"
    answers = talk(
        root,
        ("spBv1.0/Hub 1/NBIRTH/gateway", BIRTH),
        ("spBv1.0/Hub 1/DBIRTH/gateway/rack", DEVICE_BIRTH),
        ("spBv1.0/Hub 1/DDATA/gateway/rack", message(metric(alias=20, double=50.0), seq=9)),
        ("spBv1.0/Hub 1/DDEATH/gateway/rack", message(seq=10)),
        ("spBv1.0/Hub 1/NDEATH/gateway", message(metric("bdSeq", type=8, long=3))),
    )
    offline = {"online": "offline"}
    assert answers == [{}, {"online": "online", "temperature": 20}, {"temperature": 10}, offline, offline]
    assert sparkplug.suffix(root, "spBv1.0/Hub 1/NDATA/gateway") is None
    assert sparkplug.suffix(root, "spBv1.0/Hub 1/DDATA/gateway/other") is None


def test_a_group_has_its_nodes_as_channels() -> None:
    data = message(metric("Power", unit="W", type=9, float=5.0))
    assert said("sparkplug", "spBv1.0/Hub 1", "spBv1.0/Hub 1/NDATA/gateway", data) == {"power@gateway": 5}
    device = said("sparkplug", "spBv1.0/Hub 1", "spBv1.0/Hub 1/DDATA/gateway/rack", data)
    assert device == {"power@gateway_rack": 5}


def test_the_will_of_an_earlier_connection_is_no_death() -> None:
    birth = ("spBv1.0/Hub 1/NBIRTH/gateway", BIRTH)
    late = ("spBv1.0/Hub 1/NDEATH/gateway", message(metric("bdSeq", type=8, long=2)))
    assert talk(ROOT, birth, late)[1] == {}


def test_lost_messages_are_counted() -> None:
    birth = ("spBv1.0/Hub 1/NBIRTH/gateway", BIRTH)
    data = ("spBv1.0/Hub 1/NDATA/gateway", message(metric("Power", float=1.0), seq=4))
    assert talk(ROOT, birth, data, data)[1:] == [{"power": 1, "x_messages_lost": 3}, {"power": 1}]


def test_times_are_the_metrics_own() -> None:
    found = sparkplug.decode("NDATA/n//", message(metric("Power", float=1.0)), Source(CAMPUS))
    assert [one.at for one in found] == [AT]


@pytest.mark.parametrize("kind", ["NCMD", "DCMD"])
def test_commands_and_the_hosts_state_say_nothing(kind: str) -> None:
    wire = message(metric("Node Control/Rebirth", type=11, bool=True))
    device = "/rack" if kind[0] == "D" else ""
    assert said("sparkplug", ROOT, f"spBv1.0/Hub 1/{kind}/gateway{device}", wire) == {}
    assert said("sparkplug", ROOT, "spBv1.0/STATE/host", '{"online": true}') == {}


def test_the_json_form_says_the_same() -> None:
    payload = {
        "timestamp": MS,
        "metrics": [
            {"name": "Supply Voltage", "timestamp": MS, "dataType": "Float", "value": 12.3},
            {"name": "Power", "properties": {"engUnit": {"type": "String", "value": "kW"}}, "value": 2},
            {"name": "Gone", "isNull": True, "value": 5},
        ],
        "seq": 2,
    }
    found = said("sparkplug", ROOT, "spBv1.0/Hub 1/NDATA/gateway", payload)
    assert found == {"voltage@supply": 12.3, "power": 2000}


@pytest.mark.parametrize("root", [ROOT, "spBv1.0/Hub 1/+/gateway", "spBv1.0/Hub 1/NDATA/gateway"])
def test_the_kind_may_stand_in_the_root(root: str) -> None:
    assert sparkplug.suffix(root, "spBv1.0/Hub 1/NDATA/gateway") == "NDATA/gateway//"
    assert sparkplug.suffix(root, "spBv1.0/Hub 2/NDATA/gateway") is None
    assert sparkplug.suffix(root, "spBv1.0/Hub 1/PING/gateway") is None


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"\x12\xff\x01a", "it ends .* bytes too soon"),
        (b"\x0b", "wire type 3 is none"),
        (b"\x08\xff", "it ends within a number"),
        (b"\x08" + b"\xff" * 11, "a number is too long"),
        (b'{"metrics": 5}', "metrics: an array was expected"),
        (b'{"hello": 5}', "metrics: an array was expected"),
        (b"{", "not JSON"),
    ],
)
def test_a_message_is_refused_with_its_reason(payload: bytes, reason: str) -> None:
    with pytest.raises(BadPayload, match=reason):
        said("sparkplug", ROOT, "spBv1.0/Hub 1/NDATA/gateway", payload)


@given(st.integers(-(2**31), 2**31 - 1), st.integers(-(2**63), 2**63 - 1))
def test_negative_integers_come_as_large_ones(small: int, large: int) -> None:
    payload = read_payload(message(metric("a", type=3, int=small), metric("b", type=4, long=large)))
    assert [signed(one.value, one.datatype) for one in payload.metrics] == [small, large]


@given(st.floats(-1e9, 1e9))
def test_a_double_comes_through_whole(value: float) -> None:
    wire = message(metric("Power", unit="W", type=10, double=value))
    assert said("sparkplug", ROOT, "spBv1.0/Hub 1/NDATA/gateway", wire) == {"power": value}


@given(st.binary(max_size=80))
def test_any_bytes_are_read_or_refused(payload: bytes) -> None:
    for suffix in ("NBIRTH/n//", "DDATA/n/d/d", "NDEATH/n//", "NBIRTH/n/^/"):
        try:
            found = formats()["sparkplug"].decode(suffix, payload, Source(CAMPUS))
        except BadPayload:
            continue
        assert_storable(found)


@given(st.data())
def test_a_message_cut_or_bent_is_read_or_refused(data: st.DataObject) -> None:
    wire = bytearray(BIRTH)
    place = data.draw(st.integers(0, len(wire) - 1))
    wire[place] = data.draw(st.integers(0, 255))
    try:
        sparkplug.decode("NBIRTH/n//", bytes(wire[: data.draw(st.integers(0, len(wire)))]), Source(CAMPUS))
    except BadPayload:
        return
