"""The tables of spaces: what can be booked, when it is closed, and who is trained for it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from campus.database import Base, BigId, Moment

KINDS = ("room", "printer", "charger", "amenity")


class Resource(Base):
    """Something that a member can book. `opening_hours` and `policy` have the shape of the API."""

    __tablename__ = "resource"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    slug: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    kind: Mapped[str] = mapped_column(String(16))
    capacity: Mapped[int | None]
    opening_hours: Mapped[dict[str, list[list[str]]] | None] = mapped_column(JSON)
    policy: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    equipment: Mapped[list[str]] = mapped_column(JSON, default=list)
    """Words in lower case: screen, whiteboard."""
    about: Mapped[str | None] = mapped_column(Text)
    place: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    """On the floor plan: floor, x, y, width, height."""
    created_at: Mapped[datetime] = mapped_column(Moment)


class ResourceLink(Base):
    """Whoever books `resource_id` takes `blocks_id` too: the workshop, and the printer in it."""

    __tablename__ = "resource_link"
    __table_args__ = (CheckConstraint("resource_id <> blocks_id", name="another"),)

    resource_id: Mapped[int] = mapped_column(ForeignKey("resource.id"), primary_key=True)
    blocks_id: Mapped[int] = mapped_column(ForeignKey("resource.id"), primary_key=True)


class Closure(Base):
    """A resource is closed, or the whole campus where `resource_id` is None."""

    __tablename__ = "closure"
    __table_args__ = (
        CheckConstraint("start_at < end_at", name="span"),
        Index("ix_closure_end_at", "end_at"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    resource_id: Mapped[int | None] = mapped_column(ForeignKey("resource.id"))
    start: Mapped[datetime] = mapped_column("start_at", Moment)
    end: Mapped[datetime] = mapped_column("end_at", Moment)
    reason: Mapped[str] = mapped_column(String(200))
    made_by_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    created_at: Mapped[datetime] = mapped_column(Moment)


class Training(Base):
    """What one has to have learnt before one books; for `valid_days`, or for ever."""

    __tablename__ = "training"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    slug: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    valid_days: Mapped[int | None]


class TrainingRecord(Base):
    """A member has it, until `expires_at` or for ever."""

    __tablename__ = "training_record"

    member_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"), primary_key=True)
    training_id: Mapped[int] = mapped_column(ForeignKey("training.id", ondelete="CASCADE"), primary_key=True)
    granted_at: Mapped[datetime] = mapped_column(Moment)
    expires_at: Mapped[datetime | None] = mapped_column(Moment)
    by_id: Mapped[int] = mapped_column(ForeignKey("member.id"))


class Upload(Base):
    """A picture in the data dir's `uploads/`, by the digest of what is in it."""

    __tablename__ = "upload"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    media_type: Mapped[str] = mapped_column(String(32))
    width: Mapped[int]
    height: Mapped[int]
    size: Mapped[int]
    """Bytes."""
    created_at: Mapped[datetime] = mapped_column(Moment)
    by_id: Mapped[int] = mapped_column(ForeignKey("member.id"))


class ResourcePhoto(Base):
    """A photo of a resource, in the order of `position`."""

    __tablename__ = "resource_photo"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    resource_id: Mapped[int] = mapped_column(ForeignKey("resource.id"), index=True)
    upload_id: Mapped[int] = mapped_column(ForeignKey("upload.id"))
    position: Mapped[int]
    caption: Mapped[str] = mapped_column(String(200), default="")
