"""Slots: half-open spans, what is free between them, and what to offer instead."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from campus.bookings.rules.slots import Buffers, free_spans, long_enough, next_grid, suggestions
from campus.spaces.spans import Span, merged, without

MIDNIGHT = datetime(2026, 3, 3, tzinfo=UTC)
QUARTER = timedelta(minutes=15)


def span(start: float, end: float) -> Span:
    """Hours of one day."""
    return Span(MIDNIGHT + timedelta(hours=start), MIDNIGHT + timedelta(hours=end))


def test_back_to_back_spans_do_not_overlap() -> None:
    assert not span(9, 10).overlaps(span(10, 11))
    assert not span(10, 11).overlaps(span(9, 10))


def test_spans_that_share_an_instant_overlap() -> None:
    assert span(9, 10.01).overlaps(span(10, 11))
    assert span(9, 12).overlaps(span(10, 11))
    assert span(10, 11).overlaps(span(9, 12))


def test_what_is_taken_is_cut_out_of_the_free_time() -> None:
    assert without([span(8, 20)], [span(9, 10), span(12, 13)]) == [span(8, 9), span(10, 12), span(13, 20)]


def test_taken_from_edge_to_edge_leaves_nothing() -> None:
    assert without([span(8, 10)], [span(7, 9), span(9, 11)]) == []


def test_a_booking_keeps_clear_of_the_buffers_of_both() -> None:
    buffers = Buffers(before=timedelta(minutes=10), after=timedelta(minutes=20))
    blocked = buffers.around(span(12, 13))
    free = free_spans([span(8, 20)], [blocked], buffers)
    assert free[0].end == MIDNIGHT + timedelta(hours=11, minutes=30)  # 20 after mine, 10 before theirs
    assert free[1].start == MIDNIGHT + timedelta(hours=13, minutes=30)  # 20 after theirs, 10 before mine
    for room in free:
        edge = (
            Span(room.end - QUARTER, room.end)
            if room.start.hour == 8
            else Span(room.start, room.start + QUARTER)
        )
        assert not buffers.around(edge).overlaps(blocked)


def test_spans_too_short_for_the_wish_are_left_out() -> None:
    assert long_enough([span(8, 8.5), span(9, 10)], timedelta(hours=1)) == [span(9, 10)]


def offered(wanted: Span, free: list[Span], shortest: timedelta = QUARTER) -> list[Span]:
    return suggestions(wanted, free, shortest=shortest)


def test_the_nearest_slots_before_and_after_are_offered() -> None:
    free = [span(8, 9.5), span(11, 20)]
    assert offered(span(10, 11), free) == [span(11, 12), span(8.5, 9.5)]


def test_a_slot_fifteen_minutes_shorter_is_offered_where_it_fits_inside() -> None:
    assert span(10, 10.75) in offered(span(10, 11), [span(8, 10.75)])
    assert span(10.25, 11) in offered(span(10, 11), [span(10.25, 14)])


def test_nothing_shorter_than_the_rules_allow_is_offered() -> None:
    free = [span(10, 10.75)]
    assert offered(span(10, 11), free, timedelta(hours=1)) == []


def test_a_full_day_has_no_suggestions() -> None:
    assert offered(span(10, 11), []) == []


def test_offered_times_begin_on_the_five_minute_grid() -> None:
    odd = Span(MIDNIGHT + timedelta(hours=11, minutes=7, seconds=31), MIDNIGHT + timedelta(hours=20))
    start = offered(span(10, 11), [odd])[0].start
    assert start == MIDNIGHT + timedelta(hours=11, minutes=10)
    assert next_grid(start) == start


SPANS = st.tuples(st.integers(0, 287), st.integers(1, 60)).map(
    lambda pair: Span(
        MIDNIGHT + timedelta(minutes=5 * pair[0]), MIDNIGHT + timedelta(minutes=5 * (pair[0] + pair[1]))
    )
)


def minutes(spans: list[Span]) -> set[int]:
    """The five-minute pieces that lie in any of `spans`."""
    return {
        n
        for one in spans
        for n in range((one.start - MIDNIGHT) // (QUARTER / 3), (one.end - MIDNIGHT) // (QUARTER / 3))
    }


@given(st.lists(SPANS))
def test_merging_changes_no_instant_and_leaves_gaps(spans: list[Span]) -> None:
    found = merged(spans)
    assert minutes(found) == minutes(spans)
    assert all(earlier.end < later.start for earlier, later in itertools.pairwise(found))


@given(st.lists(SPANS), st.lists(SPANS))
def test_free_is_exactly_open_without_taken(open_spans: list[Span], taken: list[Span]) -> None:
    assert minutes(without(open_spans, taken)) == minutes(open_spans) - minutes(taken)


@given(SPANS, st.lists(SPANS), st.integers(0, 6), st.integers(0, 6))
def test_what_is_free_never_collides_with_what_is_booked(
    wish: Span, booked: list[Span], before: int, after: int
) -> None:
    buffers = Buffers(before * QUARTER / 3, after * QUARTER / 3)
    blocked = [buffers.around(one) for one in booked]
    for free in free_spans([span(0, 24)], blocked, buffers):
        assert not any(buffers.around(free).overlaps(other) for other in blocked)
    fits = any(free.covers(wish) for free in free_spans([span(-1, 40)], blocked, buffers))
    assert fits == (not any(buffers.around(wish).overlaps(other) for other in blocked))


@given(SPANS, st.lists(SPANS))
def test_every_suggestion_is_free_and_as_long_as_it_says(wish: Span, booked: list[Span]) -> None:
    free = without([span(0, 24)], booked)
    found = suggestions(wish, free, shortest=QUARTER)
    assert len(found) <= 3
    for one in found:
        assert any(room.covers(one) for room in free)
        assert one.length in (wish.length, wish.length - QUARTER)
        assert one.length == wish.length or wish.covers(one)
