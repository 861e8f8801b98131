"""A ticket is good once, soon, for one thing, and for whoever has its secret."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import select

from campus import clock
from campus.database import Database
from campus.people import tickets
from campus.people.keychain import Ticket
from campus.people.models import Member
from tests.servers import PATIENCE_S

NOW, HOUR = clock.now(), timedelta(hours=1)
AT_ONCE = 8


def issue(database: Database, purpose: str = "reset", member: Member | None = None) -> str:
    with database.write() as store:
        return tickets.issue(store, purpose, HOUR, NOW, member_id=member.id if member else None)


@pytest.mark.parametrize(
    ("purpose", "after", "is_good"),
    [
        ("reset", HOUR - timedelta(seconds=1), True),
        ("reset", HOUR, False),
        ("second-step", timedelta(0), False),
    ],
)
def test_it_is_good_for_its_time_and_for_what_it_was_made(
    sqlite_database: Database, purpose: str, after: timedelta, is_good: bool
) -> None:
    secret = issue(sqlite_database)
    with sqlite_database.write() as store:
        assert (tickets.peek(store, purpose, secret, NOW + after) is not None) == is_good
        assert (tickets.redeem(store, purpose, secret, NOW + after) is not None) == is_good


def test_looking_uses_nothing_up_and_using_does(sqlite_database: Database) -> None:
    secret = issue(sqlite_database)
    with sqlite_database.write() as store:
        assert tickets.peek(store, "reset", secret, NOW)
        assert tickets.peek(store, "reset", secret, NOW)
        assert tickets.redeem(store, "reset", secret, NOW)
        assert tickets.redeem(store, "reset", secret, NOW) is None


def test_the_store_does_not_know_the_secret(sqlite_database: Database) -> None:
    secret = issue(sqlite_database)
    with sqlite_database.read() as store:
        [kept] = store.scalars(select(Ticket.digest)).all()
        assert secret not in kept
        assert tickets.peek(store, "reset", kept, NOW) is None


def test_of_many_who_use_it_at_once_one_does(database: Database) -> None:
    secret, start = issue(database), Barrier(AT_ONCE, timeout=PATIENCE_S)

    def use(_number: int) -> bool:
        with database.write() as store:
            if database.engine.dialect.name == "postgresql":  # SQLite has one writer at a time as it is
                assert tickets.peek(store, "reset", secret, NOW)
                start.wait()
            return tickets.redeem(store, "reset", secret, NOW) is not None

    with ThreadPoolExecutor(AT_ONCE) as threads:
        assert sum(threads.map(use, range(AT_ONCE))) == 1


def test_a_form_s_own_number_acts_once(database: Database) -> None:
    def act(_number: int) -> bool:
        with database.write() as store:
            return tickets.first_use(store, "form", "its number", HOUR, NOW)

    with ThreadPoolExecutor(AT_ONCE) as threads:
        assert sum(threads.map(act, range(AT_ONCE))) == 1


def test_only_what_is_meant_is_taken_back(sqlite_database: Database, member: Member, staff: Member) -> None:
    hers, other, his = (
        issue(sqlite_database, "reset", member),
        issue(sqlite_database, "second-step", member),
        issue(sqlite_database, "reset", staff),
    )
    with sqlite_database.write() as store:
        tickets.revoke(store, "reset", member.id)
        assert tickets.peek(store, "reset", hers, NOW) is None
        assert tickets.peek(store, "second-step", other, NOW)
        assert tickets.peek(store, "reset", his, NOW)


def test_what_is_too_old_is_forgotten_and_the_rest_is_not(sqlite_database: Database) -> None:
    issue(sqlite_database)
    with sqlite_database.write() as store:
        tickets.prune(store, NOW + HOUR - timedelta(seconds=1))
        assert len(store.scalars(select(Ticket)).all()) == 1
        tickets.prune(store, NOW + HOUR)
        assert store.scalars(select(Ticket)).all() == []
