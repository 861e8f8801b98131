"""Members as an OpenID provider knows them: found, linked, unlinked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from campus import letters
from campus.audit import Origin, masked, record
from campus.errors import BadRequest, NotAllowed, NotFound
from campus.people.arrivals import arrival
from campus.people.connect.claims import Person, whose
from campus.people.keychain import Identity
from campus.people.members import with_address
from campus.people.models import Member
from campus.people.tenants import domains


def list_identities(session: Session, member_id: int) -> Sequence[Identity]:
    """The providers' accounts that a member may sign in with, the first linked first."""
    return session.scalars(
        select(Identity).where(Identity.member_id == member_id).order_by(Identity.created_at, Identity.id)
    ).all()


def come_in(session: Session, person: Person, provider: str, by: Origin, now: datetime) -> Member:
    """The member whom a person at the provider is; linked now if they were not before.

    A member with the verified address is linked, an open invitation to it accepted, and whoever has an
    address at a domain that may join becomes a member. Raises NotAllowed, in words that say what to do.
    """
    known = find_identity(session, person)
    same_mail = with_address(session, person.email) if person.email and not known else None
    verdict = whose(
        person,
        known=known.member.active if known else None,
        same_mail=same_mail.active if same_mail else None,
    )
    if known and verdict == "known":
        session.execute(update(Identity).where(Identity.id == known.id).values(last_used_at=now))
        return known.member
    if verdict == "left":
        raise NotAllowed(_("Your access to this campus has ended. Ask whoever runs it."))
    if person.email is None:
        raise NotAllowed(
            _(
                "%(provider)s does not say that your mail address is verified. Verify it there, or sign in"
                " another way and link the account on your account page.",
                provider=provider,
            )
        )
    member = same_mail or _newcomer(session, person.email, person.name, by, now)
    link(session, member, person=person, provider=provider, by=by, now=now, tell=same_mail is not None)
    return member


def link(
    session: Session,
    member: Member,
    *,
    person: Person,
    provider: str,
    by: Origin,
    now: datetime,
    tell: bool = True,
) -> None:
    """From now on `person` comes in as `member`, who is told by mail. Raises BadRequest if it is linked."""
    identity = Identity(
        member_id=member.id,
        issuer=person.issuer,
        subject=person.subject,
        created_at=now,
        last_used_at=now,
    )
    try:
        with session.begin_nested():
            session.add(identity)
    except IntegrityError:
        raise BadRequest(_("That account is linked already.")) from None
    record(
        session,
        Origin(by.member_id or member.id, by.address, by.via),
        "identity.add",
        f"member {member.id}",
        now,
        after={"issuer": person.issuer},
    )
    if tell:
        _tell(session, member, "identity_added", provider, now)


def unlink(
    session: Session, member_id: int, identity_id: int, *, provider: str, by: Origin, now: datetime
) -> None:
    """That account signs in nobody any more; its member is told by mail. Raises NotFound if not theirs."""
    mine = Identity.id == identity_id, Identity.member_id == member_id
    issuer = session.scalar(select(Identity.issuer).where(*mine))
    gone = session.execute(delete(Identity).where(*mine))
    if gone.rowcount != 1:  # type: ignore[attr-defined]
        raise NotFound(_("You have no such linked account."))
    record(session, by, "identity.remove", f"member {member_id}", now, before={"issuer": issuer})
    _tell(session, session.get_one(Member, member_id), "identity_removed", provider, now)


def find_identity(session: Session, person: Person) -> Identity | None:
    """The link of this very account at the provider, whatever its mail address is now."""
    return session.scalar(
        select(Identity).where(Identity.issuer == person.issuer, Identity.subject == person.subject)
    )


def _newcomer(session: Session, email: str, name: str, by: Origin, now: datetime) -> Member:
    invited = arrival.accept_by_mail(session, email, name, now, by)
    if invited:
        return invited
    domain = domains.may_register(session, email)
    if domain is None:
        raise NotAllowed(
            _(
                "Nobody here has the address %(email)s. Ask whoever runs the campus for an invitation.",
                email=masked(email),
            )
        )
    return arrival.join(session, email=email, name=name, domain=domain, now=now, by=by)


def _tell(session: Session, member: Member, letter: str, provider: str, now: datetime) -> None:
    letters.write_to(
        session,
        member,
        letter,
        now,
        provider=provider,
        at=now,
    )
