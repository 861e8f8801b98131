"""The desk: bookings are made and given back. Who asks and what time it is are told, never looked up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal
from uuid import uuid4
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, bindparam, select, update
from sqlalchemy.orm import Session, joinedload
from sqlalchemy.sql.dml import ReturningUpdate

from campus.bookings import ledger, lines, placing, taking
from campus.bookings.models import HOLDING, Booking, Occurrence, people
from campus.bookings.privacy import may_act, may_know
from campus.bookings.refusals import rules_broken
from campus.bookings.repeats.recurrence import Turn, expand, read_rule
from campus.bookings.repeats.series import cut
from campus.bookings.rules.policy import Broken
from campus.errors import BadRequest, Changed, NotAllowed, NotFound
from campus.moments import rfc3339
from campus.people.members import find_member
from campus.people.models import Member
from campus.people.permissions import may
from campus.spaces.spans import Span

__all__ = ["Booked", "Scope", "Wish", "book", "cancel", "find", "give_back_all", "may_know"]

LARGEST_ID = 2**63 - 1
"""What the store can number; a larger one is nobody's."""
Scope = Literal["this", "following", "all"]
WAITING = (*HOLDING, "waitlisted")
"""States in which an occurrence may still become something."""
_STILL_HERE = (
    select(Member).where(Member.id == bindparam("id"), Member.active).with_for_update(read=True, of=Member)
)


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody asks for. `member` is the address of whom it is for, None for themselves.

    `repeat`: an RRULE in campus time. `on_conflict`: what becomes of a series of which some dates are
    taken or closed. `waitlist`: stand in line if the time is taken.
    """

    resource: str
    start: datetime
    end: datetime
    title: str
    attendees: int | None = None
    member: str | None = None
    repeat: str | None = None
    on_conflict: Literal["fail", "skip"] = "fail"
    guests: tuple[str, ...] = ()
    visibility: str = "private"
    waitlist: bool = False
    source: str = "page"

    @property
    def span(self) -> Span:
        return Span(self.start.astimezone(UTC), self.end.astimezone(UTC))

    @property
    def is_told(self) -> bool:
        """By mail. Whoever hung a display at a door gets none about what is booked there."""
        return self.source != "door"

    def turns(self, zone: ZoneInfo) -> list[Turn]:
        """Its dates. Raises BadRequest if the rule cannot be read, or does not fit its first date."""
        if self.repeat is None:
            return [Turn(self.span.start, self.span)]
        return expand(read_rule(self.repeat), self.span, zone)


@dataclass(frozen=True, slots=True)
class Booked:
    """What came of a wish or a change. `skipped`: dates that clash, left out by consent.

    `split_from`: the series that the booking was a part of until now, and that has changed too.
    """

    booking: Booking
    skipped: list[Span] = field(default_factory=list)
    split_from: Booking | None = None


def book(session: Session, wish: Wish, member: Member, now: datetime, zone: ZoneInfo) -> Booked:
    """A booking of what `member` wishes: confirmed, pending where staff decide, or waitlisted.

    `session` is a writing one. Raises BadRequest, NotFound (resource or member), NotAllowed (for somebody
    else, by others than staff), RulesBroken with every broken rule, SlotTaken with suggestions.
    """
    if wish.end <= wish.start:
        raise BadRequest(_("A booking ends after it starts."))
    turns = wish.turns(zone)
    owner = _owner(session, wish, member)
    ground = taking.begin(session, wish.resource, now, holders={owner.id, member.id})
    coming = people(wish.attendees, wish.guests)
    placed = placing.place(session, ground, owner, turns, coming, now=now, zone=zone)
    status, kept = first_status(ground, member), placed.fits
    if placed.clashes and not (wish.on_conflict == "skip" and placed.fits):
        waits = wish.waitlist and len(turns) == 1 and ground.rules.waitlist != "off"
        if not (waits and placed.taken):
            raise placing.refusal(session, ground, placed, owner, coming, now=now, zone=zone)
        lines.admit(session, ground, owner, turns[0].span, now=now, zone=zone)
        status, kept = "waitlisted", turns
    booking = Booking(
        resource_id=ground.resource.id,
        member_id=owner.id,
        made_by_id=member.id,
        title=wish.title,
        attendees=wish.attendees,
        guests=list(wish.guests),
        guests_told=wish.is_told and status == "confirmed",
        visibility=wish.visibility,
        repeat=_rule(wish, turns, kept, zone),
        uid=str(uuid4()),
        version=0,
        source=wish.source,
        created_at=now,
        occurrences=[occurrence(ground, turn, status, now) for turn in kept],
    )
    lost = placing.Placed([], kept, [], [])
    with taking.store_decides(
        session, lambda: placing.refusal(session, ground, lost, owner, coming, now=now, zone=zone)
    ):
        ledger.enter(session, booking)
    return Booked(booking, [turn.span for turn in placed.clashes] if status != "waitlisted" else [])


def _rule(wish: Wish, turns: Sequence[Turn], kept: Sequence[Turn], zone: ZoneInfo) -> str | None:
    """The rule that begins with the first date that is kept."""
    if wish.repeat is None or len(kept) < 2:
        return None
    starts = [turn.original for turn in turns]
    return (
        read_rule(wish.repeat).text
        if kept[0] == turns[0]
        else cut(wish.repeat, starts, kept[0].original, zone)[1]
    )


def first_status(ground: taking.Ground, maker: Member) -> str:
    """Where staff decide, a booking by others waits for them."""
    decides = may(maker, "bookings.decide")
    return "pending" if ground.rules.approval and not decides else "confirmed"


def occurrence(ground: taking.Ground, turn: Turn, status: str, now: datetime) -> Occurrence:
    """A new one, with the resource's buffers around it."""
    blocked = ground.rules.buffers.around(turn.span)
    return Occurrence(
        resource_id=ground.resource.id,
        start=turn.span.start,
        end=turn.span.end,
        blocked_start=blocked.start,
        blocked_end=blocked.end,
        original_start=turn.original,
        status=status,
        waiting_since=now if status == "waitlisted" else None,
        moved=False,
    )


