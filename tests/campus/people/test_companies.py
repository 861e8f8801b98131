"""Companies, and the mail domains whose people join by themselves."""

from __future__ import annotations

import re

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import delete, select

from campus import clock
from campus.database import Database
from campus.errors import BadRequest
from campus.outbox import Mail
from campus.people.arrivals.arrival import join
from campus.people.keychain import Ticket
from campus.people.models import Company, Invitation, MailDomain, Member
from campus.people.tenants.domains import may_register
from tests.campus.people.tenants import Walker, add_company, add_person, as_stored, deeds

DOMAINS = "/people/domains"


@pytest.fixture
def walker(client: FlaskClient) -> Walker:
    return Walker(client)


def recipients(database: Database) -> list[tuple[str, str]]:
    with database.read() as session:
        return [
            (mail.recipient, mail.subject) for mail in session.scalars(select(Mail).order_by(Mail.id)).all()
        ]


def test_a_company_is_added_renamed_and_counted(database: Database, walker: Walker, admin: Member) -> None:
    walker.enter(admin)
    assert walker.post("/companies", name=" Bici Eléctrica ") == (303, "/companies/bici-electrica")
    with database.read() as session:
        company = session.scalars(select(Company)).one()
    add_person(database, "one@bici.example", company, runs=True)
    gone = add_person(database, "two@bici.example", company)
    with database.write() as session:
        session.get_one(Member, gone.id).active = False
    assert re.search(r'Bici Eléctrica</a></th><td class="number">1</td>', walker.page("/companies"))
    assert "run by One" in walker.page("/companies/bici-electrica")
    assert walker.post("/companies/bici-electrica", name="Bici Norte")[0] == 303
    assert "Bici Norte" in walker.page("/companies/bici-electrica")
    (renamed,) = deeds(database, "company.rename")
    assert (renamed.before, renamed.after) == ({"name": "Bici Eléctrica"}, {"name": "Bici Norte"})
    assert renamed.target == "company bici-electrica"


@pytest.mark.parametrize(
    "name", ["", "   ", "x" * 121, "Nopal\r\nX: y", "No\u202epal", "!!!", "Nopal", "NOPAL"]
)
def test_a_name_that_cannot_be_is_refused_and_kept(
    sqlite_database: Database, walker: Walker, admin: Member, name: str
) -> None:
    add_company(sqlite_database, "nopal", "Nopal")
    walker.enter(admin)
    status, page = walker.post("/companies", name=name)
    assert status == 422
    assert 'aria-invalid="true"' in page
    assert deeds(sqlite_database, "company.add") == []


def test_late_forms_keep_the_name(sqlite_database: Database, walker: Walker, admin: Member) -> None:
    add_company(sqlite_database, "nopal")
    walker.enter(admin)
    for path in ("/companies", "/companies/nopal"):
        answer = walker.client.post(path, data={"csrf_token": "old", "name": "Kept & kept"})
        assert answer.status_code == 400
        assert "Kept &amp; kept" in answer.text
    assert walker.post("/companies/nobody", name="X")[0] == 404


@pytest.mark.parametrize("path", ["/companies", "/companies/nopal", DOMAINS])
def test_only_administrators_of_the_campus_come_here(
    sqlite_database: Database, walker: Walker, path: str
) -> None:
    nopal = add_company(sqlite_database, "nopal")
    walker.enter(add_person(sqlite_database, "boss@nopal.example", nopal, runs=True))
    assert walker.get(path)[0] == 403
    assert walker.post(path, name="Mine", domain="mine.example")[0] == 403


def test_a_mail_domain_lets_its_readers_join_and_others_not(
    database: Database, app: APIFlask, walker: Walker, admin: Member
) -> None:
    nopal = add_company(database, "nopal")
    walker.enter(admin)
    assert walker.post(DOMAINS, domain="@Nopal.Example", company="nopal")[0] == 303
    assert deeds(database, "domain.add")[0].target == "domain nopal.example"
    visitor = Walker(app.test_client())
    assert 'href="/register"' in visitor.page("/sign-in")
    for email in ("new@nopal.example", "new@sub.nopal.example", "new@other.example", admin.email):
        assert visitor.post("/register", email=email) == (303, "/register/sent")
    assert recipients(database) == [
        ("new@nopal.example", "Your way into the campus"),
        (admin.email, "You are a member already"),
    ]
    with database.read() as session:
        link = re.search(r"/join/\S+", session.scalars(select(Mail.text).order_by(Mail.id)).first() or "")
        (asked,) = session.scalars(select(Invitation)).all()
    assert link
    assert (asked.role, asked.company_id, asked.invited_by_id) == ("member", nopal.id, None)
    visitor.get(link[0])
    assert visitor.post("/join", name="Nadia", password="seven green cactus lamps", role="admin")[0] == 302
    with database.read() as session:
        joined = session.scalars(select(Member).where(Member.email == "new@nopal.example")).one()
    assert (joined.role, joined.company_id, joined.runs_company) == ("member", nopal.id, False)


