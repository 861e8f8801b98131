"""Who calls: Ana, Eva, and Luis of the staff, who has a room to book."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from campus import clock
from campus.database import Database
from campus.people.members import add_member
from campus.people.tokens import add_token
from tests.campus.bookings.calls.caller import Caller


@pytest.fixture
def luis(client: FlaskClient, staff_token: str) -> Caller:
    """Staff, and a room to book."""
    made = Caller(client, staff_token)
    made.put("glass", capacity=4)
    return made


@pytest.fixture
def ana(client: FlaskClient, member_token: str, luis: Caller) -> Caller:
    return Caller(client, member_token)


@pytest.fixture
def eva(client: FlaskClient, database: Database, luis: Caller) -> Caller:
    """Another member."""
    with database.write() as session:
        member = add_member(
            session, email="eva@hub.example", name="Eva", role="member", password=None, now=clock.now()
        )
        return Caller(client, add_token(session, member, name="tests", now=clock.now()))