def cancel(
    session: Session,
    booking_id: int,
    member: Member,
    now: datetime,
    *,
    scope: Scope = "all",
    occurrence_id: int | None = None,
    version: int | None = None,
) -> list[Occurrence]:
    """Give back what has not ended of a booking, or of the part that `scope` names: what was freed by this.
    What is under way ends now, and quotas count it still.

    Raises NotFound if it is not there or neither theirs nor are they staff, Changed if it is not
    `version` any more, RulesBroken if all of it is over: what was used stays counted.
    """
    booking = find(session, booking_id, member)
    taking.begin_all(session, [booking.resource], now)
    check_version(session, booking, version)
    touched = in_scope(booking, scope, occurrence_id, now)
    freed = [time for time in touched if time.status in WAITING and time.end > now]
    if not freed and any(time.status in HOLDING for time in touched):
        raise rules_broken([Broken("in-the-past", {"now": rfc3339(now)})], ZoneInfo("UTC"))
    for time in freed:
        if time.status == "confirmed" and time.start < now:
            time.end = time.finished_at = now
        time.status = "cancelled"
    if freed:
        booking.version += 1
    session.flush()
    return freed


def give_back_all(session: Session, member_id: int, now: datetime) -> Sequence[Occurrence]:
    """Give back what has not ended of all bookings of a member, by start: what was freed by this."""
    theirs = select(Booking.id).where(Booking.member_id == member_id)
    freed = session.scalars(_give_back(Occurrence.booking_id.in_(theirs), now)).all()
    touched = select(Occurrence.booking_id).where(Occurrence.id.in_(freed))
    session.execute(update(Booking).where(Booking.id.in_(touched)).values(version=Booking.version + 1))
    return session.scalars(
        select(Occurrence)
        .where(Occurrence.id.in_(freed))
        .order_by(Occurrence.start, Occurrence.id)
        .options(joinedload(Occurrence.booking))
        .execution_options(populate_existing=True)
    ).all()


def _give_back(which: ColumnElement[bool], now: datetime) -> ReturningUpdate[tuple[int]]:
    """Frees those of the occurrences that hold or wait for time which is not over: their ids."""
    return (
        update(Occurrence)
        .where(which, Occurrence.status.in_(WAITING), Occurrence.end > now)
        .values(status="cancelled")
        .returning(Occurrence.id)
    )


def find(session: Session, booking_id: int, member: Member) -> Booking:
    """A booking, for its member and for staff. Raises NotFound; for others it does not exist."""
    booking = session.get(Booking, booking_id) if booking_id <= LARGEST_ID else None
    if booking is None or not may_act(booking.member_id, member):
        raise NotFound(_("There is no such booking, or it is not yours."))
    return booking


def check_version(session: Session, booking: Booking, version: int | None) -> None:
    """Take the booking as it is now, under the lock. Raises Changed if it is not `version` any more, or has
    gone to a resource that is not the one that was locked."""
    locked = booking.resource_id
    session.refresh(booking)
    if booking.resource_id != locked or version not in (None, booking.version):
        raise Changed(
            _("Somebody has changed this booking meanwhile. Nothing was saved; look at what it is now."),
            extra={"version": booking.version},
        )


def in_scope(booking: Booking, scope: Scope, occurrence_id: int | None, now: datetime) -> list[Occurrence]:
    """The occurrences that a deed touches, in order. Raises NotFound for one that is not of this booking.

    Where none is named, the one meant is the next that has not ended.
    """
    if scope == "all":
        return booking.occurrences
    one = meant(booking, occurrence_id, now)
    if scope == "this":
        return [one]
    return [time for time in booking.occurrences if time.original_start >= one.original_start]


def meant(booking: Booking, occurrence_id: int | None, now: datetime) -> Occurrence:
    """The occurrence with this id; without one, the next that is neither over nor given up."""
    if occurrence_id is None:
        coming = [time for time in booking.occurrences if time.end > now and time.status in WAITING]
        return coming[0] if coming else booking.occurrences[-1]
    found = next((time for time in booking.occurrences if time.id == occurrence_id), None)
    if found is None:
        raise NotFound(_("This booking has no such time."))
    return found


def _owner(session: Session, wish: Wish, member: Member) -> Member:
    """Whose booking it will be. Raises NotAllowed for somebody else's, NotFound if they are not here.

    From here to the commit they are not deactivated (see departure).
    """
    owner_id = member.id
    if wish.member is not None and wish.member.strip().lower() != member.email:
        if not may(member, "bookings.make-for-others"):
            raise NotAllowed(_("Only facilities staff may book for somebody else."))
        owner_id = find_member(session, wish.member).id
    owner = session.scalar(_STILL_HERE, {"id": owner_id})
    if owner is None:
        raise NotFound(_("This member has left. Nothing was booked."))
    return owner
