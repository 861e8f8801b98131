"""What comes again after a connection was made, and what only looks like it."""

from __future__ import annotations

import pytest

from devices.intake.delivered import LAST_IDENTIFIER, Mark, Redelivered


def marks(first: int, count: int) -> list[Mark]:
    """Messages in a row, each with a fingerprint of its own."""
    return [((first + step - 1) % LAST_IDENTIFIER + 1, 1000 + step) for step in range(count)]


def is_there(known: Redelivered, mark: Mark, *, again: bool = False, retained: bool = False) -> bool:
    return known.has(mark, again=again, retained=retained)


def test_a_message_that_is_sent_again_and_was_stored_is_told_by_its_flag() -> None:
    known = Redelivered(marks(1, 3))
    assert is_there(known, (2, 1001), again=True)
    assert not is_there(known, (3, 77), again=True), "another message under that identifier"
    assert not is_there(known, (9, 1), again=True), "one that was never stored"


@pytest.mark.parametrize("first", [1, LAST_IDENTIFIER - 4])
def test_a_broker_that_went_back_says_again_without_the_flag_what_is_stored(first: int) -> None:
    said = marks(first, 10)
    known = Redelivered(said)
    assert all(is_there(known, mark) for mark in said[4:])
    assert not is_there(known, ((first + 9) % LAST_IDENTIFIER + 1, 5)), "the first that is new"


def test_after_the_first_new_message_nothing_is_taken_for_an_old_one() -> None:
    said = marks(1, 10)
    known = Redelivered(said)
    assert is_there(known, said[6])
    assert not is_there(known, (8, 555)), "new: the broker has given this number anew"
    assert not is_there(known, said[8]), "new too, though it says what was said under this number before"


def test_a_value_that_is_said_again_by_a_broker_that_goes_on_is_a_new_one() -> None:
    same = [(identifier, 42) for identifier in range(1, 101)]
    assert not is_there(Redelivered(same), (101, 42))


def test_an_identifier_of_long_ago_says_nothing() -> None:
    a_round = [(identifier, 42) for identifier in range(1, LAST_IDENTIFIER + 1)]
    assert not is_there(Redelivered(a_round), (1, 42)), "the next in turn, after a whole round"


def test_a_broker_that_takes_the_lowest_free_number_is_not_understood_as_one_that_went_back() -> None:
    in_flight = [(identifier, 42) for identifier in range(1, 21)]
    assert not is_there(Redelivered(in_flight * 3), (1, 42))


def test_a_broker_that_went_back_once_and_long_ago_may_do_so_again() -> None:
    said = [*marks(1, 50), *marks(20, 5000)]
    assert is_there(Redelivered(said), said[-100])


def test_a_retained_message_is_never_taken_for_an_old_one() -> None:
    said = marks(1, 10)
    known = Redelivered(said)
    assert not is_there(known, said[5], retained=True)
    assert is_there(known, said[5]), "and ends nothing"
