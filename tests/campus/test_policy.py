"""The rules of a resource: each one, its edge, and all of them at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from campus.bookings.rules.policy import Broken, Circumstances, Policy, check, looked_at
from campus.bookings.rules.quotas import periods
from campus.bookings.rules.sentences import sentence
from campus.spaces.hours import DAYS, open_spans, read_hours
from campus.spaces.spans import Span

JUAREZ = ZoneInfo("America/Ciudad_Juarez")
NOW = datetime(2026, 3, 3, 10, tzinfo=JUAREZ).astimezone(UTC)
ALWAYS = (Span(NOW - timedelta(days=400), NOW + timedelta(days=4000)),)
AROUND = Circumstances(now=NOW, zone=JUAREZ, open_spans=ALWAYS)


def at(hours: float, length: float = 1) -> Span:
    """`hours` from now, `length` hours long."""
    start = NOW + timedelta(hours=hours)
    return Span(start, start + timedelta(hours=length))


def night(day: int, month: int) -> Span:
    """22:00 to 06:00 on the wall."""
    start = datetime(2026, month, day, 22, tzinfo=JUAREZ)
    end = start + timedelta(hours=8)  # of the wall: Python adds there
    return Span(start.astimezone(UTC), end.astimezone(UTC))


def broken(
    wanted: Span, policy: Policy | None = None, attendees: int | None = None, **around: Any
) -> list[Broken]:
    return check(policy or Policy(), wanted, attendees, replace(AROUND, **around))


def codes(
    wanted: Span, policy: Policy | None = None, attendees: int | None = None, **around: Any
) -> list[str]:
    return [rule.code for rule in broken(wanted, policy, attendees, **around)]


def test_an_ordinary_booking_breaks_no_rule() -> None:
    assert codes(at(1)) == []


def test_without_a_policy_a_day_is_the_longest_and_a_year_the_farthest() -> None:
    assert codes(at(1, 24)) == []
    assert codes(at(1, 24.01)) == ["too-long"]
    assert codes(at(1, 24 * 365)) == ["too-long"]
    assert codes(at(365 * 24)) == []
    assert codes(at(365 * 24 + 1)) == ["too-far"]


def test_too_short_and_too_long_hold_to_the_minute() -> None:
    policy = Policy(min_minutes=30, max_minutes=120)
    assert codes(at(1, 0.5), policy) == codes(at(1, 2), policy) == []
    assert codes(at(1, 29 / 60), policy) == ["too-short"]
    assert broken(at(1, 2.25), policy) == [Broken("too-long", {"minutes": 135, "max_minutes": 120})]


def test_in_the_past_begins_a_moment_ago() -> None:
    assert codes(at(0)) == []
    assert codes(Span(NOW - timedelta(seconds=1), NOW + timedelta(hours=1))) == ["in-the-past"]


def test_too_soon_is_within_the_notice() -> None:
    policy = Policy(min_notice_minutes=120)
    assert codes(at(2), policy) == []
    assert codes(at(1.99), policy) == ["too-soon"]
    assert codes(at(-1), policy) == ["in-the-past", "too-soon"]


def test_too_far_is_beyond_the_advance() -> None:
    assert codes(at(7 * 24), Policy(max_advance_days=7)) == []
    assert codes(at(7 * 24 + 0.1), Policy(max_advance_days=7)) == ["too-far"]


def test_closed_is_any_instant_outside_the_hours() -> None:
    hours = [at(0, 4)]
    assert codes(at(0, 4), open_spans=hours) == []
    assert codes(at(3, 1.01), open_spans=hours) == ["closed"]
    assert codes(at(5), open_spans=hours) == ["closed"]
    assert codes(at(1), open_spans=[]) == ["closed"]


def test_a_booking_over_a_pause_is_closed() -> None:
    assert codes(at(1, 4), open_spans=[at(0, 2), at(3, 3)]) == ["closed"]


def test_a_wish_of_a_hundred_years_looks_at_a_year_of_hours() -> None:
    wanted = Span(NOW, NOW + timedelta(days=36500))
    assert looked_at(wanted, JUAREZ).length < timedelta(days=368)
    weekdays = read_hours({name: [["00:00", "24:00"]] for name in DAYS[:6]})
    hours = open_spans(weekdays, *looked_at(wanted, JUAREZ), JUAREZ)
    assert "closed" in codes(wanted, open_spans=hours)


def test_a_quota_counts_what_is_held_in_the_week() -> None:
    policy = Policy(quota_hours_per_week=4)
    assert codes(at(24), policy, held=[at(0, 3)]) == []
    assert broken(at(24, 2), policy, held=[at(0, 3)]) == [
        Broken(
            "quota",
            {
                "of": "member",
                "per": "week",
                "period": "2026-03-02",
                "allowed_hours": 4,
                "held_hours": 3,
                "asked_hours": 2,
            },
        )
    ]


def test_a_quota_begins_anew_on_monday() -> None:
    monday = Span(NOW + timedelta(days=6), NOW + timedelta(days=6, hours=4))
    assert codes(monday, Policy(quota_hours_per_week=4), held=[at(0, 4)]) == []


def test_a_night_over_sunday_counts_in_both_weeks() -> None:
    sunday = night(15, 3)
    assert len(periods("week", sunday, JUAREZ)) == 2
    assert codes(sunday, Policy(quota_hours_per_week=6)) == []
    assert codes(sunday, Policy(quota_hours_per_week=5)) == ["quota"]  # six of the eight are on Monday


def test_a_quota_counts_elapsed_hours_over_the_clock_change() -> None:
    spring, autumn = night(7, 3), night(31, 10)
    assert spring.length == timedelta(hours=7)
    assert autumn.length == timedelta(hours=9)
    assert codes(spring, Policy(quota_hours_per_week=7)) == []
    autumn_codes = codes(autumn, Policy(quota_hours_per_week=8), now=NOW)
    assert autumn_codes == ["quota"]


def test_the_weeks_of_the_clock_change_have_an_hour_less_or_more() -> None:
    nights = (night(7, 3), night(31, 10), night(17, 3))
    lengths = [periods("week", span, JUAREZ)[0].length for span in nights]
    assert lengths == [timedelta(hours=167), timedelta(hours=169), timedelta(hours=168)]


def test_too_many_open_bookings_are_refused() -> None:
    policy = Policy(max_open_bookings=2)
    assert codes(at(1), policy, open_bookings=1) == []
    assert codes(at(1), policy, open_bookings=2) == ["too-many-open"]


def test_more_people_than_there_is_room_for_are_refused() -> None:
    assert codes(at(1), attendees=4, capacity=4) == []
    assert codes(at(1), attendees=5, capacity=4) == ["over-capacity"]
    assert codes(at(1), attendees=None, capacity=4) == []
    assert codes(at(1), attendees=500, capacity=None) == []


STRICT = Policy(
    min_minutes=30,
    max_minutes=60,
    min_notice_minutes=60,
    max_advance_days=1,
    quota_hours_per_week=0.5,
    max_open_bookings=1,
)


def test_every_broken_rule_is_named_and_none_hidden() -> None:
    everything = codes(at(-1, 2), STRICT, 9, capacity=4, open_spans=[], open_bookings=1)
    assert everything == [
        "closed", "too-long", "in-the-past", "too-soon", "quota", "too-many-open", "over-capacity"
    ]  # fmt: skip


@pytest.mark.parametrize("wanted", [at(-1, 2), at(50, 0.1)])
def test_every_broken_rule_has_a_sentence(wanted: Span) -> None:
    for hours in ([], [at(3)]):
        for rule in broken(wanted, STRICT, 9, capacity=4, open_spans=hours, open_bookings=1):
            assert sentence(rule, JUAREZ).endswith(".")


def test_null_and_what_is_not_asked_for_leave_the_default() -> None:
    stored = {"max_minutes": None, "min_minutes": 15, "approval": False, "training": None}
    assert Policy.of(stored) == Policy(min_minutes=15)
