"""What the API takes as a policy, and what it refuses with which words."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from pydantic import ValidationError

from campus.bookings.rules.policy import LONGEST, Policy
from campus.bookings.rules.quotas import Quota
from campus.people.models import ROLES
from campus.spaces.policy_body import DAY, PolicyBody, QuotaBody, Role

FULL: dict[str, Any] = {
    "min_minutes": 30,
    "max_minutes": 240,
    "min_notice_minutes": 120,
    "max_advance_days": 14,
    "buffer_before_minutes": 5,
    "buffer_after_minutes": 15,
    "quota_hours_per_week": 8,
    "quotas": [
        {"of": "member", "per": "week", "count": 3},
        {"of": "company", "per": "month", "hours": 40.5, "count": 20},
    ],
    "quotas_free_within_minutes": 60,
    "max_open_bookings": 3,
    "approval": True,
    "training": "laser",
    "roles": ["member", "staff"],
    "holidays": "closed",
    "check_in_minutes": 15,
    "check_in_early_minutes": 10,
    "waitlist": "confirm",
    "offer_minutes": 45,
    "walk_up": False,
}


def test_every_field_comes_in_and_is_the_policy() -> None:
    stored = PolicyBody.model_validate(FULL).model_dump(exclude_none=True)
    assert stored == FULL
    policy = Policy.of(stored)
    assert policy.quotas == (Quota("member", "week", count=3), Quota("company", "month", 40.5, 20))
    assert set(FULL) == set(Policy.__dataclass_fields__) == set(PolicyBody.model_fields)
    assert all(getattr(policy, name) != getattr(Policy(), name) for name in FULL)


def test_null_is_the_default() -> None:
    said = {name: None for name in FULL if name != "approval"}
    assert PolicyBody.model_validate(said).model_dump(exclude_none=True) == {"approval": False}


def test_what_the_body_names_is_what_the_core_knows() -> None:
    assert get_args(Role) == ROLES
    assert set(QuotaBody.model_fields) == set(Quota.__dataclass_fields__)
    PolicyBody.model_validate({"max_minutes": LONGEST.days * DAY})
    with pytest.raises(ValidationError):
        PolicyBody.model_validate({"max_minutes": LONGEST.days * DAY + 1})


MINE: dict[str, Any] = {"of": "member", "per": "week"}
WRONG: list[tuple[dict[str, Any], str]] = [
    ({"min_minutes": 120, "max_minutes": 60}, "min_minutes is above max_minutes"),
    ({"min_minutes": 1441}, "min_minutes is above max_minutes (1440 where it is not given)"),
    ({"min_notice_minutes": 1441, "max_advance_days": 1}, "min_notice_minutes is longer than max_advance"),
    ({"min_notice_minutes": 1, "max_advance_days": 0}, "min_notice_minutes is longer than max_advance"),
    ({"quotas": [MINE]}, "a quota needs hours, or count, or both"),
    ({"quotas": [{**MINE, "hours": None, "count": None}]}, "a quota needs hours, or count, or both"),
    ({"quotas": [{**MINE, "hours": 1}, {**MINE, "count": 1}]}, "two of a member per week"),
    ({"quotas": [{**MINE, "hours": 1}], "quota_hours_per_week": 1}, "both say the hours of a member"),
    ({"quotas": [{**MINE, "per": "day", "hours": 25.5}]}, "a day has 25 hours at most"),
    ({"quotas": [{**MINE, "hours": 170}]}, "a week has 169 hours at most"),
    ({"quotas": [{**MINE, "hours": -1}]}, "quotas.0.hours"),
    ({"quotas": [{**MINE, "hours": "8"}]}, "quotas.0.hours"),
    ({"quotas": [{**MINE, "hours": float("nan")}]}, "quotas.0.hours"),
    ({"quotas": [{**MINE, "count": 1.5}]}, "quotas.0.count"),
    ({"quotas": [{**MINE, "count": True}]}, "quotas.0.count"),
    ({"quotas": [{**MINE, "per": "year", "count": 1}]}, "quotas.0.per"),
    ({"quotas": [{**MINE, "of": "team", "count": 1}]}, "quotas.0.of"),
    ({"quotas": [{**MINE, "count": 1, "colour": "red"}]}, "quotas.0.colour"),
    ({"quotas": [{**MINE, "count": 1}] * 7}, "quotas"),
    ({"quotas": {"member": 1}}, "quotas"),
    ({"quotas_free_within_minutes": -1}, "quotas_free_within_minutes"),
    ({"approval": 1}, "approval"),
    ({"approval": "true"}, "approval"),
    ({"training": ""}, "training"),
    ({"training": "Láser"}, "the slug of a training is wanted"),
    ({"training": 7}, "training"),
    ({"roles": []}, "roles"),
    ({"roles": ["staff", "staff"]}, "a role stands here twice"),
    ({"roles": ["boss"]}, "roles.0"),
    ({"roles": "staff"}, "roles"),
    ({"holidays": "shut"}, "holidays"),
    ({"check_in_minutes": 0}, "check_in_minutes"),
    ({"check_in_minutes": 1441}, "check_in_minutes"),
    ({"check_in_early_minutes": -1}, "check_in_early_minutes"),
    ({"waitlist": True}, "waitlist"),
    ({"offer_minutes": 0}, "offer_minutes"),
    ({"offer_minutes": 10081}, "offer_minutes"),
    ({"walk_up": "no"}, "walk_up"),
]


@pytest.mark.parametrize(("said", "fault"), WRONG)
def test_what_nobody_could_keep_is_refused(said: dict[str, Any], fault: str) -> None:
    with pytest.raises(ValidationError) as refused:
        PolicyBody.model_validate(said)
    told = [".".join(map(str, error["loc"])) + ": " + error["msg"] for error in refused.value.errors()]
    assert any(fault in line for line in told), told


def test_a_weekly_count_goes_with_the_weekly_hours() -> None:
    PolicyBody.model_validate({"quotas": [{**MINE, "count": 2}], "quota_hours_per_week": 8})


def test_a_notice_as_long_as_the_advance_leaves_one_moment() -> None:
    PolicyBody.model_validate({"min_notice_minutes": DAY, "max_advance_days": 1})
