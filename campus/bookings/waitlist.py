"""The waiting list: when time is freed, who stands first in line gets it, or the offer of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from sqlalchemy import select, update
from sqlalchemy.orm import Session, joinedload

from campus.bookings import placing, taking
from campus.bookings.desk import check_version, find
from campus.bookings.models import Booking, Occurrence
from campus.bookings.repeats.recurrence import Turn
from campus.bookings.rules.policy import MINUTE
from campus.errors import NotFound, RulesBroken
from campus.people.models import Member
from campus.spaces.models import Resource
from campus.spaces.spans import Span


def promote(session: Session, resource_ids: Sequence[int], now: datetime, zone: ZoneInfo) -> list[Occurrence]:
    """Give what is free on these resources, and on what hangs together with them, to who waits for it.

    First come, first served; whom the rules refuse by now is passed over, and stays in line. What was
    promoted: each is now offered, confirmed or pending, as the resource's rules say.
    """
    found: list[Occurrence] = []
    for ground in _grounds(session, resource_ids, now):
        for waiting in _line(session, ground.resource.id, now):
            turn = Turn(waiting.original_start, Span(waiting.start, waiting.end))
            try:
                owner, coming = waiting.booking.member, waiting.booking.people
                placed = placing.place(session, ground, owner, [turn], coming, now=now, zone=zone)
            except RulesBroken:
                continue
            if placed.fits:
                _serve(ground, waiting, now)
                session.flush()
                found.append(waiting)
    return found


def accept(session: Session, booking_id: int, member: Member, now: datetime) -> Occurrence:
    """Take what is offered: it is booked, or goes to staff. Raises NotFound if no offer stands any more."""
    offered = _offer(session, booking_id, member, now)
    ground = taking.begin_all(session, [offered.booking.resource], now)[0]
    offered.status = "pending" if ground.rules.approval else "confirmed"
    offered.offered_until = None
    offered.booking.version += 1
    session.flush()
    return offered


def decline(session: Session, booking_id: int, member: Member, now: datetime) -> Occurrence:
    """Let go what is offered. Raises NotFound if no offer stands any more."""
    offered = _offer(session, booking_id, member, now)
    offered.status = "lapsed"
    offered.booking.version += 1
    session.flush()
    return offered


def lapse(session: Session, now: datetime) -> list[Occurrence]:
    """Offers that nobody took in time, and waiting for what has begun, are over: which ones.

    Their resources are locked first, as by whoever takes an offer at this moment.
    """
    late = (Occurrence.status == "offered") & (Occurrence.offered_until <= now)
    begun = (Occurrence.status == "waitlisted") & (Occurrence.start <= now)
    theirs = select(Occurrence.resource_id).where(late | begun)
    resources = session.scalars(select(Resource).where(Resource.id.in_(theirs)).order_by(Resource.id)).all()
    taking.begin_all(session, resources, now)
    ids = session.scalars(
        update(Occurrence).where(late | begun).values(status="lapsed").returning(Occurrence.id)
    ).all()
    session.execute(
        update(Booking)
        .where(Booking.id.in_(select(Occurrence.booking_id).where(Occurrence.id.in_(ids))))
        .values(version=Booking.version + 1)
    )
    query = select(Occurrence).where(Occurrence.id.in_(ids)).order_by(Occurrence.id)
    return list(session.scalars(query.execution_options(populate_existing=True)))


def _serve(ground: taking.Ground, waiting: Occurrence, now: datetime) -> None:
    rules = ground.rules
    if rules.waitlist == "confirm":
        waiting.status = "pending" if rules.approval else "confirmed"
    else:
        waiting.status = "offered"
        waiting.offered_until = min(now + rules.offer_minutes * MINUTE, waiting.start)
    waiting.booking.version += 1


def _grounds(session: Session, resource_ids: Sequence[int], now: datetime) -> list[taking.Ground]:
    """Of all on which somebody waits for time that may be free now; their families are locked."""
    freed = session.scalars(select(Resource).where(Resource.id.in_(resource_ids)).order_by(Resource.id)).all()
    family = {member for ground in taking.begin_all(session, freed, now) for member in ground.family}
    awaited = select(Occurrence.resource_id).where(
        Occurrence.resource_id.in_(family), Occurrence.status == "waitlisted", Occurrence.start > now
    )
    resources = session.scalars(select(Resource).where(Resource.id.in_(awaited)).order_by(Resource.id)).all()
    return taking.begin_all(session, resources, now) if resources else []


def _line(session: Session, resource_id: int, now: datetime) -> Sequence[Occurrence]:
    """Who waits, those first who joined the line first."""
    return session.scalars(
        select(Occurrence)
        .join(Booking)
        .where(
            Occurrence.resource_id == resource_id,
            Occurrence.status == "waitlisted",
            Occurrence.start > now,
        )
        .order_by(Occurrence.waiting_since, Occurrence.id)
        .options(joinedload(Occurrence.booking))
    ).all()


def _offer(session: Session, booking_id: int, member: Member, now: datetime) -> Occurrence:
    booking = find(session, booking_id, member)
    taking.begin_all(session, [booking.resource], now)
    check_version(session, booking, None)
    for time in booking.occurrences:
        if time.status == "offered" and time.offered_until and time.offered_until > now:
            return time
    raise NotFound(_("This offer does not stand any more."))
