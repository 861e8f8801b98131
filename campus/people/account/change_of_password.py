"""A new password: everywhere else its member is signed out, and links mailed before are good no more."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from campus import letters
from campus.audit import Origin, record
from campus.people import sessions, tickets
from campus.people.models import Member

OLD_TICKETS = ("reset", "address", "second-step")
"""Purposes of tickets that whoever knew the old password may have got by it."""


def set_password(
    session: Session,
    member: Member,
    password_hash: str,
    by: Origin,
    now: datetime,
    *,
    but: int | None = None,
) -> None:
    """Keep the new hash; end all sessions of the member but `but`, and tell them by mail."""
    session.execute(update(Member).where(Member.id == member.id).values(password_hash=password_hash))
    ended = sessions.end_all(session, member.id, now, but=but)
    for purpose in OLD_TICKETS:
        tickets.revoke(session, purpose, member.id)
    had = {"password": bool(member.password_hash)}
    record(
        session,
        by,
        "password.change" if member.password_hash else "password.add",
        f"member {member.id}",
        now,
        before=had,
        after={"password": True, "sessions_ended": ended},
    )
    letters.write_to(
        session,
        member,
        "password_changed",
        now,
        at=now,
    )
