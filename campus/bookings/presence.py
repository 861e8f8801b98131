"""Presence: who has come says so, who does not come gives back, and who is done early too."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import select, update
from sqlalchemy.orm import Session, joinedload

from campus.bookings import taking
from campus.bookings.desk import find, meant
from campus.bookings.models import Booking, Occurrence
from campus.bookings.rules.policy import MINUTE, Policy
from campus.errors import BadRequest
from campus.people.models import Member
from campus.spaces.models import Resource

SHORTEST = timedelta(minutes=1)
"""What is left of a booking that is finished as soon as it began."""


def check_in(
    session: Session, booking_id: int, member: Member, now: datetime, occurrence_id: int | None = None
) -> Occurrence:
    """Note that they have come. Doing it twice is doing it once.

    Raises NotFound, and BadRequest before the time for it, after the end, or where it is not confirmed.
    """
    booking = find(session, booking_id, member)
    return arrive(session, meant(booking, occurrence_id, now), now)


def arrive(session: Session, time: Occurrence, now: datetime) -> Occurrence:
    """The same for an occurrence that was found otherwise: by a sensor, by the display at the door."""
    taking.begin_all(session, [time.booking.resource], now)
    session.refresh(time)
    rules = Policy.of(time.booking.resource.policy)
    if time.status != "confirmed":
        raise BadRequest(_("This time is not booked any more, or not confirmed yet."))
    if now >= time.end:
        raise BadRequest(_("This booking is over."))
    if now < time.start - rules.check_in_early_minutes * MINUTE:
        raise BadRequest(
            _(
                "It is too early: check in from %(num)s min before the start.",
                num=rules.check_in_early_minutes,
            )
        )
    if time.checked_in_at is None:
        time.checked_in_at = now
        session.flush()
    return time


def finish(
    session: Session, booking_id: int, member: Member, now: datetime, occurrence_id: int | None = None
) -> Occurrence:
    """End what is under way, and give the rest back. Raises NotFound, BadRequest if nothing is under way."""
    booking = find(session, booking_id, member)
    return leave(session, meant(booking, occurrence_id, now), now)


def leave(session: Session, time: Occurrence, now: datetime) -> Occurrence:
    """The same for an occurrence that was found otherwise."""
    ground = taking.begin_all(session, [time.booking.resource], now)[0]
    session.refresh(time)
    if time.status != "confirmed" or not time.start <= now < time.end:
        raise BadRequest(_("This booking is not under way."))
    end = max(now, time.start + SHORTEST)
    if end < time.end:
        time.end, time.finished_at = end, now
        time.blocked_end = min(time.blocked_end, end + ground.rules.buffers.after)
        time.checked_in_at = time.checked_in_at or now
        time.booking.version += 1
        session.flush()
    return time


def release_no_shows(session: Session, now: datetime) -> list[Occurrence]:
    """Give back what nobody has come to in time, where the resource's rules ask to check in: which ones.

    Their resources are locked first, as by whoever checks in at this moment.
    """
    freed = []
    late = [waiting for waiting in _not_checked_in(session, now) if _is_late(waiting, now)]
    taking.begin_all(session, list({one.booking.resource for one in late}), now)
    for waiting in late:
        given = session.execute(
            update(Occurrence)
            .where(
                Occurrence.id == waiting.id,
                Occurrence.status == "confirmed",
                Occurrence.checked_in_at.is_(None),
            )
            .values(status="no-show")
        )
        if given.rowcount == 1:  # type: ignore[attr-defined]
            session.refresh(waiting.booking)
            waiting.booking.version += 1
            session.flush()
            session.refresh(waiting)
            freed.append(waiting)
    return freed


def _is_late(waiting: Occurrence, now: datetime) -> bool:
    patience = Policy.of(waiting.booking.resource.policy).check_in_minutes
    return patience is not None and waiting.start + patience * MINUTE <= now


def _not_checked_in(session: Session, now: datetime) -> list[Occurrence]:
    """Under way, confirmed, nobody seen; on resources that ask for it."""
    asking = [
        resource_id
        for resource_id, policy in session.execute(select(Resource.id, Resource.policy))
        if Policy.of(policy).check_in_minutes is not None
    ]
    query = (
        select(Occurrence)
        .join(Booking)
        .where(
            Occurrence.resource_id.in_(asking),
            Occurrence.status == "confirmed",
            Occurrence.start <= now,
            Occurrence.end > now,
            Occurrence.checked_in_at.is_(None),
        )
        .order_by(Occurrence.start, Occurrence.id)
        .options(joinedload(Occurrence.booking))
    )
    return list(session.scalars(query))
