"""One moment, one first member: codes that end, races that one wins, and who sits at the machine."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from campus import clock
from campus.database import Database
from campus.people.models import Member
from campus.welcome.doorway import is_at_the_machine
from campus.welcome.first_run import CODE_LIFETIME, Founding, found, is_code, new_code

NOW = clock.now()


def test_of_two_first_visitors_at_once_one_is_the_first(database: Database) -> None:
    start, made = threading.Barrier(4), list[Member | None]()

    def visit(number: int) -> None:
        said = Founding("Nopal", f"Visitor {number}", f"visitor{number}@hub.example", "a hash")
        start.wait()
        with database.write() as session:
            made.append(found(session, said, "127.0.0.1", NOW))

    visitors = [threading.Thread(target=visit, args=[number]) for number in range(4)]
    for visitor in visitors:
        visitor.start()
    for visitor in visitors:
        visitor.join()
    assert [member is None for member in made].count(False) == 1
    with database.read() as session:
        assert [member.role for member in session.scalars(select(Member))] == ["admin"]


def test_a_code_is_typed_as_people_type(sqlite_database: Database) -> None:
    with sqlite_database.write() as session:
        code = new_code(session, NOW)
        assert is_code(session, f"  {code.lower().replace('-', ' ')}\n", NOW)
        assert not is_code(session, code + "2", NOW)
        assert not is_code(session, code[::-1], NOW)


def test_a_code_ends_after_a_day_by_a_newer_one_and_by_the_first_member(sqlite_database: Database) -> None:
    with sqlite_database.write() as session:
        first = new_code(session, NOW)
        assert is_code(session, first, NOW + CODE_LIFETIME - timedelta(seconds=1))
        assert not is_code(session, first, NOW + CODE_LIFETIME)
        second = new_code(session, NOW)
        assert not is_code(session, first, NOW)
        assert found(session, Founding("Nopal", "Ana", "ana@hub.example", "a hash"), "", NOW)
        assert not is_code(session, second, NOW)


@pytest.mark.parametrize(
    ("address", "host", "headers", "is_here"),
    [
        ("127.0.0.1", "127.0.0.1:8000", ["Host", "Accept"], True),
        ("::1", "[::1]:8000", [], True),
        ("127.0.0.1", "localhost", [], True),
        ("192.0.2.7", "localhost", [], False),
        ("127.0.0.1", "campus.example", [], False),
        ("127.0.0.1", "127.0.0.1.evil.example", [], False),
        ("127.0.0.1", "evil.example@localhost:80", [], False),
        ("127.0.0.1", "[::1", [], False),
        ("127.0.0.1", "localhost", ["x-forwarded-for"], False),
        ("127.0.0.1", "localhost", ["X-FORWARDED-PROTO"], False),
        ("127.0.0.1", "localhost", ["Via"], False),
        ("", "localhost", [], False),
        (None, "localhost", [], False),
        ("unix:", "localhost", [], False),
    ],
)
def test_only_this_machine_s_own_browser_sits_at_the_machine(
    address: str | None, host: str, headers: list[str], *, is_here: bool
) -> None:
    assert is_at_the_machine(address, host, headers) is is_here
