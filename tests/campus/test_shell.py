"""The frame of every page: where its links lead, and to whom."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from campus.people.models import Member
from tests.doors import walk_in

NAV = re.compile(r'<nav class="nav".*?</nav>', re.DOTALL)
LINK = re.compile(r'<a href="([^"]+)"')


@pytest.mark.parametrize("who", ["member", "analyst", "staff", "admin"])
@pytest.mark.usefixtures("sqlite_database")
def test_each_link_of_the_shell_is_there_once(
    client: FlaskClient, who: str, request: pytest.FixtureRequest
) -> None:
    person: Member = request.getfixturevalue(who)
    walk_in(client, person)
    shell = NAV.search(client.get("/book").text)
    assert shell is not None
    links = LINK.findall(shell[0])
    assert len(links) == len(set(links))
    assert links[:3] == ["/", "/book", "/bookings"]
    assert ("/devices" in links) == (who in ("staff", "admin"))
