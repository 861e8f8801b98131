"""Holds: a time is kept for whoever fills in the form, and others see that it is; but not for ever."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from campus.bookings import placing, taking
from campus.bookings.models import Hold, HoldSpell
from campus.bookings.repeats.recurrence import Turn
from campus.errors import BadRequest, TooManyTries
from campus.people.models import Member
from campus.spaces.models import Resource
from campus.spaces.spans import Span

LASTS = timedelta(minutes=5)
AT_MOST = timedelta(minutes=30)
"""How long one member may hold a time, renewed or not."""
PAUSE = timedelta(minutes=5)
"""How long they do not hold it after that: others come first."""


def hold(
    session: Session, resource: str, span: Span, member: Member, *, now: datetime, zone: ZoneInfo
) -> Hold:
    """Keep `span` for `member` for LASTS, instead of what was kept for them before.

    Raises BadRequest, NotFound, RulesBroken and SlotTaken as booking it would, TooManyTries when they have
    held it, or a time that touches it, for AT_MOST.
    """
    if span.end <= span.start:
        raise BadRequest(_("A booking ends after it starts."))
    ground = taking.begin(session, resource, now)  # before any hold goes: a booking has locked it first too
    release_all(session, member)
    ends = _last_until(session, ground.resource.id, span, member, now)
    turn = Turn(span.start, span)
    placed = placing.place(session, ground, member, [turn], None, now=now, zone=zone)
    if placed.taken:
        raise placing.refusal(session, ground, placed, member, now=now, zone=zone)
    blocked = ground.rules.buffers.around(span)
    held = Hold(
        resource_id=ground.resource.id,
        member_id=member.id,
        start=span.start,
        end=span.end,
        blocked_start=blocked.start,
        blocked_end=blocked.end,
        expires_at=ends,
    )
    with taking.store_decides(
        session, lambda: placing.refusal(session, ground, placed, member, now=now, zone=zone)
    ):
        session.add(held)
    return held


def release(session: Session, hold_id: int, member: Member, now: datetime) -> int | None:
    """What was kept for `member` is free again: the resource's id. None if nothing of theirs was."""
    its = select(Hold.resource_id).where(Hold.id == hold_id, Hold.member_id == member.id)
    resource = session.scalar(select(Resource).where(Resource.id.in_(its)))
    if resource is None:
        return None
    taking.begin_all(session, [resource], now)
    return session.scalar(
        delete(Hold).where(Hold.id == hold_id, Hold.member_id == member.id).returning(Hold.resource_id)
    )


def release_all(session: Session, member: Member) -> None:
    """Nothing is kept for `member` any more."""
    session.execute(delete(Hold).where(Hold.member_id == member.id))


def expire(session: Session, now: datetime) -> None:
    """Holds that have run out are gone."""
    session.execute(delete(Hold).where(Hold.expires_at <= now))
    session.execute(delete(HoldSpell).where(HoldSpell.held_until <= now - PAUSE))


def _last_until(session: Session, resource_id: int, span: Span, member: Member, now: datetime) -> datetime:
    """Until when they hold `span` if they hold it now: noted with what they held there just before."""
    theirs = select(HoldSpell).where(
        HoldSpell.member_id == member.id,
        HoldSpell.resource_id == resource_id,
        HoldSpell.start < span.end,
        HoldSpell.end > span.start,
        HoldSpell.held_until > now - PAUSE,
    )
    before = session.scalars(theirs).all()
    since = min((one.since for one in before), default=now)
    if since + AT_MOST <= now:
        again = max(one.held_until for one in before) + PAUSE
        raise TooManyTries(
            _("This time was kept for half an hour. Now others may take it too; while it is free, book it."),
            extra={"retry_after": max(1, math.ceil((again - now).total_seconds()))},
        )
    until = min(now + LASTS, since + AT_MOST)
    for one in before:
        session.delete(one)
    session.add(
        HoldSpell(
            resource_id=resource_id,
            member_id=member.id,
            start=min([span.start, *(one.start for one in before)]),
            end=max([span.end, *(one.end for one in before)]),
            since=since,
            held_until=until,
        )
    )
    return until
