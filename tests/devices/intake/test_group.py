"""Who of several workers is subscribed to what, and how that changes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campus import clock
from campus.database import Database
from campus.workplaces import PlaceLost, all_places, note_filters, settle
from devices.intake.group import Step, arrivals_of, client_id, filters, next_step
from devices.intake.membership import Membership

ALONE, SHARED = filters(["#"], 1), filters(["#"], 3)
SETS = (frozenset[str](), frozenset(ALONE), frozenset(SHARED), frozenset(filters(["hub/#"], 2)))


def test_one_worker_hears_the_topics_and_several_share_them() -> None:
    assert (ALONE, SHARED) == (("#",), ("$share/campus/#",))


def test_the_first_place_has_the_session_of_a_lone_worker() -> None:
    assert [client_id("7f", number) for number in (1, 2)] == ["campus-7f", "campus-7f-2"]


def test_no_two_of_sixteen_places_stamp_the_same_microsecond() -> None:
    assert len({arrivals_of(number) for number in range(1, 17)}) == 16


def test_a_newcomer_joins_those_who_are_there() -> None:
    assert next_step(2, {1: frozenset(SHARED)}, SHARED) == Step(join=SHARED)


def test_a_lone_worker_joins_before_it_lets_go() -> None:
    assert next_step(1, {1: frozenset(ALONE)}, SHARED) == Step(join=SHARED, leave=ALONE)


def test_a_newcomer_waits_for_one_who_is_subscribed_otherwise() -> None:
    assert next_step(2, {1: frozenset(ALONE)}, SHARED) is None


def test_the_lowest_waits_until_the_others_have_left_and_they_leave() -> None:
    sessions = {1: frozenset(SHARED), 3: frozenset(SHARED)}
    assert next_step(1, sessions, ALONE) is None
    assert next_step(3, sessions, ALONE) == Step(leave=SHARED)


@given(st.dictionaries(st.integers(1, 5), st.sampled_from(SETS)), st.sampled_from((ALONE, SHARED)))
def test_whatever_was_there_all_come_to_the_same_and_never_two_kinds_at_once(
    sessions: dict[int, frozenset[str]], wanted: tuple[str, ...]
) -> None:
    """A place that nobody needs is not in question here: the leader reads it out."""
    sessions = {1: frozenset(), **sessions}
    for _round in range(4):
        for number in sorted(sessions, reverse=True):
            step = next_step(number, sessions, wanted)
            if step is None:
                continue
            others = [said for place, said in sessions.items() if place != number and said]
            if step.join:
                assert all(said == frozenset(wanted) for said in others)
            sessions[number] = sessions[number] - frozenset(step.leave) | frozenset(step.join)
    assert set(sessions.values()) == {frozenset(wanted)}


def member(database: Database, number: int, workers: int = 3) -> Membership:
    with database.write() as session:
        place = settle(session, number, f"holder {number}", "here", clock.now())
    return Membership(database, place, ["#"], workers)


def noted(database: Database) -> dict[int, list[str] | None]:
    with database.read() as session:
        return {row.number: row.filters for row in all_places(session)}


def test_what_is_about_to_be_joined_is_noted_before_and_what_is_left_after(sqlite_database: Database) -> None:
    first = member(sqlite_database, 1)
    assert first.connected(has_session=True) == ("#", "$share/campus/#")  # it may have been either
    step = first.next_step()
    assert step == Step(join=SHARED, leave=ALONE)
    assert noted(sqlite_database) == {1: ["#", "$share/campus/#"]}
    assert member(sqlite_database, 2).next_step() is None
    first.done(step)
    assert noted(sqlite_database)[1] == ["$share/campus/#"]
    assert first.next_step() is None


def test_a_session_that_the_broker_does_not_know_is_subscribed_to_nothing(sqlite_database: Database) -> None:
    first = member(sqlite_database, 1)
    with sqlite_database.write() as session:
        note_filters(session, settle(session, 1, "a", "here", clock.now()), ["#"])
    first = member(sqlite_database, 1)
    assert first.connected(has_session=False) == ()
    assert noted(sqlite_database) == {1: []}
    assert first.next_step() == Step(join=SHARED)


def test_who_has_lost_the_place_notes_nothing(sqlite_database: Database) -> None:
    first = member(sqlite_database, 1)
    with sqlite_database.write() as session:
        settle(session, 1, "another", "there", clock.now())
    with pytest.raises(PlaceLost):
        first.connected(has_session=True)
