"""Sessions of browsers, kept on the server: seen, listed and ended here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, bindparam, delete, or_, select, update
from sqlalchemy.orm import Session

from campus.moments import rfc3339
from campus.notes import read_note, write_note
from campus.people.keychain import BrowserSession
from campus.people.models import Member
from campus.people.secrets import digest, new_secret
from campus.settings import Limits

SEEN_EVERY = timedelta(minutes=1)
"""How exactly `last_used_at` is kept: a write for every request would be in everybody's way."""
ENDED_NOTE = "access-ended"
_GOING_ON = (
    select(BrowserSession)
    .join(Member, BrowserSession.member_id == Member.id)
    .where(
        BrowserSession.digest == bindparam("digest"),
        Member.active,
        BrowserSession.last_used_at > bindparam("idle_since"),
        BrowserSession.created_at > bindparam("oldest"),
    )
)
"""Put together once: every call of a browser asks it."""


def open_session(
    session: Session, member: Member, *, method: str, address: str, agent: str, now: datetime
) -> str:
    """A new session of `member`: the secret for its cookie."""
    secret = new_secret()
    session.add(
        BrowserSession(
            member_id=member.id,
            digest=digest(secret),
            method=method,
            address=address[:64],
            agent=agent[:255],
            created_at=now,
            proved_at=now,
            last_used_at=now,
        )
    )
    return secret


def find_session(session: Session, secret: str, limits: Limits, now: datetime) -> BrowserSession | None:
    """The session of this secret if it goes on, with its member; None once it has ended."""
    asked = {"digest": digest(secret), "idle_since": now - limits.idle, "oldest": now - limits.absolute}
    return session.scalar(_GOING_ON, asked)


def list_sessions(
    session: Session, member_id: int, limits: Limits, now: datetime
) -> Sequence[BrowserSession]:
    """The sessions of a member that go on, the last used first."""
    return session.scalars(
        select(BrowserSession)
        .where(BrowserSession.member_id == member_id, *_going_on(limits, now))
        .order_by(BrowserSession.last_used_at.desc(), BrowserSession.id)
    ).all()


def seen(session: Session, session_id: int, now: datetime) -> None:
    """Note that a session is in use."""
    session.execute(update(BrowserSession).where(BrowserSession.id == session_id).values(last_used_at=now))


def proved(session: Session, session_id: int, now: datetime) -> None:
    """Note that whoever sits there has shown again who they are."""
    session.execute(update(BrowserSession).where(BrowserSession.id == session_id).values(proved_at=now))


def renew(session: Session, session_id: int) -> str:
    """The session goes on by this new secret alone: a copy of its cookie is good for nothing."""
    secret = new_secret()
    session.execute(
        update(BrowserSession).where(BrowserSession.id == session_id).values(digest=digest(secret))
    )
    return secret


def end_session(session: Session, member_id: int, session_id: int, now: datetime) -> bool:
    """End one session of a member; False if there is none such of theirs."""
    ended = session.execute(
        delete(BrowserSession).where(BrowserSession.id == session_id, BrowserSession.member_id == member_id)
    )
    note_end(session, now)
    return ended.rowcount == 1  # type: ignore[attr-defined, no-any-return]


def end_replaced(session: Session, secret: str, now: datetime) -> None:
    """End the session of this secret, if it goes on still: another one takes its place in the browser."""
    ended = session.execute(delete(BrowserSession).where(BrowserSession.digest == digest(secret)))
    if ended.rowcount:  # type: ignore[attr-defined]
        note_end(session, now)


def end_all(session: Session, member_id: int, now: datetime, *, but: int | None = None) -> int:
    """End all sessions of a member, but for one; how many that were."""
    query = delete(BrowserSession).where(BrowserSession.member_id == member_id)
    if but is not None:
        query = query.where(BrowserSession.id != but)
    ended = session.execute(query)
    note_end(session, now)
    return int(ended.rowcount)  # type: ignore[attr-defined]


def note_end(session: Session, now: datetime) -> None:
    """Tell whoever holds a stream open that somebody's access ended: each looks whether it was theirs."""
    write_note(session, ENDED_NOTE, rfc3339(now))


def last_end(session: Session) -> str | None:
    """Changes whenever somebody's access ends before its time."""
    return read_note(session, ENDED_NOTE)


def prune(session: Session, limits: Limits, now: datetime) -> None:
    """Remove sessions that have ended by themselves."""
    session.execute(
        delete(BrowserSession).where(
            or_(
                BrowserSession.last_used_at <= now - limits.idle,
                BrowserSession.created_at <= now - limits.absolute,
            )
        )
    )


def _going_on(limits: Limits, now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        BrowserSession.last_used_at > now - limits.idle,
        BrowserSession.created_at > now - limits.absolute,
    )
