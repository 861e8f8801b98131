"""Who did what to what, from where: rows that nobody changes afterwards (the database refuses it)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, Session, mapped_column

from campus.database import Base, BigId, Moment

Via = Literal["browser", "token", "command", "system", "door"]


@dataclass(frozen=True, slots=True)
class Origin:
    """Who does something, and from where. No member: nobody signed in, or the campus itself."""

    member_id: int | None = None
    address: str = ""
    via: Via = "system"


class AuditEntry(Base):
    """One deed. People are named by id alone, so that who asked to be forgotten is."""

    __tablename__ = "audit_entry"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    at: Mapped[datetime] = mapped_column(Moment, index=True)
    member_id: Mapped[int | None] = mapped_column(BigId, index=True)
    action: Mapped[str] = mapped_column(String(64), index=True)
    target: Mapped[str] = mapped_column(String(160), index=True)
    """What it was done to: `member 12`, `company nopal`, `device lamp`."""
    before: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    after: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    address: Mapped[str] = mapped_column(String(64))
    via: Mapped[str] = mapped_column(String(16))


def record(
    session: Session,
    by: Origin,
    action: str,
    target: str,
    now: datetime,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Note a deed in the transaction that does it. Of `before` and `after` only what differs is kept.

    Put no secret into them, and no mail address or name in full: see `masked`.
    """
    old, new = dict(before or {}), dict(after or {})
    changed = [
        name for name in {**old, **new} if name not in old or name not in new or old[name] != new[name]
    ]
    session.add(
        AuditEntry(
            at=now,
            member_id=by.member_id,
            action=action,
            target=target[:160],
            before={name: old[name] for name in changed if name in old},
            after={name: new[name] for name in changed if name in new},
            address=by.address[:64],
            via=by.via,
        )
    )


def masked(email: str) -> str:
    """A mail address that tells people who know it which one it was: a…@hub.example."""
    local, _at, domain = email.rpartition("@")
    return f"{local[:1]}…@{domain}"
