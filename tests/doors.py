"""Ways into a campus under test: the sign-in, a session as it opens one, the token that forms need."""

from __future__ import annotations

import re

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from campus import clock
from campus.people import sessions
from campus.people.access import COOKIE_KEY
from campus.people.models import Member
from tests.conftest import PASSWORD


def walk_in(client: FlaskClient, member: Member, method: str = "password") -> None:
    """From now on `client` is a browser in which `member` has signed in."""
    with client.application.extensions["campus"].database.write() as store:
        secret = sessions.open_session(
            store, member, method=method, address="127.0.0.1", agent="tests", now=clock.now()
        )
    with client.session_transaction() as session:
        session[COOKIE_KEY] = secret


def csrf_token(client: FlaskClient, page: str) -> str:
    """What a form of `page` sends along, as it stands there."""
    found = re.search(r'name="csrf-token" content="([^"]+)"', client.get(page).text)
    assert found, page
    return found[1]


def knock(
    client: FlaskClient, email: str, password: str = PASSWORD, address: str = "127.0.0.1"
) -> TestResponse:
    """Sign in, from this address, to go on to the bookings."""
    form = {
        "csrf_token": csrf_token(client, "/sign-in"),
        "email": email,
        "password": password,
        "next": "/book",
    }
    return client.post("/sign-in", data=form, environ_overrides={"REMOTE_ADDR": address})
