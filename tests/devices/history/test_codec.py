"""A day packed and opened again: every bit, or a refusal."""

from __future__ import annotations

import dataclasses
import math
import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.history.codec import VERSION, Damaged, Packed, pack, unpack

SECOND = 1_000_000
NOON = 1_772_500_000 * SECOND

instants = st.lists(st.integers(-(2**52), 2**52), min_size=1, max_size=60, unique=True).map(sorted)
any_float = st.one_of(
    st.floats(),
    st.binary(min_size=8, max_size=8).map(lambda bits: struct.unpack("<d", bits)[0]),
    st.sampled_from([0.0, -0.0, 5e-324, math.inf, -math.inf, math.nan]),
)


def bits(values: list[float]) -> bytes:
    return struct.pack(f"<{len(values)}d", *values)


@given(instants, st.data())
def test_numbers_come_back_bit_for_bit(at: list[int], data: st.DataObject) -> None:
    values = data.draw(st.lists(any_float, min_size=len(at), max_size=len(at)))
    packed = pack("a", at, values)
    back_at, back = unpack("a", packed)
    assert back_at.tolist() == at
    assert not isinstance(back, list)
    assert back.tobytes() == bits(values)
    assert (packed.count, packed.first_at, packed.last_at) == (len(at), at[0], at[-1])


@given(instants, st.data())
def test_words_come_back_as_they_were(at: list[int], data: st.DataObject) -> None:
    text = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
    words = data.draw(st.lists(text, min_size=len(at), max_size=len(at)))
    back_at, back = unpack("a", pack("a", at, words))
    assert (back_at.tolist(), back) == (at, words)


@given(st.integers(0, 10**12), st.integers(1, 10**9), st.lists(st.integers(-40, 40), min_size=2, max_size=99))
def test_instants_on_a_grid_come_back_whatever_the_jitter(first: int, unit: int, jitter: list[int]) -> None:
    at = [first + unit * (100 * place + late) for place, late in enumerate(jitter)]
    assert unpack("a", pack("a", at, [0.0] * len(at)))[0].tolist() == at


def test_a_steady_meter_takes_little_more_than_its_noise() -> None:
    exact = [NOON + place * 10 * SECOND for place in range(8640)]
    jittered = [at + (place * 7919 % 81 - 40) * 1000 for place, at in enumerate(exact)]
    voltages = [round(230 + math.sin(place / 50), 1) for place in range(8640)]
    for at, most in ((exact, 100), (jittered, 0.85 * 8640)):
        assert len(pack("a", at, voltages).timestamps) < most


@pytest.fixture
def packed() -> Packed:
    return pack("7:20515", [NOON, NOON + SECOND, NOON + 2 * SECOND], [1.0, 2.5, math.pi])


def test_a_block_of_another_series_or_day_is_refused(packed: Packed) -> None:
    with pytest.raises(Damaged):
        unpack("7:20516", packed)


def test_a_format_that_is_not_known_is_refused(packed: Packed) -> None:
    with pytest.raises(Damaged, match="format 2 is not known"):
        unpack("7:20515", dataclasses.replace(packed, version=VERSION + 1))


def _only(part: str, whole: bytes) -> dict[str, Any]:
    return {part: whole}


@pytest.mark.parametrize("part", ["timestamps", "values"])
def test_a_block_with_any_bit_turned_is_refused(packed: Packed, part: str) -> None:
    whole: bytes = getattr(packed, part)
    for place in range(len(whole) * 8):
        turned = bytearray(whole)
        turned[place // 8] ^= 1 << place % 8
        with pytest.raises(Damaged):
            unpack("7:20515", dataclasses.replace(packed, **_only(part, bytes(turned))))
    with pytest.raises(Damaged):
        unpack("7:20515", dataclasses.replace(packed, **_only(part, whole[:-1])))


@pytest.mark.parametrize("field", ["count", "first_at", "last_at", "checksum"])
def test_what_stands_beside_the_bytes_is_covered_too(packed: Packed, field: str) -> None:
    with pytest.raises(Damaged):
        unpack("7:20515", dataclasses.replace(packed, **{field: getattr(packed, field) + 1}))
