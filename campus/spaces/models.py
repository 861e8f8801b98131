"""The table of resources."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, String
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
    created_at: Mapped[datetime] = mapped_column(Moment)
