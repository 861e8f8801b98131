"""The API of resources."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

ROOM = {
    "name": "Sala Vidrio 1",
    "kind": "room",
    "capacity": 4,
    "opening_hours": {"mon": [["08:00", "12:00"], ["14:00", "20:00"]], "fri": [["20:00", "02:00"]]},
    "policy": {"min_minutes": 15, "max_minutes": 240, "quota_hours_per_week": 6.5, "approval": False},
}


class Caller:
    def __init__(self, client: FlaskClient, token: str) -> None:
        self._client = client
        self._headers = {"Authorization": f"Bearer {token}"}

    def put(self, slug: str, **body: Any) -> Any:
        return self._client.put(f"/api/v1/resources/{slug}", json=body, headers=self._headers)

    def get(self, path: str) -> Any:
        return self._client.get(f"/api/v1{path}", headers=self._headers)


@pytest.fixture
def by_staff(client: FlaskClient, staff_token: str) -> Caller:
    return Caller(client, staff_token)


def test_a_resource_is_made_once_and_then_described_anew(by_staff: Caller) -> None:
    assert by_staff.put("vidrio-1", **ROOM).status_code == 201
    again = by_staff.put("vidrio-1", **{**ROOM, "capacity": 6})
    assert again.status_code == 200
    assert by_staff.get("/resources/vidrio-1").json == again.json
    assert again.json["capacity"] == 6
    assert again.json["opening_hours"] == ROOM["opening_hours"]


def test_what_is_left_out_has_its_default(by_staff: Caller) -> None:
    assert by_staff.put("green", name="Putting green", kind="amenity").json == {
        "slug": "green",
        "name": "Putting green",
        "kind": "amenity",
        "capacity": None,
        "opening_hours": None,
        "policy": {},
        "equipment": [],
        "about": None,
        "place": None,
        "blocks": [],
        "photos": [],
    }


def test_only_staff_may_describe_a_resource(client: FlaskClient, member_token: str) -> None:
    refused = Caller(client, member_token).put("vidrio-1", **ROOM)
    assert (refused.status_code, refused.json["code"]) == (403, "not-allowed")
    assert client.put("/api/v1/resources/vidrio-1", json=ROOM).status_code in (400, 401)


def test_an_unknown_resource_is_not_found(by_staff: Caller) -> None:
    for slug in ("nowhere", "..%2f", "a%00b", "x" * 300):
        answer = by_staff.get(f"/resources/{slug}")
        assert (answer.status_code, answer.json["code"]) == (404, "not-found")


def test_resources_are_listed_in_pages(by_staff: Caller) -> None:
    for slug in ("c", "a", "b"):
        by_staff.put(slug, name=slug, kind="printer" if slug == "b" else "room")
    first = by_staff.get("/resources?limit=2").json
    assert [item["slug"] for item in first["items"]] == ["a", "b"]
    second = by_staff.get(f"/resources?limit=2&cursor={first['next_cursor']}").json
    assert [item["slug"] for item in second["items"]] == ["c"]
    assert second["next_cursor"] is None
    assert [item["slug"] for item in by_staff.get("/resources?kind=printer").json["items"]] == ["b"]


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"name": ""}, "name: this may not be empty"),
    ({"name": "a\nb"}, "name: this is one line"),
    ({"name": "x" * 121}, "name: "),
    ({"kind": "spaceship"}, "kind: "),
    ({"capacity": 0}, "capacity: "),
    ({"capacity": "4"}, "capacity: "),
    ({"opening_hours": {"mon": [["20:00", "8"]]}}, "'8' is not a time"),
    ({"opening_hours": {"lunes": []}}, "'lunes' is not a day"),
    ({"policy": {"min_minutes": 120, "max_minutes": 60}}, "min_minutes is above max_minutes"),
    ({"policy": {"max_minutes": -1}}, "policy.max_minutes: "),
    ({"policy": {"quota_hours_per_week": float("nan")}}, "policy.quota_hours_per_week: "),
    ({"policy": {"max_minuets": 5}}, "policy.max_minuets: "),
    ({"colour": "red"}, "colour: "),
]


def test_a_wrong_description_is_refused_with_what_is_wrong(by_staff: Caller, sqlite_database: object) -> None:
    for change, fault in WRONG:
        refused = by_staff.put("vidrio-1", **{**ROOM, **change})
        assert (refused.status_code, refused.json["code"]) == (400, "bad-request"), change
        assert refused.content_type == "application/problem+json"
        assert fault in refused.json["detail"]
    assert by_staff.get("/resources/vidrio-1").status_code == 404


def test_a_slug_is_small_letters_digits_and_dashes(by_staff: Caller, sqlite_database: object) -> None:
    for slug in ("Vidrio", "-a", "a_b", "x" * 65, "sala%20a", "ñ"):
        assert by_staff.put(slug, **ROOM).status_code == 400, slug
