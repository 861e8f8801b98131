"""Changing a booking: its words, its time, its place; of a series this one, those that follow, or all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from campus.bookings import taking
from campus.bookings.desk import WAITING, Booked, Scope, check_version, find, in_scope, meant
from campus.bookings.models import Booking, Occurrence
from campus.bookings.moving import Move
from campus.bookings.refusals import rules_broken
from campus.bookings.rules.policy import Broken
from campus.errors import BadRequest
from campus.moments import rfc3339
from campus.people.models import Member
from campus.spaces.resources import find_resource
from campus.spaces.spans import Span


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be different; None stays as it is.

    `start` and `end` are those of the occurrence that is meant: the one with `occurrence_id`, else the
    next. What goes for `following` and `all` moves by as much, on the clock on the wall; exceptions
    stay where they are, what was cancelled stays so. People, guests and visibility are the whole booking's;
    0 `attendees`: nobody says how many come.
    """

    start: datetime | None = None
    end: datetime | None = None
    title: str | None = None
    attendees: int | None = None
    guests: tuple[str, ...] | None = None
    visibility: str | None = None
    resource: str | None = None
    scope: Scope = "all"
    occurrence_id: int | None = None
    version: int | None = None
    on_conflict: Literal["fail", "skip"] = "fail"


def change(
    session: Session, booking_id: int, wanted: Change, member: Member, *, now: datetime, zone: ZoneInfo
) -> Booked:
    """The booking as it is then: another one where a part of a series went its own way (`split_from`).

    `skipped`: dates that clash, left as they are by consent. Raises NotFound, BadRequest, Changed if it
    is not `version` any more, RulesBroken, SlotTaken with suggestions or the dates that clash.
    """
    booking = find(session, booking_id, member)
    target = find_resource(session, wanted.resource) if wanted.resource else booking.resource
    holders = {booking.member_id, member.id}
    _here, there = taking.begin_all(session, [booking.resource, target], now, holders)
    check_version(session, booking, wanted.version)
    one = meant(booking, wanted.occurrence_id, now)
    if one.end <= now or one.status not in WAITING:
        raise rules_broken([Broken("in-the-past", {"now": rfc3339(now)})], zone)
    new = Span(
        (wanted.start or one.start).astimezone(UTC),
        (wanted.end or one.end).astimezone(UTC),
    )
    if new.end <= new.start:
        raise BadRequest(_("A booking ends after it starts."))
    grew = _say(booking, one, wanted, now)
    moves = new != Span(one.start, one.end) or target.id != booking.resource_id
    made = Booked(booking)
    if moves or grew:
        made = Move(
            session=session,
            booking=booking,
            one=one,
            new=new,
            there=there,
            scope=wanted.scope if moves else "all",  # people are the whole booking's
            moves=moves,
            skips=wanted.on_conflict == "skip",
            grew=grew,
            member=member,
            now=now,
            zone=zone,
        ).carry_out()
    booking.version += 1
    session.flush()
    return made


def _say(booking: Booking, one: Occurrence, wanted: Change, now: datetime) -> bool:
    """Its words and its people; True if more come than did."""
    came = booking.people
    if wanted.title is not None:
        if wanted.scope == "all" or len(booking.occurrences) == 1:
            booking.title = wanted.title
        else:
            for time in in_scope(booking, wanted.scope, one.id, now):
                time.title = wanted.title
                time.moved = time.moved or wanted.scope == "this"
    if wanted.attendees is not None:
        booking.attendees = wanted.attendees or None
    if wanted.guests is not None:
        booking.guests = list(wanted.guests)
    if wanted.visibility is not None:
        booking.visibility = wanted.visibility
    return (booking.people or 0) > (came or 0)
