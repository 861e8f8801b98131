"""Two companies and their people, for tests of who may see whom."""

from __future__ import annotations

from datetime import timedelta

from flask.testing import FlaskClient
from sqlalchemy import select

from campus import clock
from campus.audit import AuditEntry
from campus.database import Database
from campus.people.members import add_member
from campus.people.models import Company, Member
from tests.doors import csrf_token, walk_in


def add_company(database: Database, slug: str, name: str = "") -> Company:
    with database.write() as session:
        made = Company(slug=slug, name=name or slug.title(), created_at=clock.now())
        session.add(made)
        session.flush()
        return made


def add_person(
    database: Database,
    email: str,
    company: Company | None = None,
    *,
    name: str = "",
    role: str = "member",
    runs: bool = False,
) -> Member:
    with database.write() as session:
        made = add_member(
            session,
            email=email,
            name=name or email.partition("@")[0].title(),
            role=role,
            password=None,
            now=clock.now() - timedelta(days=40),
        )
        made.company_id, made.runs_company = company.id if company else None, runs
        session.flush()
        session.refresh(made)
        return made


def as_stored(database: Database, member: Member) -> Member:
    """The member as they stand now."""
    with database.read() as session:
        return session.get_one(Member, member.id)


def deeds(database: Database, action: str) -> list[AuditEntry]:
    """What the audit has of one kind, the oldest first."""
    with database.read() as session:
        noted = select(AuditEntry).where(AuditEntry.action == action).order_by(AuditEntry.id)
        return list(session.scalars(noted).all())


class Walker:
    """Somebody at a browser: reads pages, sends forms with the token that stands in them."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def enter(self, member: Member) -> Walker:
        walk_in(self.client, member)
        return self

    def get(self, path: str) -> tuple[int, str]:
        """The status and the page, or the address that it leads to."""
        answer = self.client.get(path)
        return answer.status_code, answer.headers.get("Location", answer.text)

    def page(self, path: str) -> str:
        status, text = self.get(path)
        assert status == 200, (status, path)
        return text

    def post(self, path: str, **fields: str) -> tuple[int, str]:
        fields = {"csrf_token": csrf_token(self.client, "/nothing"), **fields}
        answer = self.client.post(path, data=fields)
        return answer.status_code, answer.headers.get("Location", answer.text)
