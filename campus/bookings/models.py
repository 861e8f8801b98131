"""The tables of bookings."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from campus.database import Base, BigId, Moment
from campus.people.models import Member
from campus.spaces.models import Resource

HOLDING = ("confirmed", "pending")
"""States of an occurrence that hold their time against others. The database knows them too."""


class Booking(Base):
    """What a member asked for: one resource, one or more occurrences."""

    __tablename__ = "booking"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    resource_id: Mapped[int] = mapped_column(ForeignKey("resource.id"), index=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), index=True)
    made_by_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    title: Mapped[str] = mapped_column(String(200))
    attendees: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(Moment)

    resource: Mapped[Resource] = relationship(lazy="joined")
    member: Mapped[Member] = relationship(lazy="joined", foreign_keys=[member_id])
    occurrences: Mapped[list[Occurrence]] = relationship(
        back_populates="booking", order_by="Occurrence.start", lazy="selectin"
    )


class Occurrence(Base):
    """One half-open span of a booking. The blocked span includes the resource's buffers.

    No two that hold their time may overlap on one resource: the database refuses it, by a trigger
    on SQLite and an exclusion constraint on PostgreSQL (see migrations).
    """

    __tablename__ = "occurrence"
    __table_args__ = (
        CheckConstraint(
            "start_at < end_at AND blocked_start <= start_at AND end_at <= blocked_end", name="span"
        ),
        Index("ix_occurrence_resource_blocked", "resource_id", "blocked_start"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    booking_id: Mapped[int] = mapped_column(ForeignKey("booking.id", ondelete="CASCADE"), index=True)
    resource_id: Mapped[int] = mapped_column(ForeignKey("resource.id"))
    start: Mapped[datetime] = mapped_column("start_at", Moment)
    end: Mapped[datetime] = mapped_column("end_at", Moment)
    blocked_start: Mapped[datetime] = mapped_column(Moment)
    blocked_end: Mapped[datetime] = mapped_column(Moment)
    status: Mapped[str] = mapped_column(String(16))

    booking: Mapped[Booking] = relationship(back_populates="occurrences")
