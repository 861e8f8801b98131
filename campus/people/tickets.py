"""Tickets: something that may be done once and soon, by whoever has the secret."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from campus.people.keychain import Ticket
from campus.people.secrets import digest, new_secret


def issue(
    session: Session,
    purpose: str,
    lifetime: timedelta,
    now: datetime,
    *,
    member_id: int | None = None,
    data: dict[str, Any] | None = None,
) -> str:
    """The secret of a new ticket. It is returned once and cannot be read again."""
    secret = new_secret()
    session.add(
        Ticket(
            digest=digest(secret),
            purpose=purpose,
            member_id=member_id,
            data=data or {},
            expires_at=now + lifetime,
        )
    )
    return secret


def peek(session: Session, purpose: str, secret: str, now: datetime) -> Ticket | None:
    """The ticket if it is still good, without using it."""
    return session.scalar(
        select(Ticket).where(
            Ticket.digest == digest(secret), Ticket.purpose == purpose, Ticket.expires_at > now
        )
    )


def redeem(session: Session, purpose: str, secret: str, now: datetime) -> Ticket | None:
    """The ticket, used up by this; None if it is used, too old, of another purpose or nobody's."""
    found = peek(session, purpose, secret, now)
    if found is None:
        return None
    session.expunge(found)
    used = session.execute(delete(Ticket).where(Ticket.digest == found.digest))
    return found if used.rowcount == 1 else None  # type: ignore[attr-defined]


def first_use(session: Session, purpose: str, nonce: str, lifetime: timedelta, now: datetime) -> bool:
    """True if a page's own `nonce` was not used before; it is from here on, for `lifetime`.

    So a form that is sent twice acts once, however close together the two come.
    """
    used = Ticket(digest=digest(f"{purpose} {nonce}"), purpose=purpose, data={}, expires_at=now + lifetime)
    try:
        with session.begin_nested():
            session.add(used)
    except IntegrityError:
        return False
    return True


def revoke(session: Session, purpose: str, member_id: int) -> None:
    """No ticket of this purpose is good for the member any more."""
    session.execute(delete(Ticket).where(Ticket.purpose == purpose, Ticket.member_id == member_id))


def prune(session: Session, now: datetime) -> None:
    """Remove what is too old to be used."""
    session.execute(delete(Ticket).where(Ticket.expires_at <= now))
