"""The tables of bookings."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import JSON, CheckConstraint, ColumnElement, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from campus.database import Base, BigId, Moment
from campus.people.models import Member
from campus.spaces.models import Resource

HOLDING = ("confirmed", "pending", "offered")
"""States of an occurrence that hold their time against others. The database knows them too."""
VISIBILITIES = ("private", "company", "everybody")
"""Who reads a booking's title besides its member and facilities staff."""


def people(attendees: int | None, guests: Sequence[str]) -> int | None:
    """How many come: the number given, but no fewer than the member and the guests. None: nobody said."""
    return max(attendees or 0, len(guests) + 1) if guests else attendees


class Booking(Base):
    """What a member asked for: one resource, one or more occurrences."""

    __tablename__ = "booking"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    resource_id: Mapped[int] = mapped_column(ForeignKey("resource.id"), index=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), index=True)
    made_by_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    title: Mapped[str] = mapped_column(String(200))
    attendees: Mapped[int | None]
    guests: Mapped[list[str]] = mapped_column(JSON, default=list)
    """Mail addresses of who is asked along."""
    guests_told: Mapped[bool] = mapped_column(default=False)
    """They have been asked: some of it was confirmed once."""
    visibility: Mapped[str] = mapped_column(String(16), default="private")
    repeat: Mapped[str | None] = mapped_column(String(500))
    """The RRULE of a series, in campus time."""
    uid: Mapped[str] = mapped_column(String(64), index=True, unique=True, default=lambda: str(uuid4()))
    """What calendars know it by."""
    version: Mapped[int] = mapped_column(default=0)
    """Grows with every change: whoever saves an older one is told."""
    source: Mapped[str] = mapped_column(String(16), default="page")
    """page, api or door."""
    created_at: Mapped[datetime] = mapped_column(Moment)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    decided_at: Mapped[datetime | None] = mapped_column(Moment)
    decision: Mapped[str | None] = mapped_column(String(500))
    """Why it was refused, or what was said when it was approved."""

    resource: Mapped[Resource] = relationship(lazy="joined")
    member: Mapped[Member] = relationship(lazy="joined", foreign_keys=[member_id])
    occurrences: Mapped[list[Occurrence]] = relationship(
        back_populates="booking", order_by="Occurrence.start", lazy="selectin"
    )

    @property
    def company_id(self) -> int | None:
        """Of its member."""
        return self.member.company_id

    @property
    def people(self) -> int | None:
        """How many come, as far as was said: the number given, or the member and their guests."""
        return people(self.attendees, self.guests)


