"""The sign-in page: who comes in, what the owner is told, what is kept."""

from __future__ import annotations

from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from flask.testing import FlaskClient
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from campus import clock
from campus.audit import AuditEntry
from campus.database import Database
from campus.outbox import Mail
from campus.people.keychain import BrowserSession
from campus.people.models import Member
from tests.conftest import PASSWORD
from tests.doors import csrf_token, knock

NOBODY = "nobody@hub.example"


def entries(database: Database) -> list[tuple[str, str]]:
    with database.read() as store:
        return [
            (entry.action, entry.target)
            for entry in store.scalars(select(AuditEntry).order_by(AuditEntry.id))
        ]


def mails(database: Database) -> list[Mail]:
    with database.read() as store:
        return list(store.scalars(select(Mail).order_by(Mail.id)))


def joined_long_ago(database: Database) -> None:
    with database.write() as store:
        store.execute(update(Member).values(created_at=clock.now() - timedelta(days=30)))


def test_the_right_password_opens_the_door_and_leaves_a_trace(
    database: Database, client: FlaskClient, member: Member
) -> None:
    answer = knock(client, member.email)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/book")
    assert client.get("/book").status_code == 200
    client.post("/sign-out", data={"csrf_token": csrf_token(client, "/book")})
    target = f"member {member.id}"
    assert entries(database) == [("sign-in", target), ("sign-out", target)]


@pytest.mark.parametrize("email", ["ana@hub.example", NOBODY, "", "no address", "x" * 3000, "\0@hub.example"])
def test_who_is_unknown_and_who_is_wrong_get_the_same_answer(
    sqlite_database: Database, client: FlaskClient, member: Member, email: str
) -> None:
    def shown(answer: TestResponse) -> str:
        typed = f'required value="{email}"'
        return answer.text.replace(typed, "").replace(csrf_of(answer), "")

    wrong = knock(client, email, "wrong wrong wrong")
    other = knock(client, NOBODY, "wrong wrong wrong")
    assert (wrong.status_code, other.status_code) == (422, 422)
    assert "do not match" in wrong.text
    assert "wrong wrong wrong" not in wrong.text
    if email.isprintable():
        assert shown(wrong) == other.text.replace(f'required value="{NOBODY}"', "").replace(
            csrf_of(other), ""
        )


def csrf_of(answer: TestResponse) -> str:
    return answer.text.partition('name="csrf-token" content="')[2].partition('"')[0]


def test_nothing_of_a_refused_address_stands_in_the_audit(
    sqlite_database: Database, client: FlaskClient, member: Member
) -> None:
    knock(client, member.email, "wrong wrong wrong")
    knock(client, NOBODY)
    assert entries(sqlite_database) == [
        ("sign-in.refused", f"member {member.id}"),
        ("sign-in.refused", "nobody"),
    ]


def test_a_sign_in_from_a_new_browser_is_told_once(
    sqlite_database: Database, client: FlaskClient, member: Member
) -> None:
    joined_long_ago(sqlite_database)
    for _time in range(2):
        knock(client, member.email, address="203.0.113.9")
        client.post("/sign-out", data={"csrf_token": csrf_token(client, "/book")})
    [told] = mails(sqlite_database)
    assert "new" in told.subject
    assert "203.0.113.9" in told.text


def test_who_wants_no_mails_of_sign_ins_gets_none(
    sqlite_database: Database, client: FlaskClient, member: Member
) -> None:
    joined_long_ago(sqlite_database)
    with sqlite_database.write() as store:
        store.execute(update(Member).values(mails_sign_ins=False))
    assert knock(client, member.email).status_code == 302
    assert mails(sqlite_database) == []


def test_an_old_hash_is_made_anew_at_the_next_sign_in(
    sqlite_database: Database, client: FlaskClient, member: Member
) -> None:
    with sqlite_database.write() as store:
        quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
        store.execute(update(Member).values(password_hash=quick))
    knock(client, member.email, "wrong wrong wrong")
    assert _hash(sqlite_database) == quick
    for _time in range(2):
        assert knock(client.application.test_client(), member.email).status_code == 302
        fresh = _hash(sqlite_database)
        assert "m=8192,t=1,p=1" in fresh  # as this campus is set
    assert knock(client.application.test_client(), member.email).status_code == 302
    assert _hash(sqlite_database) == fresh


def _hash(database: Database) -> str:
    with database.read() as store:
        return str(store.scalar(select(Member.password_hash)))


def test_who_left_is_as_unknown_as_anybody(
    sqlite_database: Database, client: FlaskClient, member: Member
) -> None:
    with sqlite_database.write() as store:
        store.execute(update(Member).values(active=False))
    answer = knock(client, member.email)
    assert answer.status_code == 422
    assert entries(sqlite_database) == [("sign-in.refused", "nobody")]
    with sqlite_database.read() as store:
        assert store.query(BrowserSession).count() == 0


@pytest.mark.parametrize("password", ["x" * 100_000, PASSWORD + "\0", "\0", "", PASSWORD.upper()])
def test_odd_passwords_are_wrong_and_nothing_else(
    sqlite_database: Database, client: FlaskClient, member: Member, password: str
) -> None:
    assert knock(client, member.email, password).status_code == 422


def test_a_look_alike_address_is_nobody_s(
    sqlite_database: Database, client: FlaskClient, member: Member
) -> None:
    assert knock(client, "аna@hub.example").status_code == 422  # with a Cyrillic а
    assert knock(client, " Ana@hub.example").status_code == 302