def test_without_a_domain_there_is_no_way_in(sqlite_database: Database, walker: Walker) -> None:
    assert "/register" not in walker.page("/sign-in")
    assert walker.get("/register")[0] == 404
    assert walker.post("/register", email="new@x.example")[0] in (303, 404)
    assert recipients(sqlite_database) == []


def test_an_address_is_mailed_once_in_ten_minutes(
    sqlite_database: Database, walker: Walker, admin: Member
) -> None:
    with sqlite_database.write() as session:
        session.add(MailDomain(domain="nopal.example"))
    for _again in range(3):
        assert walker.post("/register", email="new@nopal.example")[0] == 303
    assert len(recipients(sqlite_database)) == 1
    with sqlite_database.write() as session:
        session.execute(delete(Ticket))  # ten minutes later
    walker.post("/register", email="NEW@nopal.example")
    assert len(recipients(sqlite_database)) == 2


def test_who_was_deactivated_does_not_come_back_by_themselves(
    sqlite_database: Database, walker: Walker, member: Member
) -> None:
    with sqlite_database.write() as session:
        session.add(MailDomain(domain="hub.example"))
        session.get_one(Member, member.id).active = False
    assert walker.post("/register", email=member.email)[0] == 303
    assert recipients(sqlite_database) == []
    assert not as_stored(sqlite_database, member).active


@pytest.mark.parametrize(
    "email", ["", "ana", "a@b@c.example", "аna@hub.example", "a@x.example\r\nBcc: b@x.example"]
)
def test_what_is_no_address_is_refused_and_kept(
    sqlite_database: Database, walker: Walker, email: str
) -> None:
    with sqlite_database.write() as session:
        session.add(MailDomain(domain="hub.example"))
    status, page = walker.post("/register", email=email)
    assert (status, 'role="alert"' in page) == (422, True)


def test_a_public_mail_provider_has_to_be_meant(
    sqlite_database: Database, walker: Walker, admin: Member
) -> None:
    walker.enter(admin)
    status, page = walker.post(DOMAINS, domain="GMail.com")
    assert status == 422
    assert "could join" in page
    assert 'name="sure"' in page
    assert 'value="GMail.com"' in page
    assert walker.post(DOMAINS, domain="GMail.com", sure="1")[0] == 303
    assert walker.post(f"{DOMAINS}/gmail.com/remove")[0] == 303
    assert walker.post(f"{DOMAINS}/gmail.com/remove")[0] == 404
    assert [len(deeds(sqlite_database, f"domain.{deed}")) for deed in ("add", "remove")] == [1, 1]


@pytest.mark.parametrize("domain", ["", "com", "a b.example", "x@y.example", "hub.example"])
def test_what_is_no_new_domain_is_refused(
    sqlite_database: Database, walker: Walker, admin: Member, domain: str
) -> None:
    with sqlite_database.write() as session:
        session.add(MailDomain(domain="hub.example"))
    walker.enter(admin)
    assert walker.post(DOMAINS, domain=domain)[0] == 422
    assert walker.post(DOMAINS, domain="new.example", company="nobody")[0] == 422


def test_a_verified_address_of_a_domain_joins(database: Database, member: Member) -> None:
    nopal = add_company(database, "nopal")
    with database.write() as session:
        session.add(MailDomain(domain="hub.example", company_id=nopal.id))
    with database.write() as session:
        assert may_register(session, "x@evil.example") is None
        assert may_register(session, "x@hub.example.evil.example") is None
        assert may_register(session, "no address") is None
        domain = may_register(session, "New@HUB.example")
        assert domain
        joined = join(session, email="New@HUB.example", name="", domain=domain, now=clock.now())
        with pytest.raises(BadRequest):
            join(session, email=member.email, name="Ana", domain=domain, now=clock.now())
    assert (joined.email, joined.name, joined.role, joined.company_id) == (
        "new@hub.example",
        "new",
        "member",
        nopal.id,
    )
