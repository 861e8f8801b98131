"""Devices and their series: what is known, where it hangs, how often it should speak."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from campus.database import Base, BigId, Moment

KINDS = ("charger", "garden", "meter", "solar", "battery", "printer", "room", "other")
METER_ROLES = ("grid", "solar", "battery", "load")


class Device(Base):
    """A thing that speaks: its dialect (`format`) and root topic tell which messages are its own."""

    __tablename__ = "device"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    slug: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    kind: Mapped[str] = mapped_column(String(16))
    format: Mapped[str] = mapped_column(String(32))
    topic: Mapped[str] = mapped_column(String(512))
    space_id: Mapped[int | None] = mapped_column(ForeignKey("resource.id", ondelete="SET NULL"))
    place: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """On the floor plan: floor, x, y."""
    expected_interval_s: Mapped[float | None]
    rated_power_w: Mapped[float | None]
    role: Mapped[str | None] = mapped_column(String(16))
    options: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    created_at: Mapped[datetime] = mapped_column(Moment)
    retired_at: Mapped[datetime | None] = mapped_column(Moment)
    """Since when it listens to nothing any more: its topic is free, its history stays."""


class Presence(Base):
    """When a device was last heard, apart from the device itself because it changes all the time."""

    __tablename__ = "presence"

    device_id: Mapped[int] = mapped_column(ForeignKey("device.id", ondelete="CASCADE"), primary_key=True)
    last_seen: Mapped[datetime] = mapped_column(Moment)
    clock_ahead_s: Mapped[float | None]
    """Set while the device's own clock runs more than five minutes ahead."""


class Series(Base):
    """One metric of one device on one channel ('' where there is only one)."""

    __tablename__ = "series"
    __table_args__ = (UniqueConstraint("device_id", "metric", "channel", "is_text", name="uq_series_name"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    device_id: Mapped[int] = mapped_column(ForeignKey("device.id", ondelete="CASCADE"))
    metric: Mapped[str] = mapped_column(String(96))
    channel: Mapped[str] = mapped_column(String(64), default="")
    unit: Mapped[str] = mapped_column(String(16), default="")
    is_text: Mapped[bool] = mapped_column(default=False)
    """True where the values are words (states), False where they are numbers."""
