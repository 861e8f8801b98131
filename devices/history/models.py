"""The hot tier: one row a value, clustered on (series, instant)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from campus.database import Base, Moment


class HotReading(Base):
    """A number. Of two values at one instant the later to arrive stands."""

    __tablename__ = "reading"
    __table_args__ = {"sqlite_with_rowid": False}

    series_id: Mapped[int] = mapped_column(ForeignKey("series.id", ondelete="CASCADE"), primary_key=True)
    at: Mapped[datetime] = mapped_column(Moment, primary_key=True)
    value: Mapped[float]


class HotState(Base):
    """A word, in the same way."""

    __tablename__ = "state"
    __table_args__ = {"sqlite_with_rowid": False}

    series_id: Mapped[int] = mapped_column(ForeignKey("series.id", ondelete="CASCADE"), primary_key=True)
    at: Mapped[datetime] = mapped_column(Moment, primary_key=True)
    value: Mapped[str] = mapped_column(Text)


class LastKnown(Base):
    """What a retained message without a time of its own said: known, but not since when."""

    __tablename__ = "last_known"

    series_id: Mapped[int] = mapped_column(ForeignKey("series.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[float | None]
    word: Mapped[str | None] = mapped_column(Text)
    heard_at: Mapped[datetime] = mapped_column(Moment)
