"""Small facts about the installation itself: heartbeats of processes, and notes by name."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, Session, mapped_column

from campus.database import Base, Moment, upsert_many
from campus.moments import to_micros


class Heartbeat(Base):
    """When a process last said that it is well."""

    __tablename__ = "heartbeat"

    process: Mapped[str] = mapped_column(String(32), primary_key=True)
    at: Mapped[datetime] = mapped_column(Moment)


class Note(Base):
    """A named fact: whether this is a demo, the registry's version."""

    __tablename__ = "note"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    value: Mapped[str] = mapped_column(Text)


def beat(session: Session, process: str, now: datetime) -> None:
    """Record that `process` is well."""
    upsert_many(session.connection(), "heartbeat", ("process",), ("at",), [(process, to_micros(now))])


def last_beat(session: Session, process: str) -> datetime | None:
    """When `process` was last well, None if never."""
    row = session.get(Heartbeat, process)
    return row.at if row else None


def read_note(session: Session, name: str) -> str | None:
    row = session.get(Note, name)
    return row.value if row else None


def write_note(session: Session, name: str, value: str) -> None:
    session.merge(Note(name=name, value=value))
