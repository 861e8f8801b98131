"""The tables of the way in."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from campus.database import Base, BigId, Moment


class QuarantinedMessage(Base):
    """A message that no device or no decoder would have, with the reason; retried after a fix."""

    __tablename__ = "quarantine"
    __table_args__ = (Index("ix_quarantine_topic", "topic", "id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    topic: Mapped[str] = mapped_column(Text)
    payload: Mapped[bytes] = mapped_column(LargeBinary)
    size: Mapped[int]
    """Bytes of the message as it came; more than `payload` holds if it was too large to keep whole."""
    retained: Mapped[bool]
    reason: Mapped[str] = mapped_column(String(32))
    detail: Mapped[str] = mapped_column(String(300))
    device_id: Mapped[int | None] = mapped_column(ForeignKey("device.id", ondelete="SET NULL"))
    received_at: Mapped[datetime] = mapped_column(Moment)
    count: Mapped[int] = mapped_column(default=1)
    """How many messages this row stands for: a topic that nobody owns keeps its newest only."""


class LiveBatch(Base):
    """What one transaction of the ingest brought, for the event streams; kept for minutes."""

    __tablename__ = "live_batch"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    at: Mapped[datetime] = mapped_column(Moment)
    body: Mapped[bytes] = mapped_column(LargeBinary)
    """JSON: [[series_id, at in microseconds, value], …]"""

    __table_args__ = {"sqlite_autoincrement": True}


class DeliveredBatch(Base):
    """Which messages one transaction of the ingest held, until the broker surely knows it.

    A broker that missed the acknowledgement sends a message again; these marks tell it from a new one.
    """

    __tablename__ = "delivered_batch"
    __table_args__ = {"sqlite_autoincrement": True}

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    client_id: Mapped[str] = mapped_column(String(64))
    marks: Mapped[bytes] = mapped_column(LargeBinary)
