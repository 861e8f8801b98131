"""Quotas: of members and companies, a day, a week, a month, in elapsed hours and in bookings."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campus.bookings.rules.policy import Policy, check, periods_of
from campus.bookings.rules.quotas import Of, Per, Quota, periods
from campus.spaces.spans import Span
from tests.campus.bookings.wishes import AROUND, JUAREZ, NOW, broken, codes, from_to, wall

SPRING_NIGHT = from_to("2026-03-07 22:00", "2026-03-08 06:00")
AUTUMN_NIGHT = from_to("2026-10-31 22:00", "2026-11-01 06:00")


def limited(per: Per, *, of: Of = "member", hours: float | None = None, count: int | None = None) -> Policy:
    return Policy(quotas=(Quota(of, per, hours, count),))


def numbers(wanted: Span, policy: Policy, **around: Any) -> list[dict[str, Any]]:
    found = broken(wanted, policy, **around)
    assert {rule.code for rule in found} <= {"quota"}
    return [dict(rule.numbers) for rule in found]


def test_a_quota_that_is_reached_exactly_is_kept() -> None:
    held = [from_to("2026-03-04 08:00", "2026-03-04 11:00")]
    wanted = from_to("2026-03-05 08:00", "2026-03-05 13:00")
    assert numbers(wanted, limited("week", hours=8), held=held) == []


def test_eight_hours_allowed_nine_asked() -> None:
    held = [from_to("2026-03-04 08:00", "2026-03-04 12:00")]
    wanted = from_to("2026-03-05 08:00", "2026-03-05 13:00")
    assert numbers(wanted, limited("week", hours=8), held=held) == [
        {
            "of": "member",
            "per": "week",
            "period": "2026-03-02",
            "allowed_hours": 8,
            "held_hours": 4,
            "asked_hours": 5,
        }
    ]


def test_bookings_are_counted_as_well_as_hours() -> None:
    held = [from_to("2026-03-04 08:00", "2026-03-04 09:00"), from_to("2026-03-04 10:00", "2026-03-04 11:00")]
    wanted = from_to("2026-03-04 15:00", "2026-03-04 16:00")
    assert numbers(wanted, limited("day", count=3), held=held) == []
    assert numbers(wanted, limited("day", count=2), held=held) == [
        {
            "of": "member",
            "per": "day",
            "period": "2026-03-04",
            "allowed_count": 2,
            "held_count": 2,
            "asked_count": 1,
        }
    ]


def test_hours_and_count_of_one_quota_are_two_reasons() -> None:
    held = [from_to("2026-03-04 08:00", "2026-03-04 09:00")]
    wanted = from_to("2026-03-04 15:00", "2026-03-04 16:00")
    first, second = numbers(wanted, limited("day", hours=1, count=1), held=held)
    assert ("allowed_hours" in first, "allowed_count" in second) == (True, True)


def test_every_broken_quota_is_a_reason_of_its_own() -> None:
    policy = Policy(
        quota_hours_per_week=2,
        quotas=(
            Quota("member", "day", hours=1),
            Quota("member", "month", hours=100),
            Quota("company", "month", count=1),
        ),
    )
    mine, theirs = (
        from_to("2026-03-04 08:00", "2026-03-04 10:00"),
        from_to("2026-03-18 08:00", "2026-03-18 10:00"),
    )
    wanted = from_to("2026-03-04 12:00", "2026-03-04 13:00")
    found = numbers(wanted, policy, held=[mine], company=True, held_by_company=[mine, theirs])
    assert [(one["of"], one["per"], one["period"]) for one in found] == [
        ("member", "week", "2026-03-02"),
        ("member", "day", "2026-03-04"),
        ("company", "month", "2026-03-01"),
    ]


@pytest.mark.parametrize(("night", "hours"), [(SPRING_NIGHT, 7), (AUTUMN_NIGHT, 9)])
def test_a_night_of_a_clock_change_counts_the_hours_that_pass(night: Span, hours: int) -> None:
    assert numbers(night, limited("month", hours=20)) == []
    asked = [one["asked_hours"] for one in numbers(night, limited("week", hours=hours - 0.5))]
    assert asked == [hours]
    assert numbers(night, limited("week", hours=hours)) == []


@pytest.mark.parametrize(
    ("day", "hours"), [("2026-03-08", 23), ("2026-03-09", 24), ("2026-10-31", 24), ("2026-11-01", 25)]
)
def test_a_day_lasts_from_midnight_to_midnight_of_the_wall(day: str, hours: int) -> None:
    (found,) = periods("day", from_to(f"{day} 12:00", f"{day} 13:00"), JUAREZ)
    assert (found.start, found.length) == (wall(f"{day} 00:00"), timedelta(hours=hours))


def test_a_whole_day_of_25_hours_breaks_a_quota_of_24() -> None:
    policy = replace(limited("day", hours=24), max_minutes=2000)
    assert codes(from_to("2026-10-31 00:00", "2026-11-01 00:00"), policy) == []
    assert codes(from_to("2026-11-01 00:00", "2026-11-02 00:00"), policy) == ["quota"]
    assert codes(from_to("2026-03-08 00:00", "2026-03-09 00:00"), limited("day", hours=23)) == []


@pytest.mark.parametrize(
    ("inside", "start", "end", "hours"),
    [
        ("2026-02-10", "2026-02-01", "2026-03-01", 28 * 24),
        ("2026-03-31", "2026-03-01", "2026-04-01", 31 * 24 - 1),
        ("2026-11-30", "2026-11-01", "2026-12-01", 30 * 24 + 1),
        ("2026-12-31", "2026-12-01", "2027-01-01", 31 * 24),
        ("2028-02-29", "2028-02-01", "2028-03-01", 29 * 24),
    ],
)
def test_a_month_is_the_calendar_s(inside: str, start: str, end: str, hours: int) -> None:
    (found,) = periods("month", from_to(f"{inside} 12:00", f"{inside} 13:00"), JUAREZ)
    assert found == from_to(f"{start} 00:00", f"{end} 00:00")
    assert found.length == timedelta(hours=hours)


def test_a_month_border_parts_a_booking() -> None:
    night = from_to("2026-03-31 22:00", "2026-04-01 06:00")
    held = [from_to("2026-03-02 08:00", "2026-03-02 18:00")]
    assert numbers(night, limited("month", hours=12), held=held) == []
    assert [one["asked_hours"] for one in numbers(night, limited("month", hours=11), held=held)] == [2]
    april = [from_to("2026-04-09 08:00", "2026-04-09 18:00")]
    late = numbers(night, limited("month", hours=11), held=april)
    assert [(one["period"], one["asked_hours"]) for one in late] == [("2026-04-01", 6)]


def test_a_held_night_over_the_border_counts_in_both_weeks_with_its_parts() -> None:
    night = from_to("2026-03-15 22:00", "2026-03-16 06:00")
    sunday, monday = (
        from_to("2026-03-15 08:00", "2026-03-15 10:00"),
        from_to("2026-03-16 08:00", "2026-03-16 10:00"),
    )
    assert codes(sunday, limited("week", hours=4), held=[night]) == []
    assert codes(monday, limited("week", hours=8), held=[night]) == []
    assert codes(sunday, limited("week", hours=3.5), held=[night]) == ["quota"]
    assert codes(monday, limited("week", hours=7), held=[night]) == ["quota"]


def test_a_night_is_one_booking_of_the_day_on_which_it_starts() -> None:
    tonight, tomorrow = (
        from_to("2026-03-04 22:00", "2026-03-05 06:00"),
        from_to("2026-03-05 22:00", "2026-03-06 06:00"),
    )
    assert codes(tomorrow, limited("day", count=1), held=[tonight]) == []
    assert codes(
        from_to("2026-03-04 08:00", "2026-03-04 09:00"), limited("day", count=1), held=[tonight]
    ) == ["quota"]


def test_what_ends_at_midnight_is_nothing_of_the_next_day() -> None:
    late = from_to("2026-03-04 22:00", "2026-03-05 00:00")
    assert len(periods("day", late, JUAREZ)) == 1
    assert codes(from_to("2026-03-05 00:00", "2026-03-05 02:00"), limited("day", hours=2), held=[late]) == []


def test_a_company_pools_what_its_members_hold() -> None:
    theirs = [
        from_to("2026-03-04 08:00", "2026-03-04 12:00"),
        from_to("2026-03-05 08:00", "2026-03-05 11:00"),
    ]
    wanted = from_to("2026-03-06 08:00", "2026-03-06 10:00")
    pooled = limited("week", of="company", hours=8)
    assert [one["held_hours"] for one in numbers(wanted, pooled, company=True, held_by_company=theirs)] == [7]
    assert numbers(wanted, limited("week", hours=8), company=True, held_by_company=theirs) == []


def test_who_has_no_company_is_pooled_with_nobody_but_themselves() -> None:
    mine = [from_to("2026-03-04 08:00", "2026-03-04 15:00")]
    wanted = from_to("2026-03-06 08:00", "2026-03-06 10:00")
    assert codes(wanted, limited("week", of="company", hours=8), held=mine) == ["quota"]
    assert codes(wanted, limited("week", of="company", hours=9), held=mine) == []


def test_a_quota_of_nothing_leaves_the_last_moments() -> None:
    policy = replace(limited("week", count=0, hours=0), quotas_free_within_minutes=60)
    soon = Span(NOW + timedelta(minutes=60), NOW + timedelta(minutes=120))
    later = Span(NOW + timedelta(minutes=61), NOW + timedelta(minutes=120))
    assert codes(soon, policy) == []
    assert codes(later, policy) == ["quota", "quota"]


def test_relaxed_quotas_relax_no_other_rule() -> None:
    policy = Policy(quota_hours_per_week=0, quotas_free_within_minutes=60, max_open_bookings=1)
    assert codes(Span(NOW, NOW + timedelta(hours=1)), policy, open_bookings=1) == ["too-many-open"]


def test_without_a_window_nothing_is_relaxed() -> None:
    assert codes(Span(NOW, NOW + timedelta(hours=1)), Policy(quota_hours_per_week=0.5)) == ["quota"]


def test_a_series_is_checked_with_the_dates_before_it() -> None:
    policy = replace(limited("month", hours=4, count=3), max_open_bookings=3)
    around, refused = AROUND, []
    for day in range(4, 10):
        wanted = from_to(f"2026-03-{day:02} 15:00", f"2026-03-{day:02} 16:00")
        refused.append([rule.code for rule in check(policy, wanted, None, around)])
        around = around.holding(wanted)
    assert refused[:3] == [[], [], []]
    assert refused[3] == ["quota", "too-many-open"]
    assert refused[4] == refused[5] == ["quota", "quota", "too-many-open"]


def test_what_a_series_holds_is_the_company_s_too() -> None:
    wanted = from_to("2026-03-06 08:00", "2026-03-06 10:00")
    employed, alone = replace(AROUND, company=True).holding(wanted), AROUND.holding(wanted)
    assert (employed.held, employed.held_by_company, employed.open_bookings) == ((wanted,), (wanted,), 1)
    assert (alone.held, alone.held_by_company) == ((wanted,), ())


def test_a_date_that_is_over_is_no_open_booking() -> None:
    past = Span(NOW - timedelta(hours=2), NOW - timedelta(hours=1))
    assert AROUND.holding(past).open_bookings == 0


def test_what_the_desk_loads_are_whole_periods_of_all_quotas() -> None:
    policy = Policy(quota_hours_per_week=8, quotas=(Quota("member", "day", 2), Quota("company", "month", 9)))
    wanted = from_to("2026-03-31 22:00", "2026-04-01 06:00")
    assert periods_of(policy, wanted, JUAREZ) == from_to("2026-03-01 00:00", "2026-05-01 00:00")
    weekly = Policy(quota_hours_per_week=8)
    assert periods_of(weekly, wanted, JUAREZ) == from_to("2026-03-30 00:00", "2026-04-06 00:00")
    first = from_to("2026-05-01 10:00", "2026-05-01 11:00")  # a Friday: the week begins in April
    assert periods_of(policy, first, JUAREZ) == from_to("2026-04-27 00:00", "2026-06-01 00:00")


def test_without_quotas_there_is_nothing_to_load() -> None:
    assert not periods_of(Policy(), SPRING_NIGHT, JUAREZ).length


def test_a_wish_of_a_century_is_no_work() -> None:
    century = Span(NOW, NOW + timedelta(days=36_500))
    policy = limited("day", hours=1, count=1)
    assert periods_of(policy, century, JUAREZ).length < timedelta(days=368)
    assert sorted(codes(century, policy)) == ["quota", "too-long"]


hours_from_now = st.integers(0, 24 * 70)
SPANS = st.tuples(hours_from_now, st.integers(1, 40)).map(
    lambda pair: Span(NOW + pair[0] * timedelta(hours=1), NOW + (pair[0] + pair[1]) * timedelta(hours=1))
)
QUOTAS = st.builds(
    Quota,
    st.sampled_from(("member", "company")),
    st.sampled_from(("day", "week", "month")),
    st.integers(0, 60) | st.none(),
    st.integers(0, 6) | st.none(),
)


def which(wanted: Span, quotas: list[Quota], held: list[Span]) -> set[tuple[str, str, bool]]:
    policy = Policy(max_minutes=100 * 60, quotas=tuple(quotas))
    around = {"held": held, "held_by_company": held, "company": True}
    return {(n["of"], n["per"], "allowed_hours" in n) for n in numbers(wanted, policy, **around)}


@given(SPANS, st.lists(QUOTAS, max_size=4), st.lists(SPANS, min_size=1, max_size=8), st.data())
def test_giving_a_booking_back_never_breaks_a_quota(
    wanted: Span, quotas: list[Quota], held: list[Span], data: st.DataObject
) -> None:
    without_one = list(held)
    without_one.pop(data.draw(st.integers(0, len(held) - 1)))
    assert which(wanted, quotas, without_one) <= which(wanted, quotas, held)


@given(SPANS, st.lists(QUOTAS, max_size=4), st.lists(SPANS, max_size=8))
def test_only_what_lies_in_the_periods_counts(wanted: Span, quotas: list[Quota], held: list[Span]) -> None:
    bounds = periods_of(Policy(quotas=tuple(quotas)), wanted, JUAREZ)
    loaded = [span for span in held if span.overlaps(bounds)]
    assert which(wanted, quotas, loaded) == which(wanted, quotas, held)


@given(SPANS, st.sampled_from(("day", "week", "month")))
def test_periods_follow_each_other_and_cover_the_wish(wanted: Span, per: Per) -> None:
    found = periods(per, wanted, JUAREZ)
    assert Span(found[0].start, found[-1].end).covers(wanted)
    assert all(before.end == after.start for before, after in itertools.pairwise(found))
    assert all(period.overlaps(wanted) for period in found)
    parts = [part.length for period in found if (part := wanted.clipped(period))]
    assert sum(parts, timedelta(0)) == wanted.length
