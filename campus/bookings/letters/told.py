"""What people are told about a booking: its member and its guests, by mail that their calendars understand.

Every function writes to the outbox in the transaction of what it tells, and comes after the change:
`booking` is as it now is. `by` is who did it, None: the campus itself. An application has to be there
for the letters' templates. Members are told as they chose (see Member.mails_…), in their own words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from campus.bookings.letters.calendar import cancellation, invitation
from campus.bookings.letters.correspondence import Correspondence, Line, Reason
from campus.bookings.letters.mailed_links import offer_link
from campus.bookings.models import Booking, Occurrence
from campus.people.models import Member
from campus.spaces.spans import Span


@dataclass(frozen=True, slots=True)
class Before:
    """What people knew of a booking before a change (see as_it_was)."""

    booking_id: int
    resource: str
    title: str
    guests: tuple[str, ...]
    times: Mapping[int, tuple[Span, str, str | None]]
    """Span, status and own title by occurrence."""

    def was_known_to_guests(self, occurrences: Sequence[Occurrence] | None = None) -> bool:
        """True if guests were asked to some of it: they are once it is confirmed."""
        looked_at = self.times if occurrences is None else {one.id for one in occurrences}
        return any(self.times[one][1] == "confirmed" for one in looked_at if one in self.times)


@dataclass(frozen=True, slots=True)
class Proposal:
    """Where a booking that lost its time could go instead."""

    resource: str
    span: Span


def as_it_was(booking: Booking) -> Before:
    """To be kept before a booking is changed, for told_changed and told_cancelled."""
    times = {one.id: (Span(one.start, one.end), one.status, one.title) for one in booking.occurrences}
    return Before(booking.id, booking.resource.name, booking.title, tuple(booking.guests), times)


def told_booked(
    session: Session, booking: Booking, by: Member | None, *, now: datetime, zone: ZoneInfo
) -> None:
    """It was made, or taken from an offer: confirmed, waiting for approval, or in line."""
    letter = Correspondence(session, booking, by, now, zone)
    letter.to_member("booking_made", booking.occurrences, state=_state(booking))
    if _state(booking) == "confirmed":
        letter.to_guests("guest_invited", booking.occurrences)


def told_asked(
    session: Session,
    booking: Booking,
    *,
    now: datetime,
    zone: ZoneInfo,
    before: Before | None = None,
) -> None:
    """Who may decide is asked to, if some of it waits for them that did not `before`."""
    knew = (
        {one for one, (_span, status, _title) in before.times.items() if status == "pending"}
        if before
        else ()
    )
    asks = [one for one in booking.occurrences if one.status == "pending" and one.id not in knew]
    if asks:
        Correspondence(session, booking, None, now, zone).to_staff("booking_asked", asks)


def told_changed(
    session: Session,
    booking: Booking,
    before: Before,
    by: Member | None,
    *,
    now: datetime,
    zone: ZoneInfo,
    reason: Reason | None = None,
) -> None:
    """Times, title, place or guests are others now. Nobody hears of what they cannot see.

    Where a part of a series became a booking of its own, both are told of, each with the `before` of the
    one that there was: calendars know them by two names from here on.
    """
    letter = Correspondence(session, booking, by, now, zone)
    changed = [one for one in booking.occurrences if before.times.get(one.id) != _as_known(one)]
    went = before.times.keys() - {one.id for one in booking.occurrences}  # their own way, as another booking
    words = (before.title, before.resource) != (booking.title, booking.resource.name)
    was = {one.id: before.times[one.id][0] for one in changed if one.id in before.times}
    shown = changed or [one for one in booking.occurrences if one.end > now] or booking.occurrences
    lost = bool(went) and booking.id == before.booking_id
    if changed or went or words or set(before.guests) != set(booking.guests):
        state = _state(booking)
        letter.to_member("booking_changed", shown, was=was, state=state, lost=lost, reason=reason)
    known, stays = before.was_known_to_guests(), _state(booking) == "confirmed"
    if not known and not stays:
        return
    left = set(before.guests) - set(booking.guests) if known else set()
    new = set(booking.guests) - set(before.guests) if known else set(booking.guests)
    letter.to_guests("guest_cancelled", booking.occurrences, emails=left, how=cancellation)
    letter.to_guests("guest_invited", booking.occurrences, emails=new)
    if changed or went or words:
        letter.to_guests("guest_changed", shown, emails=set(booking.guests) - new, was=was)


def told_cancelled(
    session: Session,
    booking: Booking,
    gone: Sequence[Occurrence],
    by: Member | None,
    *,
    now: datetime,
    zone: ZoneInfo,
    before: Before | None = None,
    reason: Reason | None = None,
) -> None:
    """`gone` are free again: all of it, or some of a series.

    Without `before` it is taken that guests know of it.
    """
    if not gone:
        return
    letter = Correspondence(session, booking, by, now, zone)
    letter.to_member("booking_cancelled", gone, reason=reason, calendar=letter.withdrawal(gone))
    if before is None or before.was_known_to_guests(gone):
        letter.to_guests("guest_cancelled", gone, how=letter.withdraw(gone))


def told_decided(
    session: Session,
    booking: Booking,
    by: Member | None,
    *,
    now: datetime,
    zone: ZoneInfo,
    decided: Sequence[Occurrence] | None = None,
    guests_knew: bool = False,
) -> None:
    """`decided`, all of it by default, were approved, or refused for the reason in `decision`.

    `guests_knew`: they were confirmed before, and asked for anew.
    """
    letter = Correspondence(session, booking, by, now, zone)
    decided = booking.occurrences if decided is None else decided
    if not decided:
        return
    approved = decided[0].status == "confirmed"
    ids = {one.id for one in decided}
    others = [one for one in booking.occurrences if one.id not in ids]
    guests_knew = guests_knew or any(one.status == "confirmed" for one in others)
    letter.to_member("booking_decided", decided, approved=approved, reason=booking.decision)
    if approved:
        letter.to_guests("guest_changed" if guests_knew else "guest_invited", decided)
    elif guests_knew:
        letter.to_guests("guest_cancelled", decided, how=letter.withdraw(decided))


def told_offered(session: Session, occurrence: Occurrence, *, now: datetime, zone: ZoneInfo) -> None:
    """A time that they waited for is theirs: if they take it by `offered_until`, or at once if confirmed."""
    booking, is_theirs = occurrence.booking, occurrence.status == "confirmed"
    letter = Correspondence(session, booking, None, now, zone)
    until = None if is_theirs else occurrence.offered_until
    calendar = letter.part(invitation) if is_theirs else None
    answer = offer_link(session, booking, now) if until else None
    letter.to_member("booking_offered", [occurrence], until=until, answer=answer, calendar=calendar)
    if is_theirs:
        letter.to_guests("guest_invited", [occurrence])


def told_displaced(
    session: Session,
    booking: Booking,
    gone: Sequence[Occurrence],
    by: Member | None,
    *,
    now: datetime,
    zone: ZoneInfo,
    reason: Reason,
    proposals: Sequence[Proposal] = (),
    before: Before | None = None,
) -> None:
    """A closure took the time of `gone`: why, and where they could go instead."""
    if not gone:
        return
    letter = Correspondence(session, booking, by, now, zone)
    moves = [Line(one.span, one.resource) for one in proposals]
    calendar = letter.withdrawal(gone)
    letter.to_member("booking_displaced", gone, reason=reason, moves=moves, calendar=calendar)
    if before is None or before.was_known_to_guests(gone):
        letter.to_guests("guest_cancelled", gone, how=letter.withdraw(gone))


def told_reminder(session: Session, occurrence: Occurrence, *, now: datetime, zone: ZoneInfo) -> None:
    """It begins soon. The member alone is told: guests have it in their calendars."""
    booking = occurrence.booking
    if booking.member.mails_reminders:
        letter = Correspondence(session, booking, booking.member, now, zone, is_reminder=True)
        letter.to_member("booking_reminder", [occurrence], calendar=None)


def _as_known(one: Occurrence) -> tuple[Span, str, str | None]:
    return Span(one.start, one.end), one.status, one.title


def _state(booking: Booking) -> str:
    """How it stands: confirmed if any of it is, pending if it asks for approval, else of the first time."""
    states = [one.status for one in booking.occurrences]
    return next((state for state in ("confirmed", "pending", "offered") if state in states), states[0])
