"""Mail as rows: written in the transaction that has the reason for it, delivered later by the worker."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    JSON,
    ColumnElement,
    Index,
    String,
    Text,
    bindparam,
    delete,
    func,
    select,
    update,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from campus.database import Base, BigId, Moment, ask

KEPT = timedelta(days=30)
"""How long it is remembered that a mail went out, or that it could not."""
LONGEST_FAULT = 255
_EMPTIED = {"text": "", "html": None, "calendar": None}


class Mail(Base):
    """A mail to one address. Once it is sent its words are emptied: it may hold a link that opens a door."""

    __tablename__ = "mail"
    __table_args__ = (Index("ix_mail_due_at", "due_at"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    recipient: Mapped[str] = mapped_column(String(254))
    subject: Mapped[str] = mapped_column(String(255))
    text: Mapped[str] = mapped_column(Text)
    html: Mapped[str | None] = mapped_column(Text)
    calendar: Mapped[str | None] = mapped_column(Text)
    """iCalendar, whose METHOD is `calendar_method`."""
    calendar_method: Mapped[str | None] = mapped_column(String(16))
    headers: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    created_at: Mapped[datetime] = mapped_column(Moment)
    due_at: Mapped[datetime | None] = mapped_column(Moment)
    """When to try (again); None once it is sent or given up."""
    tries: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[datetime | None] = mapped_column(Moment)
    fault: Mapped[str | None] = mapped_column(String(255))


_CLAIM = (
    update(Mail.__table__)  # type: ignore[arg-type]
    .where(
        Mail.id == bindparam("mail"),
        Mail.tries == bindparam("had_tries"),
        Mail.due_at == bindparam("was_due_at"),
    )
    .values(tries=Mail.tries + 1, due_at=bindparam("until"))
)
_SENT = (
    update(Mail.__table__)  # type: ignore[arg-type]
    .where(
        Mail.id == bindparam("mail"),
        Mail.tries == bindparam("had_tries") + 1,
        Mail.due_at.is_not(None),
    )
    .values(sent_at=bindparam("now"), due_at=None, fault=None, **_EMPTIED)
)


@dataclass(frozen=True, slots=True)
class CalendarPart:
    """What a calendar program is told in a mail: iCalendar whose METHOD is `method`."""

    method: str
    text: bytes


def post(
    session: Session,
    recipient: str,
    subject: str,
    text: str,
    now: datetime,
    *,
    html: str | None = None,
    calendar: CalendarPart | None = None,
) -> None:
    """Put a mail into the outbox: it goes out if the transaction is committed, and only then.

    `html` says the same as `text`.
    """
    session.add(
        Mail(
            recipient=recipient,
            subject=" ".join(subject.split())[:255],
            text=text,
            html=html,
            calendar=calendar.text.decode() if calendar else None,
            calendar_method=calendar.method if calendar else None,
            created_at=now,
            due_at=now,
        )
    )


def due(session: Session, now: datetime, most: int) -> Sequence[Mail]:
    """Mails to try now, the longest due first."""
    return session.scalars(
        select(Mail).where(Mail.due_at <= now).order_by(Mail.due_at, Mail.id).limit(most)
    ).all()


def claim(session: Session, mail: Mail, until: datetime) -> bool:
    """Take a mail that was found due: nobody else tries it before `until`. False if somebody was quicker."""
    found = {"mail": mail.id, "had_tries": mail.tries, "was_due_at": mail.due_at}
    return ask(session, _CLAIM, {**found, "until": until}).rowcount == 1


def let_go(session: Session, mail: Mail) -> None:
    """A claimed mail was not tried after all: it is due as it was."""
    as_it_was = {"tries": mail.tries, "due_at": mail.due_at}
    session.execute(update(Mail).where(*_claimed(mail)).values(as_it_was))


def sent(session: Session, mail: Mail, now: datetime) -> None:
    """Note that a claimed mail has gone out."""
    ask(session, _SENT, {"mail": mail.id, "had_tries": mail.tries, "now": now})


def put_off(session: Session, mail: Mail, until: datetime, fault: str) -> None:
    """Note why a claimed mail did not go out, and when to try again."""
    session.execute(update(Mail).where(*_claimed(mail)).values(due_at=until, fault=fault[:LONGEST_FAULT]))


def give_up(session: Session, mail: Mail, fault: str) -> None:
    """Note why a claimed mail never goes out."""
    done = {"due_at": None, "fault": fault[:LONGEST_FAULT], **_EMPTIED}
    session.execute(update(Mail).where(*_claimed(mail)).values(done))


def counts(session: Session) -> dict[str, int]:
    """How many mails are waiting, and how many of the last KEPT were given up (failed)."""
    waiting, done = func.count(Mail.due_at), func.count(Mail.sent_at)
    rows, waits, went = session.execute(select(func.count(), waiting, done).select_from(Mail)).one()
    return {"waiting": waits, "failed": rows - waits - went}


def prune(session: Session, now: datetime) -> None:
    """Forget mails that were sent or given up long ago."""
    session.execute(delete(Mail).where(Mail.due_at.is_(None), Mail.created_at < now - KEPT))


def _claimed(mail: Mail) -> tuple[ColumnElement[bool], ...]:
    """Still ours: had we taken so long that somebody else claimed it after us, it would be theirs."""
    return Mail.id == mail.id, Mail.tries == mail.tries + 1, Mail.due_at.is_not(None)
