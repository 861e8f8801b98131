"""A new mail address for a member: it counts once its mailbox has said so by a link of a day."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from campus import letters
from campus.audit import AuditEntry, Origin, masked, record
from campus.errors import BadRequest, NotFound
from campus.people import tickets
from campus.people.addresses import read_address
from campus.people.keychain import Ticket
from campus.people.models import Member

PURPOSE = "address"
LASTS = timedelta(days=1)
MOST_AN_HOUR = 5
"""Links that a member may have sent in an hour: nobody's mailbox is filled from here."""


def ask(session: Session, member: Member, typed: str, by: Origin, now: datetime) -> str:
    """Send a link to the address `typed`, which is returned as it would be kept, and tell the old one.

    An address that is another member's gets a mail too, but no link: the answer tells nobody who is
    a member here. Raises BadRequest for one that is none, is theirs already, or for too many.
    """
    email = read_address(typed)
    if email == member.email:
        raise BadRequest(_("That is your address already."))
    asked = select(func.count()).where(
        AuditEntry.member_id == member.id,
        AuditEntry.action == "member.address-ask",
        AuditEntry.at > now - timedelta(hours=1),
    )
    if (session.scalar(asked) or 0) >= MOST_AN_HOUR:
        raise BadRequest(_("That is enough for now: wait an hour before you try another address."))
    tickets.revoke(session, PURPOSE, member.id)
    if session.scalar(select(Member.id).where(Member.email == email)):
        letters.write(session, email, "address_taken", now, locale=member.locale)
    else:
        secret = tickets.issue(session, PURPOSE, LASTS, now, member_id=member.id, data={"email": email})
        page = letters.link("account.open_address", secret=secret)
        _tell(session, member, email, "address_confirm", now, link=page)
    _tell(session, member, member.email, "address_asked", now, new=masked(email))
    record(session, by, "member.address-ask", f"member {member.id}", now, after={"email": masked(email)})
    return email


def asked_for(session: Session, secret: str, now: datetime) -> Ticket | None:
    """The ticket of a link that is still good; it is not used up by looking."""
    return tickets.peek(session, PURPOSE, secret, now)


def confirm(session: Session, secret: str, by: Origin, now: datetime) -> str:
    """Whoever read the mail says yes: the new address. Old links to it, and resets, are good no more.

    Raises NotFound for a link that is used, too old or nobody's, BadRequest if the address was taken
    meanwhile.
    """
    ticket = tickets.redeem(session, PURPOSE, secret, now)
    member = session.get(Member, ticket.member_id) if ticket else None
    if ticket is None or member is None or not member.active:
        raise NotFound(_("This link has been used already, or it is too old."))
    before, after = member.email, str(ticket.data["email"])
    try:
        with session.begin_nested():
            session.execute(update(Member).where(Member.id == member.id).values(email=after))
    except IntegrityError:
        raise BadRequest(_("This address has another account by now.")) from None
    tickets.revoke(session, "reset", member.id)
    _tell(session, member, before, "address_changed", now, new=masked(after))
    record(
        session,
        by,
        "member.address",
        f"member {member.id}",
        now,
        before={"email": masked(before)},
        after={"email": masked(after)},
    )
    return after


def _tell(
    session: Session, member: Member, recipient: str, template: str, now: datetime, **told: Any
) -> None:
    letters.write(session, recipient, template, now, locale=member.locale, name=member.name, **told)
