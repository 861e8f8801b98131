"""The pages of resources: what members see, and the form that keeps what staff typed."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from campus import clock
from campus.audit import AuditEntry
from campus.bookings.rules.policy import Policy
from campus.database import Database
from campus.people.models import Member
from campus.spaces.links import blocks_of
from campus.spaces.models import Resource, Training
from campus.spaces.resources import Description, put_resource
from campus.spaces.wording import equipment_word
from tests.doors import csrf_token, walk_in

ROOM: dict[str, Any] = {"name": "Sala Vidrio 1", "kind": "room", "opening": "always", "walk_up": "1"}


@pytest.fixture
def rooms(sqlite_database: Database) -> Database:
    """A glass room for four, a workshop and its printer."""
    weekdays = {day: [["08:00", "20:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
    with sqlite_database.write() as session:
        for slug, said in {
            "glass": Description(
                "Glass",
                "room",
                4,
                weekdays,
                {"min_minutes": 15, "max_minutes": 240, "quota_hours_per_week": 8.0},
                equipment=("screen", "camera"),
                about="Bright.\n<script>alert(1)</script>",
                place={"floor": "1", "x": 1, "y": 1, "width": 20, "height": 10},
            ),
            "workshop": Description("Workshop", "room", 12, equipment=("saw",)),
            "printer": Description("Printer", "printer"),
        }.items():
            put_resource(session, slug, said, clock.now())
    return sqlite_database


def post(client: FlaskClient, path: str, **form: Any) -> TestResponse:
    return client.post(path, data={"csrf_token": csrf_token(client, "/resources"), **form})


def field(page: str, name: str) -> str:
    """What stands in a field of the form."""
    found = re.search(
        rf'<(?:input|textarea)[^>]* name="{name}"[^>]*?(?: value="([^"]*)"[^>]*>|>([^<]*)</)', page
    )
    assert found, name
    return unescape(found[1] if found[1] is not None else found[2])


def marked(page: str) -> set[str]:
    """The fields that are said to be wrong."""
    return set(re.findall(r'id="fault-(\w+)"', page))


def test_the_list_is_found_through_by_words_and_by_kind(
    client: FlaskClient, rooms: Database, member: Member
) -> None:
    walk_in(client, member)

    def names(query: str) -> list[str]:
        return re.findall(r'<h2><a href="/resources/([a-z-]+)"', client.get(f"/resources{query}").text)

    assert names("") == ["glass", "workshop", "printer"]
    assert names("?q=SCREEN+camera") == ["glass"]
    assert names("?q=screen+saw") == []
    assert names("?kind=printer") == ["printer"]
    assert names("?kind=spaceship") == []
    assert "Nothing has all of these words" in client.get("/resources?q=%3Cb%3E").text


def test_a_member_reads_hours_equipment_and_rules_and_may_book(
    client: FlaskClient, rooms: Database, member: Member
) -> None:
    walk_in(client, member)
    page = client.get("/resources/glass").text
    for words in ("4 people", "screen", "camera", "Mon–Fri", "08:00–20:00", "From 15 min to 4 h", "Floor 1"):
        assert words in page, words
    assert "8 h a week for each member" in page
    assert "/book?resource=glass#booking" in page
    assert "<script>alert" not in page
    assert "/resources/glass/edit" not in page
    assert client.get("/resources/nobody-s").status_code == 404


def test_what_the_form_shows_is_what_is_there_and_saving_it_changes_nothing(
    client: FlaskClient, rooms: Database, staff: Member
) -> None:
    walk_in(client, staff)
    page = client.get("/resources/glass/edit").text
    assert field(page, "opening") == "Mon-Fri 08:00-20:00"
    assert (field(page, "max_minutes"), field(page, "equipment")) == ("4 h", "screen, camera")
    assert field(page, "quota_member_week_hours") == "8"
    names = set(re.findall(r'<(?:input|textarea)[^>]* name="(\w+)"', page)) - {
        "roles",
        "blocks",
        "csrf_token",
    }
    typed = {name: field(page, name) for name in names - {"approval", "walk_up", "next", "language", "theme"}}
    before = stored(rooms, "glass")
    answer = post(client, "/resources/glass/edit", **typed, kind="room", walk_up="1", waitlist="offer")
    assert answer.status_code == 303, marked(answer.text)
    after = stored(rooms, "glass")
    assert Policy.of(after.policy) == Policy.of(before.policy)
    for name in ("name", "capacity", "opening_hours", "equipment", "about", "place"):
        assert getattr(after, name) == getattr(before, name), name


def stored(database: Database, slug: str) -> Resource:
    with database.read() as session:
        return session.scalars(select(Resource).where(Resource.slug == slug)).one()


def test_a_room_is_added_with_all_that_can_be_said(
    client: FlaskClient, rooms: Database, staff: Member
) -> None:
    with rooms.write() as session:
        session.add(Training(slug="saws", name="Saws"))
    walk_in(client, staff)
    answer = post(
        client,
        "/resources/-/new",
        **{
            **ROOM,
            "capacity": "6",
            "about": "Two lines.\r\nOf words.",
            "equipment": "Screen, whiteboard ,, screen",
            "opening": "Mon-Fri 8-20; Sat 9:00-14:00",
            "min_minutes": "15",
            "max_minutes": "4 h",
            "min_notice_minutes": "1 d",
            "max_advance_days": "60",
            "buffer_before_minutes": "5 min",
            "buffer_after_minutes": "10",
            "quota_member_week_hours": "7.5",
            "quota_member_day_count": "2",
            "quota_company_month_hours": "40",
            "quota_company_month_count": "9",
            "quotas_free_within_minutes": "2 h",
            "max_open_bookings": "3",
            "roles": ["member", "staff"],
            "training": "saws",
            "approval": "1",
            "holidays": "closed",
            "check_in_minutes": "15 min",
            "check_in_early_minutes": "10",
            "waitlist": "confirm",
            "offer_minutes": "20",
            "blocks": ["printer", "workshop"],
        },
    )
    assert (answer.status_code, answer.location) == (303, "/resources/sala-vidrio-1"), marked(answer.text)
    made = stored(rooms, "sala-vidrio-1")
    assert (made.capacity, made.about, made.equipment) == (
        6,
        "Two lines.\nOf words.",
        ["screen", "whiteboard"],
    )
    assert made.opening_hours and made.opening_hours["sat"] == [["09:00", "14:00"]]
    policy = Policy.of(made.policy)
    assert (policy.min_minutes, policy.max_minutes, policy.min_notice_minutes) == (15, 240, 1440)
    assert {(q.of, q.per, q.hours, q.count) for q in policy.all_quotas} == {
        ("member", "week", 7.5, None),
        ("member", "day", None, 2),
        ("company", "month", 40, 9),
    }
    assert (policy.roles, policy.training, policy.approval) == (("member", "staff"), "saws", True)
    assert (policy.waitlist, policy.offer_minutes, policy.walk_up) == ("confirm", 20, True)
    with rooms.read() as session:
        assert blocks_of(session) == {made.id: ["printer", "workshop"]}
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "resource.put")).one()
    assert (entry.member_id, entry.after["blocks"]) == (staff.id, ["printer", "workshop"])


@pytest.mark.parametrize(
    ("typed", "fault"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 121}, "name"),
        ({"slug": "No Slug"}, "slug"),
        ({"slug": "glass"}, "slug"),
        ({"kind": "spaceship"}, "kind"),
        ({"capacity": "many"}, "capacity"),
        ({"capacity": "0"}, "capacity"),
        ({"about": "x" * 2_001}, "about"),
        ({"about": "\u202eback to front"}, "about"),
        ({"equipment": "x" * 41}, "equipment"),
        ({"opening": "when the sun shines"}, "opening"),
        ({"min_minutes": "soon"}, "min_minutes"),
        ({"min_minutes": "0"}, "min_minutes"),
        ({"min_minutes": "5 h", "max_minutes": "4 h"}, "min_minutes"),
        ({"max_minutes": "367 d"}, "max_minutes"),
        ({"max_advance_days": "-1"}, "max_advance_days"),
        ({"quota_member_week_hours": "170"}, "quota_member_week_hours"),
        ({"quota_company_day_hours": "26"}, "quota_company_day_hours"),
        ({"quota_company_day_count": "1.5"}, "quota_company_day_count"),
        ({"quota_member_day_hours": "many"}, "quota_member_day_hours"),
        ({"quota_member_day_hours": "nan"}, "quota_member_day_hours"),
        ({"max_open_bookings": "0"}, "max_open_bookings"),
        ({"roles": ["king"]}, "roles"),
        ({"training": "no such slug!"}, "training"),
        ({"holidays": "sometimes"}, "holidays"),
        ({"check_in_minutes": "2 d"}, "check_in_minutes"),
        ({"waitlist": "perhaps"}, "waitlist"),
        ({"offer_minutes": "0"}, "offer_minutes"),
        ({"blocks": ["nobody-s"]}, "blocks"),
    ],
    ids=str,
)
def test_what_is_wrong_is_said_at_its_field_and_all_else_is_kept(
    client: FlaskClient, rooms: Database, staff: Member, typed: dict[str, Any], fault: str
) -> None:
    walk_in(client, staff)
    sent = {**ROOM, "equipment": "lamp", "about": "Kept <b>as typed</b>", "offer_minutes": "25 min", **typed}
    answer = post(client, "/resources/-/new", **sent)
    assert answer.status_code == 422
    assert marked(answer.text) == {fault}
    for name in ("name", "equipment", "offer_minutes", "about"):
        assert field(answer.text, name) == sent[name], name
    with rooms.read() as session:
        assert len(session.scalars(select(Resource)).all()) == 3


def test_a_form_that_comes_too_late_is_shown_again(
    client: FlaskClient, rooms: Database, staff: Member
) -> None:
    walk_in(client, staff)
    answer = client.post("/resources/glass/edit", data={**ROOM, "csrf_token": "stale"})
    assert answer.status_code == 400
    assert field(answer.text, "name") == "Sala Vidrio 1"
    assert stored(rooms, "glass").name == "Glass"


def test_a_link_that_bookings_forbid_is_said_at_its_field(
    client: FlaskClient, rooms: Database, staff: Member
) -> None:
    walk_in(client, staff)
    answer = post(client, "/resources/glass/edit", **ROOM, blocks=["glass"])
    assert (answer.status_code, marked(answer.text)) == (422, {"blocks"})


def test_in_spanish_the_form_speaks_and_reads_spanish(
    client: FlaskClient, rooms: Database, staff: Member
) -> None:
    with rooms.write() as session:
        session.get_one(Member, staff.id).locale = "es_MX"
    walk_in(client, staff)
    page = client.get("/resources/glass/edit").text
    assert field(page, "opening") == "lun-vie 08:00-20:00"
    post(client, "/resources/glass/edit", **{**ROOM, "opening": "lun-mié 9 a 14; sáb cerrado"})
    assert list(stored(rooms, "glass").opening_hours or {}) == ["mon", "tue", "wed"]


def test_units_and_materials_are_written_as_people_write_them() -> None:
    assert [equipment_word(word) for word in ("11 kw", "pla", "usb-c hub", "place", "screen")] == [
        "11 kW",
        "PLA",
        "USB-C hub",
        "place",
        "screen",
    ]
