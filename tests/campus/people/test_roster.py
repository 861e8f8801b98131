"""The list of people: who sees whom, what is found, and that ten thousand cost no more questions than ten."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, insert, update

from campus import clock
from campus.database import Database
from campus.errors import NotFound
from campus.people.models import Member
from campus.people.roster import PAGE, Sought, find_person, list_people
from tests.campus.people.tenants import add_company, add_person
from tests.doors import walk_in


@contextmanager
def counted(database: Database) -> Iterator[list[str]]:
    """The statements that go to the store meanwhile."""
    said: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        said.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    yield said
    event.remove(database.engine, "before_cursor_execute", note)


def names(database: Database, by: Member, **sought: str) -> list[str]:
    with database.read() as session:
        return [one.name for one in list_people(session, by, Sought.of(sought)).people]


def test_an_administrator_sees_everybody_by_name(database: Database, admin: Member) -> None:
    nopal = add_company(database, "nopal")
    for email, name in (
        ("z@x.example", "Zoe"),
        ("o@x.example", "Óscar"),
        ("p@x.example", "Pia"),
        ("b@x.example", "álvaro"),
    ):
        add_person(database, email, nopal, name=name)
    assert names(database, admin) == ["álvaro", "Iris Vega", "Óscar", "Pia", "Zoe"]


def test_a_company_s_administrator_sees_its_people_and_nobody_else(database: Database, admin: Member) -> None:
    nopal, luz = add_company(database, "nopal"), add_company(database, "luz")
    boss = add_person(database, "boss@nopal.example", nopal, runs=True)
    own = add_person(database, "own@nopal.example", nopal)
    other = add_person(database, "other@luz.example", luz)
    nobodys = add_person(database, "free@x.example")
    assert names(database, boss) == ["Boss", "Own"]
    assert names(database, boss, company="luz") == []
    assert names(database, boss, q="luz.example", standing="all") == []
    with database.read() as session:
        assert find_person(session, boss, own.id).id == own.id
        for stranger in (other.id, nobodys.id, admin.id, 10**6, 2**63 - 1, 2**70):
            with pytest.raises(NotFound):
                find_person(session, boss, stranger)


def test_who_was_forgotten_is_nobody_s_but_the_campus_s(sqlite_database: Database, admin: Member) -> None:
    nopal = add_company(sqlite_database, "nopal")
    boss = add_person(sqlite_database, "boss@nopal.example", nopal, runs=True)
    gone = add_person(sqlite_database, "gone@nopal.example", nopal)
    with sqlite_database.write() as session:
        session.execute(update(Member).where(Member.id == gone.id).values(erased_at=clock.now()))
    assert names(sqlite_database, boss, standing="all") == ["Boss"]
    assert "Gone" in names(sqlite_database, admin, standing="all")


def test_a_plain_member_sees_nobody_even_of_their_company(database: Database) -> None:
    nopal = add_company(database, "nopal")
    plain = add_person(database, "plain@nopal.example", nopal)
    assert names(database, plain) == []


def test_running_no_company_shows_nobody(sqlite_database: Database) -> None:
    odd = add_person(sqlite_database, "odd@x.example", None, runs=True)
    add_person(sqlite_database, "free@x.example")
    assert names(sqlite_database, odd) == []


@pytest.mark.parametrize(
    ("sought", "found"),
    [
        ({"q": "maria"}, ["María Peña"]),
        ({"q": "PEÑA maría"}, ["María Peña"]),
        ({"q": "nopal.example"}, ["Luis", "María Peña"]),
        ({"q": "%"}, []),
        ({"q": "_"}, []),
        ({"q": "' OR 1=1 --"}, []),
        ({"q": "\x00"}, ["Iris Vega", "Luis", "María Peña"]),
        ({"role": "staff"}, ["Luis"]),
        ({"role": "king"}, []),
        ({"company": "nopal"}, ["María Peña"]),
        ({"company": "-"}, ["Iris Vega", "Luis"]),
        ({"standing": "gone"}, ["Gone"]),
        ({"standing": "all", "q": "gone"}, ["Gone"]),
        ({"page": "99999999999999999999"}, ["Iris Vega", "Luis", "María Peña"]),
        ({"page": "-1"}, ["Iris Vega", "Luis", "María Peña"]),
        ({"page": "²"}, ["Iris Vega", "Luis", "María Peña"]),
    ],
)
def test_people_are_found(
    database: Database, admin: Member, sought: dict[str, str], found: list[str]
) -> None:
    nopal = add_company(database, "nopal")
    add_person(database, "maria@nopal.example", nopal, name="María Peña")
    add_person(database, "luis@nopal.example", role="staff")
    gone = add_person(database, "gone@x.example")
    with database.write() as session:
        session.get_one(Member, gone.id).active = False
    assert names(database, admin, **sought) == found


def test_ten_thousand_people_cost_no_more_questions_than_ten(
    database: Database, client: FlaskClient, admin: Member
) -> None:
    nopal = add_company(database, "nopal")
    with database.write() as session:
        rows = [
            {
                "email": f"m{number}@x.example", "name": f"M {number:05}", "role": "member", "active": True,
                "company_id": nopal.id, "runs_company": False, "mails_bookings": True, "mails_sign_ins": True,
                "created_at": clock.now(),
            }
            for number in range(10_000)
        ]  # fmt: skip
        session.execute(insert(Member), rows)
    walk_in(client, admin)
    client.get("/people")
    with counted(database) as statements:
        answer = client.get("/people?page=200")
    assert "M 09999" not in answer.text  # Iris takes a place before them
    assert "M 09949" in answer.text
    assert len([said for said in statements if said.startswith("SELECT")]) <= 10
    assert answer.text.count('<th scope="row">') == PAGE
    assert client.get("/people?page=201").text.count('<th scope="row">') == 1
    assert client.get("/people?q=m9876").text.count('<th scope="row">') == 1
