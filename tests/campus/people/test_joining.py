"""Coming in by a link: it is good once and for a week, and says kindly when it is not."""

from __future__ import annotations

import re
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from apiflask import APIFlask
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from campus import clock
from campus.audit import Origin
from campus.database import Database
from campus.outbox import Mail
from campus.people.arrivals import invitations
from campus.people.arrivals.arrival import accept, accept_by_mail
from campus.people.arrivals.invitations import Terms
from campus.people.members import with_address
from campus.people.models import Invitation, Member
from tests.campus.people.tenants import Walker, add_company, deeds

PASSWORD = "seven green cactus lamps"


@pytest.fixture
def walker(client: FlaskClient) -> Walker:
    return Walker(client)


def invited(
    app: Flask,
    database: Database,
    by: Member,
    *,
    email: str = "new@x.example",
    role: str = "member",
    company: str = "",
) -> str:
    """The path of the link that somebody was mailed."""
    with app.app_context(), database.write() as session:
        invitations.invite(session, by, Origin(by.id), [email], Terms(role, company), now=clock.now())
    with database.read() as session:
        text = session.scalars(select(Mail.text).order_by(Mail.id.desc()).limit(1)).one()
    found = re.search(r"/join/\S+", text)
    assert found
    return found[0]


def stored(database: Database, email: str = "new@x.example") -> Member | None:
    with database.read() as session:
        return with_address(session, email)


def test_a_link_makes_a_member_who_is_signed_in(
    database: Database, app: APIFlask, walker: Walker, admin: Member
) -> None:
    nopal = add_company(database, "nopal", "Nopal Robotics")
    link = invited(app, database, admin, company="nopal", role="analyst")
    assert walker.get(link) == (303, "/join")
    page = walker.page("/join")
    assert "Nopal Robotics" in page
    assert link.rpartition("/")[2] not in page
    assert walker.post("/join", name="  Nadia Núñez ", password=PASSWORD) == (302, "/book")
    assert "Nadia" in walker.page("/book")
    member = stored(database)
    assert member
    assert (member.name, member.role, member.company_id, member.runs_company) == (
        "Nadia Núñez",
        "analyst",
        nopal.id,
        False,
    )
    (noted,) = deeds(database, "member.join")
    assert (noted.member_id, noted.target, noted.address) == (member.id, f"member {member.id}", "127.0.0.1")


def test_looking_at_a_link_uses_nothing_up(
    sqlite_database: Database, app: APIFlask, walker: Walker, admin: Member
) -> None:
    link = invited(app, sqlite_database, admin)
    for _scanner in range(3):
        scanner = app.test_client()
        assert scanner.head(link).status_code == 303
        assert scanner.get(link, follow_redirects=True).status_code == 200
    walker.get(link)
    assert walker.post("/join", name="Nadia", password=PASSWORD)[0] == 302


def test_role_and_company_are_the_invitation_s_whatever_is_sent(
    sqlite_database: Database, app: APIFlask, walker: Walker, admin: Member
) -> None:
    add_company(sqlite_database, "nopal")
    walker.get(invited(app, sqlite_database, admin))
    forged = {
        "role": "admin",
        "company": "nopal",
        "company_id": "1",
        "runs_company": "1",
        "email": "thief@x.example",
    }
    assert walker.post("/join", name="Nadia", password=PASSWORD, **forged)[0] == 302
    member = stored(sqlite_database)
    assert member
    assert (member.role, member.company_id, member.runs_company) == ("member", None, False)
    assert stored(sqlite_database, "thief@x.example") is None


@pytest.mark.parametrize(
    ("name", "password"),
    [("", PASSWORD), ("x" * 121, PASSWORD), ("Ana\r\nBcc: all@x.example", PASSWORD), ("A\u202ena", PASSWORD),
     ("Nadia", ""), ("Nadia", "short"), ("Nadia", "x" * 129)],
)  # fmt: skip
def test_a_bad_name_or_password_is_refused_and_the_name_is_kept(
    sqlite_database: Database, walker: Walker, admin: Member, name: str, password: str
) -> None:
    walker.get(invited(walker.client.application, sqlite_database, admin))
    status, page = walker.post("/join", name=name, password=password)
    assert status == 422
    assert 'role="alert"' in page
    assert ('value="Nadia"' in page) is (name == "Nadia")
    assert PASSWORD not in page
    assert stored(sqlite_database) is None
    assert walker.post("/join", name="Nadia", password=PASSWORD)[0] == 302  # nothing was used up


