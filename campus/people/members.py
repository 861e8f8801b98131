"""Use cases of members."""

from __future__ import annotations

import re
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from campus.errors import BadRequest, NotFound
from campus.people.models import ROLES, Member
from campus.people.passwords import hash_password, is_right

_MAIL = re.compile(r"[^@\s\x00-\x1f]+@[^@\s\x00-\x1f]+\.[^@\s\x00-\x1f]+")


def add_member(
    session: Session, *, email: str, name: str, role: str, password: str | None, now: datetime
) -> Member:
    """A new member. Raises BadRequest for a bad address, role, name or password, or one that exists."""
    email = email.strip().lower()
    if not _MAIL.fullmatch(email) or len(email) > 254:
        raise BadRequest(f"{email!r} is not a mail address.")
    if role not in ROLES:
        raise BadRequest(f"{role!r} is not a role; there are {', '.join(ROLES)}.")
    if not name.strip() or len(name) > 120 or any(ord(letter) < 32 for letter in name):
        raise BadRequest("A name has 1 to 120 characters on one line.")
    member = Member(
        email=email,
        name=name.strip(),
        role=role,
        password_hash=hash_password(password) if password is not None else None,
        active=True,
        created_at=now,
    )
    session.add(member)
    try:
        session.flush()
    except IntegrityError:
        raise BadRequest(f"There is a member with the address {email} already.") from None
    return member


def find_member(session: Session, email: str) -> Member:
    """The active member with this address. Raises NotFound."""
    member = session.scalar(select(Member).where(Member.email == email.strip().lower(), Member.active))
    if member is None:
        raise NotFound(_("There is no member with the address %(email)s.", email=email))
    return member


def signs_in(session: Session, email: str, password: str) -> Member | None:
    """The member whose address and password these are, else None."""
    member = session.scalar(select(Member).where(Member.email == email.strip().lower(), Member.active))
    right = is_right(member.password_hash if member else None, password)
    return member if right else None
