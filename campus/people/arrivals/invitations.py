"""Invitations: an address is asked in by a link that is good for a week and once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, and_, false, select, true
from sqlalchemy.orm import Session

from campus import letters
from campus.audit import Origin, masked, record
from campus.database import wait_for_turn
from campus.errors import BadRequest, NotAllowed, NotFound
from campus.people.addresses import read_address
from campus.people.models import ROLES, Company, Invitation, Member
from campus.people.permissions import may
from campus.people.roster import LARGEST_ID, acting
from campus.people.secrets import digest, new_secret
from campus.people.tenants.companies import company_of

LIFETIME = timedelta(days=7)
MOST_AT_ONCE = 50
INVITING_TURN = 3
"""Whoever invites waits for this turn, so that a form which is sent twice invites once."""


@dataclass(frozen=True, slots=True)
class Terms:
    """As what somebody is asked in. `company` is a slug, '' for none."""

    role: str = "member"
    company: str = ""
    runs_company: bool = False


@dataclass(frozen=True, slots=True)
class Sent:
    """Who got a mail, and who had an open invitation already."""

    new: list[str]
    waiting: list[str]


class Unfit(BadRequest):
    """Mend the lines that `faults` names; nobody was invited."""

    def __init__(self, faults: Sequence[tuple[str, str]]) -> None:
        super().__init__(_("Nobody was invited yet. Mend these addresses; the rest is as you typed it."))
        self.faults = faults


def invite(
    session: Session, by: Member, origin: Origin, lines: Sequence[str], terms: Terms, *, now: datetime
) -> Sent:
    """Ask addresses in, one a line: all of them or none.

    Raises NotAllowed for what is more than `by` may give: a company's administrator asks plain members
    into their company. Raises Unfit with each line that is no address or a member's, BadRequest.
    """
    wait_for_turn(session, INVITING_TURN)
    by = acting(session, by, "people.invite")
    company = _company(session, by, terms)
    faults, fit = _read(session, lines)
    if faults:
        raise Unfit(faults)
    if not fit:
        raise BadRequest(_("Write at least one mail address."))
    if len(fit) > MOST_AT_ONCE:
        raise BadRequest(_("That is too many at once: %(most)s addresses at most.", most=MOST_AT_ONCE))
    waiting = set(
        session.scalars(
            select(Invitation.email).where(Invitation.email.in_(fit), _visible(by), *is_open(now))
        ).all()
    )
    new = [email for email in fit if email not in waiting]
    for email in new:
        made = Invitation(
            email=email,
            role=terms.role,
            company_id=company.id if company else None,
            runs_company=terms.runs_company,
            invited_by_id=by.id,
            created_at=now,
        )
        send(session, made, by, now)
        told = {"email": masked(email), "role": terms.role, "company": company.slug if company else None}
        record(session, origin, "invitation.send", f"invitation {made.id}", now, after=told)
    return Sent(new, [email for email in fit if email in waiting])


def send(session: Session, invitation: Invitation, by: Member | None, now: datetime) -> None:
    """Mail the link of an invitation: a new one, so that one which was sent before opens nothing."""
    secret = new_secret()
    invitation.digest, invitation.expires_at = digest(secret), now + LIFETIME
    session.add(invitation)
    session.flush()
    company = session.get(Company, invitation.company_id) if invitation.company_id else None
    letters.write(
        session,
        invitation.email,
        "invitation" if by else "registration",
        now,
        by=by.name if by else None,
        company=company.name if company else None,
        link=letters.link("joining.open_link", secret=secret),
        days=LIFETIME.days,
    )


def resend(session: Session, by: Member, origin: Origin, invitation_id: int, now: datetime) -> Invitation:
    """Send an invitation again, by a new link. Raises NotFound, NotAllowed."""
    by = acting(session, by, "people.invite")
    found = find_invitation(session, by, invitation_id)
    send(session, found, by, now)
    record(
        session,
        origin,
        "invitation.resend",
        f"invitation {found.id}",
        now,
        after={"email": masked(found.email)},
    )
    return found


def withdraw(session: Session, by: Member, origin: Origin, invitation_id: int, now: datetime) -> Invitation:
    """Make an invitation's link good for nothing. Raises NotFound, NotAllowed."""
    found = find_invitation(session, acting(session, by, "people.invite"), invitation_id)
    found.withdrawn_at = now
    record(
        session,
        origin,
        "invitation.withdraw",
        f"invitation {found.id}",
        now,
        after={"email": masked(found.email)},
    )
    return found


def find_invitation(session: Session, by: Member, invitation_id: int) -> Invitation:
    """One that waits to be accepted and that `by` may know. Raises NotFound."""
    query = select(Invitation).where(Invitation.id == invitation_id, _visible(by), *waits())
    locked = query.with_for_update(of=Invitation).execution_options(populate_existing=True)
    found = session.scalar(locked) if invitation_id <= LARGEST_ID else None
    if found is None:
        raise NotFound(_("There is no such invitation, or it is not open any more."))
    return found


def list_invitations(session: Session, by: Member, *, before: int | None, limit: int) -> Sequence[Invitation]:
    """Those that wait to be accepted, expired ones too, the newest first."""
    query = select(Invitation).where(_visible(by), *waits()).order_by(Invitation.id.desc()).limit(limit)
    if before is not None:
        query = query.where(Invitation.id < before)
    return session.scalars(query).all()


def is_open(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """True of invitations that can be accepted."""
    return (*waits(), Invitation.expires_at > now)


def waits() -> tuple[ColumnElement[bool], ...]:
    """True of invitations that nobody accepted and nobody withdrew; they may have expired."""
    return Invitation.accepted_at.is_(None), Invitation.withdrawn_at.is_(None)


def _visible(by: Member) -> ColumnElement[bool]:
    if may(by, "people.manage"):
        return true()
    if may(by, "people.invite") and by.company_id is not None:
        plain = and_(Invitation.role == "member", Invitation.runs_company.is_(False))
        return and_(Invitation.company_id == by.company_id, plain)
    return false()


def _company(session: Session, by: Member, terms: Terms) -> Company | None:
    """The company of the terms, if `by` may give them at all."""
    if not may(by, "people.manage"):
        own = by.company.slug if by.company else None
        if own is None or terms != Terms("member", own):
            raise NotAllowed(_("You may invite plain members into your own company, and nobody else."))
    if terms.role not in ROLES:
        raise BadRequest(_("There is no such role."))
    company = company_of(session, terms.company)
    if terms.runs_company and company is None:
        raise BadRequest(_("Who runs a company belongs to it: choose the company."))
    return company


def _read(session: Session, lines: Sequence[str]) -> tuple[list[tuple[str, str]], list[str]]:
    """Each line's fault, and the addresses of the others, each once."""
    faults: list[tuple[str, str]] = []
    fit: dict[str, None] = {}
    for line in lines:
        if not line.strip():
            continue
        try:
            fit[read_address(line.strip(" \t"))] = None
        except BadRequest as error:
            faults.append((line.strip(), error.message))
    members = select(Member.email).where(Member.email.in_(list(fit)))
    for email in session.scalars(members.order_by(Member.email)).all():
        faults.append((email, _("is a member already")))
    return faults, list(fit)
