"""The page of doors: for staff; what is refused keeps what was typed; nothing shows a secret twice."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from campus import clock
from campus.audit import AuditEntry, Origin
from campus.bookings.departure import let_go
from campus.bookings.door import doors
from campus.bookings.models import Door
from campus.database import Database
from campus.people.models import Member
from tests.campus.bookings.at_the_door import Screen, furnish, hang, link_in
from tests.campus.test_departure import ZONE
from tests.doors import csrf_token, walk_in


@pytest.fixture
def luis(client: FlaskClient, sqlite_database: Database, staff: Member) -> FlaskClient:
    furnish(sqlite_database)
    walk_in(client, staff)
    return client


def send(client: FlaskClient, path: str = "/doors", **form: str) -> TestResponse:
    return client.post(path, data={"csrf_token": csrf_token(client, "/doors"), **form})


def doors_in(database: Database) -> list[Any]:
    with database.read() as store:
        return store.query(Door).all()


def test_members_hang_no_doors(
    client: FlaskClient, sqlite_database: Database, member: Member, analyst: Member
) -> None:
    furnish(sqlite_database)
    for somebody in (member, analyst):
        walk_in(client, somebody)
        assert client.get("/doors").status_code == 403
        form = {"csrf_token": csrf_token(client, "/book"), "resource": "glass", "name": "Mine"}
        assert client.post("/doors", data=form).status_code == 403
    assert doors_in(sqlite_database) == []


def test_the_link_is_shown_once_as_text_and_as_a_code(luis: FlaskClient, sqlite_database: Database) -> None:
    made = send(luis, resource="glass", name="  By the glass ")
    assert made.status_code == 201
    link = link_in(made)
    assert 'aria-label="The link as a QR code"' in made.text
    (door,) = doors_in(sqlite_database)
    assert door.name == "By the glass"
    assert link.rpartition("/")[2] not in luis.get("/doors").text
    assert "not opened yet" in luis.get("/doors").text


@pytest.mark.parametrize("name", ["", "   ", "x" * 121, "a\nb", "a\x00b"])
def test_a_name_that_will_not_do_is_refused(luis: FlaskClient, sqlite_database: Database, name: str) -> None:
    answer = send(luis, resource="stone", name=name)
    assert answer.status_code == 400
    assert "A door needs a name" in answer.text
    assert '<option value="stone" selected>' in answer.text
    assert doors_in(sqlite_database) == []


def test_a_resource_that_there_is_not_is_refused_on_the_page(
    luis: FlaskClient, sqlite_database: Database
) -> None:
    answer = send(luis, resource="nowhere", name="<b>Here</b>")
    assert answer.status_code == 404
    assert 'value="&lt;b&gt;Here&lt;/b&gt;"' in answer.text
    assert doors_in(sqlite_database) == []


def test_a_form_that_was_open_too_long_is_shown_again(luis: FlaskClient, sqlite_database: Database) -> None:
    answer = luis.post("/doors", data={"resource": "glass", "name": "Kept"})
    assert answer.status_code == 400
    assert "open too long" in answer.text
    assert 'value="Kept"' in answer.text
    assert doors_in(sqlite_database) == []


@pytest.mark.parametrize("number", ["1", "987654", "99999999999999999999"])
@pytest.mark.parametrize("deed", ["link", "take-down"])
def test_a_door_that_there_is_not_is_not_found(luis: FlaskClient, deed: str, number: str) -> None:
    assert send(luis, f"/doors/{number}/{deed}").status_code == 404


def test_what_is_done_to_doors_is_in_the_audit_without_a_secret(
    luis: FlaskClient, sqlite_database: Database, staff: Member
) -> None:
    link = hang(luis.application, staff)  # type: ignore[arg-type]
    send(luis, "/doors/1/link")
    send(luis, "/doors/1/take-down")
    with sqlite_database.read() as store:
        entries = store.query(AuditEntry).filter(AuditEntry.target == "door 1").all()
    assert [entry.action for entry in entries] == ["door.hang", "door.link", "door.link", "door.take-down"]
    assert link.rpartition("/")[2] not in str([(entry.before, entry.after) for entry in entries])
    assert {entry.member_id for entry in entries} == {staff.id}


def test_a_link_is_good_for_a_day(luis: FlaskClient, sqlite_database: Database, staff: Member) -> None:
    secret = hang(luis.application, staff).rpartition("/")[2]  # type: ignore[arg-type]
    with sqlite_database.write() as store:
        now = clock.now()
        assert doors.behind_link(store, 1, secret, now) is not None
        assert doors.behind_link(store, 1, secret, now + doors.LINK_LIFETIME) is None
        assert doors.open_link(store, 1, secret, now + doors.LINK_LIFETIME) is None
        assert doors.behind_link(store, 2, secret, now) is None


def test_the_keys_of_who_left_stay_dead_when_they_come_back(
    luis: FlaskClient, sqlite_database: Database, staff: Member, admin: Member
) -> None:
    screen = Screen(luis.application)  # type: ignore[arg-type]
    screen.open(hang(luis.application, staff))  # type: ignore[arg-type]
    later = hang(luis.application, staff)  # type: ignore[arg-type]
    assert screen.see().status_code == 200
    with luis.application.app_context(), sqlite_database.write() as store:
        let_go(store, store.get_one(Member, staff.id), Origin(admin.id), clock.now(), ZONE)
    assert screen.see().status_code == 404
    with sqlite_database.write() as store:
        store.get_one(Member, staff.id).active = True
    assert screen.see().status_code == 404
    assert screen.open(later).status_code == 410
