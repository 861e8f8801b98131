"""Somebody always runs the campus, whatever two administrators do to each other at once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from zoneinfo import ZoneInfo

import pytest
from apiflask import APIFlask
from sqlalchemy import func, select

from campus import clock
from campus.audit import Origin
from campus.bookings.departure import let_go
from campus.database import Database
from campus.errors import NotAllowed
from campus.people.membership import Membership, change
from campus.people.models import Member
from campus.people.roster import acting, find_to_let_go
from tests.campus.people.tenants import add_person, as_stored

Deed = Callable[[Database, Member, Member], None]


def demote(database: Database, by: Member, whom: Member) -> None:
    with database.write() as session:
        change(session, by, Origin(by.id), whom.id, Membership("member"), now=clock.now())


def dismiss(database: Database, by: Member, whom: Member) -> None:
    with database.write() as session:
        member = find_to_let_go(session, acting(session, by, "people.let-go"), whom.id)
        let_go(session, member, Origin(by.id), clock.now(), ZoneInfo("UTC"))


def test_the_last_administrator_cannot_demote_themselves(database: Database, admin: Member) -> None:
    with pytest.raises(NotAllowed, match="last administrator"):
        demote(database, admin, admin)
    assert as_stored(database, admin).role == "admin"


def test_one_of_two_may_step_down(sqlite_database: Database, admin: Member) -> None:
    add_person(sqlite_database, "second@hub.example", role="admin")
    demote(sqlite_database, admin, admin)
    assert as_stored(sqlite_database, admin).role == "member"


def test_a_deactivated_administrator_does_not_count(sqlite_database: Database, admin: Member) -> None:
    second = add_person(sqlite_database, "second@hub.example", role="admin")
    with sqlite_database.write() as session:
        session.get_one(Member, second.id).active = False
    with pytest.raises(NotAllowed):
        demote(sqlite_database, admin, admin)


@pytest.mark.parametrize("deed", [demote, dismiss])
def test_of_two_administrators_who_end_each_other_at_once_one_remains(
    database: Database, app: APIFlask, admin: Member, deed: Deed
) -> None:
    second = add_person(database, "second@hub.example", role="admin")
    for _round in range(5):
        with database.write() as session:
            for one in (admin, second):
                stored = session.get_one(Member, one.id)
                stored.role, stored.active = "admin", True
        together = threading.Barrier(2, timeout=30)

        def run(by: Member, whom: Member, together: threading.Barrier = together) -> bool:
            together.wait()
            try:
                with app.app_context():
                    deed(database, by, whom)
            except NotAllowed:
                return False
            return True

        with ThreadPoolExecutor(2) as pool:
            won = list(pool.map(run, (admin, second), (second, admin)))
        assert sorted(won) == [False, True]
        with database.read() as session:
            running = select(func.count(Member.id)).where(Member.role == "admin", Member.active)
            assert session.scalar(running) == 1
