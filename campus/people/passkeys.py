"""Passkeys (WebAuthn credentials): what a member keeps instead of a password."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from campus.people.keychain import Passkey


def list_passkeys(session: Session, member_id: int) -> Sequence[Passkey]:
    """The passkeys of a member, the first made first."""
    return session.scalars(
        select(Passkey).where(Passkey.member_id == member_id).order_by(Passkey.created_at, Passkey.id)
    ).all()
