"""Where one may still book: in every span that is told all of it may be booked, and nowhere else."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from campus.bookings.rules.allowance import allowed
from campus.bookings.rules.policy import Circumstances, Policy, check
from campus.bookings.rules.quotas import Quota
from campus.spaces.spans import Span
from tests.campus.bookings.wishes import AROUND, from_to, wall

HOUR = timedelta(hours=1)
HALF = HOUR / 2
SUNDAY_NIGHT = from_to("2026-03-08 20:00", "2026-03-09 06:00")
DAYS = from_to("2026-03-06 00:00", "2026-03-11 00:00")
"""Over the border of a week and a clock change."""


def spans_of(policy: Policy, free: Span, length: timedelta, around: Circumstances = AROUND) -> list[Span]:
    return allowed(policy, [free], length, around)


def test_without_quotas_all_of_it_is_free() -> None:
    assert spans_of(Policy(), DAYS, HOUR) == [DAYS]


def test_a_day_that_is_used_up_is_left_out() -> None:
    policy = Policy(quotas=(Quota("member", "day", hours=2),))
    around = replace(AROUND, held=[from_to("2026-03-07 09:00", "2026-03-07 11:00")])
    assert spans_of(policy, DAYS, HOUR, around) == [
        Span(DAYS.start, wall("2026-03-07 00:00")), Span(wall("2026-03-08 00:00"), DAYS.end),
    ]  # fmt: skip


def test_over_a_border_each_period_takes_its_part() -> None:
    policy = Policy(quota_hours_per_week=1)
    assert spans_of(policy, SUNDAY_NIGHT, 2 * HOUR) == [from_to("2026-03-08 23:00", "2026-03-09 01:00")]


def test_bookings_are_counted_where_they_start() -> None:
    policy = Policy(quotas=(Quota("member", "day", count=1),))
    around = replace(AROUND, held=[from_to("2026-03-09 09:00", "2026-03-09 11:00")])
    (part,) = spans_of(policy, SUNDAY_NIGHT, 2 * HOUR, around)
    assert part == from_to("2026-03-08 20:00", "2026-03-09 01:59")


def test_what_starts_soon_is_free_whatever_the_quota_says() -> None:
    policy = Policy(quota_hours_per_week=0.5, quotas_free_within_minutes=60)
    today = from_to("2026-03-03 10:00", "2026-03-03 18:00")
    assert spans_of(policy, today, HOUR) == [from_to("2026-03-03 10:00", "2026-03-03 12:00")]


def test_it_ends_while_its_member_is_trained() -> None:
    policy = Policy(training="laser")
    around = replace(AROUND, trained={"laser": wall("2026-03-09 00:30")})
    assert spans_of(policy, SUNDAY_NIGHT, HOUR, around) == [from_to("2026-03-08 20:00", "2026-03-09 00:30")]
    assert spans_of(policy, SUNDAY_NIGHT, 6 * HOUR, around) == []


halves = st.integers(0, int(DAYS.length / HALF))
lengths = st.integers(1, 60).map(lambda number: number * HALF)
quotas = st.builds(
    Quota,
    st.sampled_from(["member", "company"]),
    st.sampled_from(["day", "week", "month"]),
    hours=st.none() | st.integers(1, 40).map(lambda number: number / 2),
    count=st.none() | st.integers(1, 4),
)


@given(
    quotas=st.lists(quotas, max_size=3),
    held=st.lists(st.tuples(halves, lengths), max_size=5),
    length=lengths,
    soon=st.sampled_from([0, 0, 60 * 24 * 5]),
)
def test_just_what_the_rules_take_lies_in_it(
    quotas: list[Quota], held: list[tuple[int, timedelta]], length: timedelta, soon: int
) -> None:
    taken = [Span(DAYS.start + first * HALF, DAYS.start + first * HALF + long) for first, long in held]
    around = replace(AROUND, held=taken[::2], held_by_company=taken, company=True)
    policy = Policy(quotas=tuple(quotas), quotas_free_within_minutes=soon)
    found = spans_of(policy, DAYS, length, around)
    start = DAYS.start
    while start + length <= DAYS.end:
        slot = Span(start, start + length)
        fits = not any(rule.code == "quota" for rule in check(policy, slot, None, around))
        assert any(part.covers(slot) for part in found) == fits, slot
        start += HALF
