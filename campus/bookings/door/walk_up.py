"""Walking up to a room: book it from this minute on, say that one is here, give the rest back.

What a door and the check-in page share. A door acts in the name of who hung it, for its own room alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from campus.audit import Origin
from campus.bookings import reception
from campus.bookings.desk import Wish
from campus.bookings.door.door_view import View, view
from campus.bookings.door.doorplate import Taken
from campus.bookings.models import Booking, Door
from campus.errors import BadRequest, SlotTaken
from campus.people.models import Member
from campus.people.permissions import may
from campus.spaces.resources import find_resource
from campus.spaces.spans import Span


@dataclass(frozen=True, slots=True)
class Caller:
    """Who stands there: a member, or the door that books in the name of `member`."""

    member: Member
    door: Door | None = None

    @property
    def reader(self) -> Member | None:
        """Who reads what stands there; everybody does, at a door."""
        return self.member if self.door is None else None

    def may_touch(self, taken: Taken) -> bool:
        """Check in and finish: whatever runs in the door's room; else one's own, and staff all."""
        if not taken.own or taken.booking_id is None:
            return False
        if self.door is not None or taken.member_id == self.member.id:
            return True
        return may(self.member, "bookings.make-for-others")


def book_now(
    session: Session,
    slug: str,
    minutes: int,
    caller: Caller,
    origin: Origin,
    *,
    now: datetime,
    zone: ZoneInfo,
) -> Span:
    """Book what is free for `minutes` from the running minute on, and check in where that is asked for.

    Raises SlotTaken if it does not fit (any more), and what reception.book raises.
    """
    shown = view(session, find_resource(session, slug), now, zone, reader=caller.reader)
    span = dict(shown.offers).get(minutes)
    if span is None:
        raise SlotTaken(_("That does not fit any more. %(answer)s.", answer=shown.answer))
    wish = Wish(
        slug,
        span.start,
        span.end,
        _("At the door"),
        visibility="everybody",
        source="page" if caller.door is None else "door",
    )
    # The minute that is running is not over: it counts as now.
    booked = reception.book(session, wish, caller.member, origin, now=span.start, zone=zone).booking
    if shown.asks_check_in:
        reception.check_in(session, booked.id, caller.member, origin, now=now, zone=zone)
    return span


def check_in(
    session: Session,
    slug: str,
    occurrence_id: int,
    caller: Caller,
    origin: Origin,
    *,
    now: datetime,
    zone: ZoneInfo,
) -> Booking:
    """Say that they are here. Raises BadRequest if this is not what can be checked in now."""
    shown = view(session, find_resource(session, slug), now, zone, reader=caller.reader)
    wanted = _the(offered(shown, caller)[0], occurrence_id, caller)
    return reception.check_in(
        session, wanted, caller.member, origin, now=now, zone=zone, occurrence_id=occurrence_id
    )


def finish(
    session: Session,
    slug: str,
    occurrence_id: int,
    caller: Caller,
    origin: Origin,
    *,
    now: datetime,
    zone: ZoneInfo,
) -> Booking:
    """Give back the rest of what runs now. Raises BadRequest if this does not."""
    shown = view(session, find_resource(session, slug), now, zone, reader=caller.reader)
    wanted = _the(shown.plate.current, occurrence_id, caller)
    return reception.finish(
        session, wanted, caller.member, origin, now=now, zone=zone, occurrence_id=occurrence_id
    )


def offered(shown: View, caller: Caller) -> tuple[Taken | None, Taken | None]:
    """What the caller may check in, and what they may finish. A member's own next booking may be checked
    in while the one before it still runs; a door speaks of one booking at a time."""
    here, current = shown.here, shown.plate.current
    if caller.door is None and shown.asks_check_in:
        soon = [one for one in (current, shown.plate.following) if one and shown.is_due(one)]
        here = next((one for one in soon if one.own and one.member_id == caller.member.id), here)
    return (
        here if here and caller.may_touch(here) else None,
        current if current and caller.may_touch(current) else None,
    )


def _the(taken: Taken | None, occurrence_id: int, caller: Caller) -> int:
    """The id of its booking, if it is the one that was meant and theirs to touch."""
    if taken is None or taken.occurrence_id != occurrence_id or not caller.may_touch(taken):
        raise BadRequest(_("The room has gone on meanwhile: look again. Nothing was changed."))
    assert taken.booking_id is not None  # noqa: S101 - may_touch
    return taken.booking_id
