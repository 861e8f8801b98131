"""The reception: what pages, API, doors and jobs call. The deed, the audit, the waiting list and the mails.

Every function takes a writing session, in which all of that happens or none of it; the mails are noted in it,
and the worker writes them. What is refused is a CampusError.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from campus.audit import Origin, record
from campus.bookings import approval, changing, desk, holds, notices, presence, waitlist
from campus.bookings.changing import Change
from campus.bookings.desk import Booked, Scope, Wish
from campus.bookings.letters import postage
from campus.bookings.models import Booking, Hold, Occurrence
from campus.moments import rfc3339
from campus.people.models import Member
from campus.spaces.spans import Span


def book(
    session: Session, wish: Wish, member: Member, origin: Origin, *, now: datetime, zone: ZoneInfo
) -> Booked:
    """See desk.book.

    Raises TooManyTries if its guests would be too many for today (see postage).
    """
    made = desk.book(session, wish, member, now, zone)
    postage.spend(session, member.id, len(made.booking.guests), now)
    _note(session, "booking.make", made.booking, member, origin, now=now)
    if wish.is_told:
        notices.note(session, "booked", made.booking, member, now)
    return made


def cancel(
    session: Session,
    booking_id: int,
    member: Member,
    origin: Origin,
    *,
    now: datetime,
    zone: ZoneInfo,
    scope: Scope = "all",
    occurrence_id: int | None = None,
    version: int | None = None,
) -> Booking:
    """See desk.cancel. The booking, whether there was still something to give back or not."""
    before = notices.kept(desk.find(session, booking_id, member))
    freed = desk.cancel(
        session, booking_id, member, now, scope=scope, occurrence_id=occurrence_id, version=version
    )
    booking = desk.find(session, booking_id, member)
    if freed:
        postage.spend(session, member.id, len(booking.guests), now, refuse=False)
        _note(session, "booking.cancel", booking, member, origin, now=now)
        notices.note(session, "cancelled", booking, member, now, times=freed, before=before)
        serve_line(session, [booking.resource_id], now, zone)
    return booking


def change(
    session: Session,
    booking_id: int,
    wanted: Change,
    member: Member,
    origin: Origin,
    *,
    now: datetime,
    zone: ZoneInfo,
) -> Booked:
    """See changing.change. Raises TooManyTries if too many guests would hear of it today (see postage)."""
    there = desk.find(session, booking_id, member)
    was, before, resource_id = _told(there), notices.kept(there), there.resource_id
    made = changing.change(session, booking_id, wanted, member, now=now, zone=zone)
    if any(
        said is not None for said in (wanted.start, wanted.end, wanted.title, wanted.resource, wanted.guests)
    ):
        guests = {*before["guests"], *made.booking.guests}
        postage.spend(session, member.id, len(guests), now)
    _note(session, "booking.change", made.booking, member, origin, now=now, before=was)
    for booking in filter(None, (made.split_from, made.booking)):
        notices.note(session, "changed", booking, member, now, before=before)
    serve_line(session, {resource_id, made.booking.resource_id}, now, zone)
    return made


def approve(
    session: Session,
    booking_id: int,
    member: Member,
    origin: Origin,
    *,
    now: datetime,
    zone: ZoneInfo,
    reason: str = "",
) -> Booking:
    """See approval.decide."""
    decided = approval.decide(session, booking_id, "confirmed", member, now, reason=reason)
    return _decided(session, "booking.approve", decided, member, origin, now=now, zone=zone)


def reject(
    session: Session,
    booking_id: int,
    member: Member,
    origin: Origin,
    *,
    now: datetime,
    zone: ZoneInfo,
    reason: str = "",
) -> Booking:
    """See approval.decide. Its time is free again."""
    decided = approval.decide(session, booking_id, "rejected", member, now, reason=reason)
    booking = _decided(session, "booking.reject", decided, member, origin, now=now, zone=zone)
    serve_line(session, [booking.resource_id], now, zone)
    return booking


def accept_offer(
    session: Session, booking_id: int, member: Member, origin: Origin, *, now: datetime, zone: ZoneInfo
) -> Booking:
    """See waitlist.accept."""
    booking = waitlist.accept(session, booking_id, member, now).booking
    _note(session, "booking.accept", booking, member, origin, now=now)
    notices.note(session, "booked", booking, member, now)
    return booking


def decline_offer(
    session: Session, booking_id: int, member: Member, origin: Origin, *, now: datetime, zone: ZoneInfo
) -> Booking:
    """See waitlist.decline. The next in line is asked."""
    booking = waitlist.decline(session, booking_id, member, now).booking
    _note(session, "booking.decline", booking, member, origin, now=now)
    serve_line(session, [booking.resource_id], now, zone)
    return booking


def check_in(
    session: Session,
    booking_id: int,
    member: Member,
    origin: Origin,
    *,
    now: datetime,
    zone: ZoneInfo,
    occurrence_id: int | None = None,
) -> Booking:
    """See presence.check_in."""
    booking = presence.check_in(session, booking_id, member, now, occurrence_id).booking
    _note(session, "booking.check-in", booking, member, origin, now=now)
    return booking


def finish(
    session: Session,
    booking_id: int,
    member: Member,
    origin: Origin,
    *,
    now: datetime,
    zone: ZoneInfo,
    occurrence_id: int | None = None,
) -> Booking:
    """See presence.finish. What is left is free again, and calendars that know of it learn its end."""
    before = notices.kept(desk.find(session, booking_id, member))
    time = presence.finish(session, booking_id, member, now, occurrence_id)
    booking = time.booking
    _note(session, "booking.finish", booking, member, origin, now=now)
    if booking.version != before["version"] and booking.source != "door":
        postage.spend(session, member.id, len(booking.guests), now, refuse=False)
        notices.note(session, "changed", booking, member, now, before=before, why="finished-early")
    serve_line(session, [time.resource_id], now, zone)
    return booking


def serve_line(session: Session, resource_ids: Iterable[int], now: datetime, zone: ZoneInfo) -> None:
    """Time was freed there: who waits for it is served, and told."""
    for served in waitlist.promote(session, sorted(set(resource_ids)), now, zone):
        notices.note(session, "offered", served.booking, None, now, times=[served])


def _decided(
    session: Session,
    action: str,
    decided: Sequence[Occurrence],
    member: Member,
    origin: Origin,
    *,
    now: datetime,
    zone: ZoneInfo,
) -> Booking:
    booking = decided[0].booking
    _note(session, action, booking, member, origin, now=now)
    knew = booking.guests_told
    notices.note(session, "decided", booking, member, now, times=decided, guests_knew=knew)
    return booking


def _note(
    session: Session,
    action: str,
    booking: Booking,
    by: Member,
    origin: Origin,
    *,
    now: datetime,
    before: dict[str, Any] | None = None,
) -> None:
    """The audit has what is done to a booking by others than its member."""
    if booking.member_id != by.id:
        record(session, origin, action, f"booking {booking.id}", now, before=before, after=_told(booking))


def _told(booking: Booking) -> dict[str, Any]:
    return {
        "member": f"member {booking.member_id}",
        "resource": booking.resource.slug,
        "start": rfc3339(booking.occurrences[0].start),
        "end": rfc3339(booking.occurrences[0].end),
        "times": len(booking.occurrences),
    }


def hold(
    session: Session, resource: str, span: Span, member: Member, *, now: datetime, zone: ZoneInfo
) -> Hold:
    """See holds.hold."""
    return holds.hold(session, resource, span, member, now=now, zone=zone)


def release_hold(session: Session, hold_id: int, member: Member, *, now: datetime, zone: ZoneInfo) -> None:
    """See holds.release. Who waits for that time is served."""
    resource_id = holds.release(session, hold_id, member, now)
    if resource_id is not None:
        serve_line(session, [resource_id], now, zone)
