"""In which order messages are decoded that several workers have handed over."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from devices.intake.sequence import Handed, in_order
from devices.intake.witness import MISSED_FOR_S, Roll

NOON = datetime(2026, 6, 15, 18, 0, tzinfo=UTC)
LATER, AHEAD = NOON + timedelta(seconds=1), NOON + timedelta(seconds=5)


def at(milliseconds: int) -> datetime:
    return NOON + timedelta(milliseconds=milliseconds)


def rows(*handed: Handed, settled: datetime = LATER, missing: int | None = None) -> list[int]:
    return [row for row, _at in in_order(handed, settled, AHEAD, missing)]


def test_what_was_not_heard_in_order_goes_by_its_arrival() -> None:
    assert rows(Handed(1, at(20)), Handed(2, at(10)), Handed(3, at(20))) == [2, 1, 3]


def test_what_was_heard_in_order_goes_by_its_number_at_the_places_of_the_arrivals() -> None:
    handed = [Handed(1, at(0), 2), Handed(2, at(5)), Handed(3, at(9), 1)]
    assert in_order(handed, LATER, AHEAD, None) == [(3, at(0)), (2, at(5)), (1, at(9))]


def test_nothing_goes_before_what_may_still_be_overtaken() -> None:
    assert rows(Handed(1, at(0)), Handed(2, at(9)), settled=at(5)) == [1]
    assert rows(Handed(1, at(0), 2), Handed(2, at(9), 1), settled=at(5)) == []


def test_what_came_before_the_clock_was_set_back_waits_for_nothing() -> None:
    assert rows(Handed(1, AHEAD + timedelta(hours=1)), settled=at(0)) == [1]


def test_what_was_heard_is_waited_for() -> None:
    assert rows(Handed(1, at(0), 1), Handed(2, at(1), 3), missing=2) == [1]
    assert rows(Handed(1, at(0), 3), Handed(2, at(1), 1), missing=2) == []


@given(st.lists(st.tuples(st.integers(0, 50), st.booleans()), max_size=30))
def test_nothing_is_lost_or_doubled_and_every_arrival_is_given_once(
    said: list[tuple[int, bool]],
) -> None:
    handed = [Handed(row, at(ms), row if numbered else None) for row, (ms, numbered) in enumerate(said)]
    found = in_order(handed, LATER, AHEAD, None)
    assert sorted(row for row, _at in found) == list(range(len(said)))
    assert [moment for _row, moment in found] == sorted(one.at for one in handed)
    numbers = [row for row, _at in found if said[row][1]]
    assert numbers == sorted(numbers)


@given(st.permutations(range(8)), st.integers(0, 9), st.integers(0, 9))
def test_what_has_to_wait_keeps_its_place(order: list[int], settled_ms: int, missing: int) -> None:
    handed = [Handed(row, at(row), number + 1) for row, number in enumerate(order)]
    first = in_order(handed, at(settled_ms), AHEAD, missing)
    gone = {row for row, _at in first}
    second = in_order([one for one in handed if one.row not in gone], LATER, AHEAD, None)
    assert sorted(moment for _row, moment in first + second) == [at(row) for row in range(8)]
    assert [order[row] for row, _at in first + second] == list(range(8))


def test_the_same_said_twice_has_two_numbers() -> None:
    roll, key = Roll(), ("topic", b"1")
    roll.heard(key, 0)
    roll.heard(("other", b"1"), 0)
    roll.heard(key, 0)
    assert [roll.find(key), roll.find(key), roll.find(key)] == [1, 3, None]


def test_what_is_not_handed_over_is_not_waited_for_without_end() -> None:
    roll = Roll()
    roll.heard(("topic", b"1"), 0)
    roll.heard(("topic", b"2"), 3)
    assert roll.missing(1) == 1
    assert roll.missing(MISSED_FOR_S) == 2
    assert roll.find(("topic", b"1")) is None
    assert roll.find(("topic", b"2")) == 2
    assert roll.missing(MISSED_FOR_S) is None


def test_what_has_been_decoded_before_it_was_heard_is_not_waited_for() -> None:
    roll, key = Roll(), ("topic", b"1")
    roll.passed(key)
    roll.heard(key, 0)
    assert roll.missing(0) is None
    roll.heard(key, 0)
    assert roll.missing(0) == 1


def test_what_a_worker_may_never_get_is_not_waited_for() -> None:
    roll = Roll()
    roll.heard(("topic", b"1"), 0, is_sure=False)
    roll.heard(("topic", b"2"), 0)
    assert roll.missing(0) == 2
    assert roll.find(("topic", b"1")) == 1
