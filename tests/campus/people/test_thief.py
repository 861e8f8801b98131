"""What a thief has stolen, and how little it is good for afterwards."""

from __future__ import annotations

from datetime import timedelta

import pyotp
import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from campus import clock
from campus.audit import Origin
from campus.bookings.departure import let_go
from campus.database import Database
from campus.errors import NotSignedIn
from campus.people.access import COOKIE_KEY
from campus.people.account.change_of_password import set_password
from campus.people.door import totp
from campus.people.door.admission import SECOND_STEP_KEY, admit, let_in
from campus.people.door.passwords import hash_password
from campus.people.keychain import BrowserSession, Ticket
from campus.people.models import Invitation, Member
from campus.people.tokens import add_token
from campus.settings import Settings
from tests.conftest import PASSWORD
from tests.doors import csrf_token, walk_in

NEW = "seven otters paint fences"
SEED = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def change_password(app: APIFlask, database: Database, member: Member) -> None:
    with app.app_context(), database.write() as store:
        set_password(store, member, hash_password(NEW), Origin(member.id), clock.now())


def sessions_there(database: Database) -> int:
    with database.read() as store:
        return len(store.scalars(select(BrowserSession.id)).all())


def test_a_copy_of_the_very_cookie_ends_with_the_old_password(
    database: Database, client: FlaskClient, member: Member
) -> None:
    walk_in(client, member)
    thief = client.application.test_client()
    with client.session_transaction() as kept, thief.session_transaction() as copied:
        copied[COOKIE_KEY] = kept[COOKIE_KEY]
    assert thief.get("/account/security").status_code == 200
    form = {"csrf_token": csrf_token(client, "/account/security"), "old": PASSWORD, "new": NEW}
    assert client.post("/account/password", data=form).status_code == 303
    assert client.get("/account/security").status_code == 200
    assert thief.get("/account/security").headers["Location"].startswith("/sign-in?")
    assert sessions_there(database) == 1


def test_a_copy_of_the_cookie_ends_when_somebody_else_signs_in_there(
    database: Database, client: FlaskClient, member: Member, staff: Member
) -> None:
    walk_in(client, member)
    thief = client.application.test_client()
    with client.session_transaction() as kept, thief.session_transaction() as copied:
        copied[COOKIE_KEY] = kept[COOKIE_KEY]
    form = {"csrf_token": csrf_token(client, "/book"), "email": staff.email, "password": PASSWORD}
    assert client.post("/sign-in", data=form).status_code == 302
    assert client.get("/account").status_code == 200
    assert thief.get("/account").headers["Location"].startswith("/sign-in?")
    assert sessions_there(database) == 1


def test_the_first_half_of_a_sign_in_ends_with_the_old_password(
    database: Database, app: APIFlask, client: FlaskClient, member: Member
) -> None:
    then = clock.now() - timedelta(hours=1)
    with app.app_context(), database.write() as store:
        totp.turn_on(store, member, SEED, pyotp.TOTP(SEED).at(then), by=Origin(), now=then)
    form = {"csrf_token": csrf_token(client, "/sign-in"), "email": member.email, "password": PASSWORD}
    assert client.post("/sign-in", data=form).headers["Location"] == "/sign-in/code"
    code = {"csrf_token": csrf_token(client, "/sign-in/code"), "code": pyotp.TOTP(SEED).now()}
    with client.session_transaction() as kept:
        assert kept[SECOND_STEP_KEY]
    change_password(app, database, member)
    assert client.post("/sign-in/code", data=code).headers["Location"] == "/sign-in"
    assert sessions_there(database) == 0


@pytest.mark.parametrize("second_step", [False, True])
@pytest.mark.parametrize("way", ["password", "deactivation"])
def test_who_was_looked_at_before_a_change_does_not_come_in_after_it(
    database: Database, app: APIFlask, settings: Settings, member: Member, way: str, *, second_step: bool
) -> None:
    now = clock.now()
    with app.app_context(), database.write() as store:
        if second_step:
            totp.turn_on(store, member, SEED, pyotp.TOTP(SEED).at(now), by=Origin(), now=now)
    if way == "password":
        change_password(app, database, member)
    else:
        with app.app_context(), database.write() as store:
            let_go(store, store.get_one(Member, member.id), Origin(), now, settings.zone)
    with app.test_request_context("/sign-in"), pytest.raises(NotSignedIn):
        admit(member, "password", "/book")  # as it was read before
    with app.test_request_context("/sign-in"), pytest.raises(NotSignedIn):
        let_in(member, "code")
    with database.write() as store:
        store.execute(update(Member).values(active=True))
        assert store.scalars(select(Ticket)).all() == []
    assert sessions_there(database) == 0


@pytest.mark.parametrize(
    "path",
    ["/account/tokens", "/account/password", "/people/1/change", "/companies", "/people/domains", "/join"],
)
def test_a_token_without_a_form_s_token_sees_no_page_that_is_not_for_tokens(
    sqlite_database: Database, client: FlaskClient, admin: Member, path: str
) -> None:
    with sqlite_database.write() as store:
        stolen = add_token(store, admin, name="weather station", now=clock.now(), scopes=["read"])
    answer = client.post(path, headers={"Authorization": f"Bearer {stolen}"})
    assert answer.status_code == (400 if path == "/join" else 403)
    assert "weather station" not in answer.text
    assert admin.email not in answer.text


def test_asking_in_who_will_run_a_company_needs_a_proof(
    sqlite_database: Database, client: FlaskClient, admin: Member
) -> None:
    walk_in(client, admin)
    token = csrf_token(client, "/people/invitations/new")
    with sqlite_database.write() as store:
        store.execute(update(BrowserSession).values(proved_at=clock.now() - timedelta(hours=1)))
    form = {"csrf_token": token, "emails": "eve@evil.example", "company": "nopal", "runs_company": "1"}
    answer = client.post("/people/invitations/new", data=form)
    assert (answer.status_code, answer.headers.get("Location", "")[:9]) == (303, "/confirm?")
    with sqlite_database.read() as store:
        assert store.scalars(select(Invitation)).all() == []
