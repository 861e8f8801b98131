"""There and back: in one browser, once, and nowhere else."""

from __future__ import annotations

import logging

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import select

from campus.database import Database
from campus.people.keychain import Ticket
from campus.people.models import Member
from tests.oidc.hostile import Hostile, come_back, is_in, set_out, travel
from tests.oidc.real import CLIENT_SECRET


@pytest.fixture
def issuer(hostile: Hostile) -> str:
    return hostile.issuer


def test_what_is_asked_carries_pkce_state_and_nonce(client: FlaskClient, hostile: Hostile) -> None:
    first, second = set_out(client), set_out(client)
    assert first["response_type"] == "code"
    assert first["code_challenge_method"] == "S256"
    assert first["redirect_uri"] == "http://localhost:8000/sign-in/openid/callback"
    for name in ("state", "nonce", "code_challenge"):
        assert len(first[name]) >= 32
        assert first[name] != second[name]


def test_the_code_goes_back_with_its_verifier_and_our_secret(
    client: FlaskClient, member: Member, hostile: Hostile
) -> None:
    travel(client, hostile)
    form, authorization = next((form, head) for path, form, head in hostile.asked if path == "/token")
    assert len(form["code_verifier"]) >= 43
    assert authorization.startswith("Basic ")


def test_a_state_that_nobody_gave_opens_nothing(
    client: FlaskClient, member: Member, hostile: Hostile
) -> None:
    sent = set_out(client)
    hostile.nonce = sent["nonce"]
    for state in ("", "x", sent["state"] + "x", "x" * 10_000, "\x00"):
        assert come_back(client, state=state, code="a-code").status_code == 403
    assert come_back(client, code="a-code").status_code == 403
    assert not is_in(client)


def test_a_journey_that_began_in_another_browser_opens_nothing(
    app: APIFlask, member: Member, hostile: Hostile
) -> None:
    attacker, victim = app.test_client(), app.test_client()
    sent = set_out(attacker)
    set_out(victim)
    hostile.nonce = sent["nonce"]
    assert come_back(victim, state=sent["state"], code="a-code").status_code == 403
    assert not is_in(victim)


def test_an_answer_is_good_once(app: APIFlask, client: FlaskClient, member: Member, hostile: Hostile) -> None:
    sent = set_out(client)
    with client.session_transaction() as cookie:
        before = dict(cookie)
    hostile.nonce = sent["nonce"]
    assert come_back(client, state=sent["state"], code="a-code").status_code == 302
    replayed = app.test_client()
    with replayed.session_transaction() as cookie:
        cookie.update(before)
    assert come_back(replayed, state=sent["state"], code="a-code").status_code == 403
    assert not is_in(replayed)


def test_the_journey_leads_to_no_other_site(client: FlaskClient, member: Member, hostile: Hostile) -> None:
    sent = set_out(client, "/sign-in/openid?next=//evil.example")
    hostile.nonce = sent["nonce"]
    assert come_back(client, state=sent["state"], code="a-code").headers["Location"] == "/"


@pytest.mark.parametrize(
    "said", ["access_denied", "server_error", "x" * 5000, "<script>"], ids=lambda s: s[:15]
)
def test_an_error_becomes_a_kind_page(client: FlaskClient, hostile: Hostile, said: str) -> None:
    sent = set_out(client)
    answer = come_back(client, state=sent["state"], error=said, error_description="<b>send money</b>")
    assert answer.status_code in (403, 424)
    assert "send money" not in answer.text
    assert "Back to signing in" in answer.text


@pytest.mark.parametrize("code", ["", "x" * 5000])
def test_no_code_is_asked_about_that_is_none(client: FlaskClient, hostile: Hostile, code: str) -> None:
    sent = set_out(client)
    assert come_back(client, state=sent["state"], code=code).status_code == 424
    assert "/token" not in [path for path, _form, _head in hostile.asked]


def test_another_issuer_s_answer_is_refused(client: FlaskClient, member: Member, hostile: Hostile) -> None:
    sent = set_out(client)
    hostile.nonce = sent["nonce"]
    answer = come_back(client, state=sent["state"], code="a-code", iss="https://accounts.example")
    assert answer.status_code == 424
    hostile.metadata = {"authorization_response_iss_parameter_supported": True}
    assert travel(client, hostile).status_code == 424


def test_nothing_secret_is_logged(
    client: FlaskClient, member: Member, hostile: Hostile, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    hostile.claims = {"nonce": "of somebody else"}
    sent = set_out(client)
    come_back(client, state=sent["state"], code="a-code-that-is-secret")
    verifier = next(form["code_verifier"] for path, form, _head in hostile.asked if path == "/token")
    assert "The OpenID provider" in caplog.text
    for secret in (sent["state"], sent["nonce"], "a-code-that-is-secret", verifier, CLIENT_SECRET):
        assert secret not in caplog.text


def test_a_journey_is_forgotten_when_it_is_over(
    database: Database, client: FlaskClient, member: Member, hostile: Hostile
) -> None:
    travel(client, hostile)
    with database.read() as session:
        assert session.scalars(select(Ticket).where(Ticket.purpose == "openid")).all() == []
