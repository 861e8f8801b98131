"""The tables of the way in."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, Text
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


class HeardDevice(Base):
    """A device that was heard and is not registered: what waits in the inbox."""

    __tablename__ = "heard"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    topic: Mapped[str] = mapped_column(String(512), unique=True)
    """Its root, as its format defines it: what tells it from any other."""
    format: Mapped[str] = mapped_column(String(32))
    kind: Mapped[str] = mapped_column(String(16))
    name: Mapped[str] = mapped_column(String(120))
    sureness: Mapped[int]
    """As in devices/discovery/proposal.py."""
    options: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    metrics: Mapped[list[str]] = mapped_column(JSON, default=list)
    announcements: Mapped[list[str]] = mapped_column(JSON, default=list)
    """Topics on which it is announced; when all are withdrawn it is gone."""
    speaks: Mapped[list[str]] = mapped_column(JSON, default=list)
    """Topics on which it speaks, as far as they are known."""
    samples: Mapped[bytes] = mapped_column(LargeBinary, default=b"[]")
    """JSON, the newest last: see devices/intake/samples.py."""
    first_heard: Mapped[datetime] = mapped_column(Moment)
    last_heard: Mapped[datetime] = mapped_column(Moment)
    state: Mapped[str] = mapped_column(String(16), default="new")
    """new | ignored | accepted"""


class Watch(Base):
    """Somebody looks at a device's messages as they come, until then."""

    __tablename__ = "watch"

    device_id: Mapped[int] = mapped_column(ForeignKey("device.id", ondelete="CASCADE"), primary_key=True)
    until: Mapped[datetime] = mapped_column(Moment)


class RawMessage(Base):
    """One of the last messages of a device that is looked at; its beginning only."""

    __tablename__ = "raw_message"
    __table_args__ = (Index("ix_raw_message_device", "device_id", "at"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    device_id: Mapped[int] = mapped_column(ForeignKey("device.id", ondelete="CASCADE"))
    topic: Mapped[str] = mapped_column(Text)
    payload: Mapped[bytes] = mapped_column(LargeBinary)
    size: Mapped[int]
    retained: Mapped[bool]
    at: Mapped[datetime] = mapped_column(Moment)


class RelayedMessage(Base):
    """A message that one of several workers has heard, and that another one decodes: see relay.py."""

    __tablename__ = "relayed"
    __table_args__ = (Index("ix_relayed_at", "at", "id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    at: Mapped[datetime] = mapped_column(Moment)
    topic: Mapped[str] = mapped_column(Text)
    payload: Mapped[bytes] = mapped_column(LargeBinary)
    retained: Mapped[bool]


class Described(Base):
    """The newest message in which a device describes itself, so that a worker that starts later knows it."""

    __tablename__ = "described"

    device_id: Mapped[int] = mapped_column(ForeignKey("device.id", ondelete="CASCADE"), primary_key=True)
    suffix: Mapped[str] = mapped_column(String(600), primary_key=True)
    format: Mapped[str] = mapped_column(String(32))
    root: Mapped[str] = mapped_column(Text)
    """The device's format and topic then: of another root it would mean something else."""
    payload: Mapped[bytes] = mapped_column(LargeBinary)
    at: Mapped[datetime] = mapped_column(Moment)
