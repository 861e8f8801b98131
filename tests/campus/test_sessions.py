"""Sessions of browsers: random, known to the store by digest alone, and over when their time is."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from campus import clock
from campus.database import Database
from campus.people import sessions
from campus.people.access import COOKIE_KEY
from campus.people.keychain import ApiToken, BrowserSession
from campus.people.models import Member
from campus.settings import Limits
from tests.doors import walk_in

NOW = clock.now()
LIMITS = Limits(idle=timedelta(hours=1), absolute=timedelta(hours=12))
MINUTE = timedelta(minutes=1)


def open_one(database: Database, member: Member) -> str:
    with database.write() as store:
        return sessions.open_session(
            store, member, method="password", address="127.0.0.1", agent="tests", now=NOW
        )


@pytest.mark.parametrize(
    ("used_after", "asked_after", "goes_on"),
    [
        (timedelta(0), LIMITS.idle - MINUTE, True),
        (timedelta(0), LIMITS.idle, False),
        (LIMITS.absolute - MINUTE, LIMITS.absolute - MINUTE, True),
        (LIMITS.absolute - MINUTE, LIMITS.absolute, False),
    ],
)
def test_a_session_ends_when_it_rests_too_long_and_when_it_is_too_old(
    database: Database, member: Member, used_after: timedelta, asked_after: timedelta, goes_on: bool
) -> None:
    secret = open_one(database, member)
    with database.write() as store:
        store.execute(update(BrowserSession).values(last_used_at=NOW + used_after))
    with database.write() as store:
        found = sessions.find_session(store, secret, LIMITS, NOW + asked_after)
        listed = sessions.list_sessions(store, member.id, LIMITS, NOW + asked_after)
        sessions.prune(store, LIMITS, NOW + asked_after)
        kept = store.scalars(select(BrowserSession)).all()
    assert [found is not None, len(listed) == 1, len(kept) == 1] == [goes_on] * 3


def test_every_session_has_a_secret_that_nobody_guesses_and_the_store_does_not_know(
    database: Database, member: Member
) -> None:
    secrets = {open_one(database, member) for _number in range(50)}
    assert len(secrets) == 50
    assert min(map(len, secrets)) >= 43  # 256 bits in letters of 6 bits each
    with database.read() as store:
        kept = {row.digest for row in store.scalars(select(BrowserSession))}
        assert sessions.find_session(store, "x" * 43, LIMITS, NOW) is None
        assert all(sessions.find_session(store, digest, LIMITS, NOW) is None for digest in kept)
    assert kept.isdisjoint(secrets)


def test_a_copied_cookie_is_good_for_nothing_once_its_session_is_ended(
    sqlite_database: Database, client: FlaskClient, member: Member
) -> None:
    walk_in(client, member)
    with client.session_transaction() as kept:
        secret = kept[COOKIE_KEY]
    with sqlite_database.write() as store:
        sessions.end_all(store, member.id, clock.now())
    with client.session_transaction() as kept:
        kept[COOKIE_KEY] = secret
    assert client.get("/book").headers["Location"].startswith("/sign-in")


def test_uses_are_noted_once_a_minute_at_most(
    sqlite_database: Database, client: FlaskClient, member: Member, member_token: str
) -> None:
    walk_in(client, member)
    headers = {"Authorization": f"Bearer {member_token}"}
    asks: list[tuple[Any, dict[str, str]]] = [(BrowserSession, {}), (ApiToken, headers)]
    for row, sent in asks:
        for age, is_noted in ((timedelta(seconds=30), False), (timedelta(seconds=90), True)):
            before = clock.now() - age
            with sqlite_database.write() as store:
                store.execute(update(row).values(last_used_at=before))
            assert client.get("/api/v1/devices", headers=sent).status_code == 200
            with sqlite_database.read() as store:
                assert (store.scalars(select(row.last_used_at)).one() > before) == is_noted


def test_a_token_that_has_ended_is_good_for_nothing(
    sqlite_database: Database, client: FlaskClient, member: Member, member_token: str
) -> None:
    headers = {"Authorization": f"Bearer {member_token}"}
    assert client.get("/api/v1/devices", headers=headers).status_code == 200
    with sqlite_database.write() as store:
        store.execute(update(ApiToken).values(expires_at=clock.now()))
    assert client.get("/api/v1/devices", headers=headers).status_code == 401


def test_who_was_let_go_is_nobody_even_where_something_of_theirs_was_left(
    sqlite_database: Database, client: FlaskClient, member: Member, member_token: str
) -> None:
    """Letting go ends all of it; but a sign-in may be on its way in that moment."""
    walk_in(client, member)
    headers = {"Authorization": f"Bearer {member_token}"}
    for active, status in ((True, 200), (False, 401)):
        with sqlite_database.write() as store:
            store.execute(update(Member).values(active=active))
        assert client.get("/api/v1/devices").status_code == status
        assert client.get("/api/v1/devices", headers=headers).status_code == status