@pytest.mark.parametrize(
    ("fate", "words"),
    [
        ("accepted", "was accepted"),
        ("expired", "is too old"),
        ("withdrawn", "was withdrawn"),
        ("forged", "leads to no invitation"),
    ],
)
def test_a_link_that_is_good_for_nothing_says_so_kindly(
    sqlite_database: Database, walker: Walker, admin: Member, fate: str, words: str
) -> None:
    link = invited(walker.client.application, sqlite_database, admin)
    column = {"accepted": "accepted_at", "expired": "expires_at", "withdrawn": "withdrawn_at"}.get(fate)
    if column:
        with sqlite_database.write() as session:
            session.execute(update(Invitation).values(**{column: clock.now() - timedelta(seconds=1)}))
    walker.get(link if column else "/join/forged")
    status, page = walker.get("/join")
    assert (status, words in page) == (410, True)
    status, page = walker.post("/join", name="Nadia", password=PASSWORD)
    assert (status, words in page) == (410, True)
    assert stored(sqlite_database) is None


def test_nobody_joins_without_a_link(sqlite_database: Database, walker: Walker) -> None:
    assert walker.get("/join")[0] == 410
    assert walker.post("/join", name="Nadia", password=PASSWORD)[0] == 410
    assert walker.get("/join/" + "x" * 5000)[0] == 303


def test_a_link_that_was_sent_again_opens_and_the_one_before_does_not(
    sqlite_database: Database, app: APIFlask, walker: Walker, admin: Member
) -> None:
    first = invited(app, sqlite_database, admin)
    with app.app_context(), sqlite_database.write() as session:
        only = session.scalars(select(Invitation.id)).one()
        invitations.resend(session, admin, Origin(admin.id), only, clock.now())
    walker.get(first)
    assert walker.get("/join")[0] == 410


def test_who_is_signed_in_is_told_that_it_is_for_somebody_else(
    sqlite_database: Database, app: APIFlask, walker: Walker, admin: Member, member: Member
) -> None:
    link = invited(app, sqlite_database, admin)
    walker.enter(member)
    walker.get(link)
    page = walker.page("/join")
    assert "for somebody else" in page
    assert "Ana Robles" in page
    assert walker.post("/join", name="Nadia", password=PASSWORD)[0] == 200
    assert stored(sqlite_database) is None


def test_of_ten_who_accept_one_link_at_once_one_joins(
    database: Database, app: APIFlask, admin: Member
) -> None:
    secret = invited(app, database, admin).rpartition("/")[2]
    together = threading.Barrier(10, timeout=30)

    def run(number: int) -> bool:
        together.wait()
        with app.app_context(), database.write() as session:
            return (
                accept(session, secret, Origin(), name=f"N {number}", password_hash=None, now=clock.now())
                is not None
            )

    with ThreadPoolExecutor(10) as pool:
        assert sum(pool.map(run, range(10))) == 1
    with database.read() as session:
        assert session.scalar(select(func.count(Member.id)).where(Member.email == "new@x.example")) == 1


def test_a_verified_address_accepts_its_open_invitation(
    database: Database, app: APIFlask, admin: Member, member: Member
) -> None:
    add_company(database, "nopal")
    invited(app, database, admin, company="nopal")
    invited(app, database, admin, email="late@x.example")
    with database.write() as session:
        session.execute(
            update(Invitation).where(Invitation.email == "late@x.example").values(expires_at=clock.now())
        )
    for email, name, found in (
        ("NEW@x.example", "Nadia", "Nadia"),
        ("new@x.example", "Nadia", None),
        ("late@x.example", "Late", None),
        ("nobody@x.example", "Nobody", None),
        (member.email, "Ana", None),
        ("no address", "Ana", None),
    ):
        with database.write() as session:
            joined = accept_by_mail(session, email, name, clock.now())
            assert (joined.name if joined else None) == found, email
    assert (stored(database) or admin).company_id is not None


def test_a_provider_s_strange_name_becomes_the_address_s_first_part(
    sqlite_database: Database, app: APIFlask, admin: Member
) -> None:
    invited(app, sqlite_database, admin)
    with sqlite_database.write() as session:
        joined = accept_by_mail(session, "new@x.example", "\u202eevil\r\n", clock.now())
    assert joined
    assert joined.name == "new"


def test_a_late_form_keeps_the_name_and_not_the_password(
    sqlite_database: Database, app: APIFlask, walker: Walker, admin: Member
) -> None:
    walker.get(invited(app, sqlite_database, admin))
    answer = walker.client.post("/join", data={"csrf_token": "old", "name": "Nadia", "password": PASSWORD})
    assert answer.status_code == 400
    assert 'value="Nadia"' in answer.text
    assert PASSWORD not in answer.text
