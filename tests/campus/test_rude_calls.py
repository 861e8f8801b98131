"""Calls that no client of good will makes: each is refused in words, as problem+json, and nothing breaks."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from campus.database import Database

HUGE = 10**30
DEEP = "[" * 60_000 + "]" * 60_000


def booking(**fields: Any) -> bytes:
    said = {"resource": "x", "start": "2026-03-03T10:00:00Z", "end": "2026-03-03T11:00:00Z", "title": "T"}
    return json.dumps({**said, **fields}).encode()


@pytest.fixture
def headers(staff_token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {staff_token}"}


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"/bookings/{HUGE}", 404),
        ("/bookings/" + "9" * 5000, 404),
        ("/bookings/-1", 404),
        ("/bookings/%00", 404),
        ("/devices/%00", 404),
        ("/devices/%ff%fe", 404),
        ("/resources/" + "x" * 3000, 404),
        ("/resources/..%2f..%2fetc", 404),
        (f"/devices?limit={HUGE}", 400),
        ("/devices?limit=1&limit=2", 400),
        ("/devices?cursor=%00", 400),
        ("/devices?nothing=1", 400),
        ("/devices?limit=%F0%9F%8C%B5", 400),
        ("/devices?limit=٣", 400),
        ("/bookings?resource=%00", 404),
        ("/bookings?resource=%EF%BF%BF", 404),
        (f"/bookings?cursor={'9' * 18}-{'9' * 18}", 400),
        ("/bookings?start=2026-03-03T10:00:00Z&start=2027-03-03T10:00:00Z", 400),
        (f"/quarantine?cursor={HUGE}", 400),
        (f"/live?after={HUGE}", 400),
        ("/live?after=1&after=2", 400),
    ],
)
def test_a_rude_question_is_answered_in_words(
    database: Database, client: FlaskClient, headers: dict[str, str], path: str, status: int
) -> None:
    answer = client.get(f"/api/v1{path}", headers=headers)
    assert answer.status_code == status, answer.text
    assert answer.mimetype == "application/problem+json"
    assert answer.json
    assert answer.json["status"] == status


@pytest.mark.parametrize(
    ("sent", "content_type", "status"),
    [
        (b"", "application/json", 400),
        (b"", None, 400),
        (b"{", "application/json", 400),
        (b"null", "application/json", 400),
        (b"[]", "application/json", 400),
        (b'"text"', "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (DEEP.encode(), "application/json", 400),
        (b'{"title": "\\ud800"}', "application/json", 400),
        (booking(), "text/plain", 415),
        (booking(), "application/x-www-form-urlencoded", 415),
        (booking(), None, 415),
        (b"x" * 3_000_000, "application/json", 413),
        (booking(role="admin"), "application/json", 400),
        (booking(title="a\x00b"), "application/json", 400),
        (booking(attendees=HUGE), "application/json", 400),
        (booking(attendees=True), "application/json", 400),
        (booking(resource="\x00"), "application/json", 404),
        (booking(member="a@b.example\r\nBcc: x@y.example"), "application/json", 400),
    ],
)
@pytest.mark.usefixtures("database")
def test_a_rude_body_is_answered_in_words(
    client: FlaskClient, headers: dict[str, str], sent: bytes, content_type: str | None, status: int
) -> None:
    answer = client.post("/api/v1/bookings", data=sent, content_type=content_type, headers=headers)
    assert answer.status_code == status, answer.text
    assert answer.mimetype == "application/problem+json"
    assert "Traceback" not in answer.text
