"""The desk: use cases of bookings. Who asks and what time it is are told, never looked up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload
from sqlalchemy.sql.dml import ReturningUpdate

from campus.bookings import agenda, policy
from campus.bookings.models import HOLDING, Booking, Occurrence
from campus.bookings.policy import MINUTE, Broken, Circumstances, Policy
from campus.bookings.slots import SHORTER, suggestions
from campus.bookings.wording import rules_broken
from campus.database import is_slot_taken
from campus.errors import BadRequest, NotAllowed, NotFound, SlotTaken
from campus.moments import day_bounds, rfc3339
from campus.people.members import find_member
from campus.people.models import Member
from campus.people.permissions import may
from campus.spaces.models import Resource
from campus.spaces.resources import find_resource
from campus.spaces.spans import Span

LARGEST_ID = 2**63 - 1
"""What the store can number; a larger one is nobody's."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody asks for. `member` is the address of whom it is for, None for themselves."""

    resource: str
    start: datetime
    end: datetime
    title: str
    attendees: int | None = None
    member: str | None = None

    @property
    def span(self) -> Span:
        return Span(self.start.astimezone(UTC), self.end.astimezone(UTC))


def book(session: Session, wish: Wish, member: Member, now: datetime, zone: ZoneInfo) -> Booking:
    """A confirmed booking of what `member` wishes. `session` is a writing one.

    Raises BadRequest, NotFound (resource or member), NotAllowed (for somebody else, by others than
    staff), RulesBroken with every broken rule, SlotTaken with suggestions.
    """
    if wish.end <= wish.start:
        raise BadRequest(_("A booking ends after it starts."))
    # Whoever holds the resource's row decides alone, so that no two pass a quota together.
    resource = find_resource(session, wish.resource, lock=True)
    owner_id = _owner(session, wish, member)
    _is_here(session, owner_id)
    rules = Policy.of(resource.policy)
    around = _circumstances(session, resource, owner_id, wish.span, now=now, zone=zone)
    broken = policy.check(rules, wish.span, wish.attendees, around)
    if broken:
        raise rules_broken(broken, zone)
    blocked = rules.buffers.around(wish.span)
    booking = Booking(
        resource_id=resource.id,
        member_id=owner_id,
        made_by_id=member.id,
        title=wish.title,
        attendees=wish.attendees,
        created_at=now,
        occurrences=[
            Occurrence(
                resource_id=resource.id,
                start=wish.span.start,
                end=wish.span.end,
                blocked_start=blocked.start,
                blocked_end=blocked.end,
                status="confirmed",
            )
        ],
    )
    try:
        with session.begin_nested():
            session.add(booking)
    except IntegrityError as error:
        if not is_slot_taken(error):
            raise
        raise _slot_taken(session, resource, wish.span, now, zone) from None
    return booking


def cancel(session: Session, booking_id: int, member: Member, now: datetime) -> bool:
    """Give back what has not ended of a booking; False if that was done before.

    Raises NotFound if it is not there or neither theirs nor are they staff, RulesBroken if all of
    it is over: what was used stays counted.
    """
    booking = find(session, booking_id, member)
    given_back = session.scalars(_give_back(Occurrence.booking_id == booking.id, now)).all()
    over = any(occurrence.status in HOLDING for occurrence in booking.occurrences)
    if not given_back and over:
        raise rules_broken([Broken("in-the-past", {"now": rfc3339(now)})], ZoneInfo("UTC"))
    return bool(given_back)


def give_back_all(session: Session, member_id: int, now: datetime) -> Sequence[Occurrence]:
    """Give back what has not ended of all bookings of a member, by start: what was freed by this."""
    theirs = select(Booking.id).where(Booking.member_id == member_id)
    freed = session.scalars(_give_back(Occurrence.booking_id.in_(theirs), now)).all()
    return session.scalars(
        select(Occurrence)
        .where(Occurrence.id.in_(freed))
        .order_by(Occurrence.start, Occurrence.id)
        .options(joinedload(Occurrence.booking))
        .execution_options(populate_existing=True)
    ).all()


def _give_back(which: ColumnElement[bool], now: datetime) -> ReturningUpdate[tuple[int]]:
    """Frees those of the occurrences that hold time which is not over: their ids."""
    return (
        update(Occurrence)
        .where(which, Occurrence.status.in_(HOLDING), Occurrence.end > now)
        .values(status="cancelled")
        .returning(Occurrence.id)
    )


def find(session: Session, booking_id: int, member: Member) -> Booking:
    """A booking, for its member and for staff. Raises NotFound; for others it does not exist."""
    booking = session.get(Booking, booking_id) if booking_id <= LARGEST_ID else None
    if booking is None or not may_know(booking.member_id, member):
        raise NotFound(_("There is no such booking, or it is not yours."))
    return booking


def may_know(owner_id: int, member: Member) -> bool:
    """True if `member` may see the title of a booking of `owner_id`, and cancel it."""
    return member.id == owner_id or may(member, "bookings.see-all")


def _owner(session: Session, wish: Wish, member: Member) -> int:
    if wish.member is None or wish.member.strip().lower() == member.email:
        return member.id
    if not may(member, "bookings.make-for-others"):
        raise NotAllowed(_("Only facilities staff may book for somebody else."))
    return find_member(session, wish.member).id


def _is_here(session: Session, member_id: int) -> None:
    """Raises NotFound if the member was deactivated; from here to the commit nobody is (see departure)."""
    here = (
        select(Member.id).where(Member.id == member_id, Member.active).with_for_update(read=True, of=Member)
    )
    if session.scalar(here) is None:
        raise NotFound(_("This member has left. Nothing was booked."))


def _circumstances(
    session: Session, resource: Resource, owner_id: int, wanted: Span, *, now: datetime, zone: ZoneInfo
) -> Circumstances:
    periods = policy.periods_of(Policy.of(resource.policy), wanted, zone)
    return Circumstances(
        now=now,
        zone=zone,
        open_spans=agenda.opening(resource, policy.looked_at(wanted, zone), zone),
        capacity=resource.capacity,
        held=agenda.held_spans(session, resource.id, owner_id, periods),
        open_bookings=agenda.open_bookings(session, resource.id, owner_id, now),
    )


def _slot_taken(
    session: Session, resource: Resource, wanted: Span, now: datetime, zone: ZoneInfo
) -> SlotTaken:
    """The refusal with what is free instead: slots that start on the same campus day."""
    day = Span(*day_bounds(wanted.start.astimezone(zone).date(), zone))
    shortest = Policy.of(resource.policy).min_minutes * MINUTE
    length = min(wanted.length, max(shortest, wanted.length - SHORTER))
    reach = Span(day.start, day.end + wanted.length)
    rooms = agenda.bookable(session, resource, reach, length, now=now, zone=zone)
    offered = [span for span in suggestions(wanted, rooms, shortest=shortest) if span.start < day.end]
    return SlotTaken(
        _("That time is taken."),
        extra={"suggestions": [{"start": rfc3339(span.start), "end": rfc3339(span.end)} for span in offered]},
    )
