"""The rules about people and about hours that no week repeats, and all rules at once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from campus.bookings.rules.policy import LONGEST, Broken, Policy, looked_at
from campus.bookings.rules.quotas import Quota
from campus.spaces.hours import DAYS, read_hours
from campus.spaces.openings import open_when
from campus.spaces.spans import Span
from tests.campus.bookings.wishes import JUAREZ, NOW, broken, codes, from_to, wall

WANTED = from_to("2026-03-04 10:00", "2026-03-04 12:00")
LASER = Policy(training="laser")


def test_a_training_that_never_expires_is_enough() -> None:
    assert codes(WANTED, LASER, trained={"laser": None}) == []


def test_who_was_never_trained_is_told_which_training() -> None:
    assert broken(WANTED, LASER, trained={"printer": None}, training_name="Laser") == [
        Broken("training-required", {"training": "laser", "name": "Laser", "state": "none"})
    ]


def test_a_training_is_valid_until_the_booking_ends() -> None:
    assert codes(WANTED, LASER, trained={"laser": WANTED.end}) == []
    early = WANTED.end - timedelta(seconds=1)  # valid at the start, and not for all of it
    assert broken(WANTED, LASER, trained={"laser": early}) == [
        Broken(
            "training-required",
            {
                "training": "laser",
                "name": "laser",
                "state": "expired",
                "valid_until": "2026-03-04T18:59:59Z",
            },
        )
    ]


def test_where_no_training_is_asked_none_is_needed() -> None:
    assert codes(WANTED, Policy(), trained={}) == []


def test_a_role_that_may_not_book_here_is_told_which_may() -> None:
    policy = Policy(roles=("staff", "analyst"))
    assert codes(WANTED, policy, role="analyst") == []
    assert broken(WANTED, policy, role="member") == [
        Broken("role", {"role": "member", "roles": ["staff", "analyst"]})
    ]


def test_everybody_may_book_where_no_role_is_named() -> None:
    assert all(codes(WANTED, Policy(), role=role) == [] for role in ("member", "staff", "analyst", "admin"))


def looked(
    wanted: Span, policy: Policy, closures: list[Span], sign: dict[str, Any] | None = None
) -> list[str]:
    spans = open_when(
        read_hours(sign),
        looked_at(wanted, JUAREZ),
        JUAREZ,
        closures=closures,
        holidays_closed=policy.holidays == "closed",
    )
    return codes(wanted, policy, open_spans=spans)


MONTHS = Policy(max_minutes=LONGEST // timedelta(minutes=1))


def test_a_closure_far_into_a_long_booking_is_seen() -> None:
    wanted = from_to("2026-03-04 00:00", "2026-05-04 00:00")
    closure = from_to("2026-04-20 12:00", "2026-04-20 12:15")
    assert looked(wanted, MONTHS, []) == []
    assert looked(wanted, MONTHS, [closure]) == ["closed"]
    assert looked(Span(wanted.start, closure.start), MONTHS, [closure]) == []
    assert looked(Span(closure.end, wanted.end), MONTHS, [closure]) == []


def test_a_holiday_far_into_a_long_booking_is_seen() -> None:
    wanted = from_to("2026-03-20 00:00", "2026-05-04 00:00")
    closed = Policy(max_minutes=MONTHS.max_minutes, holidays="closed")
    assert looked(wanted, MONTHS, []) == []
    assert looked(wanted, closed, []) == ["closed"]


def test_the_longest_booking_is_looked_at_to_its_last_day() -> None:
    wanted = Span(NOW, NOW + LONGEST)
    assert looked_at(wanted, JUAREZ).end == wanted.end
    closure = Span(wanted.end - timedelta(minutes=1), wanted.end)
    assert looked(wanted, MONTHS, []) == []
    assert looked(wanted, MONTHS, [closure]) == ["closed"]


def test_a_closed_holiday_is_named() -> None:
    policy = Policy(holidays="closed")
    independence = from_to("2026-09-16 10:00", "2026-09-16 11:00")
    (rule,) = broken(independence, policy, open_spans=[])
    assert rule == Broken("closed", {"open": [], "holidays": ["2026-09-16"]})
    (other,) = broken(WANTED, policy, open_spans=[])
    assert "holidays" not in other.numbers
    (open_then,) = broken(independence, Policy(), open_spans=[])
    assert "holidays" not in open_then.numbers


def test_an_answer_lists_the_hours_of_a_week_and_not_of_a_year() -> None:
    days = {name: [["08:00", "12:00"], ["14:00", "20:00"]] for name in DAYS}
    wanted = Span(NOW, NOW + LONGEST)
    spans = open_when(read_hours(days), looked_at(wanted, JUAREZ), JUAREZ)
    (rule,) = broken(wanted, MONTHS, open_spans=spans)
    assert len(rule.numbers["open"]) == 15  # of eight days: the last one's afternoon is past the week


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("2026-03-06 20:00", "2026-03-07 02:00", []),
        ("2026-03-06 23:00", "2026-03-07 01:00", []),
        ("2026-03-06 23:00", "2026-03-07 02:15", ["closed"]),
        ("2026-03-06 12:00", "2026-03-06 14:00", ["closed"]),
        ("2026-03-06 08:00", "2026-03-06 12:00", []),
        ("2026-03-06 11:45", "2026-03-06 12:15", ["closed"]),
        ("2026-03-07 22:00", "2026-03-07 23:00", ["closed"]),
    ],
)
def test_hours_in_several_spans_and_over_midnight(start: str, end: str, expected: list[str]) -> None:
    friday = {"fri": [["08:00", "12:00"], ["14:00", "18:00"], ["20:00", "02:00"]]}
    assert looked(from_to(start, end), Policy(), [], friday) == expected


def test_every_rule_at_once_and_none_hidden() -> None:
    policy = Policy(
        min_minutes=30,
        max_minutes=60,
        min_notice_minutes=60,
        quota_hours_per_week=1,
        quotas=(Quota("company", "month", hours=1, count=0), Quota("member", "day", count=0)),
        max_open_bookings=1,
        training="laser",
        roles=("staff",),
        holidays="closed",
    )
    wanted = Span(NOW - timedelta(hours=1), NOW + timedelta(hours=1))
    found = codes(wanted, policy, 9, capacity=4, open_spans=[], open_bookings=1, company=True)
    assert found == [
        "closed",
        "too-long",
        "in-the-past",
        "too-soon",
        "quota",
        "quota",
        "quota",
        "quota",
        "too-many-open",
        "training-required",
        "over-capacity",
        "role",
    ]
    far = codes(Span(wall("2028-01-01 10:00"), wall("2028-01-01 10:15")), policy, role="staff")
    assert far == ["too-short", "too-far", "quota", "quota", "training-required"]


STORED: dict[str, Any] = {
    "min_minutes": 15,
    "max_minutes": None,
    "quota_hours_per_week": 8,
    "quotas": [{"of": "company", "per": "month", "hours": 40}, {"of": "member", "per": "day", "count": 2}],
    "roles": ["staff"],
    "training": "laser",
    "approval": True,
    "waitlist": "confirm",
    "walk_up": False,
    "check_in_minutes": 15,
    "holidays": "closed",
    "colour": "unknown to this version",
}


def test_a_policy_is_read_from_what_is_stored() -> None:
    policy = Policy.of(STORED)
    assert policy == Policy(
        min_minutes=15,
        quota_hours_per_week=8,
        quotas=(Quota("company", "month", hours=40), Quota("member", "day", count=2)),
        roles=("staff",),
        training="laser",
        approval=True,
        waitlist="confirm",
        walk_up=False,
        check_in_minutes=15,
        holidays="closed",
    )
    assert policy.all_quotas == (Quota("member", "week", hours=8), *policy.quotas)


def test_nothing_stored_is_the_default() -> None:
    assert Policy.of({}) == Policy()
    assert (Policy().waitlist, Policy().offer_minutes, Policy().walk_up) == ("offer", 30, True)
    assert (Policy().check_in_minutes, Policy().check_in_early_minutes) == (None, 15)