class Occurrence(Base):
    """One half-open span of a booking. The blocked span includes the resource's buffers.

    While its status is one of HOLDING it has claims on its resource and on what this blocks, made by
    the database itself, which refuses two claims that overlap (see Claim).
    """

    __tablename__ = "occurrence"
    __table_args__ = (
        CheckConstraint(
            "start_at < end_at AND blocked_start <= start_at AND end_at <= blocked_end", name="span"
        ),
        Index("ix_occurrence_resource_blocked", "resource_id", "blocked_start"),
        Index("ix_occurrence_status", "status", "start_at"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    booking_id: Mapped[int] = mapped_column(ForeignKey("booking.id", ondelete="CASCADE"), index=True)
    resource_id: Mapped[int] = mapped_column(ForeignKey("resource.id"))
    start: Mapped[datetime] = mapped_column("start_at", Moment)
    end: Mapped[datetime] = mapped_column("end_at", Moment)
    blocked_start: Mapped[datetime] = mapped_column(Moment)
    blocked_end: Mapped[datetime] = mapped_column(Moment)
    original_start: Mapped[datetime] = mapped_column(
        Moment, default=lambda context: context.get_current_parameters()["start_at"]
    )
    """Where its series put it: calendars know it by this, wherever it was moved."""
    status: Mapped[str] = mapped_column(String(16))
    """Holding: confirmed, pending (asks for approval), offered (to the first in line). Not holding:
    waitlisted, cancelled, rejected, no-show, lapsed (an offer that nobody took)."""
    title: Mapped[str | None] = mapped_column(String(200))
    """Its own, where it differs from the booking's."""
    moved: Mapped[bool] = mapped_column(default=False)
    """An exception of its series: changed by itself, it stays as it is when the series changes."""
    checked_in_at: Mapped[datetime | None] = mapped_column(Moment)
    finished_at: Mapped[datetime | None] = mapped_column(Moment)
    """Given back before its time: `end` is when."""
    reminded_at: Mapped[datetime | None] = mapped_column(Moment)
    offered_until: Mapped[datetime | None] = mapped_column(Moment)
    waiting_since: Mapped[datetime | None] = mapped_column(Moment)
    """When it joined the line for this time and this resource, whenever the booking was made."""

    booking: Mapped[Booking] = relationship(back_populates="occurrences")

    @classmethod
    def counts(cls) -> ColumnElement[bool]:
        """What quotas count: what holds its time, and what was used of what was cancelled under way."""
        return cls.status.in_(HOLDING) | ((cls.status == "cancelled") & cls.finished_at.is_not(None))


class Hold(Base):
    """A time that is kept for a member while they fill in the form, until `expires_at`."""

    __tablename__ = "hold"
    __table_args__ = (
        CheckConstraint(
            "start_at < end_at AND blocked_start <= start_at AND end_at <= blocked_end", name="span"
        ),
        Index("ix_hold_expires_at", "expires_at"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    resource_id: Mapped[int] = mapped_column(ForeignKey("resource.id"))
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"), index=True)
    start: Mapped[datetime] = mapped_column("start_at", Moment)
    end: Mapped[datetime] = mapped_column("end_at", Moment)
    blocked_start: Mapped[datetime] = mapped_column(Moment)
    blocked_end: Mapped[datetime] = mapped_column(Moment)
    expires_at: Mapped[datetime] = mapped_column(Moment)


class HoldSpell(Base):
    """How long a member has held a time by now, renewed or moved a little: since when, and until when they
    last did. Nobody holds one for ever (see holds)."""

    __tablename__ = "hold_spell"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    resource_id: Mapped[int] = mapped_column(ForeignKey("resource.id"))
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"), index=True)
    start: Mapped[datetime] = mapped_column("start_at", Moment)
    end: Mapped[datetime] = mapped_column("end_at", Moment)
    since: Mapped[datetime] = mapped_column(Moment)
    held_until: Mapped[datetime] = mapped_column(Moment)


class Claim(Base):
    """What is taken on a resource, by an occurrence or by a hold, of it or of one that blocks it.

    Triggers make and remove claims; nobody else writes here. No two claims of one resource overlap: the
    database refuses it, by a trigger on SQLite and an exclusion constraint on PostgreSQL (migration 0003).
    """

    __tablename__ = "claim"
    __table_args__ = (
        CheckConstraint("(occurrence_id IS NULL) <> (hold_id IS NULL)", name="one_reason"),
        Index("ix_claim_resource_blocked", "resource_id", "blocked_start"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    resource_id: Mapped[int] = mapped_column(ForeignKey("resource.id"))
    blocked_start: Mapped[datetime] = mapped_column(Moment)
    blocked_end: Mapped[datetime] = mapped_column(Moment)
    occurrence_id: Mapped[int | None] = mapped_column(
        ForeignKey("occurrence.id", ondelete="CASCADE"), index=True
    )
    hold_id: Mapped[int | None] = mapped_column(ForeignKey("hold.id", ondelete="CASCADE"), index=True)


class BookingChange(Base):
    """Something on a resource's timeline changed. Written by triggers; pages follow it by id."""

    __tablename__ = "booking_change"
    __table_args__ = {"sqlite_autoincrement": True}

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    resource_id: Mapped[int] = mapped_column(BigId)


class WallNote(Base):
    """What stood on the glass wall, kept with the booking before it is wiped."""

    __tablename__ = "wall_note"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    occurrence_id: Mapped[int] = mapped_column(ForeignKey("occurrence.id", ondelete="CASCADE"), index=True)
    text: Mapped[str] = mapped_column(Text)
    upload_id: Mapped[int | None] = mapped_column(ForeignKey("upload.id"))
    by_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    created_at: Mapped[datetime] = mapped_column(Moment)


class Notice(Base):
    """What people are still to be told of a booking (see notices). Gone once its letters are written."""

    __tablename__ = "notice"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    booking_id: Mapped[int] = mapped_column(ForeignKey("booking.id", ondelete="CASCADE"), index=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    by_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    about: Mapped[dict[str, Any]] = mapped_column(JSON)
    """The booking as it was then, and what the notice is about."""
    created_at: Mapped[datetime] = mapped_column(Moment)
    tries: Mapped[int] = mapped_column(default=0)


class Feed(Base):
    """A calendar that a program may read without signing in: one's own, or a resource's."""

    __tablename__ = "feed"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"), index=True)
    resource_id: Mapped[int | None] = mapped_column(ForeignKey("resource.id"))
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(Moment)
    last_used_at: Mapped[datetime | None] = mapped_column(Moment)


class Door(Base):
    """A tablet beside a door. It knows the secret, and books in the name of who hung it there."""

    __tablename__ = "door"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    resource_id: Mapped[int] = mapped_column(ForeignKey("resource.id"))
    name: Mapped[str] = mapped_column(String(120))
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    made_by_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    created_at: Mapped[datetime] = mapped_column(Moment)
    last_seen_at: Mapped[datetime | None] = mapped_column(Moment)
