"""What is kept of a device whose staff want less of it: close to what was said, counters exactly."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campus.moments import SECOND
from devices.history.counters import follow
from devices.history.steps import aggregate
from devices.intake.thinning import Rule, Said, Stand, Thinning, due, judge, strict

STEPS = st.integers(1, 40 * SECOND)


def stream(values: st.SearchStrategy[float]) -> st.SearchStrategy[list[Said]]:
    """Values at growing instants."""

    def stand(pairs: list[tuple[int, float]]) -> list[Said]:
        at, made = 1_700_000_000 * SECOND, []
        for step, value in pairs:
            at += step
            made.append(Said(at, value))
        return made

    return st.lists(st.tuples(STEPS, values), min_size=1, max_size=60).map(stand)


def keep(said: Sequence[Said], rule: Rule, *, punctual: bool = True) -> list[Said]:
    """What is kept in the end. `punctual`: what is due is released on time, not by the next value."""
    stand: Stand | None = None
    kept: list[Said] = []
    for one in said:
        if punctual and stand and stand.held and due(stand, rule) < one.at:
            kept.append(stand.held)
            stand = Stand(stand.held)
        judged = judge(stand, one, rule)
        stand = judged.stand
        kept += judged.written
    if stand and stand.held:
        kept.append(stand.held)
    return kept


def holds(points: Sequence[Said], at: int) -> float:
    """The value that holds at an instant."""
    return float(points[bisect_right(points, at, key=lambda one: one.at) - 1].value)


def seconds(*pairs: tuple[float, float | str]) -> list[Said]:
    return [Said(round(at * SECOND), value) for at, value in pairs]


@settings(deadline=None)
@given(stream(st.floats(-50, 50)), st.integers(0, 30), st.floats(0, 20), st.booleans())
def test_what_is_kept_differs_by_less_than_the_band_or_for_no_longer_than_the_interval(
    said: list[Said], interval_s: int, band: float, punctual: bool
) -> None:
    rule = Rule(interval_s * SECOND, band, 300 * SECOND)
    kept = keep(said, rule, punctual=punctual)
    assert kept[0] == said[0]
    assert kept[-1] == said[-1]
    ends = [one.at - 1 for one in said[1:]] + [said[-1].at]
    for at in ends:
        lately = [holds(said, at)] + [float(one.value) for one in said if at - rule.interval <= one.at <= at]
        lately.append(holds(said, max(said[0].at, at - rule.interval)))
        assert any(value == holds(kept, at) or abs(value - holds(kept, at)) < band for value in lately)


@settings(deadline=None)
@given(stream(st.floats(0, 9)), st.integers(0, 60), st.floats(0, 20), st.integers(0, 300))
def test_what_is_kept_covers_the_same_time(
    said: list[Said], interval_s: int, band: float, more_s: int
) -> None:
    interval, heartbeat = interval_s * SECOND, max(60, interval_s) * SECOND
    largest_gap = max(heartbeat, 2 * interval) + more_s * SECOND
    kept = keep(said, Rule(interval, band, heartbeat))
    start, end = said[0].at, said[-1].at + 2 * largest_gap
    full, thinned = (
        aggregate([(one.at, float(one.value)) for one in all_of], [start, end], largest_gap=largest_gap)[0]
        for all_of in (said, kept)
    )
    assert thinned.coverage == full.coverage


@st.composite
def registers(draw: st.DrawFn) -> list[Said]:
    """A register in kWh that rises (by less than 100 kW bring), stands, dips, restarts, shows nonsense."""
    at, value, made = 1_700_000_000 * SECOND, draw(st.sampled_from([0.0, 10.0, 4711.5])), []
    for step in draw(st.lists(st.integers(SECOND, 40 * SECOND), min_size=1, max_size=60)):
        at += step
        doing = draw(st.sampled_from(["rise"] * 6 + ["stand", "dip", "zero", "restart", "invalid", "leap"]))
        if doing == "rise":
            value += draw(st.integers(1, 64)) / 4096
        elif doing == "dip":
            value *= 0.95
        elif doing == "restart":
            value = draw(st.integers(0, 64)) / 4096
        elif doing == "leap":
            value += 1000
        made.append(Said(at, {"zero": 0.0, "invalid": -1.0}.get(doing, value)))
    return made


@settings(deadline=None)
@given(registers(), st.integers(1, 120), st.sampled_from([None, 100_000.0]), st.booleans())
def test_a_counter_counts_the_same_between_any_two_values_that_are_kept(
    said: list[Said], interval_s: int, rated_power_w: float | None, by_session: bool
) -> None:
    rule = Rule(interval_s * SECOND, 0.0, 300 * SECOND, is_counter=True, rated_power_w=rated_power_w)
    kept = keep(said, rule)
    sums = []
    for all_of in (said, kept):
        pairs = [(one.at, float(one.value)) for one in all_of]
        steps = follow(pairs, rated_power_w=rated_power_w, by_session=by_session).steps
        sums.append([math.fsum(delta for at, delta in steps if at <= one.at) for one in kept])
    assert sums[0] == pytest.approx(sums[1], abs=1e-6)


@settings(deadline=None)
@given(stream(st.sampled_from([0.0, 1.0, 2.0])), st.integers(1, 60))
def test_no_change_of_a_word_is_ever_left_out(said: list[Said], interval_s: int) -> None:
    words = [Said(one.at, f"word {one.value}") for one in said]
    kept = keep(words, Rule(interval_s * SECOND, is_word=True))

    def changes(points: Sequence[Said]) -> list[Said]:
        return [points[0], *(after for before, after in pairwise(points) if after.value != before.value)]

    assert changes(kept) == changes(words)


@settings(deadline=None)
@given(st.floats(0.2, 9.9), st.integers(10, 60))
def test_a_device_that_ticks_fills_no_disk(tick_s: float, interval_s: int) -> None:
    ticks = seconds(*((number * tick_s, float(number)) for number in range(300)))
    kept = keep(ticks, Rule(interval_s * SECOND))
    assert len(kept) <= 300 * tick_s / interval_s + 2


@settings(deadline=None)
@given(stream(st.floats(-50, 50)), st.data())
def test_what_comes_late_is_kept_and_changes_nothing(said: list[Said], data: st.DataObject) -> None:
    rule = Rule(10 * SECOND, 5.0, 300 * SECOND)
    stand = None
    for one in said:
        stand = judge(stand, one, rule).stand
    assert stand is not None
    at = data.draw(st.integers(0, said[-1].at - 1).filter(lambda at: at != stand.kept.at))
    judged = judge(stand, Said(at, 1.0), rule)
    assert (judged.written, judged.stand) == ((Said(at, 1.0),), stand)


def test_of_two_values_at_one_instant_the_later_to_arrive_stands() -> None:
    rule = Rule(10 * SECOND)
    first, held, again = seconds((0, 1.0), (3, 2.0), (3, 3.0))
    stand = judge(judge(None, first, rule).stand, held, rule).stand
    assert judge(stand, again, rule).written == (again,)
    changed = Said(first.at, 9.0)
    assert judge(stand, changed, rule).written == (changed,)
    assert judge(stand, changed, rule).stand.held == held


def test_the_last_value_before_a_silence_is_kept_at_its_own_time() -> None:
    said = seconds((0, 20.0), (3, 25.0))
    stand = judge(judge(None, said[0], Rule(10 * SECOND)).stand, said[1], Rule(10 * SECOND)).stand
    assert stand.held == said[1]
    assert due(stand, Rule(10 * SECOND)) == 13 * SECOND


def test_within_the_band_there_is_one_value_a_heartbeat() -> None:
    said = seconds(*((number, 100.0 + number % 2) for number in range(601)))
    assert [one.at // SECOND for one in keep(said, Rule(0, 5.0, 300 * SECOND))] == [0, 300, 600]


def test_a_fall_of_a_counter_is_kept_with_the_value_before_it() -> None:
    said = seconds((0, 10.0), (1, 10.25), (2, 10.5), (3, 0.0), (4, 0.25), (5, 0.5), (6, 0.75))
    kept = keep(said, Rule(60 * SECOND, is_counter=True))
    assert [one.value for one in kept] == [10.0, 10.5, 0.0, 0.25, 0.75]


def test_a_leap_that_no_wire_could_have_carried_is_kept_with_the_value_before_it() -> None:
    said = seconds((0, 10.0), (1, 10.0005), (2, 500.0), (3, 500.0005), (4, 500.001))
    kept = keep(said, Rule(60 * SECOND, is_counter=True, rated_power_w=2000))
    assert [one.value for one in kept] == [10.0, 10.0005, 500.0, 500.001]


def test_of_a_flood_one_value_a_second_is_kept_whatever_it_says() -> None:
    rule = strict(None)
    said = seconds(*((number / 100, f"word {number}") for number in range(301)))
    assert [one.at / SECOND for one in keep(said, rule)] == [0, 1, 2, 3]


OPTIONS = {"min_interval_s": 10, "dead_band": {"power": 5, "temperature@1": 0.5}}


@pytest.mark.parametrize(
    ("metric", "channel", "is_word", "expected"),
    [
        ("power", "", False, Rule(10 * SECOND, 5, 120 * SECOND)),
        ("power", "a", False, Rule(10 * SECOND, 5, 120 * SECOND)),
        ("temperature", "1", False, Rule(10 * SECOND, 0.5, 120 * SECOND)),
        ("temperature", "2", False, Rule(10 * SECOND, 0, 120 * SECOND)),
        ("energy_import", "", False, Rule(10 * SECOND, is_counter=True, rated_power_w=2000)),
        ("water_total", "", False, Rule(10 * SECOND, is_counter=True)),
        ("door", "", True, Rule(10 * SECOND, is_word=True)),
        ("online", "", True, None),
    ],
)
def test_each_series_has_its_rule(metric: str, channel: str, is_word: bool, expected: Rule | None) -> None:
    thinning = Thinning.of(OPTIONS, 60, 2000)
    assert thinning is not None
    assert thinning.rule(metric, channel, is_word) == expected


def test_a_band_alone_thins_neither_counters_nor_words() -> None:
    thinning = Thinning.of({"dead_band": 5}, None, None)
    assert thinning is not None
    assert thinning.rule("power", "", is_word=False) == Rule(0, 5, 300 * SECOND)
    assert thinning.rule("energy_import", "", is_word=False) is None
    assert thinning.rule("door", "", is_word=True) is None


@pytest.mark.parametrize(
    "options", [{}, {"fields": {}}, {"min_interval_s": "x"}, {**OPTIONS, "history": True}]
)
def test_everything_is_kept_of_a_device_that_asks_for_nothing_or_tells_of_the_past(
    options: dict[str, object],
) -> None:
    assert Thinning.of(options, 60, None) is None
