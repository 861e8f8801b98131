"""A policy from the outside: what staff put is what members meet at the desk."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient

from campus import clock
from campus.spaces.holidays import holidays_of

JUAREZ = ZoneInfo("America/Ciudad_Juarez")
TODAY = clock.now().astimezone(JUAREZ).date()
NEXT_MONTH = (TODAY.replace(day=1) + timedelta(days=31)).replace(day=1)
HOLIDAY = next(
    day
    for year in (TODAY.year, TODAY.year + 1)
    for day in holidays_of(year)
    if day > TODAY + timedelta(days=1)
)


def at(day: date, hour: int) -> str:
    return datetime.combine(day, time(hour), JUAREZ).isoformat()


class Caller:
    def __init__(self, client: FlaskClient, token: str) -> None:
        self._client = client
        self._headers = {"Authorization": f"Bearer {token}"}

    def put(self, **policy: Any) -> Any:
        body = {"name": "Glass", "kind": "room", "policy": policy}
        return self._client.put("/api/v1/resources/glass", json=body, headers=self._headers)

    def book(self, day: date, first: int, last: int) -> Any:
        body = {"resource": "glass", "start": at(day, first), "end": at(day, last), "title": "Test"}
        return self._client.post("/api/v1/bookings", json=body, headers=self._headers)

    def free(self, first: date, last: date) -> Any:
        query = {"start": at(first, 0), "end": at(last, 0), "minutes": 60}
        return self._client.get("/api/v1/resources/glass/free", query_string=query, headers=self._headers)


@pytest.fixture
def staff(client: FlaskClient, staff_token: str) -> Caller:
    return Caller(client, staff_token)


@pytest.fixture
def ana(client: FlaskClient, member_token: str) -> Caller:
    return Caller(client, member_token)


def test_a_policy_comes_back_as_it_was_put(sqlite_database: object, staff: Caller) -> None:
    policy = {
        "quotas": [{"of": "company", "per": "month", "hours": 40.0}],
        "roles": ["member"],
        "approval": False,
        "training": "laser",
        "check_in_minutes": 15,
    }
    answer = staff.put(**policy)
    assert (answer.status_code, answer.json["policy"]) == (201, policy)


def test_a_policy_that_contradicts_itself_is_refused(sqlite_database: object, staff: Caller) -> None:
    answer = staff.put(quotas=[{"of": "member", "per": "day"}])
    assert (answer.status_code, answer.json["code"]) == (400, "bad-request")
    assert "a quota needs hours, or count, or both" in answer.json["detail"]


def test_a_monthly_quota_sees_the_whole_month(staff: Caller, ana: Caller) -> None:
    staff.put(quotas=[{"of": "member", "per": "month", "hours": 3, "count": 2}])
    assert ana.book(NEXT_MONTH, 10, 12).status_code == 201
    refused = ana.book(NEXT_MONTH + timedelta(days=27), 10, 12)
    assert (refused.status_code, refused.json["broken"]) == (422, ["quota"])
    (reason,) = refused.json["reasons"]
    assert (reason["period"], reason["allowed_hours"]) == (NEXT_MONTH.isoformat(), 3)
    assert (reason["held_hours"], reason["asked_hours"]) == (2, 2)
    assert ana.book(NEXT_MONTH + timedelta(days=27), 10, 11).status_code == 201
    both = ana.book(NEXT_MONTH + timedelta(days=14), 10, 11)
    assert both.json["broken"] == ["quota"]
    assert [reason["code"] for reason in both.json["reasons"]] == ["quota", "quota"]
    assert len({reason["message"] for reason in both.json["reasons"]}) == 2


def test_nothing_is_free_on_a_holiday_that_closes(
    sqlite_database: object, staff: Caller, ana: Caller
) -> None:
    following = HOLIDAY + timedelta(days=1)
    staff.put(holidays="closed")
    assert ana.free(HOLIDAY, following).json["free"] == []
    refused = ana.book(HOLIDAY, 10, 11)
    assert (refused.status_code, refused.json["broken"]) == (422, ["closed"])
    assert refused.json["reasons"][0]["holidays"] == [HOLIDAY.isoformat()]
    assert "a public holiday" in refused.json["detail"]
    staff.put(holidays="open")
    assert ana.free(HOLIDAY, following).json["free"] != []
    assert ana.book(HOLIDAY, 10, 11).status_code == 201


def test_nobody_slips_past_a_training(sqlite_database: object, staff: Caller, ana: Caller) -> None:
    staff.put(training="laser")
    refused = ana.book(NEXT_MONTH, 10, 11)
    assert (refused.status_code, refused.json["broken"]) == (422, ["training-required"])
    assert refused.json["reasons"][0]["state"] == "none"


@pytest.mark.parametrize(
    ("policy", "code"), [({"roles": ["staff"]}, "role"), ({"training": "laser"}, "training-required")]
)
def test_who_may_not_book_at_all_is_told_why_nothing_is_free(
    sqlite_database: object, staff: Caller, ana: Caller, policy: dict[str, Any], code: str
) -> None:
    staff.put(**policy)
    told = ana.free(NEXT_MONTH, NEXT_MONTH + timedelta(days=1)).json
    assert (told["bookable"], told["broken"], told["free"]) == (False, [code], [])
    assert told["reasons"][0]["message"]
    mine = staff.free(NEXT_MONTH, NEXT_MONTH + timedelta(days=1)).json
    assert mine["bookable"] == (code == "role"), "the trainings of staff count too"


def test_what_a_quota_would_refuse_is_not_free(staff: Caller, ana: Caller) -> None:
    staff.put(quotas=[{"of": "member", "per": "day", "hours": 2}])
    second, third = NEXT_MONTH + timedelta(days=1), NEXT_MONTH + timedelta(days=2)
    assert ana.book(second, 10, 12).status_code == 201
    told = ana.free(NEXT_MONTH, third).json
    assert told["bookable"]
    assert [datetime.fromisoformat(span["end"]).astimezone(JUAREZ).date() for span in told["free"]] == [
        second
    ]
    assert len(staff.free(NEXT_MONTH, third).json["free"]) == 2, "it is not their quota"


def test_who_has_as_many_as_may_be_open_finds_nothing_free(
    sqlite_database: object, staff: Caller, ana: Caller
) -> None:
    staff.put(max_open_bookings=1)
    assert ana.free(NEXT_MONTH, NEXT_MONTH + timedelta(days=1)).json["bookable"]
    assert ana.book(NEXT_MONTH, 10, 11).status_code == 201
    assert ana.free(NEXT_MONTH, NEXT_MONTH + timedelta(days=1)).json["broken"] == ["too-many-open"]
