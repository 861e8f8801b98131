"""API tokens: made, found by what a request brings, listed, revoked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import bindparam, delete, or_, select, update
from sqlalchemy.orm import Session

from campus.errors import BadRequest
from campus.people.keychain import ApiToken
from campus.people.models import Member
from campus.people.permissions import SCOPES
from campus.people.secrets import digest, new_secret
from campus.people.sessions import SEEN_EVERY, note_end

PREFIX = "campus_"
"""Tells people and scanners of leaks what it is; the secret follows it."""
_GOOD = (
    select(ApiToken)
    .join(Member, ApiToken.member_id == Member.id)
    .where(
        ApiToken.digest == bindparam("digest"),
        Member.active,
        or_(ApiToken.expires_at.is_(None), ApiToken.expires_at > bindparam("now")),
    )
)
"""Put together once: every call of a program asks it."""


def add_token(
    session: Session,
    member: Member,
    *,
    name: str,
    now: datetime,
    scopes: Iterable[str] = SCOPES,
    expires_at: datetime | None = None,
) -> str:
    """A new bearer token of `member`. It is returned once and cannot be read again.

    Raises BadRequest for no name, no scope or one that there is not, or an end that has passed.
    """
    chosen = [scope for scope in SCOPES if scope in set(scopes)]
    if not name.strip() or len(name) > 120 or not name.isprintable():
        raise BadRequest(_("A token needs a name of 1 to 120 letters: what it is for."))
    if not chosen or set(scopes) - set(SCOPES):
        raise BadRequest(_("Choose what the token may do: %(scopes)s.", scopes=", ".join(SCOPES)))
    if expires_at is not None and expires_at <= now:
        raise BadRequest(_("A token ends in the future."))
    token = new_secret(PREFIX)
    session.add(
        ApiToken(
            member_id=member.id,
            name=name.strip(),
            digest=digest(token),
            scopes=" ".join(chosen),
            created_at=now,
            expires_at=expires_at,
        )
    )
    return token


def find_token(session: Session, token: str, now: datetime) -> ApiToken | None:
    """What a request brought, with its member, if it is good."""
    return session.scalar(_GOOD, {"digest": digest(token), "now": now})


def list_tokens(session: Session, member_id: int) -> Sequence[ApiToken]:
    """A member's tokens, the newest first."""
    query = select(ApiToken).where(ApiToken.member_id == member_id).order_by(ApiToken.id.desc())
    return session.scalars(query).all()


def is_news(token: ApiToken, now: datetime) -> bool:
    """True if its use should be noted (see SEEN_EVERY)."""
    return token.last_used_at is None or now - token.last_used_at >= SEEN_EVERY


def used(session: Session, token_id: int, now: datetime) -> None:
    """Note that a token is in use."""
    session.execute(update(ApiToken).where(ApiToken.id == token_id).values(last_used_at=now))


def revoke_token(session: Session, member_id: int, token_id: int, now: datetime) -> bool:
    """Remove a token of a member; False if there is none such of theirs."""
    gone = session.execute(delete(ApiToken).where(ApiToken.id == token_id, ApiToken.member_id == member_id))
    note_end(session, now)
    return gone.rowcount == 1  # type: ignore[attr-defined, no-any-return]
