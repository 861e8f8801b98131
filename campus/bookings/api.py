"""The API of bookings: ask for a time, see what is taken and what is free, give it back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from apiflask import APIBlueprint
from flask import Flask

from campus import clock
from campus.api import api_blueprint
from campus.bookings import desk, listing, reception
from campus.bookings.answers import (
    BookingOut,
    BookingsOut,
    ChangedOut,
    FreeOut,
    MadeOut,
    SpanOut,
    booking_out,
    changed_out,
    made_out,
    next_cursor,
)
from campus.bookings.finding.free_time import free_time
from campus.bookings.models import Booking
from campus.bookings.refusals import explained
from campus.bookings.requests import (
    BookingBody,
    BookingsQuery,
    CancelQuery,
    ChangeBody,
    DecisionBody,
    FreeQuery,
    OccurrenceBody,
)
from campus.bookings.rules.policy import MINUTE, Policy
from campus.hub import hub
from campus.people.access import origin, require_member
from campus.spaces.resources import find_resource

BROKEN = "The resource's rules do not allow it; every broken one is named."
TAKEN = "The time is taken; times that are free come with it, or the dates of a series that are not."
CLASH = "The new time is taken (`slot-taken`), or somebody has changed the booking meanwhile (`changed`)."
ONE_BOOKING = "/bookings/<int:booking_id>"
blueprint: APIBlueprint = api_blueprint("bookings_api", __name__)


@blueprint.get("/resources/<slug>/free")
@blueprint.input(FreeQuery, location="query", arg_name="query")
@blueprint.output(FreeOut)
def free(slug: str, query: FreeQuery) -> FreeOut:
    """Spans in which the caller may book `minutes`: hours, closures, bookings, buffers and their rules
    applied."""
    zone = hub().settings.zone
    with hub().database.read() as session:
        resource = find_resource(session, slug)
        minutes = query.minutes or Policy.of(resource.policy).min_minutes
        found = free_time(
            session, resource, require_member(), query.bounds, minutes * MINUTE, now=clock.now(), zone=zone
        )
        told = explained(found.barred, zone)
    return FreeOut(
        resource=slug,
        minutes=minutes,
        bookable=not found.barred,
        free=[SpanOut(start=span.start, end=span.end) for span in found.spans],
        **told,
    )


@blueprint.post("/bookings")
@blueprint.input(BookingBody, arg_name="body")
@blueprint.output(MadeOut, status_code=201)
@blueprint.doc(responses={409: TAKEN, 422: BROKEN})
def make_booking(body: BookingBody) -> MadeOut:
    """Book a resource. 409 `slot-taken` comes with suggestions, 422 names every broken rule."""
    return _book(body.wish())


@blueprint.post("/waitlist")
@blueprint.input(BookingBody, arg_name="body")
@blueprint.output(MadeOut, status_code=201)
@blueprint.doc(responses={409: TAKEN, 422: BROKEN})
def join_waitlist(body: BookingBody) -> MadeOut:
    """Stand in line for a time that is taken: status `waitlisted`. If it is free, it is booked."""
    return _book(body.wish(waitlist=True))


def _book(wish: desk.Wish) -> MadeOut:
    member, asked_from = require_member(), origin()
    with hub().database.write() as session:
        made = reception.book(session, wish, member, asked_from, **_here())
    return made_out(made)  # once the store is free for the next


@blueprint.get("/bookings")
@blueprint.input(BookingsQuery, location="query", arg_name="query")
@blueprint.output(BookingsOut)
def list_bookings(query: BookingsQuery) -> BookingsOut:
    """Bookings that hold some of the time asked for, by start; with `member=me` also what one waits for. Of
    others only resource and times."""
    member = require_member()
    with hub().database.read() as session:
        found = listing.list_bookings(
            session,
            bounds=query.bounds,
            resource_id=find_resource(session, query.resource).id if query.resource else None,
            member_id=member.id if query.member else None,
            after=query.after,
            limit=query.limit + 1,
        )
        shown = found[: query.limit]
        items = [booking_out(booking, member) for _start, booking in shown]
    return BookingsOut(items=items, next_cursor=next_cursor(shown[-1]) if len(found) > query.limit else None)


@blueprint.get(ONE_BOOKING)
@blueprint.output(BookingOut)
def get_booking(booking_id: int) -> BookingOut:
    """One's own booking; staff see all."""
    member = require_member()
    with hub().database.read() as session:
        return booking_out(desk.find(session, booking_id, member), member)


