"""Somebody's bookings as lists: what is next, what waits for an answer, what is over; what staff decide."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, func, or_, select, tuple_
from sqlalchemy.orm import Session

from campus.bookings.models import HOLDING, Booking, Occurrence
from campus.bookings.own.turns import Turn, may_check_in, may_finish
from campus.bookings.rules.policy import Policy
from campus.people.models import Company, Member
from campus.spaces.models import Resource
from campus.spaces.spans import Span

AHEAD = (*HOLDING, "waitlisted")
"""States of an occurrence that may still come to pass."""
PAST_PAGE = 50


@dataclass(frozen=True, slots=True)
class Line:
    """One occurrence in a list, or of a series the next one with how many follow it (`more`)."""

    booking_id: int
    occurrence_id: int
    resource: str
    resource_slug: str
    kind: str
    title: str
    span: Span
    status: str
    repeat: str | None
    offered_until: datetime | None
    checked_in: bool
    finished: bool
    can_check_in: bool
    can_finish: bool
    decision: str | None
    member_id: int
    member: str
    email: str
    company: str | None
    attendees: int | None
    asked_at: datetime
    more: int = 0


@dataclass(frozen=True, slots=True)
class Ahead:
    """What is to come, each list by start. `running`: confirmed and going on now; the first is the answer."""

    running: Sequence[Line] = field(default_factory=list)
    offered: Sequence[Line] = field(default_factory=list)
    coming: Sequence[Line] = field(default_factory=list)
    pending: Sequence[Line] = field(default_factory=list)
    waitlisted: Sequence[Line] = field(default_factory=list)

    @property
    def next(self) -> Line | None:
        """The answer to why one came: what goes on, else what is next."""
        return next(iter([*self.running, *self.coming]), None)

    @property
    def is_empty(self) -> bool:
        return not any((self.running, self.offered, self.coming, self.pending, self.waitlisted))


def ahead(session: Session, member_id: int, now: datetime, resource: str | None = None) -> Ahead:
    """What `member_id` has to come, series as one line; of one resource where its slug is given."""
    query = _lines().where(Booking.member_id == member_id, Occurrence.status.in_(AHEAD), Occurrence.end > now)
    if resource:
        query = query.where(Resource.slug == resource)
    lines = [_line(row, now) for row in session.execute(query.order_by(Occurrence.start, Occurrence.id))]
    running = [line for line in lines if line.status == "confirmed" and line.span.start <= now]
    started = {line.occurrence_id for line in running}

    def of(status: str) -> list[Line]:
        return grouped(line for line in lines if line.status == status and line.occurrence_id not in started)

    return Ahead(running, of("offered"), of("confirmed"), of("pending"), of("waitlisted"))


def past(
    session: Session,
    member_id: int,
    now: datetime,
    resource: str | None = None,
    before: tuple[datetime, int] | None = None,
) -> tuple[list[Line], tuple[datetime, int] | None]:
    """What is over, was given back or refused, the newest first: a page, and where the next one begins.

    `before` is the (start, occurrence id) of the last one seen.
    """
    over = or_(Occurrence.end <= now, Occurrence.status.not_in(AHEAD))
    query = _lines().where(Booking.member_id == member_id, over)
    if resource:
        query = query.where(Resource.slug == resource)
    if before:
        query = query.where(tuple_(Occurrence.start, Occurrence.id) < before)
    query = query.order_by(Occurrence.start.desc(), Occurrence.id.desc()).limit(PAST_PAGE + 1)
    lines = [_line(row, now) for row in session.execute(query)]
    shown = lines[:PAST_PAGE]
    return shown, (shown[-1].span.start, shown[-1].occurrence_id) if len(lines) > PAST_PAGE else None


def to_decide(session: Session, now: datetime) -> list[Line]:
    """What waits for a yes of staff, by start; series as one line."""
    query = _lines().where(Occurrence.status == "pending", Occurrence.end > now)
    return grouped(
        _line(row, now) for row in session.execute(query.order_by(Occurrence.start, Occurrence.id))
    )


def how_many_to_decide(session: Session, now: datetime) -> int:
    """How many bookings wait for a yes of staff."""
    count = session.scalar(
        select(func.count(Occurrence.booking_id.distinct())).where(
            Occurrence.status == "pending", Occurrence.end > now
        )
    )
    return count or 0


def booked_resources(session: Session, member_id: int) -> list[tuple[str, str]]:
    """Slug and name of every resource that a member ever booked, by name: what a list is filtered by."""
    theirs = select(Booking.resource_id).where(Booking.member_id == member_id)
    rows = session.execute(
        select(Resource.slug, Resource.name).where(Resource.id.in_(theirs)).order_by(Resource.name)
    )
    return [(slug, name) for slug, name in rows]


def grouped(lines: Iterable[Line]) -> list[Line]:
    """The first line of each booking, with how many follow it."""
    found: dict[int, list[Line]] = {}
    for line in lines:
        found.setdefault(line.booking_id, []).append(line)
    return [replace(of_one[0], more=len(of_one) - 1) for of_one in found.values()]


def _lines() -> Select[*tuple[Any, ...]]:
    """What a line is made of: one row an occurrence."""
    return (
        select(
            Booking.id,
            Occurrence.id,
            Resource.name,
            Resource.slug,
            Resource.kind,
            func.coalesce(Occurrence.title, Booking.title),
            Occurrence.start,
            Occurrence.end,
            Occurrence.status,
            Booking.repeat,
            Occurrence.offered_until,
            Occurrence.checked_in_at,
            Occurrence.finished_at,
            Booking.decision,
            Member.id,
            Member.name,
            Member.email,
            Company.name,
            Booking.attendees,
            Booking.created_at,
            Resource.policy,
        )
        .join(Booking, Occurrence.booking_id == Booking.id)
        .join(Resource, Booking.resource_id == Resource.id)
        .join(Member, Booking.member_id == Member.id)
        .outerjoin(Company, Member.company_id == Company.id)
    )


def _line(row: Row[*tuple[Any, ...]], now: datetime) -> Line:
    (
        booking_id,
        occurrence_id,
        resource,
        slug,
        kind,
        title,
        start,
        end,
        status,
        repeat,
        offered_until,
        checked_in_at,
        finished_at,
        decision,
        member_id,
        member,
        email,
        company,
        attendees,
        asked_at,
        policy,
    ) = row
    turn = Turn(Span(start, end), status, checked_in_at, finished_at)
    return Line(
        booking_id=booking_id,
        occurrence_id=occurrence_id,
        resource=resource,
        resource_slug=slug,
        kind=kind,
        title=title,
        span=turn.span,
        status=status,
        repeat=repeat,
        offered_until=offered_until,
        checked_in=checked_in_at is not None,
        finished=finished_at is not None,
        can_check_in=may_check_in(turn, Policy.of(policy), now),
        can_finish=may_finish(turn, now),
        decision=decision,
        member_id=member_id,
        member=member,
        email=email,
        company=company,
        attendees=attendees,
        asked_at=asked_at,
    )
