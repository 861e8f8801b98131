"""The tables of what proves who somebody is. No secret is in them that could be used as it stands."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from campus.database import Base, BigId, Moment
from campus.people.models import Member


def _member_id() -> Mapped[int]:
    return mapped_column(ForeignKey("member.id", ondelete="CASCADE"), index=True)


class ApiToken(Base):
    """A bearer token: only its SHA-256 digest is kept, the token itself is shown once."""

    __tablename__ = "api_token"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    member_id: Mapped[int] = _member_id()
    name: Mapped[str] = mapped_column(String(120))
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    scopes: Mapped[str] = mapped_column(String(64))
    """Names of scopes (see permissions), separated by spaces."""
    created_at: Mapped[datetime] = mapped_column(Moment)
    expires_at: Mapped[datetime | None] = mapped_column(Moment)
    last_used_at: Mapped[datetime | None] = mapped_column(Moment)

    member: Mapped[Member] = relationship(lazy="joined")


class BrowserSession(Base):
    """A browser in which somebody signed in, until its row is gone. Here is the digest of its cookie."""

    __tablename__ = "browser_session"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    member_id: Mapped[int] = _member_id()
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    method: Mapped[str] = mapped_column(String(16))
    """How they signed in: password, code (with a second step), recovery, passkey, oidc."""
    address: Mapped[str] = mapped_column(String(64))
    agent: Mapped[str] = mapped_column(String(255))
    created_at: Mapped[datetime] = mapped_column(Moment)
    proved_at: Mapped[datetime] = mapped_column(Moment)
    """When they last showed that it is them: what is weighty asks for a recent proof."""
    last_used_at: Mapped[datetime] = mapped_column(Moment, index=True)

    member: Mapped[Member] = relationship(lazy="joined")


class Ticket(Base):
    """Something that may be done once and soon: a reset link, a second step, a passkey's challenge."""

    __tablename__ = "ticket"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    purpose: Mapped[str] = mapped_column(String(32))
    member_id: Mapped[int | None] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"), index=True)
    data: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    expires_at: Mapped[datetime] = mapped_column(Moment, index=True)


class Totp(Base):
    """A member's seed of time-based codes (RFC 6238), sealed with the campus's secret key."""

    __tablename__ = "totp"

    member_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"), primary_key=True)
    seed: Mapped[str] = mapped_column(String(255))
    last_step: Mapped[int] = mapped_column(default=0)
    """The 30-second step of the last code that was taken: none before it, nor itself, is taken again."""
    created_at: Mapped[datetime] = mapped_column(Moment)


class RecoveryCode(Base):
    """One of the codes for the day when the phone is gone. Its row goes when it is used."""

    __tablename__ = "recovery_code"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    member_id: Mapped[int] = _member_id()
    digest: Mapped[str] = mapped_column(String(64))


class Passkey(Base):
    """A WebAuthn credential: its public half."""

    __tablename__ = "passkey"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    member_id: Mapped[int] = _member_id()
    credential_id: Mapped[bytes] = mapped_column(LargeBinary(1023), unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int] = mapped_column(BigInteger)
    transports: Mapped[list[str]] = mapped_column(JSON, default=list)
    name: Mapped[str] = mapped_column(String(120))
    created_at: Mapped[datetime] = mapped_column(Moment)
    last_used_at: Mapped[datetime | None] = mapped_column(Moment)

    member: Mapped[Member] = relationship(lazy="joined")


class Identity(Base):
    """A member as an OpenID provider knows them."""

    __tablename__ = "identity"
    __table_args__ = (UniqueConstraint("issuer", "subject"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    member_id: Mapped[int] = _member_id()
    issuer: Mapped[str] = mapped_column(String(255))
    subject: Mapped[str] = mapped_column(String(255))
    created_at: Mapped[datetime] = mapped_column(Moment)
    last_used_at: Mapped[datetime | None] = mapped_column(Moment)

    member: Mapped[Member] = relationship(lazy="joined")


class Failures(Base):
    """How often somebody was refused lately: at one account, from one address, on one known browser."""

    __tablename__ = "failures"

    key: Mapped[str] = mapped_column(String(80), primary_key=True)
    count: Mapped[int]
    last_at: Mapped[datetime] = mapped_column(Moment, index=True)
    told_at: Mapped[datetime | None] = mapped_column(Moment)
    """When the owner of the account was last told by mail."""
