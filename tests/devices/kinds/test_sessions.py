"""Charging sessions, from what chargers say and from what they fail to say."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.kinds.sessions import Session, Told, sessions

MINUTE = 60_000_000


def words(*said: tuple[float, str]) -> list[tuple[int, str]]:
    return [(round(at * MINUTE), word) for at, word in said]


def register(*shown: tuple[float, float]) -> list[tuple[int, int, float]]:
    """Readings of a lifetime register that only rises."""
    return [
        (round(before * MINUTE), round(at * MINUTE), after - was)
        for (before, was), (at, after) in pairwise(shown)
    ]


def own(*shown: tuple[float, float]) -> list[tuple[int, float]]:
    return [(round(at * MINUTE), value) for at, value in shown]


def told(found: list[Session]) -> list[tuple[float, float | None, Any]]:
    """(started, ended, kWh), in minutes."""
    return [
        (
            one.started / MINUTE,
            None if one.ended is None else one.ended / MINUTE,
            pytest.approx(one.kwh),
        )
        for one in found
    ]


def test_a_session_lasts_from_plugging_in_to_pulling_out() -> None:
    found = sessions(
        Told(
            words(
                (0, "available"), (10, "connected"), (11, "charging"), (50, "suspended"), (70, "available")
            ),
            register((5, 100.0), (11, 100.0), (30, 103.0), (50, 106.0), (75, 106.0)),
        )
    )
    assert told(found) == [(10, 70, 6.0)]


def test_a_car_that_is_still_there_has_not_ended() -> None:
    found = sessions(Told(words((10, "charging")), register((10, 1.0), (20, 2.5))))
    assert told(found) == [(10, None, 1.5)]


def test_a_fault_in_between_is_part_of_it() -> None:
    found = sessions(Told(words((10, "charging"), (20, "faulted"), (25, "charging"), (40, "available"))))
    assert told(found) == [(10, 40, 0)]


def test_without_a_lifetime_register_the_session_register_tells() -> None:
    found = sessions(
        Told(
            words((10, "connected"), (60, "available"), (90, "connected"), (120, "available")),
            own=own((5, 8.8), (10.1, 0.0), (30, 4.0), (59, 7.5), (90.2, 0.0), (119, 2.0)),
        )
    )
    assert told(found) == [(10, 60, 7.5), (90, 120, 2.0)]


def test_what_the_session_register_still_shows_of_the_car_before_is_not_counted_again() -> None:
    found = sessions(
        Told(
            words((10, "connected"), (40, "available")), own=own((1, 12.0), (11, 12.0), (20, 0.4), (39, 3.0))
        )
    )
    assert told(found) == [(10, 40, 3.0)]


def test_a_session_register_that_reads_0_for_a_moment_begins_no_session() -> None:
    found = sessions(
        Told(words((10, "charging"), (60, "available")), own=own((20, 2.0), (21, 0.0), (22, 2.1), (50, 6.0)))
    )
    assert told(found) == [(10, 60, 6.0)]


def test_another_car_whose_coming_nobody_heard_is_seen_by_the_session_register() -> None:
    found = sessions(
        Told(words((10, "charging"), (99, "available")), own=own((30, 5.0), (50, 0.2), (80, 3.0)))
    )
    assert told(found) == [(10, 50, 5.0), (50, 99, 3.0)]


def test_a_power_cut_does_not_end_a_session() -> None:
    found = sessions(
        Told(
            words((10, "charging"), (30, "unavailable"), (40, "charging"), (60, "available")),
            register((10, 50.0), (29, 52.0), (41, 52.0), (59, 55.0)),
            own((29, 2.0), (41, 2.0), (59, 5.0)),
        )
    )
    assert told(found) == [(10, 60, 5.0)]


def test_another_car_after_a_power_cut_is_another_session() -> None:
    found = sessions(
        Told(
            words((10, "charging"), (30, "unavailable"), (40, "charging"), (60, "available")),
            own=own((29, 2.0), (41, 0.1), (59, 3.0)),
        )
    )
    assert told(found) == [(10, 30, 2.0), (40, 60, 3.0)]


def test_a_car_that_left_during_a_power_cut_left_when_it_was_last_seen() -> None:
    found = sessions(Told(words((10, "charging"), (30, "unavailable"), (90, "available"))))
    assert told(found) == [(10, 30, 0)]


def test_energy_without_any_status_makes_sessions_that_say_so() -> None:
    found = sessions(
        Told(gains=register((0, 7.0), (10, 7.0), (25, 8.8), (40, 10.6), (90, 10.6), (105, 12.0)))
    )
    assert told(found) == [(10, 40, 3.6), (90, 105, 1.4)]
    assert [one.is_inferred for one in found] == [True, True]


def test_energy_that_flows_while_no_car_is_said_to_be_there_is_not_lost() -> None:
    found = sessions(
        Told(
            words((0, "available"), (200, "connected"), (260, "available")),
            register((0, 1.0), (60, 1.0), (75, 3.0), (200, 3.0), (230, 8.0), (259, 9.0)),
        )
    )
    assert told(found) == [(60, 75, 2.0), (200, 260, 6.0)]
    assert [one.is_inferred for one in found] == [True, False]


def test_a_register_that_is_read_after_the_car_has_left_still_tells_of_it() -> None:
    late = sessions(
        Told(words((10, "charging"), (30, "available")), register((9, 1.0), (29, 1.0), (33, 5.0)))
    )
    hourly = sessions(Told(words((10, "charging"), (30, "available")), register((0, 1.0), (60, 5.0))))
    assert told(late) == told(hourly) == [(10, 30, 4.0)]


def test_what_was_read_when_the_next_car_came_belongs_to_the_one_before() -> None:
    found = sessions(
        Told(
            words((10, "charging"), (30, "available"), (34, "charging"), (60, "available")),
            register((10, 1.0), (34, 4.0), (59, 6.0)),
        )
    )
    assert told(found) == [(10, 30, 3.0), (34, 60, 2.0)]


def test_a_register_that_stands_still_gives_way_to_the_session_register() -> None:
    """OpenEVSE's total moves after the session only."""
    found = sessions(
        Told(
            words((10, "charging"), (60, "available")),
            register((10, 9.0), (59, 9.0)),
            own((30, 2.0), (59, 4.0)),
        )
    )
    assert told(found) == [(10, 60, 4.0)]


