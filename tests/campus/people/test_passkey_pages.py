"""Passkeys on the account page: named, removed; and what strangers send instead of an answer."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from campus import clock
from campus.database import Database
from campus.outbox import Mail
from campus.people.keychain import BrowserSession, Passkey
from campus.people.models import Member
from campus.people.webauthn import passkeys
from tests.campus.people.authenticator import Authenticator, Browser, b64
from tests.doors import csrf_token, walk_in

A_WHILE = timedelta(minutes=20)
"""Longer than a proof lasts."""


@pytest.fixture
def browser(sqlite_database: Database, client: FlaskClient, member: Member) -> Browser:
    """A browser in which Ana has signed in."""
    walk_in(client, member)
    return Browser(client, "/book")


@pytest.fixture
def device(browser: Browser) -> Authenticator:
    """Ana's device, whose passkey the campus knows."""
    made = Authenticator()
    browser.add(made, "Laptop")
    return made


def passkey(database: Database) -> Passkey | None:
    with database.read() as session:
        return session.scalars(select(Passkey)).one_or_none()


def wait_a_while(database: Database) -> None:
    with database.write() as session:
        session.execute(update(BrowserSession).values(proved_at=clock.now() - A_WHILE))


def post(browser: Browser, what: str, **typed: str) -> Any:
    token = csrf_token(browser.client, "/book")
    return browser.client.post(f"/account/passkeys/1/{what}", data={"csrf_token": token, **typed})


def test_the_account_page_lists_them(browser: Browser, device: Authenticator) -> None:
    page = browser.client.get("/account/security").text
    assert "Laptop" in page
    assert 'href="/account/passkeys/1"' in page


def test_a_passkey_is_renamed(database: Database, browser: Browser, device: Authenticator) -> None:
    answer = post(browser, "rename", name="Phone")
    assert answer.status_code == 303
    kept = passkey(database)
    assert kept
    assert kept.name == "Phone"


@pytest.mark.parametrize("name", ["", " ", "x" * 121, "two\nlines", "x\u202ey"])
def test_a_bad_name_is_refused_and_kept(
    database: Database, browser: Browser, device: Authenticator, name: str
) -> None:
    answer = post(browser, "rename", name=name)
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text
    kept = passkey(database)
    assert kept
    assert kept.name == "Laptop"


def test_a_late_name_is_kept(browser: Browser, device: Authenticator) -> None:
    answer = browser.client.post(
        "/account/passkeys/1/rename", data={"csrf_token": "old", "name": "Kept & kept"}
    )
    assert answer.status_code == 400
    assert 'value="Kept &amp; kept"' in answer.text
    assert "open too long" in answer.text


def test_a_passkey_is_removed_and_its_owner_told(
    database: Database, browser: Browser, device: Authenticator, app: APIFlask
) -> None:
    assert post(browser, "remove").status_code == 303
    assert passkey(database) is None
    with database.read() as session:
        subjects = session.scalars(select(Mail.subject).order_by(Mail.id)).all()
    assert subjects[-1] == "A passkey was removed from your account"
    Browser(app.test_client()).sign_in(device, status=403)
    assert post(browser, "remove").status_code == 404


@pytest.mark.parametrize("path", ["/account/passkeys/1", "/account/passkeys/99", "/account/passkeys/0"])
def test_another_member_s_passkey_does_not_exist(
    database: Database, app: APIFlask, device: Authenticator, staff: Member, path: str
) -> None:
    other = app.test_client()
    walk_in(other, staff)
    token = csrf_token(other, "/book")
    assert other.get(path).status_code == 404
    assert other.post(f"{path}/rename", data={"csrf_token": token, "name": "Mine"}).status_code == 404
    assert other.post(f"{path}/remove", data={"csrf_token": token}).status_code == 404
    kept = passkey(database)
    assert kept
    assert kept.name == "Laptop"


def test_adding_and_removing_ask_for_a_recent_proof(
    database: Database, browser: Browser, device: Authenticator
) -> None:
    wait_a_while(database)
    asked = browser.call("add/begin", status=403)
    assert asked["code"] == "proof-needed"
    assert asked["next"].startswith("/confirm?next=/account/security")
    assert post(browser, "remove").headers["Location"].startswith("/confirm?next=/account/passkeys/1")
    assert passkey(database) is not None


def test_a_proof_that_is_too_old_when_the_answer_comes_adds_nothing(
    database: Database, browser: Browser
) -> None:
    options = browser.call("add/begin")
    wait_a_while(database)
    browser.call("add/finish", {"credential": Authenticator().make(options)}, 403)
    assert passkey(database) is None


def test_a_passkey_is_a_proof(database: Database, browser: Browser, device: Authenticator) -> None:
    wait_a_while(database)
    options = browser.call("prove/begin")
    assert [one["id"] for one in options["allowCredentials"]] == [b64(device.credential_id)]
    told = browser.call("prove/finish", {"credential": device.show(options), "next": "/account/passkeys/1"})
    assert told == {"next": "/account/passkeys/1"}
    browser.call("add/begin")


