"""The API of what becomes of a booking: decided, moved, waited for, checked in, finished."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from campus import clock
from campus.moments import rfc3339
from campus.people.models import Member
from tests.campus.bookings.calls.caller import TOMORROW, Caller, at, z


class Deeds(Caller):
    def post(self, path: str, **body: Any) -> Any:
        """Without a body where none is given."""
        more = {"json": body} if body else {}
        return self._client.post(f"/api/v1{path}", headers=self._headers, **more)

    def patch(self, booking: int, **body: Any) -> Any:
        return self._client.patch(f"/api/v1/bookings/{booking}", json=body, headers=self._headers)


@pytest.fixture
def luis(client: FlaskClient, staff_token: str) -> Deeds:
    """Staff, and a room to book."""
    made = Deeds(client, staff_token)
    made.put("glass", capacity=4)
    return made


@pytest.fixture
def ana(client: FlaskClient, member_token: str, luis: Deeds) -> Deeds:
    return Deeds(client, member_token)


def day(days: int, hour: float) -> str:
    return rfc3339(TOMORROW + timedelta(days=days, hours=hour))


def test_a_series_is_booked_by_its_rule(ana: Deeds, luis: Deeds) -> None:
    luis.book(start=day(7, 10), end=day(7, 11))
    refused = ana.book(repeat="FREQ=WEEKLY;COUNT=3")
    assert (refused.status_code, refused.json["code"]) == (409, "slot-taken")
    assert [clash["start"] for clash in refused.json["clashes"]] == [day(7, 10)]
    assert "suggestions" in refused.json
    made = ana.book(repeat="FREQ=WEEKLY;COUNT=3", on_conflict="skip")
    assert made.status_code == 201
    assert [time["start"] for time in made.json["occurrences"]] == [day(0, 10), day(14, 10)]
    assert made.json["skipped"] == [{"start": day(7, 10), "end": day(7, 11)}]


def test_staff_say_yes_or_no_to_what_is_pending(ana: Deeds, luis: Deeds) -> None:
    luis.put("glass", capacity=4, policy={"approval": True})
    first, second = ana.book(10, 11).json, ana.book(11, 12).json
    assert first["status"] == second["status"] == "pending"
    assert ana.post(f"/bookings/{first['id']}/approve").json["code"] == "not-allowed"
    assert luis.post(f"/bookings/{first['id']}/approve").json["status"] == "confirmed"
    refused = luis.post(f"/bookings/{second['id']}/reject", reason="Painters").json
    assert (refused["status"], refused["decision"]) == ("rejected", "Painters")
    assert luis.post(f"/bookings/{second['id']}/approve").status_code == 400


def test_a_booking_is_moved_and_an_old_version_is_refused(ana: Deeds) -> None:
    made = ana.book().json
    moved = ana.patch(made["id"], start=at(12), end=at(13), title="Later", version=0)
    assert moved.status_code == 200
    assert (moved.json["occurrences"][0]["start"], moved.json["version"]) == (z(12), 1)
    stale = ana.patch(made["id"], title="Stale", version=0)
    assert (stale.status_code, stale.json["code"]) == (409, "changed")
    assert ana.get(f"/bookings/{made['id']}").json["title"] == "Later"


def test_a_part_of_a_series_is_changed_by_its_scope(ana: Deeds) -> None:
    made = ana.book(repeat="FREQ=WEEKLY;COUNT=4").json
    third = made["occurrences"][2]["id"]
    split = ana.patch(
        made["id"], scope="following", occurrence=third, start=day(14, 12), end=day(14, 13)
    ).json
    assert split["split_from"] == made["id"] != split["id"]
    assert [time["start"] for time in split["occurrences"]] == [day(14, 12), day(21, 12)]
    second = made["occurrences"][1]["id"]
    assert ana.delete(f"/bookings/{made['id']}?scope=this&occurrence={second}").status_code == 204
    left = ana.get(f"/bookings/{made['id']}").json["occurrences"]
    assert [time["status"] for time in left] == ["confirmed", "cancelled"]


def test_a_time_is_waited_for_offered_and_taken(ana: Deeds, luis: Deeds) -> None:
    first = luis.book().json
    body = {"resource": "glass", "start": at(10), "end": at(11), "title": "Me too"}
    waits = ana.post("/waitlist", **body)
    assert (waits.status_code, waits.json["status"]) == (201, "waitlisted")
    assert ana.post(f"/bookings/{waits.json['id']}/accept").status_code == 404
    luis.delete(f"/bookings/{first['id']}")
    offered = ana.get(f"/bookings/{waits.json['id']}").json
    assert offered["status"] == "offered"
    assert offered["occurrences"][0]["offered_until"]
    assert ana.post(f"/bookings/{waits.json['id']}/accept").json["status"] == "confirmed"


def test_one_checks_in_and_finishes_without_a_body(ana: Deeds) -> None:
    now = clock.now()
    start, end = rfc3339(now + timedelta(seconds=30)), rfc3339(now + timedelta(hours=1))
    made = ana.book(start=start, end=end).json
    came = ana.post(f"/bookings/{made['id']}/check-in")
    assert came.status_code == 200
    assert came.json["occurrences"][0]["checked_in_at"]
    early = ana.post(f"/bookings/{made['id']}/finish")
    assert (early.status_code, early.json["code"]) == (400, "bad-request")  # it has not begun


def test_title_and_guests_are_whose_they_are(
    ana: Deeds, client: FlaskClient, luis: Deeds, member: Member
) -> None:
    made = ana.book(guests=["guest@else.example", "guest@else.example"], visibility="everybody").json
    mine = ana.get(f"/bookings/{made['id']}").json
    assert (mine["guests"], mine["visibility"]) == (["guest@else.example"], "everybody")
    assert member.email == mine["member"]["email"]


def test_nobody_books_what_their_rules_refuse_however_they_come(ana: Deeds, luis: Deeds) -> None:
    luis.put("glass", capacity=4, policy={"training": "laser", "max_minutes": 60})
    body = {"resource": "glass", "start": at(10), "end": at(12), "title": "x"}
    for answer in (ana.book(10, 12), ana.post("/waitlist", **body)):
        assert answer.status_code == 422
        assert answer.json["broken"] == ["too-long", "training-required"]