def test_the_car_that_is_named_is_the_one_that_is_there() -> None:
    found = sessions(
        Told(
            words((10, "charging"), (30, "available"), (40, "charging"), (60, "available"), (70, "charging")),
            vehicle=words((9, "Ana's Leaf"), (41, "card 04A2"), (80, "")),
        )
    )
    assert [one.vehicle for one in found] == ["Ana's Leaf", "card 04A2", None]


WORDS = st.sampled_from(["available", "connected", "charging", "suspended", "faulted", "unavailable"])


@st.composite
def stories(draw: st.DrawFn) -> Told:
    status = draw(st.dictionaries(st.integers(0, 600), WORDS, max_size=30))
    readings = sorted(draw(st.sets(st.integers(0, 600), max_size=40)))
    gains, total = [], 0.0
    for before, at in pairwise(readings):
        kwh = draw(st.one_of(st.just(0.0), st.floats(0.01, 20)))
        total += kwh
        gains.append((before * MINUTE, at * MINUTE, kwh))
    shown = draw(st.dictionaries(st.integers(0, 600), st.floats(0, 80), max_size=20))
    return Told(
        [(at * MINUTE, word) for at, word in sorted(status.items())],
        gains,
        [(at * MINUTE, value) for at, value in sorted(shown.items())],
    )


@given(stories())
@settings(max_examples=400)
def test_whatever_a_charger_says_sessions_never_overlap_and_every_gain_is_in_one(story: Told) -> None:
    found = sessions(story)
    for one, following in pairwise(found):
        assert one.ended is not None
        assert one.started <= one.ended <= following.started
    register_kwh = sum(kwh for _before, _at, kwh in story.gains)
    assert sum(one.kwh for one in found) >= register_kwh - 1e-6


@given(stories())
def test_without_a_session_register_their_sum_is_the_registers(story: Told) -> None:
    plain = Told(story.status, story.gains)
    assert sum(one.kwh for one in sessions(plain)) == pytest.approx(sum(kwh for *_span, kwh in plain.gains))