@blueprint.patch(ONE_BOOKING)
@blueprint.input(ChangeBody, arg_name="body")
@blueprint.output(ChangedOut)
@blueprint.doc(responses={409: CLASH, 422: BROKEN})
def change_booking(booking_id: int, body: ChangeBody) -> ChangedOut:
    """Change a booking, or the part of a series that `scope` names. A part whose time or place goes its own
    way becomes a booking of its own: the answer is that one, and names the one that it comes from."""
    with hub().database.write() as session:
        changed = reception.change(session, booking_id, body.change(), require_member(), origin(), **_here())
        return changed_out(changed)


@blueprint.delete(ONE_BOOKING)
@blueprint.input(CancelQuery, location="query", arg_name="query")
@blueprint.output({}, status_code=204)
@blueprint.doc(responses={409: CLASH, 422: BROKEN})
def cancel_booking(booking_id: int, query: CancelQuery) -> str:
    """Cancel a booking, or the part of a series that `scope` names: its time is free for others at once."""
    with hub().database.write() as session:
        reception.cancel(
            session,
            booking_id,
            require_member(),
            origin(),
            **_here(),
            scope=query.scope,
            occurrence_id=query.occurrence,
            version=query.version,
        )
    return ""


@blueprint.post(f"{ONE_BOOKING}/check-in")
@blueprint.input(OccurrenceBody, arg_name="body")
@blueprint.output(BookingOut)
def check_in(booking_id: int, body: OccurrenceBody) -> BookingOut:
    """Say that you have come. Twice is once."""
    return _act(reception.check_in, booking_id, occurrence_id=body.occurrence)


@blueprint.post(f"{ONE_BOOKING}/finish")
@blueprint.input(OccurrenceBody, arg_name="body")
@blueprint.output(BookingOut)
def finish(booking_id: int, body: OccurrenceBody) -> BookingOut:
    """End what is under way; the rest of its time is free."""
    return _act(reception.finish, booking_id, occurrence_id=body.occurrence)


@blueprint.post(f"{ONE_BOOKING}/approve")
@blueprint.input(DecisionBody, arg_name="body")
@blueprint.output(BookingOut)
def approve(booking_id: int, body: DecisionBody) -> BookingOut:
    """Say yes to what is pending (staff)."""
    return _act(reception.approve, booking_id, reason=body.reason)


@blueprint.post(f"{ONE_BOOKING}/reject")
@blueprint.input(DecisionBody, arg_name="body")
@blueprint.output(BookingOut)
def reject(booking_id: int, body: DecisionBody) -> BookingOut:
    """Say no to what is pending (staff): its time is free."""
    return _act(reception.reject, booking_id, reason=body.reason)


@blueprint.post(f"{ONE_BOOKING}/accept")
@blueprint.output(BookingOut)
def accept_offer(booking_id: int) -> BookingOut:
    """Take the time that was offered to the first in line."""
    return _act(reception.accept_offer, booking_id)


@blueprint.post(f"{ONE_BOOKING}/decline")
@blueprint.output(BookingOut)
def decline_offer(booking_id: int) -> BookingOut:
    """Let go the time that was offered: the next in line is asked."""
    return _act(reception.decline_offer, booking_id)


def _act(deed: Callable[..., Booking], booking_id: int, **more: Any) -> BookingOut:
    member = require_member()
    with hub().database.write() as session:
        return booking_out(deed(session, booking_id, member, origin(), **_here(), **more), member)


def _here() -> dict[str, Any]:
    return {"now": clock.now(), "zone": hub().settings.zone}


def register(app: Flask) -> None:
    app.register_blueprint(blueprint)
