"""What a door asks of the store, and what it says in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_date
from flask_babel import get_locale
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from campus.bookings import agenda
from campus.bookings.agenda import Entry
from campus.bookings.door.doorplate import Plate, Taken, begun_minute, is_due, offers, plate, to_check_in
from campus.bookings.privacy import may_know
from campus.bookings.rules.policy import MINUTE, Policy
from campus.bookings.wording import at
from campus.figures import time_of_day
from campus.moments import day_bounds
from campus.people.models import Member
from campus.spaces.models import Resource
from campus.spaces.spans import Span

AHEAD = timedelta(hours=24)
"""How far a door knows what is booked; a walk-up ends within it."""
NEXT_OPENING = timedelta(days=8)


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
        time = time_of_day(local)
        if until >= tomorrow:
            within_a_week = until - self.now < timedelta(days=6)
            time = f"{_weekday(local)} {time}" if within_a_week else at(until, self.zone)
        sentences: dict[str, str] = {
            "free": _("Free until %(time)s", time=time),
            "in-use": _("In use until %(time)s", time=time),
            "held": _("Held until %(time)s", time=time),
            "closed": _("Closed until %(time)s", time=time),
        }
        return sentences[self.plate.state]


def view(
    session: Session, resource: Resource, now: datetime, zone: ZoneInfo, *, reader: Member | None = None
) -> View:
    """How a resource stands `now`, and what may be done about it. Titles only where everybody may read
    them; where a `reader` is given, those that they may, and what is held for them is free."""
    policy = Policy.of(resource.policy)
    start = begun_minute(now)
    opening = agenda.opening(session, resource, Span(start, start + NEXT_OPENING), zone).spans
    reach = Span(start - policy.buffers.before, start + AHEAD)
    entries = agenda.taken(session, reach, now, [resource.id])
    mine = reader.id if reader else None
    taken = [_taken(one, reader) for one in entries if one.reason != "hold" or one.member_id != mine]
    shown = plate(now, opening, taken, policy.buffers)
    asks = policy.check_in_minutes is not None
    early = policy.check_in_early_minutes * MINUTE
    here = to_check_in(shown, now, early) if asks else None
    midnight = day_bounds(now.astimezone(zone).date(), zone)[1]
    return View(
        resource,
        shown,
        _offers(session, resource, shown, policy, now),
        here,
        _asked_by(here, policy, now),
        asks,
        early,
        shown.following is not None and shown.following.span.start < midnight,
        zone,
        now,
    )


def _weekday(wall: datetime) -> str:
    """Mon."""
    return str(format_date(wall.date(), "EEE", locale=get_locale() or "en")).replace(".", "")


def _asked_by(here: Taken | None, policy: Policy, now: datetime) -> datetime | None:
    if here is None or policy.check_in_minutes is None:
        return None
    last = here.span.start + policy.check_in_minutes * MINUTE
    return last if last > now else None


def _taken(entry: Entry, reader: Member | None) -> Taken:
    own = entry.reason == "booking"
    readable = may_know(entry, reader) if reader else entry.visibility == "everybody"
    return Taken(
        entry.span,
        entry.blocked,
        sure=entry.status == "confirmed",
        own=own,
        occurrence_id=entry.occurrence_id,
        booking_id=entry.booking_id,
        member_id=entry.member_id,
        title=entry.title if own and readable else None,
        checked_in=entry.checked_in,
    )


def _offers(
    session: Session, resource: Resource, shown: Plate, policy: Policy, now: datetime
) -> list[tuple[int, Span]]:
    """What may be booked at once. Nothing where the rules ask for notice or approval, or want no walk-ups;
    and nothing that would take along what is taken elsewhere."""
    if policy.min_notice_minutes or policy.approval or not policy.walk_up:
        return []
    found = offers(shown, now, policy.min_minutes, policy.max_minutes)
    _itself, *along = agenda.takes(session, resource.id)
    if not found or not along:
        return found
    blocked = agenda.blocked_spans(session, along, policy.buffers.around(found[-1][1]), now)
    return [
        (minutes, span)
        for minutes, span in found
        if not any(policy.buffers.around(span).overlaps(other) for other in blocked)
    ]
