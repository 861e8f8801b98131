"""Departure: whoever leaves the campus gives back what they have booked, and all who should know are told."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from campus import letters
from campus.audit import Origin, record
from campus.bookings import desk, taking
from campus.bookings.door import doors
from campus.bookings.letters.correspondence import Correspondence
from campus.bookings.models import Booking, Feed, Occurrence
from campus.bookings.reception import serve_line
from campus.bookings.wording import day_name, from_to
from campus.people.leaving import close_doors
from campus.people.models import Member
from campus.spaces.models import Resource
from campus.spaces.spans import Span


def let_go(session: Session, member: Member, by: Origin, now: datetime, zone: ZoneInfo) -> int:
    """Deactivate `member` and free what of their bookings has not ended; how many times were freed.

    They are told by mail, and so are whoever booked for them and their guests. Their feeds, and the
    keys of doors that they hung, are good for nothing any more. Doing it twice is doing it once.
    `session` is a writing one, and an application has to be there for the mails' templates.
    Raises NotAllowed for the last active administrator.
    """
    if not close_doors(session, member, by, now):
        return 0
    _lock(session, member.id, now)
    known = _known_to_guests(session, member.id, now)
    freed = desk.give_back_all(session, member.id, now)
    session.execute(delete(Feed).where(Feed.member_id == member.id))
    doors.lock_all_of(session, member.id)
    if freed:
        record(session, by, "bookings.free", f"member {member.id}", now, after={"freed": len(freed)})
    _tell(session, member, freed, by=by, now=now, zone=zone)
    _tell_guests(session, [one for one in freed if one.id in known], now, zone)
    serve_line(session, {one.resource_id for one in freed}, now, zone)
    return len(freed)


def _lock(session: Session, member_id: int, now: datetime) -> None:
    """From here to the commit nobody else decides on what they have booked. It comes before the first of
    it is freed: whoever moves or serves one of these holds its resource first, and then the booking."""
    theirs = (
        select(Occurrence.resource_id)
        .join(Booking, Occurrence.booking_id == Booking.id)
        .where(Booking.member_id == member_id, Occurrence.status.in_(desk.WAITING), Occurrence.end > now)
    )
    resources = session.scalars(select(Resource).where(Resource.id.in_(theirs)).order_by(Resource.id))
    taking.begin_all(session, resources.all(), now)


def _known_to_guests(session: Session, member_id: int, now: datetime) -> set[int]:
    """What guests were asked to and is not over."""
    query = (
        select(Occurrence.id)
        .join(Booking, Occurrence.booking_id == Booking.id)
        .where(Booking.member_id == member_id, Occurrence.status == "confirmed", Occurrence.end > now)
    )
    return set(session.scalars(query))


def _tell_guests(session: Session, freed: Sequence[Occurrence], now: datetime, zone: ZoneInfo) -> None:
    by_booking: dict[int, list[Occurrence]] = defaultdict(list)
    for occurrence in freed:
        by_booking[occurrence.booking_id].append(occurrence)
    for gone in by_booking.values():
        letter = Correspondence(session, gone[0].booking, None, now, zone)
        letter.to_guests("guest_cancelled", gone, how=letter.withdraw(gone))


def _tell(
    session: Session,
    member: Member,
    freed: Sequence[Occurrence],
    *,
    by: Origin,
    now: datetime,
    zone: ZoneInfo,
) -> None:
    told: dict[str, Any] = {"name": member.name, "when": lambda occurrence: _when(occurrence, zone)}
    letters.write(
        session,
        member.email,
        "deactivated",
        now,
        locale=member.locale,
        clock=member.clock,
        freed=freed,
        asked=by.member_id == member.id,
        **told,
    )
    by_maker: dict[int, list[Occurrence]] = defaultdict(list)
    for occurrence in freed:
        by_maker[occurrence.booking.made_by_id].append(occurrence)
    for maker_id in by_maker.keys() - {member.id, by.member_id}:
        maker = session.get(Member, maker_id)
        if maker is not None and maker.active:
            letters.write(
                session,
                maker.email,
                "freed",
                now,
                locale=maker.locale,
                clock=maker.clock,
                freed=by_maker[maker_id],
                **told,
            )


def _when(occurrence: Occurrence, zone: ZoneInfo) -> str:
    day = day_name(occurrence.start.astimezone(zone).date())
    return f"{day} {from_to(Span(occurrence.start, occurrence.end), zone)}"
