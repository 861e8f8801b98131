"""The tables of the history: hot rows, one a value; blocks, one a series and UTC day; rollups, in pages."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from campus.database import Base, BigId, Moment


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


class Block(Base):
    """A sealed day of a series, as codec.py packed it. Hot rows of the same instant came later and stand."""

    __tablename__ = "block"

    series_id: Mapped[int] = mapped_column(ForeignKey("series.id", ondelete="CASCADE"), primary_key=True)
    day: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """Days since 1970-01-01 UTC."""
    version: Mapped[int]
    codec: Mapped[str] = mapped_column(String(16))
    count: Mapped[int]
    first_at: Mapped[int] = mapped_column(BigInteger)
    last_at: Mapped[int] = mapped_column(BigInteger)
    checksum: Mapped[int] = mapped_column(BigInteger)
    instants_id: Mapped[int] = mapped_column(ForeignKey("block_instants.id"))
    values: Mapped[bytes]


class BlockInstants(Base):
    """The instants of a block. Series that came in the same messages share them: most bytes are theirs."""

    __tablename__ = "block_instants"
    __table_args__ = (Index("ix_block_instants_device", "device_id", "day"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    device_id: Mapped[int] = mapped_column(ForeignKey("device.id", ondelete="CASCADE"))
    day: Mapped[int]
    timestamps: Mapped[bytes]


class Horizon(Base):
    """One row: what arrives for an instant before `at` is marked dirty in its own transaction."""

    __tablename__ = "history_horizon"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[int] = mapped_column(BigInteger)


class Dirty(Base):
    """Values of [first_at, last_at] came, or came anew, when the rollups had been made or were being made."""

    __tablename__ = "dirty"
    __table_args__ = (Index("ix_dirty_series", "series_id", "first_at"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    series_id: Mapped[int] = mapped_column(ForeignKey("series.id", ondelete="CASCADE"))
    first_at: Mapped[int] = mapped_column(BigInteger)
    last_at: Mapped[int] = mapped_column(BigInteger)


class Rolled(Base):
    """How far a series is rolled up, and with which habits: with others its rollups are of no use."""

    __tablename__ = "rolled"

    series_id: Mapped[int] = mapped_column(ForeignKey("series.id", ondelete="CASCADE"), primary_key=True)
    until: Mapped[int] = mapped_column(BigInteger)
    largest_gap: Mapped[int] = mapped_column(BigInteger)
    rated_power_w: Mapped[float | None]
    register: Mapped[str | None] = mapped_column(Text)
    """Where a counter stood at `until` (see registers.py)."""
    version: Mapped[int]
    """Counts the changes, so that of two rollers the quicker one wins."""
    kept_from: Mapped[int | None] = mapped_column(BigInteger)
    """A midnight of UTC: the values before it are given up, and what was rolled up of them stands."""


class Rollup(Base):
    """A page of buckets of 15 minutes or an hour, as pages.py packed it."""

    __tablename__ = "rollup"

    series_id: Mapped[int] = mapped_column(ForeignKey("series.id", ondelete="CASCADE"), primary_key=True)
    step_s: Mapped[int] = mapped_column(primary_key=True)
    page: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int]
    checksum: Mapped[int] = mapped_column(BigInteger)
    data: Mapped[bytes]


class Checkpoint(Base):
    """Where a counter stood before its readings from `at` on."""

    __tablename__ = "checkpoint"
    __table_args__ = {"sqlite_with_rowid": False}

    series_id: Mapped[int] = mapped_column(ForeignKey("series.id", ondelete="CASCADE"), primary_key=True)
    at: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    register: Mapped[str] = mapped_column(Text)


class Corrected(Base):
    """Something that a counter did and that was not taken at its word, noted when it was rolled up."""

    __tablename__ = "correction"
    __table_args__ = (Index("ix_correction_series", "series_id", "told_at"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    series_id: Mapped[int] = mapped_column(ForeignKey("series.id", ondelete="CASCADE"))
    told_at: Mapped[int] = mapped_column(BigInteger)
    """The reading that told what it was: a fall to 0 is a glitch or a restart by what follows."""
    at: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[str] = mapped_column(String(16))
    before: Mapped[float | None]
    after: Mapped[float | None]


class SetRight(Base):
    """What staff set right in a series, and why (see repairs.py). The stored values stay as they came."""

    __tablename__ = "repair"
    __table_args__ = (Index("ix_repair_series", "series_id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    series_id: Mapped[int] = mapped_column(ForeignKey("series.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(16))
    first_at: Mapped[int] = mapped_column(BigInteger)
    last_at: Mapped[int | None] = mapped_column(BigInteger)
    """None: for good."""
    number: Mapped[float | None]
    reason: Mapped[str] = mapped_column(String(300))
    by_id: Mapped[int | None] = mapped_column(ForeignKey("member.id", ondelete="SET NULL"))
    made_at: Mapped[datetime] = mapped_column(Moment)
    undone_at: Mapped[datetime | None] = mapped_column(Moment)
