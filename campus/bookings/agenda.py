"""What is taken when, and therefore what is free: the questions that bookings ask of the store."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, func, or_, select
from sqlalchemy.orm import Session

from campus.bookings.models import Booking, Claim, Hold, Occurrence
from campus.bookings.rules.policy import MINUTE, Policy
from campus.bookings.rules.slots import free_spans, long_enough
from campus.database import ask
from campus.people.models import Member
from campus.spaces.hours import read_hours
from campus.spaces.models import Closure, Resource, ResourceLink
from campus.spaces.openings import open_when
from campus.spaces.spans import Span, within, without

_CLOSURES = (
    select(Closure.resource_id, Closure.start, Closure.end, Closure.reason)
    .where(Closure.start < bindparam("until"), Closure.end > bindparam("since"))
    .order_by(Closure.start, Closure.id)
)

_TAKEN = (
    select(
        Claim.resource_id,
        func.coalesce(Occurrence.resource_id, Hold.resource_id),
        func.coalesce(Occurrence.start, Hold.start),
        func.coalesce(Occurrence.end, Hold.end),
        Claim.blocked_start,
        Claim.blocked_end,
        Member.id,
        Member.name,
        Member.company_id,
        Occurrence.id,
        Booking.id,
        Occurrence.status,
        func.coalesce(Occurrence.title, Booking.title),
        Booking.visibility,
        Booking.attendees,
        Booking.repeat.is_not(None),
        Booking.version,
        Occurrence.checked_in_at.is_not(None),
    )
    .select_from(Claim)
    .outerjoin(Occurrence, Occurrence.id == Claim.occurrence_id)
    .outerjoin(Booking, Booking.id == Occurrence.booking_id)
    .outerjoin(Hold, Hold.id == Claim.hold_id)
    .join(Member, Member.id == func.coalesce(Booking.member_id, Hold.member_id))
    .where(Claim.blocked_start < bindparam("until"), Claim.blocked_end > bindparam("since"))
    .where(or_(Claim.hold_id.is_(None), Hold.expires_at > bindparam("now")))
    .order_by(Claim.blocked_start, Claim.id)
)
_TAKEN_OF = _TAKEN.where(Claim.resource_id.in_(bindparam("ids", expanding=True)))


@dataclass(frozen=True, slots=True)
class Entry:
    """What takes some time on a resource, with what its owner and staff may know."""

    resource_id: int
    """On whose timeline it lies."""
    of_resource_id: int
    """What was booked or is held: another one where that takes this one too (`reason` linked)."""
    reason: Literal["booking", "linked", "hold"]
    span: Span
    blocked: Span
    """The span with its buffers."""
    member_id: int
    member_name: str
    company_id: int | None
    occurrence_id: int | None = None
    booking_id: int | None = None
    status: str = "held"
    title: str = ""
    visibility: str = "private"
    attendees: int | None = None
    repeats: bool = False
    version: int = 0
    checked_in: bool = False


def taken(
    session: Session, bounds: Span, now: datetime, resource_ids: Collection[int] | None = None
) -> list[Entry]:
    """Everything that takes some of `bounds`, on all resources or on these, by start: one question.

    Holds that have run out by `now` are left out.
    """
    asked: dict[str, Any] = {"since": bounds.start, "until": bounds.end, "now": now}
    rows = (
        ask(session, _TAKEN, asked)
        if resource_ids is None
        else ask(session, _TAKEN_OF, {**asked, "ids": list(resource_ids)})
    )
    return [
        Entry(row[0], row[1], _reason(row), Span(row[2], row[3]), Span(row[4], row[5]), *row[6:9], *row[9:])
        if row[9]
        else Entry(row[0], row[1], _reason(row), Span(row[2], row[3]), Span(row[4], row[5]), *row[6:9])
        for row in rows
    ]


def _reason(row: tuple[Any, ...]) -> Literal["booking", "linked", "hold"]:
    if row[0] != row[1]:
        return "linked"
    return "booking" if row[9] else "hold"


def blocked_spans(
    session: Session,
    resource_ids: Collection[int],
    bounds: Span,
    now: datetime,
    *,
    but_not_of: int | None = None,
) -> list[Span]:
    """What is taken on any of these resources, buffers included, that touches `bounds`.

    Holds that have run out are left out, and those of the member `but_not_of`.
    """
    lasting = Hold.expires_at > now
    query = (
        select(Claim.blocked_start, Claim.blocked_end)
        .outerjoin(Hold, Hold.id == Claim.hold_id)
        .where(
            Claim.resource_id.in_(resource_ids),
            Claim.blocked_start < bounds.end,
            Claim.blocked_end > bounds.start,
            or_(
                Claim.hold_id.is_(None),
                lasting if but_not_of is None else lasting & (Hold.member_id != but_not_of),
            ),
        )
    )
    return [Span(start, end) for start, end in session.execute(query)]


def takes(session: Session, resource_id: int) -> list[int]:
    """The ids of what a booking of this resource takes: itself, and what it blocks."""
    blocks = select(ResourceLink.blocks_id).where(ResourceLink.resource_id == resource_id)
    return [resource_id, *session.scalars(blocks.order_by(ResourceLink.blocks_id))]


def bookable(
    session: Session,
    resource: Resource,
    bounds: Span,
    length: timedelta,
    *,
    now: datetime,
    zone: ZoneInfo,
    member_id: int | None = None,
) -> list[Span]:
    """Where in `bounds` a booking of `length` made `now` may lie, each as long as possible, in order.

    Opening hours, closures, other bookings, buffers, notice and advance are applied. Empty if the
    resource takes no booking of that length at all. What is held for `member_id` is free for them.
    """
    policy = Policy.of(resource.policy)
    if not policy.min_minutes * MINUTE <= length <= policy.max_minutes * MINUTE:
        return []
    window = policy.window(now)
    asked = bounds.clipped(Span(window.start, window.end + length))
    if asked is None:
        return []
    reach = Span(asked.start - policy.buffers.before, asked.end + policy.buffers.after)
    blocked = blocked_spans(session, takes(session, resource.id), reach, now, but_not_of=member_id)
    free = free_spans(opening(session, resource, asked, zone).spans, blocked, policy.buffers)
    return long_enough(free, length)


@dataclass(frozen=True, slots=True)
class Opening:
    """When a resource may be booked, as far as hours and closures go. `along`: when only a closure of
    another resource, which a booking takes along, keeps it from that: by the other's name."""

    spans: Sequence[Span]
    along: Sequence[tuple[str, Span]] = ()