def test_somebody_else_s_passkey_proves_nothing(
    app: APIFlask, database: Database, browser: Browser, device: Authenticator, staff: Member
) -> None:
    client = app.test_client()
    walk_in(client, staff)
    other = Browser(client, "/book")
    wait_a_while(database)
    options = other.call("prove/begin")
    other.call("prove/finish", {"credential": device.show(options)}, 403)
    other.call("add/begin", status=403)


def test_a_key_is_added_once(browser: Browser, device: Authenticator) -> None:
    assert "known here already" in browser.add(device, status=400)["detail"]


def test_there_is_a_most(browser: Browser, device: Authenticator) -> None:
    for _number in range(passkeys.MOST - 1):
        browser.add(Authenticator())
    assert "Remove one first" in browser.call("add/begin", status=403)["detail"]


def test_a_visitor_has_no_passkeys(client: FlaskClient, sqlite_database: Database) -> None:
    for path in ("add/begin", "add/finish", "prove/begin", "prove/finish"):
        Browser(client).call(path, status=401)


@pytest.mark.parametrize(
    "change",
    [
        {"flags": 0x01},
        {"origin": "https://evil.example"},
        {"said": {"type": "webauthn.get"}},
    ],
    ids=str,
)
def test_a_wrong_new_key_is_not_taken(database: Database, browser: Browser, change: dict[str, Any]) -> None:
    device = Authenticator(**change)
    browser.add(device, status=403)
    assert passkey(database) is None


NESTED: Any = {}
for _depth in range(200):
    NESTED = {"x": NESTED}


@pytest.mark.parametrize(
    "body",
    [
        "", "null", "[]", "7", "{",
        '{"credential": 7}', '{"credential": {}}', '{"credential": {"response": 7}}',
        '{"credential": {"response": {"clientDataJSON": "e30"}}, "role": "admin"}',
        '{"credential": {"response": {"clientDataJSON": "e30"}}}',
        '{"credential": {"response": {"clientDataJSON": "W10"}}}',
        '{"credential": {"response": {"clientDataJSON": "é"}}}',
        '{"credential": {"response": {"clientDataJSON": ["e30"]}}}',
        '{"credential": ' + '{"a":' * 1500 + "1" + "}" * 1500 + "}",
        '{"credential": {"x": "' + "x" * 40_000 + '"}}',
    ],
    ids=lambda body: body[:40] or "nothing",
)  # fmt: skip
def test_what_is_no_answer_is_refused_with_a_sentence(browser: Browser, body: str) -> None:
    headers = {"X-CSRFToken": csrf_token(browser.client, "/book"), "Content-Type": "application/json"}
    for path in ("sign-in", "add", "prove"):
        answer = browser.client.post(f"/passkeys/{path}/finish", data=body, headers=headers)
        assert answer.status_code in (400, 413)
        assert answer.get_json()["detail"].endswith(".")


MADE_UP: tuple[Any, ...] = (None, 7, [], {}, "", "é", "AAAA", "x" * 3000)


@pytest.mark.parametrize("name", ["id", "rawId", "type", "authenticatorData", "signature", "userHandle"])
def test_no_part_of_an_answer_can_be_made_up(app: APIFlask, device: Authenticator, name: str) -> None:
    visitor = Browser(app.test_client())
    headers = {"X-CSRFToken": csrf_token(visitor.client, "/sign-in")}
    for value in MADE_UP:
        credential = device.show(visitor.call("sign-in/begin"))
        (credential if name in credential else credential["response"])[name] = value
        answer = visitor.client.post(
            "/passkeys/sign-in/finish", json={"credential": credential}, headers=headers
        )
        assert answer.status_code in (400, 403), value
        assert answer.get_json()["detail"]


def test_no_part_of_a_new_key_can_be_made_up(browser: Browser) -> None:
    for attestation in ("", "AAAA", "oA", "é", 7, "o2NmbXRkbm9uZWdhdHRTdG10oGhhdXRoRGF0YUA"):
        credential = Authenticator().make(browser.call("add/begin"))
        credential["response"]["attestationObject"] = attestation
        browser.call("add/finish", {"credential": credential}, 403)


def test_at_an_ip_address_the_account_page_says_where_to_go(browser: Browser, member: Member) -> None:
    there = browser.client.application.test_client()
    with there.session_transaction(base_url="http://127.0.0.1:8000") as cookie:
        walk_in(browser.client, member)
        with browser.client.session_transaction() as here:
            cookie.update(here)
    page = there.get("/account/security", base_url="http://127.0.0.1:8000").text
    assert "Open http://localhost:8000" in page
    assert "data-passkey" not in page
