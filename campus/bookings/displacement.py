"""Displacement: bookings that lie in a closure, where each could go instead, and moving them there.

Whoever is displaced keeps their booking until staff decide: move it as proposed, cancel it, or leave it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload

from campus.audit import Origin, record
from campus.bookings import changing, desk, notices, reception, taking
from campus.bookings.changing import Change
from campus.bookings.elsewhere import Proposal, Search, like
from campus.bookings.letters import postage
from campus.bookings.models import HOLDING, Booking, Occurrence
from campus.errors import BadRequest
from campus.moments import day_bounds, rfc3339
from campus.people.models import Member
from campus.spaces.models import Closure, Resource, ResourceLink
from campus.spaces.resources import all_resources
from campus.spaces.spans import Span

LOOK_AHEAD = timedelta(days=14)
"""How long after the closure a new time is looked for."""
MOST = 200
"""Displaced bookings that are settled at once, the earliest."""


@dataclass(frozen=True, slots=True)
class Displaced:
    """An occurrence that a closure displaces, and where it could go: the least change first."""

    occurrence: Occurrence
    resource: Resource
    proposals: tuple[Proposal, ...]

    @property
    def span(self) -> Span:
        return Span(self.occurrence.start, self.occurrence.end)


@dataclass(frozen=True, slots=True)
class Settled:
    """How many were moved, and how many cancelled."""

    moved: int = 0
    cancelled: int = 0


def displaced(session: Session, closure: Closure, now: datetime) -> Sequence[Occurrence]:
    """What holds time in a closure and has not begun, there and where a booking takes the closed resource
    along; by start, the first MOST."""
    query = (
        select(Occurrence)
        .where(
            Occurrence.status.in_(HOLDING),
            Occurrence.start > now,
            Occurrence.start < closure.end,
            Occurrence.end > closure.start,
        )
        .options(joinedload(Occurrence.booking))
        .order_by(Occurrence.start, Occurrence.id)
        .limit(MOST)
    )
    if closure.resource_id is not None:
        takers = select(ResourceLink.resource_id).where(ResourceLink.blocks_id == closure.resource_id)
        at = Occurrence.resource_id
        query = query.where(or_(at == closure.resource_id, at.in_(takers)))
    return session.scalars(query).unique().all()


def proposals(session: Session, closure: Closure, now: datetime, zone: ZoneInfo) -> list[Displaced]:
    """Each displaced booking with where it could go. What is proposed to one is not proposed to another."""
    there = displaced(session, closure, now)
    first = min((one.start for one in there), default=closure.start)
    begin = day_bounds(first.astimezone(zone).date(), zone)[0]
    search = Search(session, Span(max(begin, now), max(closure.end, now) + LOOK_AHEAD), now, zone)
    resources = {resource.id: resource for resource in all_resources(session)}
    found = []
    for one in there:
        resource = resources[one.resource_id]
        ways = search.ways(one, resource, like(resource, one.booking.people, resources.values()))
        for way in ways:
            search.give(way)
        found.append(Displaced(one, resource, tuple(ways)))
    return found


def settle(
    session: Session,
    closure: Closure,
    choices: Mapping[int, str],
    *,
    by: Member,
    origin: Origin,
    now: datetime,
    zone: ZoneInfo,
) -> Settled:
    """Do what staff chose for each occurrence (by its id): `cancel`, or a proposal's key; all of it or
    nothing, and each member is told once. What is left out, or is over or cancelled by now, stays.

    Raises SlotTaken or RulesBroken if a booking cannot go there any more, TooManyTries if guests would hear
    of more moves today than one member may set off. `session` is a writing one.
    """
    _lock(session, closure, choices, now)
    there = [one for one in displaced(session, closure, now) if choices.get(one.id)]
    leaving = [one for one in there if choices[one.id] == "cancel"]
    going = [one for one in there if choices[one.id] != "cancel"]
    before = {one.booking_id: notices.kept(one.booking) for one in there}
    freed = {one.resource_id for one in there}
    changed: dict[int, tuple[Booking, int]] = {}
    for one in leaving:  # first, for one may take the time that another gives up
        desk.cancel(session, one.booking_id, by, now, scope="this", occurrence_id=one.id)
        _note(session, "booking.cancel", one, origin, now=now)
    for one in going:
        was, home = {"resource": one.booking.resource.slug, "start": rfc3339(one.start)}, one.booking_id
        made = _move(session, one, choices[one.id], by, now=now, zone=zone)
        _note(session, "booking.displace", one, origin, now=now, before=was)
        changed |= {booking.id: (booking, home) for booking in (made.split_from, made.booking) if booking}
    for booking_id in {one.booking_id for one in leaving}:
        gone = [one for one in leaving if one.booking_id == booking_id]
        about: dict[str, Any] = {"reason": closure.reason, "proposals": []}
        notices.note(session, "displaced", gone[0].booking, by, now, times=gone, **about)
        postage.spend(session, by.id, len(gone[0].booking.guests), now, refuse=False)
    for booking, home in changed.values():
        postage.spend(session, by.id, len(booking.guests), now)
        known = _without_news_of(before[home], leaving)
        notices.note(session, "changed", booking, by, now, before=known, reason=closure.reason)
    reception.serve_line(session, freed, now, zone)
    return Settled(len(going), len(leaving))


def _lock(session: Session, closure: Closure, choices: Mapping[int, str], now: datetime) -> None:
    """From here to the commit nobody else decides on what is left or moved to; what is read from here on
    is as it is then. All of it at once, in one order: two who settle do not wait for each other."""
    slugs = {choice.partition("/")[0] for choice in choices.values()}
    ids = {one.resource_id for one in displaced(session, closure, now)}
    query = select(Resource).where(or_(Resource.slug.in_(slugs), Resource.id.in_(ids)))
    taking.begin_all(session, session.scalars(query.order_by(Resource.id)).all(), now)
    session.expire_all()


def _without_news_of(known: dict[str, Any], gone: Sequence[Occurrence]) -> dict[str, Any]:
    """What was kept of a booking, but these cancelled by now: of them tells another letter."""
    ids = {one.id for one in gone}
    times = [{**time, "status": "cancelled"} if time["id"] in ids else time for time in known["occurrences"]]
    return {**known, "occurrences": times}


def _move(
    session: Session, one: Occurrence, key: str, by: Member, *, now: datetime, zone: ZoneInfo
) -> desk.Booked:
    slug, _slash, text = key.partition("/")
    try:
        start = datetime.fromisoformat(text)
    except ValueError:
        raise BadRequest(_("This choice cannot be read. Nothing was changed.")) from None
    if start.tzinfo is None:
        raise BadRequest(_("This choice cannot be read. Nothing was changed."))
    wanted = Change(
        start=start,
        end=start + (one.end - one.start),
        resource=slug,
        scope="this",
        occurrence_id=one.id,
    )
    return changing.change(session, one.booking_id, wanted, by, now=now, zone=zone)


def _note(
    session: Session,
    action: str,
    one: Occurrence,
    origin: Origin,
    *,
    now: datetime,
    before: Mapping[str, str] | None = None,
) -> None:
    """The audit has it."""
    booking = one.booking
    after = {
        "resource": booking.resource.slug,
        "start": rfc3339(one.start),
        "member": f"member {booking.member_id}",
    }
    record(session, origin, action, f"booking {booking.id}", now, before=before, after=after)
