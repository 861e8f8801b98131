"""What a repair makes of stored rows."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.history.counters import follow
from devices.history.repairs import FOREVER, KINDS, Repair, fault_of, mended, touched

ROWS = [(10, 1.0), (20, 2.0), (30, 900.0), (40, 4.0), (50, 5.0)]

spans = st.tuples(st.integers(0, 100), st.integers(0, 100)).filter(lambda span: span[0] < span[1])
streams = st.dictionaries(st.integers(0, 100), st.floats(-1e6, 1e6)).map(lambda rows: sorted(rows.items()))


@st.composite
def repairs(draw: st.DrawFn) -> Repair:
    first, last = draw(spans)
    kind = draw(st.sampled_from(KINDS))
    return Repair(kind, first, last, None if kind == "bad" else draw(st.floats(-1e6, 1e6)))


def test_a_bad_span_is_left_out_and_its_end_is_not_in_it() -> None:
    assert mended(ROWS, [Repair("bad", 20, 40)]) == [(10, 1.0), (40, 4.0), (50, 5.0)]


def test_a_value_stands_in_for_what_was_said() -> None:
    assert mended(ROWS, [Repair("value", 30, 31, 3.0)])[2] == (30, 3.0)


def test_an_offset_and_a_scale_move_every_value_of_their_span() -> None:
    moved = mended(ROWS, [Repair("offset", 10, 30, 0.5), Repair("scale", 40, FOREVER, 10.0)])
    assert moved == [(10, 1.5), (20, 2.5), (30, 900.0), (40, 40.0), (50, 50.0)]


def test_a_later_repair_sees_what_the_earlier_one_left() -> None:
    twice = [Repair("scale", 0, 100, 2.0), Repair("offset", 0, 100, 1.0)]
    assert mended([(5, 3.0)], twice) == [(5, 7.0)]
    assert mended([(5, 3.0)], reversed(twice)) == [(5, 8.0)]


def test_a_swapped_meter_counts_on_where_the_old_one_ended() -> None:
    """The old meter was read at 1,250.5 kWh when it came off; the new one hung there with 3.2 on it."""
    rows = [(10, 1249.0), (20, 1250.0), (30, 3.7), (40, 4.2)]
    run = follow(mended(rows, [Repair("swap", 25, FOREVER, 1250.5 - 3.2)]))
    assert run.total == pytest.approx(1 + 0.5 + 0.5 + 0.5)
    assert run.corrections == []


def test_what_would_become_infinite_is_left_out() -> None:
    assert mended([(1, 1e300), (2, 1.0)], [Repair("scale", 0, 9, 1e300)]) == [(2, 1e300)]


@pytest.mark.parametrize(
    ("repair", "fault"),
    [
        (Repair("bad", 5, 5), "span"),
        (Repair("bad", 9, 5), "span"),
        (Repair("bad", 1, 5, 2.0), "number"),
        (Repair("value", 1, 5), "number"),
        (Repair("value", 1, 5, math.nan), "number"),
        (Repair("scale", 1, 5, math.inf), "number"),
    ],
)
def test_a_repair_that_says_nothing_is_refused(repair: Repair, fault: str) -> None:
    assert fault_of(repair, is_text=False, is_register=True) == fault


def test_words_can_only_be_bad_and_only_a_register_is_swapped() -> None:
    assert fault_of(Repair("bad", 1, 5), is_text=True, is_register=False) is None
    assert fault_of(Repair("offset", 1, 5, 1.0), is_text=True, is_register=False) == "words"
    assert fault_of(Repair("swap", 1, number=1.0), is_text=False, is_register=False) == "register"
    assert fault_of(Repair("swap", 1, number=1.0), is_text=False, is_register=True) is None


@given(streams, st.lists(repairs(), max_size=5))
def test_order_stays_and_nothing_outside_of_the_spans_is_touched(
    rows: list[tuple[int, float]], made: list[Repair]
) -> None:
    after = mended(rows, made)
    assert [at for at, _value in after] == sorted({at for at, _value in after})
    assert all(math.isfinite(value) for _at, value in after)
    for first, last in touched(made):
        rows = [row for row in rows if not first <= row[0] < last]
        after = [row for row in after if not first <= row[0] < last]
    assert after == rows


@given(streams, st.lists(repairs(), max_size=5), st.integers(0, 100))
def test_rows_may_be_mended_in_pieces(rows: list[tuple[int, float]], made: list[Repair], cut: int) -> None:
    earlier = [row for row in rows if row[0] < cut]
    later = [row for row in rows if row[0] >= cut]
    assert mended(earlier, made) + mended(later, made) == mended(rows, made)
