"""Mail as rows: written in the transaction that has the reason for it, delivered later by the worker."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, String, Text
from sqlalchemy.orm import Mapped, Session, mapped_column

from campus.database import Base, BigId, Moment


class Mail(Base):
    """A mail to one address. Once it is sent its text is emptied: it may hold a link that opens a door."""

    __tablename__ = "mail"
    __table_args__ = (Index("ix_mail_due_at", "due_at"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    recipient: Mapped[str] = mapped_column(String(254))
    subject: Mapped[str] = mapped_column(String(255))
    text: Mapped[str] = mapped_column(Text)
    headers: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    created_at: Mapped[datetime] = mapped_column(Moment)
    due_at: Mapped[datetime | None] = mapped_column(Moment)
    """When to try (again); None once it is sent or given up."""
    tries: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[datetime | None] = mapped_column(Moment)
    fault: Mapped[str | None] = mapped_column(String(255))


def post(session: Session, recipient: str, subject: str, text: str, now: datetime) -> None:
    """Put a mail into the outbox: it goes out if the transaction is committed, and only then."""
    session.add(
        Mail(
            recipient=recipient,
            subject=" ".join(subject.split())[:255],
            text=text,
            created_at=now,
            due_at=now,
        )
    )