def opening(session: Session, resource: Resource, bounds: Span, zone: ZoneInfo) -> Opening:
    """Within `bounds`: its hours, without closures and, as it says, holidays."""
    shut, elsewhere = [], list[tuple[str, Span]]()
    blocks = select(ResourceLink.blocks_id).where(ResourceLink.resource_id == resource.id)
    rows = session.execute(
        select(Closure.resource_id, Resource.name, Closure.start, Closure.end)
        .outerjoin(Resource, Resource.id == Closure.resource_id)
        .where(
            or_(
                Closure.resource_id.is_(None),
                Closure.resource_id == resource.id,
                Closure.resource_id.in_(blocks),
            ),
            Closure.start < bounds.end,
            Closure.end > bounds.start,
        )
        .order_by(Closure.start, Closure.id)
    )
    for at, name, start, end in rows:
        if at in (None, resource.id):
            shut.append(Span(start, end))
        else:
            elsewhere.append((name, Span(start, end)))
    own = opening_without(resource, bounds, zone, shut)
    along = [(name, part) for name, span in elsewhere for part in within(own, span)]
    return Opening(without(own, [span for _name, span in elsewhere]), along)


def opening_without(resource: Resource, bounds: Span, zone: ZoneInfo, shut: Sequence[Span]) -> Sequence[Span]:
    """The same for whoever knows the closures of many resources: `shut` are those of this one, and of what a
    booking of it takes along."""
    closed_on_holidays = Policy.of(resource.policy).holidays == "closed"
    hours = read_hours(resource.opening_hours)
    return within(open_when(hours, bounds, zone, closures=shut, holidays_closed=closed_on_holidays), bounds)


def closures(session: Session, bounds: Span) -> list[tuple[int | None, Span, str]]:
    """Closures that touch `bounds`: of which resource (None: of all), when, and why."""
    rows = ask(session, _CLOSURES, {"since": bounds.start, "until": bounds.end})
    return [(resource_id, Span(start, end), reason) for resource_id, start, end, reason in rows]
