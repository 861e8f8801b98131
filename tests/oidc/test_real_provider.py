"""Signing in by a real OpenID provider: linked by verified mail, known by subject afterwards, refused."""

from __future__ import annotations

from datetime import timedelta

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from campus import clock
from campus.audit import AuditEntry
from campus.database import Database
from campus.outbox import Mail
from campus.people.keychain import BrowserSession, Identity
from campus.people.models import Invitation, MailDomain, Member
from tests.doors import csrf_token, walk_in
from tests.oidc.real import RealProvider, travel

START = "/sign-in/openid?next=/book?date=2026-03-04"


def identities(database: Database) -> list[tuple[int, str]]:
    with database.read() as session:
        rows = session.execute(select(Identity.member_id, Identity.subject).order_by(Identity.id))
        return [(member_id, subject) for member_id, subject in rows]


def member_of(client: FlaskClient, database: Database) -> str | None:
    """The name of whoever is signed in in this browser."""
    if client.get("/book").status_code != 200:
        return None
    with database.read() as session:
        found = session.scalars(select(BrowserSession).order_by(BrowserSession.id.desc())).first()
    assert found
    assert found.method == "oidc"
    return found.member.name


def test_the_sign_in_page_offers_it(client: FlaskClient, member: Member) -> None:
    page = client.get("/sign-in?next=/book").text
    assert "Sign in with Hub ID" in page
    assert 'href="/sign-in/openid?next=/book"' in page


def test_a_verified_mail_links_the_member_and_tells_them(
    database: Database, client: FlaskClient, member: Member, provider: RealProvider
) -> None:
    provider.says("ana-1", email="Ana@Hub.Example", email_verified=True, name="Ana R.")
    answer = travel(client, START)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/book?date=2026-03-04")
    assert member_of(client, database) == "Ana Robles"
    assert identities(database) == [(member.id, "ana-1")]
    with database.read() as session:
        assert "Your account is linked with Hub ID" in session.scalars(select(Mail.subject)).all()
        assert ("identity.add", f"member {member.id}") in [
            (entry.action, entry.target) for entry in session.scalars(select(AuditEntry))
        ]


def test_afterwards_it_is_the_subject_that_counts(
    database: Database, app: APIFlask, member: Member, staff: Member, provider: RealProvider
) -> None:
    provider.says("ana-2", email=member.email, email_verified=True)
    travel(app.test_client(), START)
    provider.says("ana-2", email=staff.email, email_verified=True)
    again = app.test_client()
    travel(again, START)
    assert member_of(again, database) == "Ana Robles"
    provider.says("ana-2")
    once_more = app.test_client()
    travel(once_more, START)
    assert member_of(once_more, database) == "Ana Robles"
    assert identities(database) == [(member.id, "ana-2")]


@pytest.mark.parametrize(
    "claims",
    [
        {"email": "ana@hub.example", "email_verified": False},
        {"email": "ana@hub.example"},
        {"email": "ana@hub.example", "email_verified": "true"},
        {},
    ],
    ids=str,
)
def test_an_unverified_mail_opens_nothing(
    database: Database, client: FlaskClient, member: Member, provider: RealProvider, claims: dict[str, object]
) -> None:
    provider.says("stranger", **claims)
    answer = travel(client, START)
    assert answer.status_code == 403
    assert "Hub ID does not say that your mail address is verified" in answer.text
    assert member_of(client, database) is None
    assert identities(database) == []


def test_a_stranger_is_told_what_to_do(
    database: Database, client: FlaskClient, provider: RealProvider
) -> None:
    provider.says("bob", email="bob@elsewhere.example", email_verified=True)
    answer = travel(client, START)
    assert answer.status_code == 403
    assert "Ask whoever runs the campus for an invitation" in answer.text
    assert "bob@elsewhere.example" not in answer.text


def test_who_has_left_does_not_come_in(
    database: Database, client: FlaskClient, member: Member, provider: RealProvider
) -> None:
    with database.write() as session:
        session.execute(update(Member).values(active=False))
    provider.says("ana-3", email=member.email, email_verified=True)
    assert travel(client, START).status_code == 403
    assert member_of(client, database) is None


def test_who_left_after_linking_does_not_come_in_nor_join_anew(
    database: Database, app: APIFlask, member: Member, provider: RealProvider
) -> None:
    provider.says("ana-4", email=member.email, email_verified=True)
    travel(app.test_client(), START)
    with database.write() as session:
        session.execute(update(Member).values(active=False))
        session.add(MailDomain(domain="elsewhere.example"))
    provider.says("ana-4", email="ana@elsewhere.example", email_verified=True)
    assert travel(app.test_client(), START).status_code == 403
    with database.read() as session:
        assert len(session.scalars(select(Member)).all()) == 1


def test_an_invitation_is_accepted_by_the_verified_mail(
    database: Database, client: FlaskClient, provider: RealProvider
) -> None:
    now = clock.now()
    with database.write() as session:
        session.add(
            Invitation(
                email="new@hub.example",
                role="analyst",
                digest="x",
                created_at=now,
                expires_at=now + timedelta(1),
            )
        )
    provider.says("new", email="new@hub.example", email_verified=True, name="Nadia New")
    assert travel(client, START).status_code == 302
    assert member_of(client, database) == "Nadia New"
    with database.read() as session:
        assert session.scalars(select(Member.role)).all() == ["analyst"]


def test_who_has_an_address_at_a_domain_that_may_joins(
    database: Database, client: FlaskClient, provider: RealProvider
) -> None:
    with database.write() as session:
        session.add(MailDomain(domain="hub.example"))
    provider.says("joiner", email="jo@hub.example", email_verified=True, name="x\u202ey")
    assert travel(client, START).status_code == 302
    assert member_of(client, database) == "jo"


def test_who_says_no_there_is_brought_back_kindly(client: FlaskClient, provider: RealProvider) -> None:
    provider.nobody()
    answer = travel(client, START)
    assert answer.status_code == 403
    assert "You did not sign in there" in answer.text


def test_an_account_is_linked_after_a_yes_and_unlinked(
    database: Database, app: APIFlask, member: Member, provider: RealProvider
) -> None:
    client = app.test_client()
    walk_in(client, member)
    provider.says("private", email="ana@home.example", email_verified=False)
    asked = travel(client, "/account/identities/new")
    assert "Link the account?" in asked.text
    assert "ana@home.example" in asked.text
    assert identities(database) == []
    done = client.post("/account/identities/link", data={"csrf_token": csrf_token(client, "/book")})
    assert done.status_code == 303
    assert identities(database) == [(member.id, "private")]

    other = app.test_client()
    travel(other, START)
    assert member_of(other, database) == "Ana Robles"

    page = client.get("/account/security").text
    assert "/account/identities/1/remove" in page
    gone = client.post("/account/identities/1/remove", data={"csrf_token": csrf_token(client, "/book")})
    assert gone.status_code == 303
    assert identities(database) == []
    assert travel(app.test_client(), START).status_code == 403
