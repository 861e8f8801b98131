"""What is weighty asks for a recent proof."""

from __future__ import annotations

from datetime import timedelta

import pytest
from apiflask import APIFlask
from flask import url_for
from flask.testing import FlaskClient
from pyotp import TOTP
from sqlalchemy import select, update

from campus import clock
from campus.audit import AuditEntry, Origin
from campus.database import Database
from campus.errors import NotAllowed, ProofNeeded
from campus.people.door import proof, totp
from campus.people.keychain import BrowserSession
from campus.people.models import Member
from tests.conftest import PASSWORD
from tests.doors import csrf_token, walk_in

QUARTER = timedelta(minutes=15)


def age(database: Database, by: timedelta) -> None:
    """All sessions showed `by` ago who they are."""
    with database.write() as store:
        store.execute(update(BrowserSession).values(proved_at=clock.now() - by))


def test_a_proof_is_believed_for_a_quarter_of_an_hour() -> None:
    now = clock.now()
    assert proof.is_fresh(now - QUARTER + timedelta(seconds=1), now)
    assert not proof.is_fresh(now - QUARTER, now)


def asks(client: FlaskClient, method: str = "GET", back: str = "") -> ProofNeeded | None:
    """What require_proof says to this browser."""
    with client.session_transaction() as session:
        cookie = dict(session)
    with client.application.test_request_context("/account/tokens?name=x", method=method) as context:
        context.session.update(cookie)
        try:
            proof.require_proof(back)
        except ProofNeeded as needed:
            return needed
    return None


def test_a_fresh_sign_in_is_proof_enough(
    sqlite_database: Database, client: FlaskClient, member: Member
) -> None:
    walk_in(client, member)
    assert asks(client) is None


def test_an_old_proof_is_asked_for_again_and_leads_back(
    sqlite_database: Database, client: FlaskClient, member: Member
) -> None:
    walk_in(client, member)
    age(sqlite_database, QUARTER)
    needed = asks(client)
    assert needed and needed.extra["next"] == "/account/tokens?name=x"
    needed = asks(client, "POST", "/account/tokens?name=y")
    assert needed and needed.extra["next"] == "/account/tokens?name=y"
    needed = asks(client, "POST")
    assert needed and needed.extra["next"] == "/"


def test_a_missing_proof_becomes_the_page_that_asks_for_it(app: APIFlask, sqlite_database: Database) -> None:
    with app.test_request_context("/book"):
        answer = app.make_response(
            app.handle_user_exception(ProofNeeded("", extra={"next": "/account/tokens?name=a&scopes=read"}))
        )
        target = url_for("proof.confirm_page", next="/account/tokens?name=a&scopes=read")
    assert (answer.status_code, answer.headers["Location"]) == (303, target)


def test_a_token_can_show_nothing(app: APIFlask, sqlite_database: Database, member_token: str) -> None:
    headers = {"Authorization": f"Bearer {member_token}"}
    with app.test_request_context("/account", headers=headers), pytest.raises(NotAllowed):
        proof.require_proof()
    assert app.test_client().get("/confirm", headers=headers).status_code == 403


def test_the_password_renews_the_proof_and_leads_on(
    sqlite_database: Database, client: FlaskClient, member: Member
) -> None:
    walk_in(client, member)
    age(sqlite_database, QUARTER)
    form = {"csrf_token": csrf_token(client, "/confirm"), "password": PASSWORD, "next": "/book?date=x"}
    answer = client.post("/confirm", data=form)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/book?date=x")
    assert asks(client) is None
    with sqlite_database.read() as store:
        entry = store.query(AuditEntry).order_by(AuditEntry.id.desc()).first()
    assert entry and (entry.action, entry.target) == ("session.prove", f"member {member.id}")


