"""Linking an account at the provider with one's own: by its owner, after a proof and a yes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from pyotp import TOTP
from sqlalchemy import select, update

from app import create_app
from campus import clock
from campus.audit import Origin
from campus.database import Database
from campus.errors import BadSetting
from campus.people.door import totp
from campus.people.keychain import BrowserSession, Identity
from campus.people.models import Member
from campus.settings import Settings, load
from tests.doors import csrf_token, walk_in
from tests.oidc.hostile import Hostile, come_back, set_out

START = "/account/identities/new"


@pytest.fixture
def issuer(hostile: Hostile) -> str:
    return hostile.issuer


@pytest.fixture
def ana(client: FlaskClient, member: Member) -> FlaskClient:
    """Ana's browser."""
    walk_in(client, member)
    return client


def owners(database: Database) -> list[int]:
    with database.read() as session:
        return list(session.scalars(select(Identity.member_id)))


def travel(client: FlaskClient, provider: Hostile) -> int:
    sent = set_out(client, START)
    provider.nonce = sent["nonce"]
    return come_back(client, state=sent["state"], code="a-code").status_code


def say_yes(client: FlaskClient) -> int:
    return client.post(
        "/account/identities/link", data={"csrf_token": csrf_token(client, "/book")}
    ).status_code


def test_nothing_is_linked_without_a_yes(database: Database, ana: FlaskClient, hostile: Hostile) -> None:
    assert travel(ana, hostile) == 200
    assert owners(database) == []
    assert ana.post("/account/identities/link").status_code == 400
    assert owners(database) == []


def test_a_yes_counts_once(database: Database, ana: FlaskClient, hostile: Hostile, member: Member) -> None:
    travel(ana, hostile)
    assert say_yes(ana) == 303
    assert owners(database) == [member.id]
    assert say_yes(ana) == 403


def test_a_yes_needs_a_recent_proof(database: Database, ana: FlaskClient, hostile: Hostile) -> None:
    travel(ana, hostile)
    with database.write() as session:
        session.execute(update(BrowserSession).values(proved_at=clock.now() - timedelta(minutes=20)))
    assert say_yes(ana) == 303
    assert owners(database) == []
    assert ana.get(START).headers["Location"].startswith("/confirm?next=/account/security")


def test_an_account_that_is_linked_is_nobody_else_s_to_link(
    database: Database, app: APIFlask, ana: FlaskClient, hostile: Hostile, staff: Member
) -> None:
    travel(ana, hostile)
    say_yes(ana)
    luis = app.test_client()
    walk_in(luis, staff)
    assert travel(luis, hostile) == 403
    assert say_yes(luis) == 403
    assert len(owners(database)) == 1


def test_who_signs_in_as_somebody_else_on_the_way_links_nothing(
    database: Database, ana: FlaskClient, hostile: Hostile, staff: Member
) -> None:
    sent = set_out(ana, START)
    hostile.nonce = sent["nonce"]
    walk_in(ana, staff)
    assert come_back(ana, state=sent["state"], code="a-code").status_code == 403
    assert say_yes(ana) == 403
    assert owners(database) == []


def test_another_member_s_link_does_not_exist(
    database: Database, app: APIFlask, ana: FlaskClient, hostile: Hostile, staff: Member
) -> None:
    travel(ana, hostile)
    say_yes(ana)
    luis = app.test_client()
    walk_in(luis, staff)
    for number in (1, 99):
        answer = luis.post(
            f"/account/identities/{number}/remove", data={"csrf_token": csrf_token(luis, "/book")}
        )
        assert answer.status_code == 404
    assert len(owners(database)) == 1


def test_a_member_with_a_second_step_is_asked_for_it(
    database: Database, client: FlaskClient, hostile: Hostile, member: Member
) -> None:
    now, seed = clock.now(), "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
    code = TOTP(seed).at(int(now.timestamp()))
    with client.application.test_request_context(), database.write() as session:
        totp.turn_on(session, member, seed, code, by=Origin(), now=now)
    sent = set_out(client, "/sign-in/openid")
    hostile.nonce = sent["nonce"]
    answer = come_back(client, state=sent["state"], code="a-code")
    assert answer.headers["Location"] == "/sign-in/code"
    assert client.get("/book").status_code == 302


def test_a_visitor_links_nothing(client: FlaskClient) -> None:
    assert client.get(START).headers["Location"].startswith("/sign-in?next=")


def test_a_campus_without_a_provider_shows_no_button(settings: Settings) -> None:
    none = {"oidc_issuer": None, "oidc_client_id": None, "oidc_client_secret": None}
    app = create_app(settings.model_copy(update=none))
    visitor = app.test_client()
    assert "/sign-in/openid" not in visitor.get("/sign-in").text
    assert visitor.get("/sign-in/openid").status_code == 404
    assert visitor.get("/sign-in/openid/callback?state=x&code=y").status_code == 403
    app.extensions["campus"].database.close()


@pytest.mark.parametrize("missing", ["oidc_issuer", "oidc_client_id", "oidc_client_secret"])
def test_half_a_provider_stops_the_start(missing: str) -> None:
    whole = {
        "oidc_issuer": "https://id.example",
        "oidc_client_id": "campus",
        "oidc_client_secret": "a secret of the tests",
    }
    load(**whole)
    with pytest.raises(BadSetting) as refused:
        load(**{name: value for name, value in whole.items() if name != missing})
    assert f"CAMPUS_{missing.upper()} is not set" in refused.value.message
    assert "a secret of the tests" not in refused.value.message
