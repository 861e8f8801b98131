"""Arrival: how somebody becomes a member, by an invitation or by their mail domain."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from campus.audit import Origin, record
from campus.errors import BadRequest
from campus.people.addresses import read_address, read_name
from campus.people.arrivals.invitations import Terms, is_open, waits
from campus.people.members import add_member, with_address
from campus.people.models import Invitation, MailDomain, Member
from campus.people.secrets import digest
from campus.people.tenants.companies import company_of

State = Literal["open", "expired", "accepted", "withdrawn", "unknown"]


def find_by_secret(session: Session, secret: str, now: datetime) -> tuple[Invitation | None, State]:
    """What a link leads to, and how that stands."""
    found = session.scalar(select(Invitation).where(Invitation.digest == digest(secret)))
    if found is None:
        return None, "unknown"
    state: State = "open"
    if found.accepted_at:
        state = "accepted"
    elif found.withdrawn_at:
        state = "withdrawn"
    elif found.expires_at <= now:
        state = "expired"
    return found, state


def accept(
    session: Session,
    secret: str,
    by: Origin,
    *,
    name: str,
    password_hash: str | None,
    now: datetime,
    locale: str | None = None,
) -> Member | None:
    """The new member that a link makes; None if it is good for nothing (any more).

    `locale` is the language that they read here and want their mails in.

    Raises BadRequest for a bad name, or if the address has become a member's meanwhile.
    """
    found, _state = find_by_secret(session, secret, now)
    if found is None:
        return None
    member = _accepted(session, found, by, name=read_name(name), password_hash=password_hash, now=now)
    if member:
        member.locale = locale
    return member


def accept_by_mail(
    session: Session, email: str, name: str, now: datetime, by: Origin | None = None
) -> Member | None:
    """The new member of an open invitation to this address, which somebody trustworthy has verified.

    None if there is no open invitation, a member already, or if it is no address. A name that cannot be
    taken becomes the address's first part.
    """
    try:
        address = read_address(email)
    except BadRequest:
        return None
    if with_address(session, address) is not None:
        return None
    newest = (
        select(Invitation).where(Invitation.email == address, *is_open(now)).order_by(Invitation.id.desc())
    )
    found = session.scalar(newest.limit(1))
    if found is None:
        return None
    return _accepted(
        session, found, by or Origin(), name=fit_name(name, address), password_hash=None, now=now
    )


def join(
    session: Session, *, email: str, name: str, domain: MailDomain, now: datetime, by: Origin | None = None
) -> Member:
    """The new member of an address that somebody trustworthy has verified (see may_register).

    Raises BadRequest if there is one.
    """
    address = read_address(email)
    return make_member(
        session,
        by or Origin(),
        email=address,
        name=fit_name(name, address),
        password_hash=None,
        terms=Terms(company=domain.company.slug if domain.company else ""),
        now=now,
    )


def make_member(
    session: Session,
    by: Origin,
    *,
    email: str,
    name: str,
    password_hash: str | None,
    terms: Terms,
    now: datetime,
) -> Member:
    """A member who came by themselves, with what the audit says about it. Raises BadRequest."""
    company = company_of(session, terms.company)
    member = add_member(session, email=email, name=name, role=terms.role, password=None, now=now)
    member.password_hash = password_hash
    member.company_id, member.runs_company = company.id if company else None, terms.runs_company
    session.flush()
    session.execute(
        update(Invitation).where(Invitation.email == member.email, *waits()).values(withdrawn_at=now)
    )
    record(
        session,
        Origin(member.id, by.address, by.via),
        "member.join",
        f"member {member.id}",
        now,
        after={"role": terms.role, "company": terms.company or None},
    )
    return member


def fit_name(name: str, email: str) -> str:
    """`name` if it can be taken, else the first part of the address."""
    try:
        return read_name(name)
    except BadRequest:
        return email.partition("@")[0]


def _accepted(
    session: Session, found: Invitation, by: Origin, *, name: str, password_hash: str | None, now: datetime
) -> Member | None:
    taken = session.execute(
        update(Invitation).where(Invitation.id == found.id, *is_open(now)).values(accepted_at=now)
    )
    if taken.rowcount != 1:  # type: ignore[attr-defined]
        return None
    terms = Terms(found.role, found.company.slug if found.company else "", found.runs_company)
    return make_member(
        session, by, email=found.email, name=name, password_hash=password_hash, terms=terms, now=now
    )
