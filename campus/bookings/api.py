"""The API of bookings: ask for a time, see what is taken and what is free, give it back."""

from __future__ import annotations

from apiflask import APIBlueprint
from flask import Flask

from campus import clock
from campus.api import api_blueprint
from campus.bookings import agenda, desk, notices
from campus.bookings.answers import (
    BookingOut,
    BookingsOut,
    FreeOut,
    MadeOut,
    SpanOut,
    booking_out,
    made_out,
    next_cursor,
)
from campus.bookings.policy import MINUTE, Policy
from campus.bookings.requests import BookingBody, BookingsQuery, CancelQuery, FreeQuery
from campus.hub import hub
from campus.people.access import origin, require_member
from campus.spaces.resources import find_resource

BROKEN = "The resource's rules do not allow it; every broken one is named."
ONE_BOOKING = "/bookings/<int:booking_id>"
blueprint: APIBlueprint = api_blueprint("bookings_api", __name__)


@blueprint.get("/resources/<slug>/free")
@blueprint.input(FreeQuery, location="query", arg_name="query")
@blueprint.output(FreeOut)
def free(slug: str, query: FreeQuery) -> FreeOut:
    """Spans in which a booking of `minutes` may lie: hours, bookings, buffers and rules applied."""
    zone = hub().settings.zone
    with hub().database.read() as session:
        resource = find_resource(session, slug)
        minutes = query.minutes or Policy.of(resource.policy).min_minutes
        spans = agenda.bookable(session, resource, query.bounds, minutes * MINUTE, now=clock.now(), zone=zone)
    return FreeOut(
        resource=slug, minutes=minutes, free=[SpanOut(start=span.start, end=span.end) for span in spans]
    )


@blueprint.post("/bookings")
@blueprint.input(BookingBody, arg_name="body")
@blueprint.output(MadeOut, status_code=201)
@blueprint.doc(responses={409: "The time is taken; times that are free come with it.", 422: BROKEN})
def make_booking(body: BookingBody) -> MadeOut:
    """Book a resource. 409 `slot-taken` comes with suggestions, 422 names every broken rule."""
    member, now, zone = require_member(), clock.now(), hub().settings.zone
    with hub().database.write() as session:
        booking = desk.book(session, body.wish(), member, now, zone)
        notices.note(session, "booking.make", booking, member, origin(), now=now)
        return made_out(booking)


@blueprint.get("/bookings")
@blueprint.input(BookingsQuery, location="query", arg_name="query")
@blueprint.output(BookingsOut)
def list_bookings(query: BookingsQuery) -> BookingsOut:
    """Bookings that hold some of the time asked for, by start. Of others only resource and times."""
    member = require_member()
    with hub().database.read() as session:
        found = agenda.list_bookings(
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


@blueprint.delete(ONE_BOOKING)
@blueprint.input(CancelQuery, location="query", arg_name="query")
@blueprint.output({}, status_code=204)
@blueprint.doc(responses={422: BROKEN})
def cancel_booking(booking_id: int, query: CancelQuery) -> str:
    """Cancel a booking: its time is free for others at once."""
    with hub().database.write() as session:
        notices.cancel(
            session, booking_id, require_member(), origin(), now=clock.now(), zone=hub().settings.zone
        )
    return ""


def register(app: Flask) -> None:
    app.register_blueprint(blueprint)
