"""The API of bookings, from the outside."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from campus import clock
from campus.database import Database
from campus.people.members import add_member
from campus.people.tokens import add_token

TOMORROW = clock.now().replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=2)
HOSTILE = "<img src=x onerror=alert(1)>"


def at(hour: float) -> str:
    """An hour of a day not far ahead, as RFC 3339 with an offset that is not UTC."""
    moment = TOMORROW + timedelta(hours=hour)
    return (moment - timedelta(hours=7)).replace(tzinfo=None).isoformat() + "-07:00"


def z(hour: float) -> str:
    """The same as it is answered."""
    return (TOMORROW + timedelta(hours=hour)).isoformat().replace("+00:00", "Z")


class Caller:
    def __init__(self, client: FlaskClient, token: str) -> None:
        self._client = client
        self._headers = {"Authorization": f"Bearer {token}"}

    def book(self, first: float = 10, last: float = 11, **body: Any) -> Any:
        asked = {"resource": "glass", "start": at(first), "end": at(last), "title": "Test", **body}
        kept = {name: value for name, value in asked.items() if value is not ...}
        return self._client.post("/api/v1/bookings", json=kept, headers=self._headers)

    def wait(self, first: float, last: float) -> Any:
        asked = {"resource": "glass", "start": at(first), "end": at(last), "title": "Test"}
        return self._client.post("/api/v1/waitlist", json=asked, headers=self._headers)

    def send(self, data: bytes) -> Any:
        return self._client.post(
            "/api/v1/bookings", data=data, headers=self._headers, content_type="application/json"
        )

    def put(self, slug: str, **body: Any) -> None:
        answer = self._client.put(
            f"/api/v1/resources/{slug}", json={"name": slug, "kind": "room", **body}, headers=self._headers
        )
        assert answer.status_code in (200, 201)

    def get(self, path: str, **query: Any) -> Any:
        return self._client.get(f"/api/v1{path}", query_string=query, headers=self._headers)

    def delete(self, path: str) -> Any:
        return self._client.delete(f"/api/v1{path}", headers=self._headers)

    def listed(self, **query: Any) -> list[Any]:
        answer = self.get("/bookings", **{"start": z(0), "end": z(48), **query})
        items: list[Any] = answer.json["items"]
        return items


@pytest.fixture
def luis(client: FlaskClient, staff_token: str) -> Caller:
    """Staff, and a room to book."""
    made = Caller(client, staff_token)
    made.put("glass", capacity=4)
    return made


@pytest.fixture
def ana(client: FlaskClient, member_token: str, luis: Caller) -> Caller:
    return Caller(client, member_token)


@pytest.fixture
def eva(client: FlaskClient, database: Database, luis: Caller) -> Caller:
    """Another member."""
    with database.write() as session:
        member = add_member(
            session, email="eva@hub.example", name="Eva", role="member", password=None, now=clock.now()
        )
        return Caller(client, add_token(session, member, name="tests", now=clock.now()))


def test_a_booking_is_answered_as_the_contract_says(ana: Caller) -> None:
    made = ana.book()
    assert made.status_code == 201
    occurrence = {
        "id": made.json["occurrences"][0]["id"],
        "start": z(10),
        "end": z(11),
        "status": "confirmed",
    }
    assert made.json == {
        "id": made.json["id"], "status": "confirmed", "occurrences": [occurrence], "skipped": []
    }  # fmt: skip


def test_a_taken_slot_is_a_conflict_with_suggestions(ana: Caller, eva: Caller) -> None:
    ana.book(10, 11)
    taken = eva.book(10.5, 11.5)
    assert (taken.status_code, taken.json["code"]) == (409, "slot-taken")
    assert taken.content_type == "application/problem+json"
    assert {"start": z(11), "end": z(12)} in taken.json["suggestions"]
    for slot in taken.json["suggestions"]:
        again = eva.book(start=slot["start"], end=slot["end"])
        assert again.status_code == 201
        eva.delete(f"/bookings/{again.json['id']}")


def test_broken_rules_are_named_all_at_once(luis: Caller, ana: Caller) -> None:
    luis.put("glass", capacity=4, policy={"max_minutes": 30, "max_advance_days": 0})
    refused = ana.book(attendees=9)
    assert (refused.status_code, refused.json["code"]) == (422, "rules-broken")
    assert refused.json["broken"] == ["too-long", "too-far", "over-capacity"]
    reasons = {reason["code"]: reason for reason in refused.json["reasons"]}
    assert reasons["too-long"]["max_minutes"] == 30
    assert reasons["over-capacity"]["message"] == "There is room for 4 people."


BAD_REQUESTS: list[tuple[dict[str, Any], str]] = [
    ({"start": at(11), "end": at(10)}, "the end has to be after the start"),
    ({"end": at(10)}, "the end has to be after the start"),
    ({"start": at(10)[:-6]}, "start: a time needs its offset"),
    ({"start": "2026-02-30T10:00:00Z"}, "start: there is no such time"),
    ({"start": "9999-12-31T23:59:59-07:00"}, "start: times lie in the years"),
    ({"start": "tomorrow"}, "start: a time as in RFC 3339"),
    ({"start": 1_800_000_000}, "start: a time as in RFC 3339"),
    ({"start": "1800000000"}, "start: a time as in RFC 3339"),
    ({"start": "2027-03-03"}, "start: a time as in RFC 3339"),
    ({"start": None}, "start: "),
    ({"title": ...}, "title: Field required"),
    ({"title": ""}, "title: this may not be empty"),
    ({"title": " \t "}, "title: "),
    ({"title": "x" * 10_240}, "title: String should have at most 200 characters"),
    ({"title": "a\nb"}, "title: this is one line of text"),
    ({"title": "a\x00b"}, "title: this is one line of text"),
    ({"title": "\u2028"}, "title: "),
    ({"title": 7}, "title: "),
    ({"resource": ...}, "resource: Field required"),
    ({"attendees": -1}, "attendees: "),
    ({"attendees": 0}, "attendees: "),
    ({"attendees": 2.5}, "attendees: "),
    ({"attendees": 10**30}, "attendees: "),
    ({"repeat": "FREQ=WEEKLY"}, "A repeat needs an end"),
    ({"repeat": "FREQ=WEEKLY;COUNT=100000"}, "400"),
    ({"repeat": "FREQ=SECONDLY;COUNT=2"}, "FREQ"),
    ({"repeat": "FREQ=WEEKLY;COUNT=2\r\nATTENDEE:mailto:x@y.example"}, ""),
    ({"repeat": 7}, "repeat: "),
    ({"on_conflict": "perhaps"}, "on_conflict: "),
    ({"guests": ["nobody"]}, "guests"),
    ({"guests": "ana@hub.example"}, "guests: "),
    ({"visibility": "secret"}, "visibility: "),
    ({"colour": "red"}, "colour: "),
]


def test_a_bad_request_says_what_is_wrong_and_books_nothing(ana: Caller, sqlite_database: object) -> None:
    for change, fault in BAD_REQUESTS:
        refused = ana.book(**change)
        assert (refused.status_code, refused.json["code"]) == (400, "bad-request"), change
        assert fault in refused.json["detail"]
    assert ana.listed() == []


def test_a_body_that_is_no_booking_is_refused(ana: Caller, sqlite_database: object) -> None:
    for data in (b"", b"null", b"[]", b"7", b"{", b"\xff\xfe", b'{"title": "\\ud800"}', b"[" * 10_000):
        refused = ana.send(data)
        assert (refused.status_code, refused.json["code"]) == (400, "bad-request"), data[:40]


def test_a_year_long_booking_is_too_long(ana: Caller) -> None:
    refused = ana.book(10, 24 * 365)
    assert (refused.status_code, refused.json["broken"]) == (422, ["too-long"])


def test_a_booking_over_closed_nights_does_not_list_the_hours_of_every_day(luis: Caller, ana: Caller) -> None:
    luis.put(
        "glass", opening_hours={day: [["08:00", "20:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
    )
    refused = ana.book(10, 24 * 20)
    assert "closed" in refused.json["broken"]
    assert refused.json["detail"].startswith("It is closed during a part of that time.")


def test_a_booking_of_yesterday_is_in_the_past(ana: Caller) -> None:
    assert ana.book(-72, -71).json["broken"] == ["in-the-past"]


def test_an_unknown_resource_is_not_found(ana: Caller) -> None:
    for slug in ("nowhere", "a\x00b", "../etc", HOSTILE):
        refused = ana.book(resource=slug)
        assert (refused.status_code, refused.json["code"]) == (404, "not-found")


def test_a_hostile_title_is_kept_as_it_is(ana: Caller) -> None:
    for title in (HOSTILE, "Diseño · 設計 👩‍🔧", "'; DROP TABLE booking; --"):
        made = ana.book(title=title)
        assert ana.get(f"/bookings/{made.json['id']}").json["title"] == title
        ana.delete(f"/bookings/{made.json['id']}")


def test_members_book_for_themselves_and_staff_for_others(luis: Caller, ana: Caller, eva: Caller) -> None:
    refused = ana.book(member="eva@hub.example")
    assert (refused.status_code, refused.json["code"]) == (403, "not-allowed")
    made = luis.book(member="eva@hub.example")
    assert eva.get(f"/bookings/{made.json['id']}").json["mine"] is True
    assert luis.book(12, 13, member="nobody@hub.example").status_code == 404
    assert luis.book(12, 13, member="a\x00b").status_code == 400


def test_of_others_bookings_only_resource_and_times_are_told(ana: Caller, eva: Caller, luis: Caller) -> None:
    number = ana.book(title="Secret merger").json["id"]
    seen = eva.listed()[0]
    assert (seen["resource"], seen["start"], seen["end"], seen["mine"]) == ("glass", z(10), z(11), False)
    assert seen["title"] is seen["member"] is seen["attendees"] is None
    assert eva.get(f"/bookings/{number}").status_code == 404
    assert eva.delete(f"/bookings/{number}").status_code == 404
    assert luis.listed()[0]["title"] == "Secret merger"
    assert ana.listed()[0]["member"] == {"name": "Ana Robles", "email": "ana@hub.example"}


def test_of_a_series_of_others_neither_its_rule_nor_what_became_of_its_times_is_told(
    ana: Caller, eva: Caller
) -> None:
    made = ana.book(repeat="FREQ=DAILY;COUNT=3").json
    first = made["occurrences"][0]["id"]
    assert ana.delete(f"/bookings/{made['id']}?scope=this&occurrence={first}").status_code == 204
    (seen,) = eva.listed(end=z(96))
    assert [time["start"] for time in seen["occurrences"]] == [z(34), z(58)]
    assert (seen["start"], seen["end"]) == (z(34), z(59))
    assert seen["repeat"] is None
    (mine,) = ana.listed(end=z(96))
    assert [time["status"] for time in mine["occurrences"]] == ["cancelled", "confirmed", "confirmed"]
    assert mine["repeat"] == "FREQ=DAILY;COUNT=3"


def test_what_one_waits_for_is_on_one_s_own_list_alone(ana: Caller, eva: Caller) -> None:
    ana.book(10, 11)
    waits = eva.wait(10, 11)
    assert waits.json["status"] == "waitlisted"
    assert [item["id"] for item in eva.listed(member="me")] == [waits.json["id"]]
    assert [item["mine"] for item in eva.listed()] == [False]
    assert ana.get(f"/bookings/{waits.json['id']}").status_code == 404


def test_a_cancelled_booking_is_gone_from_the_list_and_its_time_free(ana: Caller, eva: Caller) -> None:
    number = ana.book().json["id"]
    assert ana.delete(f"/bookings/{number}").status_code == 204
    assert ana.delete(f"/bookings/{number}?scope=all").status_code == 204
    assert ana.listed() == []
    assert ana.get(f"/bookings/{number}").json["status"] == "cancelled"
    assert eva.book().status_code == 201


def test_bookings_are_listed_by_time_resource_and_member(luis: Caller, ana: Caller, eva: Caller) -> None:
    luis.put("other")
    ana.book(10, 11)
    eva.book(8, 9, resource="other")
    eva.book(30, 31)
    assert [item["start"] for item in ana.listed()] == [z(8), z(10), z(30)]
    assert [item["start"] for item in ana.listed(resource="glass")] == [z(10), z(30)]
    assert [item["start"] for item in eva.listed(member="me")] == [z(8), z(30)]
    assert [item["start"] for item in ana.listed(start=z(10.5), end=z(30))] == [z(10)]
    assert ana.listed(start=z(11), end=z(30)) == []  # back to back with the window, both sides


def test_a_list_goes_on_where_its_page_ended(ana: Caller, luis: Caller) -> None:
    for slug in ("a", "b", "c"):
        luis.put(slug)
        ana.book(10, 11, resource=slug)  # all at one instant
    seen: list[str] = []
    query: dict[str, str] = {}
    while True:
        page = ana.get("/bookings", start=z(0), end=z(24), limit=2, **query).json
        seen += [item["resource"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        query = {"cursor": page["next_cursor"]}
    assert seen == ["a", "b", "c"]


def test_a_query_that_makes_no_sense_is_refused(ana: Caller, sqlite_database: object) -> None:
    for query in (
        {"start": "2026-03-03T10:00:00"},
        {"start": z(10), "end": z(9)},
        {"start": z(0), "end": z(24 * 500)},
        {"limit": "0"},
        {"limit": "1000000000"},
        {"cursor": "x"},
        {"member": "eva"},
    ):
        assert ana.get("/bookings", **query).status_code == 400, query


def test_free_time_is_told_with_the_rules_applied(luis: Caller, ana: Caller) -> None:
    luis.put("glass", policy={"buffer_after_minutes": 15, "max_minutes": 480})
    ana.book(10, 11)
    answer = ana.get("/resources/glass/free", start=z(8), end=z(12), minutes=30)
    assert answer.json == {
        "resource": "glass",
        "minutes": 30,
        "bookable": True,
        "broken": [],
        "reasons": [],
        "free": [{"start": z(8), "end": z(9.75)}, {"start": z(11.25), "end": z(12)}],
    }
    assert ana.get("/resources/glass/free", start=z(8), end=z(12), minutes=50).json["free"] == [
        {"start": z(8), "end": z(9.75)}
    ]
    longer = ana.get("/resources/glass/free", start=z(8), end=z(12), minutes=481).json
    assert (longer["free"], longer["bookable"], longer["broken"]) == ([], False, ["too-long"])


def test_free_time_refuses_lengths_that_are_none(ana: Caller) -> None:
    for minutes in (0, -5, 10**12, "half", "nan"):
        assert ana.get("/resources/glass/free", start=z(8), end=z(12), minutes=minutes).status_code == 400
    assert ana.get("/resources/nowhere/free", minutes=30).status_code == 404
    assert ana.get("/resources/glass/free").json["free"] != []


def test_the_past_is_not_free(ana: Caller) -> None:
    yesterday = (clock.now() - timedelta(days=1)).isoformat()
    free = ana.get("/resources/glass/free", start=yesterday, end=z(0), minutes=30).json["free"]
    assert datetime.fromisoformat(free[0]["start"]) > datetime.now(UTC) - timedelta(minutes=1)


def test_nobody_books_without_a_token(client: FlaskClient, luis: Caller) -> None:
    answer = client.get("/api/v1/bookings")
    assert (answer.status_code, answer.json["code"]) == (401, "not-signed-in")  # type: ignore[index]


def test_no_booking_has_a_number_that_is_none(ana: Caller) -> None:
    for number in ("0", "-1", "1.5", "abc", str(2**63), "9" * 400):
        assert ana.get(f"/bookings/{number}").status_code == 404
        assert ana.delete(f"/bookings/{number}").status_code == 404


def test_the_api_describes_itself(client: FlaskClient, luis: Caller) -> None:
    paths = client.get("/api/v1/openapi.json").json["paths"]  # type: ignore[index]
    assert {"get", "post"} <= set(paths["/api/v1/bookings"])
