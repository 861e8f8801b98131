"""The password, and where one is signed in."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from campus import clock
from campus.audit import AuditEntry
from campus.database import Database
from campus.people import tickets
from campus.people.door.passwords import is_right
from campus.people.keychain import BrowserSession
from campus.people.models import Member
from tests.campus.people.letter_box import letters_to
from tests.conftest import PASSWORD
from tests.doors import csrf_token, walk_in

PAGE = "/account/security"
NEW = "seven otters paint fences"


def send(client: FlaskClient, path: str, **form: str) -> tuple[int, str]:
    answer = client.post(path, data={"csrf_token": csrf_token(client, PAGE), **form})
    return answer.status_code, answer.text


def hash_of(database: Database, member: Member) -> str | None:
    with database.read() as store:
        return store.get_one(Member, member.id).password_hash


def sessions_of(database: Database, member: Member) -> list[int]:
    with database.read() as store:
        query = select(BrowserSession.id).where(BrowserSession.member_id == member.id)
        return list(store.scalars(query.order_by(BrowserSession.id)))


def actions(database: Database) -> list[str]:
    with database.read() as store:
        return list(store.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


def test_a_new_password_counts_here_and_ends_every_other_session(
    database: Database, client: FlaskClient, member: Member
) -> None:
    elsewhere = client.application.test_client()
    walk_in(elsewhere, member)
    walk_in(client, member)
    with database.write() as store:
        links = {
            purpose: tickets.issue(store, purpose, timedelta(hours=1), clock.now(), member_id=member.id)
            for purpose in ("reset", "address")
        }
    assert send(client, "/account/password", old=PASSWORD, new=NEW)[0] == 303
    assert is_right(hash_of(database, member), NEW)
    assert client.get(PAGE).status_code == 200
    assert elsewhere.get(PAGE).status_code == 302
    with database.read() as store:
        assert [tickets.peek(store, purpose, link, clock.now()) for purpose, link in links.items()] == [
            None
        ] * 2
    assert [mail.subject for mail in letters_to(database, member.email)] == ["Your password was changed"]
    assert "password.change" in actions(database)


@pytest.mark.parametrize("old", ["", "wrong wrong wrong", PASSWORD.upper()])
def test_without_the_old_password_there_is_no_new_one(
    sqlite_database: Database, client: FlaskClient, member: Member, old: str
) -> None:
    walk_in(client, member)
    status, page = send(client, "/account/password", old=old, new=NEW)
    assert status == 422
    assert "That is not your password" in page
    assert NEW not in page
    assert is_right(hash_of(sqlite_database, member), PASSWORD)


@pytest.mark.parametrize("new", ["", "short", "password123", "robles campus", "x" * 129])
def test_a_bad_password_is_refused_with_the_reason(
    sqlite_database: Database, client: FlaskClient, member: Member, new: str
) -> None:
    walk_in(client, member)
    status, page = send(client, "/account/password", old=PASSWORD, new=new)
    assert status == 422
    assert 'id="fault-new"' in page
    assert is_right(hash_of(sqlite_database, member), PASSWORD)


def test_who_has_no_password_sets_one_after_a_proof(
    sqlite_database: Database, client: FlaskClient, member: Member
) -> None:
    with sqlite_database.write() as store:
        store.get_one(Member, member.id).password_hash = None
    walk_in(client, member, "oidc")
    with sqlite_database.write() as store:
        store.execute(update(BrowserSession).values(proved_at=clock.now() - timedelta(hours=1)))
    answer = client.post("/account/password", data={"csrf_token": csrf_token(client, PAGE), "new": NEW})
    assert answer.headers["Location"] == "/confirm?next=/account/security"
    assert hash_of(sqlite_database, member) is None
    with sqlite_database.write() as store:
        store.execute(update(BrowserSession).values(proved_at=clock.now()))
    assert send(client, "/account/password", new=NEW)[0] == 303
    assert is_right(hash_of(sqlite_database, member), NEW)


def test_the_list_says_which_session_is_this_one_and_how_it_began(
    sqlite_database: Database, client: FlaskClient, member: Member, staff: Member
) -> None:
    walk_in(client.application.test_client(), member, "passkey")
    walk_in(client.application.test_client(), staff, "recovery")
    walk_in(client, member)
    with sqlite_database.write() as store:
        store.execute(update(BrowserSession).values(agent="Mozilla/5.0 (X11; Linux) Firefox/140.0"))
    page = client.get(PAGE).text
    assert page.count("Firefox on Linux</strong>") == 2
    assert page.count("this one") == 1
    assert "by passkey" in page
    assert "by a recovery code" not in page


def test_a_session_that_is_ended_is_out_at_its_next_request(
    database: Database, client: FlaskClient, member: Member
) -> None:
    elsewhere = client.application.test_client()
    walk_in(elsewhere, member)
    walk_in(client, member)
    other, _here = sessions_of(database, member)
    assert send(client, f"/account/sessions/{other}/end")[0] == 303
    assert elsewhere.get("/book").status_code == 302
    assert client.get("/book").status_code == 200
    assert "session.end" in actions(database)
    assert send(client, f"/account/sessions/{other}/end")[0] == 404


def test_ending_this_session_is_signing_out(
    sqlite_database: Database, client: FlaskClient, member: Member
) -> None:
    walk_in(client, member)
    (here,) = sessions_of(sqlite_database, member)
    form = {"csrf_token": csrf_token(client, PAGE)}
    assert client.post(f"/account/sessions/{here}/end", data=form).headers["Location"] == "/sign-in"
    assert client.get(PAGE).status_code == 302


def test_all_others_are_ended_at_once(sqlite_database: Database, client: FlaskClient, member: Member) -> None:
    for _browser in range(3):
        walk_in(client.application.test_client(), member)
    walk_in(client, member)
    assert send(client, "/account/sessions/end-others")[0] == 303
    assert len(sessions_of(sqlite_database, member)) == 1
    assert "3 other browsers are signed out" in client.get(PAGE).text


@pytest.mark.parametrize("strange", ["1", "999", str(2**63 - 1), str(2**70), "-1", "x"])
def test_somebody_else_s_session_does_not_exist(
    sqlite_database: Database, client: FlaskClient, member: Member, staff: Member, strange: str
) -> None:
    walk_in(client.application.test_client(), staff)
    (theirs,) = sessions_of(sqlite_database, staff)
    walk_in(client, member)
    path = f"/account/sessions/{theirs if strange == '1' else strange}/end"
    assert send(client, path)[0] == 404
    assert sessions_of(sqlite_database, staff) == [theirs]


@pytest.mark.parametrize("path", ["password", "sessions/1/end", "sessions/end-others"])
def test_a_late_form_changes_nothing_and_shows_the_page(
    sqlite_database: Database, client: FlaskClient, member: Member, path: str
) -> None:
    walk_in(client, member)
    form = {"csrf_token": "stale", "old": PASSWORD, "new": NEW}
    answer = client.post(f"/account/{path}", data=form)
    assert answer.status_code == 400
    assert "Nothing was changed" in answer.text
    assert not re.search(f"{NEW}|{PASSWORD}", answer.text)
    assert is_right(hash_of(sqlite_database, member), PASSWORD)
