"""SenML: base fields, times, sums, units, and what RFC 8428 has refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.formats import formats
from devices.readings import BadPayload, NotMine, Source
from tests.devices.formats.decoding import CAMPUS, assert_storable, decode, said

ROOT = "lab/senml"
URN = "urn:dev:ow:20f3184b02190074"

PACKS: dict[str, tuple[Any, dict[str, Any]]] = {
    "a name that is the device": ([{"n": URN, "u": "Cel", "v": 21.5}], {"temperature": 21.5}),
    "a base name": (
        [{"bn": f"{URN}:", "n": "voltage", "u": "V", "v": 121}, {"n": "current", "u": "A", "v": 1.5}],
        {"voltage": 121, "current": 1.5},
    ),
    "what is left of a name is the channel": (
        [{"bn": f"{URN}_", "n": "outside/temperature", "u": "Cel", "v": 4}],
        {"temperature@outside": 4},
    ),
    "a base unit": (
        [{"bn": URN, "bu": "%RH", "v": 33}, {"u": "%EL", "v": 80}],
        {"humidity": 33, "battery": 80},
    ),
    "a base value": ([{"bn": URN, "bu": "Cel", "bv": 20, "v": 1.5}], {"temperature": 21.5}),
    "a base value alone": ([{"bn": URN, "bu": "Cel", "bv": 20}], {"temperature": 20}),
    "secondary units": (
        [
            {"n": "power", "u": "kW", "v": 1.5},
            {"n": "supply", "u": "mV", "v": 3300},
            {"n": "energy", "u": "Wh", "v": 2500},
            {"n": "barometer", "u": "hPa", "v": 886},
            {"n": "co2", "u": "ppm", "v": 650},
            {"n": "signal", "u": "dBm", "v": -70},
        ],
        {
            "power": 1500,
            "voltage@supply": 3.3,
            "energy_import": 2.5,
            "pressure": 886,
            "co2": 650,
            "signal": -70,
        },
    ),
    "Pa and K": (
        [{"n": "pressure", "u": "Pa", "v": 88600}, {"n": "temp", "u": "K", "v": 293.15}],
        {"pressure": 886, "temperature": 20},
    ),
    "a sum of power is energy": (
        [{"n": "power", "u": "W", "v": 5, "s": 7.2e6}],
        {"power": 5, "energy_import": 2},
    ),
    "a base sum": ([{"n": "energy", "u": "J", "bs": 3.6e6, "s": 3.6e6}], {"energy_import": 2}),
    "a sum of flow is volume": (
        [{"n": "flow", "u": "l/s", "v": 0.5, "s": 30}],
        {"water_flow": 30, "water_total": 30},
    ),
    "a sum of what has no name": ([{"n": "photons", "s": 4}], {"x_photons_sum": 4}),
    "a truth": (
        [{"n": "door", "vb": True}, {"n": "alarm", "vb": False}],
        {"door": "open", "x_alarm": "false"},
    ),
    "a word": ([{"n": "firmware", "vs": "1.2-rc"}], {"x_firmware": "1.2-rc"}),
    "a place": (
        [{"bn": URN, "u": "lat", "v": 31.7}, {"u": "lon", "v": -106.4}],
        {"x_latitude": 31.7, "x_longitude": -106.4},
    ),
    "bytes are not kept": ([{"n": "image", "vd": "AAEC"}], {}),
    "the form of the draft": (
        {"bn": URN, "e": [{"n": "temperature", "u": "celsius", "v": 30.5}, {"n": "mode", "sv": "auto"}]},
        {"temperature": 30.5, "x_mode": "auto"},
    ),
}


@pytest.mark.parametrize(("pack", "expected"), PACKS.values(), ids=PACKS.keys())
def test_a_pack_says(pack: Any, expected: dict[str, Any]) -> None:
    assert said("senml", ROOT, ROOT, pack) == pytest.approx(expected)


def test_times_are_of_the_base_and_the_record() -> None:
    pack = [{"bn": URN, "bt": 1777800000, "bu": "Cel", "v": 20}, {"t": 60, "v": 21}, {"t": -1.5, "v": 19}]
    found = decode("senml", ROOT, ROOT, pack)
    start = datetime.fromtimestamp(1777800000, UTC)
    assert [one.at for one in found] == [start, start + timedelta(minutes=1), start - timedelta(seconds=1.5)]


def test_small_times_count_from_now() -> None:
    pack = [{"n": "current", "u": "A", "t": -5, "v": 1}, {"n": "current", "u": "A", "v": 2}]
    assert [one.at for one in decode("senml", ROOT, ROOT, pack)] == [timedelta(seconds=-5), None]


def test_devices_that_share_a_topic_are_told_apart_by_name() -> None:
    pack = [
        {"bn": "urn:dev:ow:a1:", "n": "temperature", "u": "Cel", "v": 1},
        {"bn": "urn:dev:ow:b2:", "n": "temperature", "u": "Cel", "v": 2},
    ]
    assert said("senml", ROOT, ROOT, pack, options={"name": "urn:dev:ow:b2:"}) == {"temperature": 2}
    with pytest.raises(NotMine, match="no name in it begins with"):
        said("senml", ROOT, ROOT, pack, options={"name": "urn:dev:ow:c3:"})


@pytest.mark.parametrize(
    ("pack", "reason"),
    [
        ([{"n": "_hidden", "u": "Cel", "v": 1}], "is no name that RFC 8428 allows"),
        ([{"n": "a", "v": 1, "bver": 11}], "bver: 11 is no version that is known"),
        ([{"n": "a", "v": 1, "crypt_": 1}], "'crypt_' must be understood"),
        ([{"n": 5, "v": 1}], "n: a text was expected, not a number"),
        ([5], "a record: a JSON object was expected"),
        ("5", "a JSON array was expected, not a number"),
        ("[", "not JSON"),
    ],
)
def test_a_pack_is_refused_with_its_reason(pack: Any, reason: str) -> None:
    with pytest.raises(BadPayload, match=reason):
        said("senml", ROOT, ROOT, pack)


RECORD = st.fixed_dictionaries(
    {},
    optional={
        "bn": st.sampled_from([URN, "a", "_"]),
        "n": st.one_of(st.text("ab:/_ ", max_size=4), st.integers(0, 9)),
        "u": st.sampled_from(["W", "Cel", "lat", "%EL", "", "x"]),
        "v": st.one_of(st.floats(allow_nan=False), st.none(), st.text(max_size=3), st.booleans()),
        "vs": st.text(max_size=4),
        "vb": st.booleans(),
        "s": st.floats(),
        "t": st.floats(),
        "bt": st.floats(),
        "bv": st.one_of(st.floats(), st.text(max_size=2)),
    },
)


@given(st.lists(RECORD, max_size=5))
def test_any_pack_is_read_or_refused(pack: list[dict[str, Any]]) -> None:
    try:
        found = formats()["senml"].decode("", orjson.dumps(pack), Source(CAMPUS))
    except BadPayload:
        return
    assert_storable(found)


@given(watts=st.floats(-1e6, 1e6), base=st.floats(-1e3, 1e3))
def test_values_add_to_their_base(watts: float, base: float) -> None:
    pack = [{"n": "power", "u": "W", "bv": base, "v": watts}]
    assert said("senml", ROOT, ROOT, pack) == {"power": watts + base}
