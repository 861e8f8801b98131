"""The tables of people: members, their companies, and who is asked in."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from campus.database import Base, BigId, Moment

ROLES = ("member", "staff", "analyst", "admin")
STAFF = ("staff", "admin")
"""Roles that look after the campus: devices, resources, other members' bookings."""


class Company(Base):
    """A tenant of the hub. Its own administrators ask its people in and let them go."""

    __tablename__ = "company"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    slug: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    created_at: Mapped[datetime] = mapped_column(Moment)


class Member(Base):
    """Somebody who may sign in. The mail address is kept in lower case.

    One who was deactivated stays, for the sums and the history; one who asked to be deleted stays
    without a name (`erased_at`).
    """

    __tablename__ = "member"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    role: Mapped[str] = mapped_column(String(16), default="member")
    company_id: Mapped[int | None] = mapped_column(ForeignKey("company.id"), index=True)
    runs_company: Mapped[bool] = mapped_column(default=False)
    """Administrator of their company, and of nothing else by it."""
    password_hash: Mapped[str | None] = mapped_column(String(255))
    handle: Mapped[bytes | None] = mapped_column(LargeBinary(32), index=True, unique=True)
    """What a passkey knows its member by (WebAuthn's user handle): random, and nobody's name."""
    locale: Mapped[str | None] = mapped_column(String(8))
    clock: Mapped[str | None] = mapped_column(String(2))
    """How times are written: 24 or 12; None as the language does."""
    mails_bookings: Mapped[bool] = mapped_column(default=True)
    """Told by mail when somebody else changes their bookings."""
    mails_confirmations: Mapped[bool] = mapped_column(default=True)
    """Told by mail, with the calendar's entry, what they booked, changed and cancelled themselves."""
    mails_reminders: Mapped[bool] = mapped_column(default=True)
    """Reminded by mail before a booking begins."""
    mails_sign_ins: Mapped[bool] = mapped_column(default=True)
    """Told by mail when a browser that was not seen before signs in."""
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(Moment)
    erased_at: Mapped[datetime | None] = mapped_column(Moment)

    company: Mapped[Company | None] = relationship(lazy="joined")

    # what Flask-Login asks of a user
    is_authenticated = True
    is_anonymous = False

    @property
    def is_active(self) -> bool:
        return self.active

    @property
    def is_staff(self) -> bool:
        return self.role in STAFF

    def get_id(self) -> str:
        return str(self.id)


class Invitation(Base):
    """An address that was asked in. Only the digest of the link's secret is kept."""

    __tablename__ = "invitation"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    email: Mapped[str] = mapped_column(String(254), index=True)
    role: Mapped[str] = mapped_column(String(16))
    company_id: Mapped[int | None] = mapped_column(ForeignKey("company.id"), index=True)
    runs_company: Mapped[bool] = mapped_column(default=False)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    invited_by_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    """None: they asked themselves, from a mail domain that may."""
    created_at: Mapped[datetime] = mapped_column(Moment)
    expires_at: Mapped[datetime] = mapped_column(Moment)
    accepted_at: Mapped[datetime | None] = mapped_column(Moment)
    withdrawn_at: Mapped[datetime | None] = mapped_column(Moment)

    company: Mapped[Company | None] = relationship(lazy="joined")


class MailDomain(Base):
    """Whoever reads mail at this domain may join by themselves, as a member of this company if one is set."""

    __tablename__ = "mail_domain"

    domain: Mapped[str] = mapped_column(String(253), primary_key=True)
    company_id: Mapped[int | None] = mapped_column(ForeignKey("company.id"))

    company: Mapped[Company | None] = relationship(lazy="joined")
