"""Use cases of companies, the hub's tenants. Only administrators of the campus found and rename them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from campus.audit import Origin, record
from campus.errors import BadRequest, NotFound
from campus.fields import SLUG
from campus.people.addresses import read_name
from campus.people.models import Company, Member
from campus.people.roster import acting


@dataclass(frozen=True, slots=True)
class Counted:
    """A company and how many active members it has."""

    company: Company
    members: int


def add_company(session: Session, by: Member, origin: Origin, name: str, now: datetime) -> Company:
    """A new company. Raises NotAllowed, BadRequest for a bad name or one that exists."""
    acting(session, by, "people.manage")
    name = read_name(name)
    slug = slug_of(name)
    if not slug:
        raise BadRequest(_("The name needs a letter or a digit: it stands in addresses too."))
    made = Company(slug=slug, name=name, created_at=now)
    try:
        with session.begin_nested():
            session.add(made)
    except IntegrityError:
        raise BadRequest(_("There is a company of this name already.")) from None
    record(session, origin, "company.add", f"company {slug}", now, after={"name": name})
    return made


def rename_company(
    session: Session, by: Member, origin: Origin, slug: str, name: str, *, now: datetime
) -> Company:
    """The company under another name; its address stays. Raises NotAllowed, NotFound, BadRequest."""
    acting(session, by, "people.manage")
    company, name = find_company(session, slug), read_name(name)
    twin = select(Company.id).where(Company.name == name, Company.id != company.id)
    if session.scalar(twin) is not None:
        raise BadRequest(_("There is a company of this name already."))
    if company.name != name:
        before, company.name = company.name, name
        record(
            session,
            origin,
            "company.rename",
            f"company {slug}",
            now,
            before={"name": before},
            after={"name": name},
        )
    return company


def find_company(session: Session, slug: str) -> Company:
    """The company. Raises NotFound."""
    found = session.scalar(select(Company).where(Company.slug == slug)) if SLUG.fullmatch(slug) else None
    if found is None:
        raise NotFound(_("There is no such company."))
    return found


def company_of(session: Session, slug: str) -> Company | None:
    """What a form chose: the company, None for ''. Raises BadRequest if there is none such."""
    try:
        return find_company(session, slug) if slug else None
    except NotFound as error:
        raise BadRequest(error.message) from None


def list_companies(session: Session) -> Sequence[Counted]:
    """All companies by name, each with its number of active members, in one question."""
    counted = (
        select(Company, func.count(Member.id))
        .outerjoin(Member, (Member.company_id == Company.id) & Member.active)
        .group_by(Company.id)
        .order_by(func.lower(Company.name), Company.id)
    )
    return [Counted(company, members) for company, members in session.execute(counted)]


def administrators(session: Session, company: Company) -> Sequence[Member]:
    """The active members who run the company, by name."""
    runs = select(Member).where(Member.company_id == company.id, Member.runs_company, Member.active)
    return session.scalars(runs.order_by(Member.name, Member.id)).all()


def slug_of(name: str) -> str:
    """A name as it stands in addresses: Bici Eléctrica is bici-electrica."""
    letters = unicodedata.normalize("NFKD", name.lower()).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", letters).strip("-")[:64].strip("-")
