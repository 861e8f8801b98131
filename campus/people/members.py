"""Use cases of members."""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from campus.errors import BadRequest, NotFound
from campus.naming import campus_name
from campus.people.addresses import read_address, read_name
from campus.people.door.passwords import new_hash, own_words
from campus.people.models import ROLES, Member


def add_member(
    session: Session, *, email: str, name: str, role: str, password: str | None, now: datetime
) -> Member:
    """A new member. Raises BadRequest for a bad address, role, name or password, or one that exists."""
    email, name = read_address(email), read_name(name)
    if role not in ROLES:
        raise BadRequest(f"{role!r} is not a role; there are {', '.join(ROLES)}.")
    own = own_words(campus_name(session), name=name, email=email)
    member = Member(
        email=email,
        name=name,
        role=role,
        password_hash=new_hash(password, own) if password is not None else None,
        active=True,
        created_at=now,
    )
    try:
        with session.begin_nested():
            session.add(member)
    except IntegrityError:
        raise BadRequest(_("There is a member with the address %(email)s already.", email=email)) from None
    return member


def with_address(session: Session, email: str) -> Member | None:
    """The member with this address, active or not; None if there is none, or if it is no address."""
    try:
        return session.scalar(select(Member).where(Member.email == read_address(email)))
    except BadRequest:
        return None


def find_member(session: Session, email: str) -> Member:
    """The active member with this address. Raises NotFound, BadRequest if it is none."""
    member = session.scalar(select(Member).where(Member.email == read_address(email), Member.active))
    if member is None:
        raise NotFound(_("There is no member with the address %(email)s.", email=email))
    return member
