"""What tests of bookings share."""

from __future__ import annotations

import pytest
from apiflask import APIFlask

from campus.database import Database
from campus.people.members import add_member
from campus.people.models import Member
from tests.campus.bookings.front import NOW, Front


@pytest.fixture
def front(app: APIFlask, database: Database) -> Front:
    """A reception with one room, glass, which is always open."""
    made = Front(app, database)
    made.add("glass", capacity=8)
    return made


@pytest.fixture
def eva(database: Database) -> Member:
    """Another member."""
    with database.write() as session:
        return add_member(
            session, email="eva@hub.example", name="Eva Luna", role="member", password=None, now=NOW
        )
