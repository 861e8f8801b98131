"""The first page: who may see it, what it makes, and that it is there once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from app import create_app
from campus import clock
from campus.audit import AuditEntry
from campus.database import Database
from campus.notes import read_note
from campus.people.door.lockout import FREE_AT_ADDRESS
from campus.people.models import Member
from campus.settings import Settings
from campus.spaces.models import Resource
from campus.welcome.first_run import DEMO_WANTED, new_code
from tests.doors import csrf_token, walk_in

PASSWORD = "turtle umbrella sonata"
SAID = {"campus": "Nopal Tech Hub", "name": "Íñigo Peña", "email": "Inigo@Nopal.example", "start": "empty"}
FORWARDED = {"X-Forwarded-For": "203.0.113.9"}

pytestmark = pytest.mark.usefixtures("sqlite_database")


def begin(client: FlaskClient, **said: Any) -> TestResponse:
    form = {**SAID, "password": PASSWORD, **said}
    return client.post("/welcome", data={"csrf_token": csrf_token(client, "/welcome"), **form})


def members(database: Database) -> list[Member]:
    with database.read() as session:
        return list(session.scalars(select(Member)))


def test_the_first_visitor_names_the_campus_and_runs_it(
    sqlite_database: Database, client: FlaskClient
) -> None:
    assert client.get("/").headers["Location"] == "/welcome"
    answer = begin(client)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/welcome/next")
    page = client.get("/welcome/next")
    assert "Nopal Tech Hub is open" in page.text
    assert "· Nopal Tech Hub</title>" in page.text
    (admin,) = members(sqlite_database)
    assert (admin.role, admin.email, admin.name) == ("admin", "inigo@nopal.example", "Íñigo Peña")
    assert client.get("/devices").status_code == 200, "signed in, as an administrator"
    with sqlite_database.read() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "campus.begin")).one()
    assert (entry.member_id, entry.address, entry.after) == (admin.id, "127.0.0.1", {"start": "empty"})


def test_the_first_page_is_there_once(sqlite_database: Database, client: FlaskClient, admin: Member) -> None:
    token = csrf_token(client, "/sign-in")
    assert client.get("/welcome").headers["Location"] == "/"
    for path in ("/welcome", "/welcome/code"):
        answer = client.post(path, data={**SAID, "csrf_token": token, "password": PASSWORD, "code": "x"})
        assert answer.status_code == 404
    late = client.post("/welcome", data={**SAID, "csrf_token": "stale"})
    assert late.status_code == 404
    assert len(members(sqlite_database)) == 1


def test_the_password_signs_in_afterwards(client: FlaskClient) -> None:
    begin(client)
    other = client.application.test_client()
    form = {"email": "inigo@nopal.example", "password": PASSWORD, "csrf_token": csrf_token(other, "/sign-in")}
    assert other.post("/sign-in", data=form).status_code in (302, 303)


def test_rooms_of_a_list_are_there_at_once(sqlite_database: Database, client: FlaskClient) -> None:
    assert begin(client, start="rooms", list="name,capacity\nGlass 1,8\nGlass 2,4\n").status_code == 302
    with sqlite_database.read() as session:
        assert set(session.scalars(select(Resource.slug))) == {"glass-1", "glass-2"}
    assert "2 resources can be booked" in client.get("/welcome/next").text


def test_a_list_with_a_fault_makes_nothing_and_keeps_everything_but_the_password(
    sqlite_database: Database, client: FlaskClient
) -> None:
    refused = begin(client, start="rooms", list="name,kind\nGlass 1,sofa\n")
    assert refused.status_code == 422
    assert "Line 2: the kind “sofa”" in refused.text
    for kept in ("Nopal Tech Hub", "Íñigo Peña", "Inigo@Nopal.example", "Glass 1,sofa"):
        assert kept in refused.text
    assert PASSWORD not in refused.text
    assert members(sqlite_database) == []
    with sqlite_database.read() as session:
        assert read_note(session, "campus-name") is None


def test_a_list_that_was_not_chosen_is_not_read(sqlite_database: Database, client: FlaskClient) -> None:
    assert begin(client, start="empty", list="no list at all").status_code == 302


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("campus", " "),
        ("campus", "x" * 61),
        ("campus", "two\nlines"),
        ("name", ""),
        ("name", "Eve\r\nBcc: all@hub.example"),
        ("email", "nobody"),
        ("email", "аna@hub.example"),
        ("password", "short"),
        ("password", "Nopal Tech Hub"),
        ("password", "x" * 129),
        ("start", ""),
        ("start", "admin"),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field(
    sqlite_database: Database, client: FlaskClient, field: str, value: str
) -> None:
    refused = begin(client, **{field: value})
    assert refused.status_code == 422
    assert f'id="fault-{field}"' in refused.text
    assert members(sqlite_database) == []


def test_hostile_names_are_only_names(client: FlaskClient) -> None:
    begin(client, campus="<script>alert(1)</script> {{7*7}} %s", name="<b>Eve</b> %(x)s")
    page = client.get("/welcome/next").text
    assert "<script>alert" not in page
    assert "<b>Eve" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; {{7*7}} %s is open" in page


def test_a_role_that_is_sent_along_changes_nothing(sqlite_database: Database, client: FlaskClient) -> None:
    begin(client, role="member", company_id="1", id="99", active="0", password_hash="x")
    (admin,) = members(sqlite_database)
    assert (admin.role, admin.company_id, admin.active) == ("admin", None, True)
    assert admin.id != 99
    assert (admin.password_hash or "").startswith("$argon2id$")


def test_a_late_form_keeps_what_was_typed_but_for_the_password(
    sqlite_database: Database, client: FlaskClient
) -> None:
    late = client.post("/welcome", data={**SAID, "csrf_token": "stale", "password": PASSWORD})
    assert late.status_code == 400
    assert "Nopal Tech Hub" in late.text
    assert PASSWORD not in late.text
    assert members(sqlite_database) == []


# Who may


@pytest.mark.parametrize(
    ("headers", "address"),
    [
        (FORWARDED, "127.0.0.1"),
        ({"Forwarded": "for=203.0.113.9"}, "127.0.0.1"),
        ({"X-Real-IP": "203.0.113.9"}, "127.0.0.1"),
        ({}, "203.0.113.9"),
    ],
)
def test_whoever_is_not_at_the_machine_sees_no_form(
    sqlite_database: Database, client: FlaskClient, headers: dict[str, str], address: str
) -> None:
    here = csrf_token(client, "/welcome")
    elsewhere: dict[str, Any] = {"headers": headers, "environ_base": {"REMOTE_ADDR": address}}
    assert client.get("/", **elsewhere).headers["Location"] == "/welcome"
    page = client.get("/welcome", **elsewhere)
    assert "This campus is not set up yet" in page.text
    assert 'name="password"' not in page.text
    form = {**SAID, "password": PASSWORD, "csrf_token": here}
    assert client.post("/welcome", data=form, **elsewhere).status_code == 403
    late = client.post("/welcome", data={**form, "csrf_token": "stale"}, **elsewhere)
    assert 'name="password"' not in late.text
    assert members(sqlite_database) == []


@pytest.fixture
def far_client(settings: Settings) -> Iterator[FlaskClient]:
    """A visitor of a campus that others reach."""
    app = create_app(settings.model_copy(update={"host": "192.0.2.1"}))
    client = app.test_client()
    client.environ_base["REMOTE_ADDR"] = "192.0.2.77"
    client.environ_base["wsgi.url_scheme"] = "https"
    client.environ_base["HTTP_HOST"] = "192.0.2.1"
    client.environ_base["HTTP_REFERER"] = "https://192.0.2.1/"
    yield client
    app.extensions["campus"].database.close()


def test_the_code_that_the_start_printed_opens_the_first_page(
    sqlite_database: Database, far_client: FlaskClient
) -> None:
    with sqlite_database.write() as session:
        code = new_code(session, clock.now())
    token = csrf_token(far_client, "/welcome")
    for wrong in ("", "ABCD-EFGH-JKLM-NPQR", code[:-1], "0" * 1000):
        answer = far_client.post("/welcome/code", data={"csrf_token": token, "code": wrong})
        assert answer.status_code == 422
        assert "This is not the code" in answer.text
    right = far_client.post("/welcome/code", data={"csrf_token": token, "code": f" {code.lower()} "})
    assert (right.status_code, right.headers["Location"]) == (303, "/welcome")
    assert begin(far_client).headers["Location"] == "/welcome/next"
    assert len(members(sqlite_database)) == 1


def test_who_guesses_the_code_waits_and_nobody_else_does(
    sqlite_database: Database, far_client: FlaskClient
) -> None:
    with sqlite_database.write() as session:
        code = new_code(session, clock.now())
    token = csrf_token(far_client, "/welcome")

    def enter(typed: str, address: str) -> TestResponse:
        form = {"csrf_token": token, "code": typed}
        return far_client.post("/welcome/code", data=form, environ_base={"REMOTE_ADDR": address})

    answers = [enter("ABCD-EFGH-JKLM-NPQR", "192.0.2.66").status_code for _ in range(FREE_AT_ADDRESS + 1)]
    assert answers == [*[422] * FREE_AT_ADDRESS, 429]
    assert enter(code, "192.0.2.66").status_code == 429, "the right one waits too"
    assert enter(code, "192.0.2.77").status_code == 303


def test_the_demo_is_offered_only_where_nobody_else_comes(
    sqlite_database: Database, client: FlaskClient, far_client: FlaskClient
) -> None:
    assert 'value="demo"' in client.get("/welcome").text
    with sqlite_database.write() as session:
        code = new_code(session, clock.now())
    token = csrf_token(far_client, "/welcome")
    far_client.post("/welcome/code", data={"csrf_token": token, "code": code})
    assert 'value="demo"' not in far_client.get("/welcome").text
    assert begin(far_client, start="demo").status_code == 422
    with sqlite_database.read() as session:
        assert read_note(session, DEMO_WANTED) is None


def test_a_demo_hub_is_waited_for(sqlite_database: Database, client: FlaskClient) -> None:
    assert begin(client, start="demo", email="ana@hub.example").status_code == 422, "Ana's is taken there"
    assert begin(client, start="demo").headers["Location"] == "/welcome/demo"
    page = client.get("/welcome/demo")
    assert 'http-equiv="refresh"' in page.text
    assert "flask --app app simulate" in page.text, "nobody supervises a test"


def test_only_who_runs_the_campus_asks_for_the_demo_again(client: FlaskClient, member: Member) -> None:
    walk_in(client, member)
    token = csrf_token(client, "/book")
    for path in ("/welcome/demo", "/welcome/next"):
        assert client.get(path).status_code == 403
    assert client.post("/welcome/demo", data={"csrf_token": token}).status_code == 403
