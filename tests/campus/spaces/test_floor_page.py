"""The floor plan: what is free now and where, and putting things in their places by form."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from campus import clock
from campus.audit import AuditEntry, Origin
from campus.bookings.desk import Wish, book
from campus.database import Database
from campus.people.models import Member
from campus.spaces.closures import add_closure
from campus.spaces.models import Resource
from campus.spaces.resources import Description, put_resource
from campus.spaces.spans import Span
from tests.doors import csrf_token, walk_in

JUAREZ = ZoneInfo("America/Ciudad_Juarez")
NOW = datetime(2026, 3, 3, 17, tzinfo=UTC)
"""Ten in the morning in Juárez."""


@pytest.fixture
def at_ten(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The clock stands."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    yield


def place(floor: str, x: float) -> dict[str, Any]:
    return {"floor": floor, "x": x, "y": 2, "width": 20, "height": 10}


@pytest.fixture
def plan(sqlite_database: Database, at_ten: None) -> Database:
    """Three rooms on the first floor, one on the second, one nowhere."""
    with sqlite_database.write() as session:
        for slug, where in {
            "glass": place("1", 2),
            "stone": place("1", 30),
            "steel": place("1", 60),
            "loft": place("2", 2),
            "cellar": None,
        }.items():
            put_resource(session, slug, Description(slug.title(), "room", place=where), NOW)
    return sqlite_database


def rooms(page: str) -> dict[str, str]:
    """What the drawing says of each room: its state."""
    found = re.findall(r'class="floor-room is-(\w+)" href="[^"]*" aria-label="(\w+):', page)
    return {name: state for state, name in found}


def save(client: FlaskClient, **typed: str) -> TestResponse:
    token = csrf_token(client, "/floor/edit")
    return client.post(
        "/floor/edit", data={"csrf_token": token, **{k.replace("_", "-"): v for k, v in typed.items()}}
    )


def stored(database: Database, slug: str) -> dict[str, Any] | None:
    with database.read() as session:
        return session.scalars(select(Resource).where(Resource.slug == slug)).one().place


def test_each_room_says_by_shape_and_word_how_it_stands_and_leads_to_booking_it(
    client: FlaskClient, plan: Database, member: Member, staff: Member
) -> None:
    with plan.write() as session:
        hour = (NOW - timedelta(minutes=30), NOW + timedelta(minutes=30))
        book(session, Wish("stone", *hour, "Secret"), member, NOW - timedelta(days=1), JUAREZ)
        span = Span(NOW - timedelta(hours=1), NOW + timedelta(hours=1))
        add_closure(session, span, "Paint", "steel", by=staff, origin=Origin(), now=NOW)
    walk_in(client, member)
    page = client.get("/floor").text
    assert rooms(page) == {"Glass": "free", "Stone": "taken", "Steel": "closed"}
    assert "1 of 3 are free now" in page
    for words in ("Free from 10:30", "Closed until 11:00", "/book?resource=glass#booking"):
        assert words in page, words
    assert page.count("Free from 10:30") >= 3, "in the drawing, to who hears it, and in the list"
    assert "Secret" not in page
    assert "/floor/edit" not in page


def test_floors_are_tabs_and_one_that_is_none_is_the_first(
    client: FlaskClient, plan: Database, member: Member
) -> None:
    walk_in(client, member)
    assert set(rooms(client.get("/floor?floor=2").text)) == {"Loft"}
    assert set(rooms(client.get("/floor?floor=%3Cb%3E").text)) == {"Glass", "Stone", "Steel"}
    assert "/floor?floor=2" in client.get("/floor").text


def test_a_hub_without_a_plan_says_so(client: FlaskClient, sqlite_database: Database, member: Member) -> None:
    walk_in(client, member)
    assert "There is no plan yet" in client.get("/floor").text


def test_places_are_saved_by_form_and_the_audit_knows_which(
    client: FlaskClient, plan: Database, staff: Member
) -> None:
    walk_in(client, staff)
    answer = save(
        client,
        floor_glass="1", x_glass="2", y_glass="2", width_glass="20", height_glass="10",
        floor_stone="2", x_stone="40.5", y_stone="2,5", width_stone="20", height_stone="10",
        floor_steel="",
        floor_cellar="-1", x_cellar="", y_cellar="", width_cellar="", height_cellar="",
    )  # fmt: skip
    assert answer.status_code == 303
    assert stored(plan, "stone") == {"floor": "2", "x": 40.5, "y": 2.5, "width": 20, "height": 10}
    assert stored(plan, "steel") is None
    assert stored(plan, "cellar") == {"floor": "-1", "x": 1, "y": 1, "width": 16, "height": 12}
    assert stored(plan, "loft") == place("2", 2), "what was not sent stays"
    with plan.read() as session:
        entries = session.scalars(select(AuditEntry)).all()
    assert {entry.target for entry in entries} == {f"resource {s}" for s in ("stone", "steel", "cellar")}


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("x", "99"),
        ("x", "-1"),
        ("x", "nan"),
        ("x", "1e999"),
        ("y", "low"),
        ("y", ""),
        ("width", "1"),
        ("height", "99"),
        ("floor", "\u202e1"),
    ],
)
def test_what_does_not_fit_is_marked_kept_and_nothing_is_saved(
    client: FlaskClient, plan: Database, staff: Member, name: str, typed: str
) -> None:
    walk_in(client, staff)
    sent = {"floor": "1", "x": "9", "y": "2", "width": "20", "height": "10", name: typed}
    answer = save(client, **{f"{field}_glass": text for field, text in sent.items()}, floor_stone="")
    assert answer.status_code == 422
    wrong = re.findall(r'name="(\w+)-glass"[^>]*aria-invalid="true"', answer.text)
    assert wrong == [name]
    assert f'value="{typed}"' in answer.text
    assert (stored(plan, "glass"), stored(plan, "stone")) == (place("1", 2), place("1", 30))


def test_a_form_that_comes_too_late_is_shown_again(
    client: FlaskClient, plan: Database, staff: Member
) -> None:
    walk_in(client, staff)
    typed = {"floor-glass": "7", "x-glass": "1", "y-glass": "1", "width-glass": "9", "height-glass": "9"}
    answer = client.post("/floor/edit", data={"csrf_token": "stale", **typed})
    assert (answer.status_code, 'value="7"' in answer.text) == (400, True)
    assert stored(plan, "glass") == place("1", 2)
