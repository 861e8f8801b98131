"""Buckets over values that hold until the next one."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campus.moments import SECOND, to_micros
from devices.history.steps import Bucket, aggregate, aggregate_words

HOUR = 3600


def seconds(*points: tuple[int, float]) -> list[tuple[int, float]]:
    return [(at * SECOND, value) for at, value in points]


def buckets(
    *points: tuple[int, float], start: int = 0, end: int = 60, step: int = 60, gap: int = HOUR
) -> list[Bucket]:
    edges = [*range(start * SECOND, end * SECOND, step * SECOND), end * SECOND]
    return aggregate(seconds(*points), edges, largest_gap=gap * SECOND)


def only(*points: tuple[int, float], end: int = 60, gap: int = HOUR) -> Bucket:
    (bucket,) = buckets(*points, end=end, step=end, gap=gap)
    return bucket


def test_a_mean_is_weighted_by_the_time_that_each_value_held() -> None:
    assert only((0, 10), (45, 30)).mean == 15


def test_a_value_from_before_the_window_carries_in() -> None:
    bucket = only((-20, 10), (30, 20))
    assert (bucket.mean, bucket.min, bucket.max, bucket.count, bucket.coverage) == (15, 10, 20, 1, 1)


def test_the_window_begins_at_its_first_known_value() -> None:
    bucket = only((30, 20))
    assert (bucket.mean, bucket.coverage) == (20, 0.5)


def test_a_value_holds_no_longer_than_the_largest_gap() -> None:
    bucket = only((0, 10), (50, 40), gap=10)
    assert bucket.mean == 25
    assert bucket.coverage == pytest.approx(20 / 60)


def test_a_value_too_old_does_not_carry_in() -> None:
    assert only((-20, 10), gap=20) == Bucket(only().at, None, None, None, None, None, 0, 0.0)


def test_a_value_carries_through_buckets_without_readings() -> None:
    found = buckets((10, 7), end=180)
    assert [bucket.last for bucket in found] == [7, 7, 7]
    assert [bucket.count for bucket in found] == [1, 0, 0]
    assert [bucket.coverage for bucket in found] == [pytest.approx(50 / 60), 1, 1]


def test_the_end_is_not_part_of_the_window() -> None:
    assert only((0, 1), (60, 99)).max == 1


def test_of_two_values_at_one_instant_the_later_stands() -> None:
    bucket = only((0, 1), (0, 5))
    assert (bucket.mean, bucket.min, bucket.count) == (5, 5, 1)


def test_the_last_bucket_may_be_shorter() -> None:
    found = buckets((0, 1), end=90)
    assert [to_micros(bucket.at) // SECOND for bucket in found] == [0, 60]
    assert found[-1].coverage == 1


def test_a_delta_falls_into_the_bucket_of_its_instant() -> None:
    found = aggregate(
        seconds((0, 1), (60, 3)),
        [0, 60 * SECOND, 120 * SECOND, 180 * SECOND],
        largest_gap=60 * SECOND,
        deltas=seconds((60, 2), (200, 9)),
    )
    assert [bucket.delta for bucket in found] == [0, 2, None]


def test_words_have_a_last_a_count_and_a_coverage() -> None:
    words = [(0, "open"), (30 * SECOND, "closed")]
    first, second = aggregate_words(words, [0, 60 * SECOND, 120 * SECOND], largest_gap=60 * SECOND)
    assert (first.last, first.count, first.coverage, first.mean) == ("closed", 2, 1, None)
    assert (second.last, second.count, second.coverage) == ("closed", 0, 0.5)


def test_numbers_at_the_edge_of_what_a_float_holds_stay_finite() -> None:
    bucket = only((0, 1.7e308), (20, -1.7e308), (40, 1.7e308))
    assert bucket.mean is None or math.isfinite(bucket.mean)
    assert (bucket.min, bucket.max) == (-1.7e308, 1.7e308)


values = st.lists(st.tuples(st.integers(-40, 130), st.integers(-1000, 1000).map(float)), max_size=25).map(
    lambda points: sorted(points, key=lambda point: point[0])
)


@given(values, st.integers(1, 120), st.integers(1, 50), st.integers(1, 60))
def test_buckets_agree_with_asking_at_every_second(
    points: list[tuple[int, float]], end: int, step: int, gap: int
) -> None:
    """The naive model: which value held at each second of the window?"""
    for place, bucket in enumerate(buckets(*points, end=end, step=step, gap=gap)):
        span = range(place * step, min((place + 1) * step, end))
        held = [value for value in (_held(points, at, gap) for at in span) if value is not None]
        inside = {at for at, _value in points if at in span}
        assert bucket.count == len(inside)
        assert bucket.coverage == pytest.approx(len(held) / len(span))
        if held:
            assert bucket.mean == pytest.approx(sum(held) / len(held))
            assert (bucket.min, bucket.max, bucket.last) == (min(held), max(held), held[-1])
        else:
            assert bucket.mean is None


@given(values, st.integers(1, 120))
def test_a_mean_lies_between_the_least_and_the_greatest(points: list[tuple[int, float]], end: int) -> None:
    bucket = only(*points, end=end)
    if bucket.mean is not None and bucket.min is not None and bucket.max is not None:
        assert bucket.min <= bucket.mean <= bucket.max


def _held(points: list[tuple[int, float]], second: int, gap: int) -> float | None:
    before = [(at, value) for at, value in points if at <= second]
    return before[-1][1] if before and second < before[-1][0] + gap else None