@pytest.mark.parametrize("password", ["", "wrong wrong wrong", PASSWORD + " ", "x" * 5000])
def test_a_wrong_password_proves_nothing(
    sqlite_database: Database, client: FlaskClient, member: Member, password: str
) -> None:
    walk_in(client, member)
    age(sqlite_database, QUARTER)
    form = {"csrf_token": csrf_token(client, "/confirm"), "password": password, "next": "/book"}
    answer = client.post("/confirm", data=form)
    assert answer.status_code == 422
    assert 'value="/book"' in answer.text
    assert asks(client)


@pytest.mark.parametrize("target", ["https://evil.example", "//evil.example", "/\\evil.example"])
def test_the_page_leads_nowhere_else(
    sqlite_database: Database, client: FlaskClient, member: Member, target: str
) -> None:
    walk_in(client, member)
    form = {"csrf_token": csrf_token(client, "/confirm"), "password": PASSWORD, "next": target}
    assert client.post("/confirm", data=form).headers["Location"] == "/"


def test_a_late_confirmation_keeps_its_goal(
    sqlite_database: Database, client: FlaskClient, member: Member
) -> None:
    walk_in(client, member)
    answer = client.post("/confirm", data={"password": PASSWORD, "next": "/book"})
    assert answer.status_code == 400
    assert 'value="/book"' in answer.text
    assert PASSWORD not in answer.text


def test_who_has_no_password_goes_through_the_door_once_more(
    sqlite_database: Database, client: FlaskClient, member: Member
) -> None:
    with sqlite_database.write() as store:
        store.get_one(Member, member.id).password_hash = None
    walk_in(client, member, "oidc")
    page = client.get("/confirm?next=/book").text
    assert "Sign in once more" in page
    form = {"csrf_token": csrf_token(client, "/confirm"), "next": "/book"}
    assert client.post("/confirm/sign-in", data=form).headers["Location"] == "/sign-in?next=/book"
    with sqlite_database.read() as store:
        assert store.query(BrowserSession).count() == 0
        assert store.scalars(select(AuditEntry.action)).all() == ["sign-out"]
    assert client.get("/book").headers["Location"] == "/sign-in?next=/book"


def test_nobody_confirms_without_signing_in(sqlite_database: Database, client: FlaskClient) -> None:
    assert client.get("/confirm?next=/book").headers["Location"] == "/sign-in?next=/confirm?next%3D/book"
    assert client.post("/confirm", data={"password": PASSWORD}).status_code == 302


def test_who_guesses_here_waits_as_at_the_door(
    sqlite_database: Database, client: FlaskClient, member: Member
) -> None:
    walk_in(client, member)
    form = {"csrf_token": csrf_token(client, "/confirm"), "password": "wrong wrong wrong", "next": "/book"}
    answers = [client.post("/confirm", data=form) for _time in range(6)]
    assert [answer.status_code for answer in answers] == [422] * 5 + [429]
    assert answers[-1].headers["Retry-After"]
    assert 'value="/book"' in answers[-1].text
    old = {"csrf_token": form["csrf_token"], "old": PASSWORD, "new": "seven otters paint fences"}
    assert client.post("/account/password", data=old).status_code == 429


def test_who_has_no_password_shows_a_code_that_counts_once(
    sqlite_database: Database, client: FlaskClient, member: Member
) -> None:
    seed, now = totp.new_seed(), clock.now()
    with client.application.test_request_context("/"), sqlite_database.write() as store:
        earlier = TOTP(seed).at(now - timedelta(seconds=30))
        totp.turn_on(store, member, seed, earlier, by=Origin(member.id), now=now)
        store.get_one(Member, member.id).password_hash = None
    walk_in(client, member, "passkey")
    age(sqlite_database, QUARTER)
    form = {"csrf_token": csrf_token(client, "/confirm"), "next": "/book", "password": ""}
    assert client.post("/confirm", data={**form, "code": "000000"}).status_code == 422
    code = TOTP(seed).at(clock.now())
    assert client.post("/confirm", data={**form, "code": code}).headers["Location"] == "/book"
    assert asks(client) is None
    assert client.post("/confirm", data={**form, "code": code}).status_code == 422
