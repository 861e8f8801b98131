"""Feeds: a calendar for programs that cannot sign in. Whoever has its address reads what its member may."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session, contains_eager, lazyload

from campus.bookings.letters.appointments import appointment_of, turn_of
from campus.bookings.letters.calendar import Appointment, feed
from campus.bookings.models import HOLDING, Booking, Feed, Occurrence
from campus.bookings.privacy import may_know
from campus.hub import hub
from campus.naming import campus_name
from campus.people.models import Member
from campus.people.secrets import digest, new_secret
from campus.people.sessions import SEEN_EVERY
from campus.spaces.models import Resource

BACK, AHEAD = timedelta(days=60), timedelta(days=400)
"""How far a feed reaches. What was cancelled stays in it, marked, until it is that long ago."""
MOST = 50
"""Feeds that a member may have at once."""
MOST_TURNS = 5000
"""Times in a feed, the earliest: years of a busy room."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A feed of a member's. `resource` None: their own bookings."""

    id: int
    resource: str | None
    created_at: datetime
    last_used_at: datetime | None


def add_feed(session: Session, member: Member, resource: Resource | None, now: datetime) -> str:
    """A new feed. The secret of its address is returned once and cannot be read again."""
    secret = new_secret()
    session.add(
        Feed(
            member_id=member.id,
            resource_id=resource.id if resource else None,
            digest=digest(secret),
            created_at=now,
        )
    )
    return secret


def list_feeds(session: Session, member_id: int) -> Sequence[Kept]:
    """A member's feeds, the newest first."""
    rows = session.execute(
        select(Feed.id, Resource.name, Feed.created_at, Feed.last_used_at)
        .join(Resource, Feed.resource_id == Resource.id, isouter=True)
        .where(Feed.member_id == member_id)
        .order_by(Feed.id.desc())
    )
    return [Kept(*row) for row in rows]


def revoke_feed(session: Session, member_id: int, feed_id: int) -> bool:
    """Remove a feed of a member; False if there is none such of theirs."""
    gone = session.execute(delete(Feed).where(Feed.id == feed_id, Feed.member_id == member_id))
    return gone.rowcount == 1  # type: ignore[attr-defined, no-any-return]


def find_feed(session: Session, secret: str) -> tuple[Feed, Member] | None:
    """What an address names, and whose it is, if they are here."""
    found = session.execute(
        select(Feed, Member)
        .join(Member, Feed.member_id == Member.id)
        .where(Feed.digest == digest(secret), Member.active)
    ).first()
    return (found[0], found[1]) if found else None


def is_news(found: Feed, now: datetime) -> bool:
    """True if its use should be noted (see SEEN_EVERY)."""
    return found.last_used_at is None or now - found.last_used_at >= SEEN_EVERY


def used(session: Session, feed_id: int, now: datetime) -> None:
    """Note that a feed is in use."""
    session.execute(update(Feed).where(Feed.id == feed_id).values(last_used_at=now))


def calendar_of(session: Session, found: Feed, reader: Member, now: datetime, zone: ZoneInfo) -> bytes:
    """The feed as its member would see it now, in their language. The same store makes the same text."""
    times: dict[int, list[Occurrence]] = defaultdict(list)
    for one in _occurrences(session, found, now):
        times[one.booking_id].append(one)
    campus = campus_name(session)
    with force_locale(reader.locale or hub().settings.locale or "en"):
        if found.resource_id is None:
            name = f"{campus} · {reader.name}"
        else:
            name = f"{campus} · {session.get_one(Resource, found.resource_id).name}"
        told = [
            appointment
            for occurrences in times.values()
            for appointment in _appointments(session, occurrences, reader, zone)
        ]
    return feed(told, name)


def _occurrences(session: Session, found: Feed, now: datetime) -> Sequence[Occurrence]:
    whose = (
        Booking.member_id == found.member_id
        if found.resource_id is None
        else Booking.resource_id == found.resource_id
    )
    query = (
        select(Occurrence)
        .join(Occurrence.booking)
        .options(contains_eager(Occurrence.booking), lazyload(Occurrence.booking, Booking.occurrences))
        .where(whose, Occurrence.end > now - BACK, Occurrence.start < now + AHEAD)
        .order_by(Occurrence.start, Occurrence.id)
        .limit(MOST_TURNS)
    )
    return session.scalars(query).all()


def _appointments(
    session: Session, occurrences: Sequence[Occurrence], reader: Member, zone: ZoneInfo
) -> list[Appointment]:
    """A booking whole, or of somebody else's the times alone, each by itself: no series shows in them."""
    booking = occurrences[0].booking
    stamp = max(filter(None, (booking.created_at, booking.decided_at)))
    if may_know(booking, reader):
        whole = appointment_of(session, booking, zone, stamp, occurrences=occurrences)
        return [whole] if whole else []
    return [
        Appointment(
            uid=f"taken-{one.id}",
            version=booking.version,
            title=_("Taken"),
            resource=booking.resource.name,
            place="",
            zone=zone,
            repeat=None,
            turns=(replace(turn_of(one), status="confirmed", title=None),),
            url="",
            stamp=stamp,
        )
        for one in occurrences
        if one.status in HOLDING
    ]
