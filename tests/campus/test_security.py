"""What a browser may keep, who a request is, and what happens to a form whose page was open too long."""

from __future__ import annotations

import re
from html import unescape

import pytest
from flask.testing import FlaskClient

from campus.database import Database
from campus.people.models import Member
from tests.conftest import PASSWORD

STALE = "the token of a session that has ended"


def token(client: FlaskClient, page: str = "/sign-in") -> str:
    found = re.search(r'name="csrf-token" content="([^"]+)"', client.get(page).text)
    assert found
    return found[1]


def sign_in(client: FlaskClient, member: Member, then: str = "") -> str:
    form = {"csrf_token": token(client), "email": member.email, "password": PASSWORD, "next": then}
    answer = client.post("/sign-in", data=form)
    assert answer.status_code == 302
    return answer.headers["Location"]


@pytest.mark.parametrize("path", ["/", "/sign-in", "/book", "/devices", "/nothing", "/api/v1/devices"])
def test_pages_and_answers_are_kept_by_nobody(
    sqlite_database: Database, client: FlaskClient, staff: Member, path: str
) -> None:
    sign_in(client, staff)
    headers = client.get(path).headers
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]


@pytest.mark.parametrize("path", ["/static/css/tokens.css", "/vendor/plotly.js", "/vendor/inter.woff2"])
def test_files_are_the_same_for_everybody(sqlite_database: Database, client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert "no-store" not in answer.headers["Cache-Control"]
    assert "Cookie" not in answer.headers.get("Vary", "")
    assert "Set-Cookie" not in answer.headers
    answer.close()


@pytest.mark.parametrize("header", ["Basic eDp5", "Bearer ", "Bearer nobody", "anything"])
def test_a_session_with_an_authorization_header_still_needs_its_csrf_token(
    sqlite_database: Database, client: FlaskClient, staff: Member, header: str
) -> None:
    sign_in(client, staff)
    said = {"name": "Made by a stranger", "kind": "room"}
    answer = client.put("/api/v1/resources/x", json=said, headers={"Authorization": header})
    assert answer.status_code in (400, 401)
    assert "Made by a stranger" not in client.get("/api/v1/resources").text


def test_a_token_says_who_it_is_whatever_the_cookie_says(
    sqlite_database: Database, client: FlaskClient, staff: Member, member_token: str
) -> None:
    sign_in(client, staff)
    headers = {"Authorization": f"Bearer {member_token}"}
    assert (
        client.put("/api/v1/resources/x", json={"name": "X", "kind": "room"}, headers=headers).status_code
        == 403
    )


def test_signing_in_ends_the_session_before_it(
    sqlite_database: Database, client: FlaskClient, member: Member
) -> None:
    before = token(client)
    sign_in(client, member)
    assert client.post("/sign-out", data={"csrf_token": before}).status_code == 400
    assert client.get("/book").status_code == 200


def test_signing_out_leaves_nothing_behind(
    sqlite_database: Database, client: FlaskClient, member: Member
) -> None:
    sign_in(client, member)
    answer = client.post("/sign-out", data={"csrf_token": token(client, "/book")})
    assert "campus_session=;" in answer.headers["Set-Cookie"]
    assert client.get("/book").headers["Location"] == "/sign-in?next=/book"


def test_a_late_sign_in_keeps_the_address_and_not_the_password(
    sqlite_database: Database, client: FlaskClient
) -> None:
    form = {"csrf_token": STALE, "email": "ana@hub.example", "password": "secret secret", "next": "/book"}
    answer = client.post("/sign-in", data=form)
    assert answer.status_code == 400
    assert 'value="ana@hub.example"' in answer.text
    assert 'value="/book"' in answer.text
    assert "secret secret" not in answer.text
    assert "open too long" in answer.text


def test_a_late_booking_keeps_what_was_typed(
    sqlite_database: Database, client: FlaskClient, member: Member
) -> None:
    sign_in(client, member)
    answer = client.post("/book", data={"csrf_token": STALE, "date": "2026-03-04", "title": "Kept"})
    assert answer.status_code == 400
    assert "Nothing is booked yet" in answer.text


def test_a_booking_sent_after_signing_out_is_there_again_after_signing_in(
    sqlite_database: Database, client: FlaskClient, member: Member
) -> None:
    typed = {"date": "2026-03-04", "start": "10:00", "title": "Kept & kept", "member": "", "slug": "x"}
    target = client.post("/book", data=typed).headers["Location"]
    assert target.startswith("/sign-in?next=/book?")
    next_page = unescape(re.findall(r'name="next" value="([^"]+)"', client.get(target).text)[-1])
    assert sign_in(client, member, next_page) == next_page
    assert next_page == "/book?date=2026-03-04&start=10:00&title=Kept+%26+kept#booking"


@pytest.mark.parametrize("path", ["/devices/-/new", "/devices/lamp/edit"])
def test_a_late_device_keeps_what_was_typed(
    sqlite_database: Database, client: FlaskClient, staff: Member, path: str
) -> None:
    sign_in(client, staff)
    answer = client.post(path, data={"name": "Kept name", "topic": "kept/topic"})
    assert answer.status_code == 400
    assert 'value="Kept name"' in answer.text
    assert 'value="kept/topic"' in answer.text
    assert "Nothing was saved yet" in answer.text


def test_a_late_form_gets_nobody_in_who_may_not(
    sqlite_database: Database, client: FlaskClient, member: Member
) -> None:
    sign_in(client, member)
    assert client.post("/devices/-/new", data={"name": "x"}).status_code == 403


@pytest.mark.parametrize("path", ["/look", "/sign-out", "/book/1/cancel", "/devices/-/quarantine/1/retry"])
def test_other_forms_without_their_token_are_refused_in_words(
    sqlite_database: Database, client: FlaskClient, staff: Member, path: str
) -> None:
    sign_in(client, staff)
    answer = client.post(path, headers={"Accept-Language": "es"})
    assert answer.status_code == 400
    assert "La página estuvo abierta demasiado tiempo" in answer.text


@pytest.mark.parametrize(
    "target",
    ["//evil.example", "/\\evil.example", "https://evil.example", "javascript:alert(1)", "/\t/evil.example",
     "/\n/evil.example", " //evil.example", "\x00//evil.example", "///evil.example", "http:evil.example"],
)  # fmt: skip
def test_signing_in_leads_nowhere_else(
    sqlite_database: Database, client: FlaskClient, member: Member, target: str
) -> None:
    assert sign_in(client, member, target) == "/"


@pytest.mark.parametrize(
    ("path", "words"),
    [("/nothing", "La dirección es vieja"), ("/devices/nothing", "La dirección es vieja")],
)
def test_errors_speak_the_reader_s_language(
    sqlite_database: Database, client: FlaskClient, staff: Member, path: str, words: str
) -> None:
    sign_in(client, staff)
    answer = client.get(path, headers={"Accept-Language": "es"})
    assert answer.status_code == 404
    assert words in answer.text
    assert "<title>Esa página no existe" in answer.text
