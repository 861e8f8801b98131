"""Lines: whether somebody may join the one for a time that is taken."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from campus.bookings.models import HOLDING, Booking, Occurrence
from campus.bookings.refusals import rules_broken
from campus.bookings.rules import lining_up
from campus.bookings.rules.lining_up import Own
from campus.bookings.rules.policy import Broken
from campus.bookings.taking import Ground
from campus.people.models import Member
from campus.spaces.spans import Span


def admit(
    session: Session,
    ground: Ground,
    owner: Member,
    wanted: Span,
    *,
    now: datetime,
    zone: ZoneInfo,
    without: Collection[int] = (),
) -> None:
    """Let `owner` into the line for `wanted`. Raises RulesBroken (see lining_up.check).

    `without`: ids of occurrences that are being moved.
    """
    broken = against(session, ground, owner, wanted, now=now, without=without)
    if broken:
        raise rules_broken(broken, zone)


def against(
    session: Session,
    ground: Ground,
    owner: Member,
    wanted: Span,
    *,
    now: datetime,
    without: Collection[int] = (),
) -> list[Broken]:
    """What stands against `owner` waiting there for `wanted`."""
    rows = session.execute(
        select(Booking.id, Occurrence.start, Occurrence.end, Occurrence.status)
        .join(Booking, Occurrence.booking_id == Booking.id)
        .where(
            Booking.member_id == owner.id,
            Occurrence.resource_id == ground.resource.id,
            Occurrence.status.in_((*HOLDING, "waitlisted")),
            Occurrence.end > now,
            Occurrence.id.not_in(without),
        )
        .order_by(Occurrence.start, Occurrence.id)
    )
    own = [Own(number, Span(start, end), status == "waitlisted") for number, start, end, status in rows]
    return lining_up.check(ground.rules, wanted, own)
