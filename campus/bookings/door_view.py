"""What a door asks of the store, and what it says in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from campus.bookings import agenda
from campus.bookings.doorplate import Plate, Taken, begun_minute, is_due, offers, plate, to_check_in
from campus.bookings.models import Booking, Claim, Hold, Occurrence
from campus.bookings.policy import MINUTE, Policy
from campus.bookings.wording import at
from campus.figures import time_of_day
from campus.moments import day_bounds
from campus.spaces.models import Resource
from campus.spaces.spans import Span

AHEAD = timedelta(hours=24)
"""How far a door knows what is booked; a walk-up ends within it."""
NEXT_OPENING = timedelta(days=8)
EARLY = 15
"""Minutes before its start from which a booking may be checked in, where its resource says nothing else."""


@dataclass(frozen=True, slots=True)
class View:
    """A room as its door shows it now. `here`: what may be checked in; `asked_by`: when it is given free
    again if nobody does, None where that never happens."""

    resource: Resource
    plate: Plate
    offers: list[tuple[int, Span]]
    here: Taken | None
    asked_by: datetime | None
    asks_check_in: bool
    early: timedelta
    more_today: bool
    zone: ZoneInfo
    now: datetime

    def is_due(self, one: Taken) -> bool:
        """True if its people may check in now."""
        return is_due(one, self.now, self.early)

    @property
    def answer(self) -> str:
        """The state in words, as large as the screen: Free until 15:30."""
        until, midnight = self.plate.until, day_bounds(self.now.astimezone(self.zone).date(), self.zone)[1]
        if until is None or (self.plate.state == "free" and until >= midnight):
            words: dict[str, str] = {
                "free": _("Free today"),
                "in-use": _("In use"),
                "held": _("Held"),
                "closed": _("Closed"),
            }
            return words[self.plate.state]
        local = until.astimezone(self.zone)
        tomorrow = day_bounds(midnight.astimezone(self.zone).date(), self.zone)[1]
        time = time_of_day(local) if until < tomorrow else at(until, self.zone)
        sentences: dict[str, str] = {
            "free": _("Free until %(time)s", time=time),
            "in-use": _("In use until %(time)s", time=time),
            "held": _("Held until %(time)s", time=time),
            "closed": _("Closed until %(time)s", time=time),
        }
        return sentences[self.plate.state]


def view(
    session: Session, resource: Resource, now: datetime, zone: ZoneInfo, *, reader_id: int | None = None
) -> View:
    """How a resource stands `now`, and what may be done about it. `reader_id`: who reads their own titles."""
    policy = Policy.of(resource.policy)
    start = begun_minute(now)
    reach = Span(start - policy.buffers.before, start + AHEAD)
    opening = agenda.opening(resource, Span(start, start + NEXT_OPENING), zone)
    shown = plate(now, opening, taken(session, resource, reach, now, reader_id), policy.buffers)
    asked = resource.policy.get("check_in_minutes")
    early = resource.policy.get("check_in_early_minutes", EARLY) * MINUTE
    here = to_check_in(shown, now, early) if asked else None
    midnight = day_bounds(now.astimezone(zone).date(), zone)[1]
    return View(
        resource,
        shown,
        _offers(shown, now, resource, policy),
        here,
        here.span.start + asked * MINUTE if here and asked else None,
        bool(asked),
        early,
        shown.following is not None and shown.following.span.start < midnight,
        zone,
        now,
    )


def taken(
    session: Session, resource: Resource, bounds: Span, now: datetime, reader_id: int | None = None
) -> list[Taken]:
    """What takes some of `bounds` from a resource, by start: bookings of it and of others that block it,
    and times that are held for somebody. Titles only where everybody may read them, and the reader's own."""
    rows = session.execute(
        select(
            Claim.blocked_start,
            Claim.blocked_end,
            Occurrence.id,
            Occurrence.start,
            Occurrence.end,
            Occurrence.status,
            Occurrence.resource_id,
            Occurrence.title,
            Occurrence.checked_in_at,
            Booking.id,
            Booking.member_id,
            Booking.title,
            Booking.visibility,
            Hold.start,
            Hold.end,
        )
        .outerjoin(Occurrence, Claim.occurrence_id == Occurrence.id)
        .outerjoin(Booking, Occurrence.booking_id == Booking.id)
        .outerjoin(Hold, Claim.hold_id == Hold.id)
        .where(
            Claim.resource_id == resource.id,
            Claim.blocked_start < bounds.end,
            Claim.blocked_end > bounds.start,
            or_(Hold.id.is_(None), Hold.expires_at > now),
        )
        .order_by(Claim.blocked_start)
    )
    found = []
    for row in rows:
        blocked = Span(row[0], row[1])
        if row[2] is None:
            found.append(Taken(Span(row[13], row[14]), blocked, sure=False))
            continue
        own, readable = row[6] == resource.id, row[12] == "everybody" or row[10] == reader_id
        found.append(
            Taken(
                Span(row[3], row[4]),
                blocked,
                sure=row[5] == "confirmed",
                own=own,
                occurrence_id=row[2],
                booking_id=row[9],
                member_id=row[10],
                title=(row[7] or row[11]) if readable and own else None,
                checked_in=row[8] is not None,
            )
        )
    return found


def _offers(shown: Plate, now: datetime, resource: Resource, policy: Policy) -> list[tuple[int, Span]]:
    """What may be booked at once. Nothing where the rules ask for notice or approval, or want no walk-ups."""
    said = resource.policy
    if policy.min_notice_minutes or said.get("approval") or said.get("walk_up") is False:
        return []
    return offers(shown, now, policy.min_minutes, policy.max_minutes)
