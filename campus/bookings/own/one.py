"""One booking as its page shows it: its dates, who decided, and what others did to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from campus.audit import AuditEntry
from campus.bookings.models import Booking, Occurrence
from campus.bookings.own.own import AHEAD
from campus.bookings.own.turns import Turn, may_check_in, may_finish
from campus.bookings.rules.policy import Policy
from campus.people.models import Member
from campus.people.trail.entries import Deed, in_words
from campus.people.wording import person_name
from campus.spaces.spans import Span

DEEDS = 50
"""The newest that are shown."""


@dataclass(frozen=True, slots=True)
class Date:
    """One occurrence with what may be done with it now."""

    id: int
    span: Span
    status: str
    title: str | None
    moved: bool
    offered_until: datetime | None
    checked_in_at: datetime | None
    finished_at: datetime | None
    can_check_in: bool
    can_finish: bool
    is_ahead: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """A booking, the date that is looked at, and what stands around it."""

    booking: Booking
    date: Date
    dates: Sequence[Date]
    made_by: str | None
    """Name of who made it, where that is not its member."""
    decided_by: str | None
    history: Sequence[Deed]
    """What somebody else than its member did to it, the newest first."""

    @property
    def is_series(self) -> bool:
        return len(self.dates) > 1 or self.booking.repeat is not None

    @property
    def ahead(self) -> list[Date]:
        """The dates that are to come."""
        return [date for date in self.dates if date.is_ahead]

    @property
    def following(self) -> list[Date]:
        """Those of them that do not come before the one that is looked at."""
        return [date for date in self.ahead if date.span.start >= self.date.span.start]

    @property
    def can_change(self) -> bool:
        return self.date.is_ahead


def shown(session: Session, booking: Booking, now: datetime, occurrence_id: int | None = None) -> Shown:
    """The booking with the occurrence that was asked for, else the one that is on or next, else the last."""
    rules = Policy.of(booking.resource.policy)
    dates = [_date(occurrence, rules, now) for occurrence in booking.occurrences]
    ahead = [date for date in dates if date.is_ahead]
    asked = next((date for date in dates if date.id == occurrence_id), None)
    names = _names(session, {booking.made_by_id, booking.decided_by_id or 0})
    made_by = names.get(booking.made_by_id) if booking.made_by_id != booking.member_id else None
    return Shown(
        booking=booking,
        date=asked or (ahead[0] if ahead else dates[-1]),
        dates=dates,
        made_by=made_by,
        decided_by=names.get(booking.decided_by_id or 0),
        history=_history(session, booking.id),
    )


def occurrence_of(booking: Booking, date: Date) -> Occurrence:
    """The row behind a date."""
    return next(occurrence for occurrence in booking.occurrences if occurrence.id == date.id)


def _date(occurrence: Occurrence, rules: Policy, now: datetime) -> Date:
    span = Span(occurrence.start, occurrence.end)
    turn = Turn(span, occurrence.status, occurrence.checked_in_at, occurrence.finished_at)
    return Date(
        id=occurrence.id,
        span=span,
        status=occurrence.status,
        title=occurrence.title,
        moved=occurrence.moved,
        offered_until=occurrence.offered_until,
        checked_in_at=occurrence.checked_in_at,
        finished_at=occurrence.finished_at,
        can_check_in=may_check_in(turn, rules, now),
        can_finish=may_finish(turn, now),
        is_ahead=occurrence.status in AHEAD and occurrence.end > now,
    )


def _names(session: Session, ids: set[int]) -> dict[int, str]:
    members = session.scalars(select(Member).where(Member.id.in_(ids)))
    return {member.id: person_name(member) for member in members}


def _history(session: Session, booking_id: int) -> list[Deed]:
    entries = session.scalars(
        select(AuditEntry)
        .where(AuditEntry.target == f"booking {booking_id}")
        .order_by(AuditEntry.id.desc())
        .limit(DEEDS)
    )
    return in_words(session, entries.all())
