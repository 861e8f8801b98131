"""Mail domains whose people may join by themselves. None: nobody may."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from campus import letters
from campus.audit import Origin, record
from campus.errors import BadRequest, NotFound
from campus.people import tickets
from campus.people.addresses import LONGEST_DOMAIN, read_address, read_domain
from campus.people.arrivals.invitations import send
from campus.people.keychain import Ticket
from campus.people.members import with_address
from campus.people.models import Invitation, MailDomain, Member
from campus.people.roster import acting
from campus.people.secrets import digest
from campus.people.tenants.companies import company_of

MAILS_EVERY = timedelta(minutes=10)
"""One address gets one mail in this time, however often somebody asks for it."""
PUBLIC = frozenset((
    "gmail.com", "googlemail.com", "outlook.com", "outlook.es", "hotmail.com", "hotmail.es", "live.com",
    "live.com.mx", "msn.com", "yahoo.com", "yahoo.com.mx", "yahoo.es", "ymail.com", "rocketmail.com",
    "icloud.com", "me.com", "mac.com", "aol.com", "proton.me", "protonmail.com", "pm.me", "gmx.com",
    "gmx.net", "gmx.de", "web.de", "mail.com", "zoho.com", "yandex.com", "mail.ru", "qq.com", "163.com",
    "126.com", "prodigy.net.mx", "fastmail.com", "tutanota.com", "tuta.io", "hey.com", "terra.com.mx",
    "mailinator.com",
))  # fmt: skip
"""Where anybody gets an address: who lets these join lets everybody in."""


class AnybodyCouldJoin(BadRequest):
    """Say that it is meant, or choose another domain."""


def list_domains(session: Session) -> Sequence[MailDomain]:
    """All of them, by name."""
    return session.scalars(select(MailDomain).order_by(MailDomain.domain)).all()


def add_domain(
    session: Session, by: Member, origin: Origin, *, domain: str, company: str, sure: bool, now: datetime
) -> MailDomain:
    """Let the people of a mail domain join, as members of the company with the slug `company`, or of none.

    Raises NotAllowed, BadRequest, and AnybodyCouldJoin for a public one unless the caller is `sure`.
    """
    acting(session, by, "people.manage")
    name, found = read_domain(domain), company_of(session, company)
    if name in PUBLIC and not sure:
        raise AnybodyCouldJoin(
            _(
                "Anybody gets an address at %(domain)s and could join. Tick the box if you want that.",
                domain=name,
            )
        )
    made = MailDomain(domain=name, company_id=found.id if found else None)
    try:
        with session.begin_nested():
            session.add(made)
    except IntegrityError:
        raise BadRequest(_("%(domain)s is in the list already.", domain=name)) from None
    record(session, origin, "domain.add", f"domain {name}", now, after={"company": company or None})
    return made


def remove_domain(session: Session, by: Member, origin: Origin, domain: str, now: datetime) -> None:
    """Nobody joins by this domain any more; who has joined stays. Raises NotFound, NotAllowed."""
    acting(session, by, "people.manage")
    name = domain[:LONGEST_DOMAIN].replace("\x00", "")
    gone = session.execute(delete(MailDomain).where(MailDomain.domain == name))
    if gone.rowcount != 1:  # type: ignore[attr-defined]
        raise NotFound(_("There is no such mail domain."))
    record(session, origin, "domain.remove", f"domain {name}", now)


def is_open(session: Session) -> bool:
    """True if anybody may join by themselves."""
    return session.scalar(select(MailDomain.domain).limit(1)) is not None


def may_register(session: Session, email: str) -> MailDomain | None:
    """The domain by which whoever reads mail at this address may join. Of its subdomains nothing is said."""
    try:
        domain = read_address(email).partition("@")[2]
    except BadRequest:
        return None
    return session.scalar(select(MailDomain).where(MailDomain.domain == domain))


def ask_in(session: Session, email: str, now: datetime) -> None:
    """Mail a link to an address that may join, to a member that they are one, and to others nothing.

    Whoever asks sees the same in each case. Raises BadRequest if it is no address.
    """
    address = read_address(email)
    member, domain = with_address(session, address), may_register(session, address)
    if not _is_due(session, address, now):
        return
    with session.begin_nested() as told:
        if member is None and domain is not None:
            invitation = Invitation(
                email=address,
                role="member",
                company_id=domain.company_id,
                runs_company=False,
                created_at=now,
            )
            send(session, invitation, None, now)
            return
        name, locale = (member.name, member.locale) if member else ("", None)
        link = letters.link("people.sign_in_page")
        letters.write(session, address, "member_already", now, locale=locale, name=name, link=link)
        if member is None or not member.active:
            session.flush()
            told.rollback()  # the time that it takes tells nobody who is a member


def _is_due(session: Session, address: str, now: datetime) -> bool:
    """True once in MAILS_EVERY for one address."""
    nonce = digest(f"registration {address}")
    session.execute(delete(Ticket).where(Ticket.digest == digest(nonce), Ticket.expires_at <= now))
    return tickets.first_use(session, "registration", nonce, MAILS_EVERY, now)
