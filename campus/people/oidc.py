"""Members as an OpenID provider knows them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from campus.people.keychain import Identity


def list_identities(session: Session, member_id: int) -> Sequence[Identity]:
    """The providers' accounts that a member may sign in with, the first linked first."""
    return session.scalars(
        select(Identity).where(Identity.member_id == member_id).order_by(Identity.created_at, Identity.id)
    ).all()
