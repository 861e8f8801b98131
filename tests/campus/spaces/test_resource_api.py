"""The API of resources: equipment, words, place and links beside what the contract has."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from campus.database import Database
from campus.people.models import Member

ROOM: dict[str, Any] = {"name": "Glass", "kind": "room", "capacity": 4}
PLACE = {"floor": "1", "x": 2, "y": 3.5, "width": 20, "height": 10}
MORE: dict[str, Any] = {
    "equipment": ["Screen", "camera", "screen"],
    "about": "Bright.\r\nQuiet.",
    "place": PLACE,
    "blocks": ["printer"],
}


@pytest.fixture
def put(client: FlaskClient, sqlite_database: Database, staff_token: str) -> Any:
    def do(slug: str, **said: Any) -> TestResponse:
        headers = {"Authorization": f"Bearer {staff_token}"}
        return client.put(f"/api/v1/resources/{slug}", json={**ROOM, **said}, headers=headers)

    do("printer", name="Printer", kind="printer")
    return do


def further(answer: TestResponse) -> dict[str, Any]:
    return {name: answer.json[name] for name in (*MORE, "photos")}  # type: ignore[index]


def test_all_of_it_is_put_and_answered(put: Any) -> None:
    wanted = {
        "equipment": ["screen", "camera"],
        "about": "Bright.\nQuiet.",
        "place": PLACE,
        "blocks": ["printer"],
        "photos": [],
    }
    answer = put("glass", **MORE)
    assert (answer.status_code, further(answer)) == (201, wanted)
    assert put("glass", **MORE).status_code == 200


def test_who_knows_nothing_of_it_leaves_it_as_it_is(put: Any) -> None:
    before = further(put("glass", **MORE))
    assert further(put("glass", name="Glass, renamed")) == before


def test_null_empties_each_of_it(put: Any) -> None:
    put("glass", **MORE)
    empty: dict[str, Any] = {"equipment": [], "about": None, "place": None, "blocks": [], "photos": []}
    assert further(put("glass", **dict.fromkeys(MORE))) == empty


def test_it_is_read_by_members_in_the_list_and_alone(
    client: FlaskClient, put: Any, member: Member, member_token: str
) -> None:
    wanted = further(put("glass", **MORE))
    headers = {"Authorization": f"Bearer {member_token}"}
    listed = client.get("/api/v1/resources", headers=headers).json
    assert listed and {name: listed["items"][0][name] for name in wanted} == wanted
    assert further(client.get("/api/v1/resources/glass", headers=headers)) == wanted


@pytest.mark.parametrize(
    "wrong",
    [
        {"equipment": ["two\nlines"]},
        {"equipment": [""]},
        {"equipment": ["x" * 41]},
        {"equipment": [f"word {n}" for n in range(41)]},
        {"equipment": "screen"},
        {"about": "x" * 2_001},
        {"about": "bell \x07"},
        {"place": {**PLACE, "x": 95}},
        {"place": {**PLACE, "width": 1}},
        {"place": {**PLACE, "y": "3"}},
        {"place": {**PLACE, "floor": " "}},
        {"place": {"floor": "1"}},
        {"place": {**PLACE, "z": 1}},
        {"blocks": ["glass"]},
        {"blocks": ["nobody-s"]},
        {"photos": []},
    ],
    ids=str,
)
def test_what_does_not_fit_is_refused_and_nothing_is_saved(put: Any, wrong: dict[str, Any]) -> None:
    before = further(put("glass", **MORE))
    answer = put("glass", **{**MORE, "about": "Other", **wrong})
    assert (answer.status_code, answer.json["code"]) == (400, "bad-request")
    assert further(put("glass")) == before
