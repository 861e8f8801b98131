"""What the API of bookings refuses: bad bodies, bad queries, times that cannot be, who may not."""

from __future__ import annotations

from typing import Any

from flask.testing import FlaskClient

from tests.campus.bookings.calls.caller import HOSTILE, Caller, at, z

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


def test_nobody_books_without_a_token(client: FlaskClient, luis: Caller) -> None:
    answer = client.get("/api/v1/bookings")
    assert (answer.status_code, answer.json["code"]) == (401, "not-signed-in")  # type: ignore[index]


def test_no_booking_has_a_number_that_is_none(ana: Caller) -> None:
    for number in ("0", "-1", "1.5", "abc", str(2**63), "9" * 400):
        assert ana.get(f"/bookings/{number}").status_code == 404
        assert ana.delete(f"/bookings/{number}").status_code == 404
