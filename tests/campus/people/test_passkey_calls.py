"""The calls of passkeys.js, on both engines: counters, CSRF, how often an address may be refused."""

from __future__ import annotations

import json

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import select

from campus.database import Database
from campus.people.door import lockout
from campus.people.keychain import Passkey
from campus.people.models import Member
from tests.campus.people.authenticator import Authenticator, Browser
from tests.doors import walk_in


@pytest.fixture
def browser(database: Database, client: FlaskClient, member: Member) -> Browser:
    """A browser in which Ana has signed in."""
    walk_in(client, member)
    return Browser(client, "/book")


def test_the_counter_goes_on_or_the_key_is_a_copy(
    app: APIFlask, database: Database, browser: Browser
) -> None:
    device, visitor = Authenticator(count=2**32 - 4), Browser(app.test_client())
    browser.add(device)
    visitor.sign_in(device)
    device.steps = 0
    Browser(app.test_client()).sign_in(device, status=403)
    with database.read() as session:
        assert session.scalars(select(Passkey.sign_count)).one() == 2**32 - 3


def test_an_address_that_is_refused_again_and_again_waits(app: APIFlask, browser: Browser) -> None:
    device, visitor = Authenticator(), Browser(app.test_client())
    browser.add(device)
    for _number in range(lockout.FREE_AT_ADDRESS):
        visitor.call("sign-in/finish", {"credential": {}}, 400)
    refused = visitor.sign_in(device, status=429)
    assert refused["code"] == "too-many-tries"
    there = Browser(app.test_client())
    there.client.environ_base["REMOTE_ADDR"] = "192.0.2.7"
    there.sign_in(device)


@pytest.mark.parametrize("path", ["sign-in/begin", "sign-in/finish", "add/begin", "add/finish"])
def test_calls_need_the_page_s_csrf_token(browser: Browser, path: str) -> None:
    answer = browser.client.post(f"/passkeys/{path}", json={})
    assert answer.status_code == 400
    assert json.loads(answer.text)["code"] == "stale"
