"""The day page: what is free, a form to book it, and one's own bookings to give back."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

from flask import Blueprint, Flask, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from campus import clock
from campus.bookings import desk, listing, reception
from campus.bookings.day import day_of
from campus.bookings.form import Typed, Unclear, read_day
from campus.bookings.headline import headline, standing
from campus.bookings.wording import day_name, from_to, kind_name
from campus.errors import BadRequest, CampusError, NotSignedIn, SlotTaken
from campus.hub import hub
from campus.late_forms import shows_again
from campus.people.access import current_member, origin, require_member
from campus.people.models import Member
from campus.people.permissions import may
from campus.spaces.spans import Span

blueprint = Blueprint("bookings", __name__, template_folder="templates")


@blueprint.get("/book")
def day_page() -> str:
    member = require_member()
    asked = request.args.get("date")
    day = read_day(asked or "")
    if asked and day is None:
        flash(_("That is no date; this is today."))
    typed = Typed.of(request.args, hub().settings.zone)  # a link may fill the form
    return _page(member, day, replace(typed, date=day.isoformat() if day else ""))


@blueprint.post("/book")
def book() -> Response | tuple[str, int]:
    member, now, zone = require_member(), clock.now(), hub().settings.zone
    typed = Typed.of(request.form, zone)
    day, anchor = read_day(typed.date), None
    try:
        wish = typed.wish(now, zone)
        with hub().database.write() as session:
            booking = reception.book(session, wish, member, origin(), now=now, zone=zone).booking
            name, anchor = booking.resource.name, f"b{booking.occurrences[0].id}"
        flash(_("Booked: %(name)s, %(when)s.", name=name, when=_when(wish.span)))
    except SlotTaken as error:
        if not _was_sent_twice(wish, member):
            return _page(member, day, typed, error), error.status
        flash(_("This is booked already."))
    except CampusError as error:
        return _page(member, day, typed, error), error.status
    return redirect(url_for(".day_page", date=typed.date, _anchor=anchor), 303)


@shows_again("bookings.book")
def book_again() -> tuple[str, int]:
    typed = Typed.of(request.form, hub().settings.zone)
    member = current_member()
    if member is None:
        page = url_for(".day_page", **typed.link(), _anchor="booking")
        raise NotSignedIn(_("Sign in first."), extra={"next": page})
    again = BadRequest(
        _("This page was open too long. Nothing is booked yet: look it over and send it again.")
    )
    return _page(member, read_day(typed.date), typed, again), again.status


@blueprint.post("/book/<int:booking_id>/cancel")
def cancel(booking_id: int) -> Response:
    member = require_member()
    with hub().database.write() as session:
        booking = reception.cancel(
            session, booking_id, member, origin(), now=clock.now(), zone=hub().settings.zone
        )
        name, span = booking.resource.name, Span(booking.occurrences[0].start, booking.occurrences[-1].end)
    flash(_("Cancelled: %(name)s, %(when)s. The time is free again.", name=name, when=_when(span)))
    day = span.start.astimezone(hub().settings.zone).date()
    return redirect(url_for(".day_page", date=day.isoformat()), 303)


def register(app: Flask) -> None:
    app.register_blueprint(blueprint)


def _page(member: Member, day: date | None, typed: Typed, refused: CampusError | None = None) -> str:
    """The page of `day` (None: today), the form as it was typed, and why it was refused."""
    now, zone = clock.now(), hub().settings.zone
    day = day or now.astimezone(zone).date()
    with hub().database.read() as session:
        shown = day_of(session, day, member, now=now, zone=zone, whole=request.values.get("hours") == "all")
    answer, note = headline(shown)
    return render_template(
        "bookings/day.html",
        day=shown,
        answer=answer,
        note=note,
        standing=standing,
        previous=day - timedelta(days=1),
        following=day + timedelta(days=1),
        typed=typed if typed.date else replace(typed, date=day.isoformat()),
        refused=refused,
        offered=_offered(refused),
        faults=refused.faults if isinstance(refused, Unclear) else {},
        may_book_for_others=may(member, "bookings.make-for-others"),
        from_to=lambda span: from_to(span, zone),
        day_name=day_name,
        kind_name=kind_name,
    )


def _offered(refused: CampusError | None) -> list[tuple[str, Span]]:
    """The suggestions of a refusal: what the form sends for each, and its span."""
    found = refused.extra.get("suggestions", []) if refused else []
    return [
        (
            f"{slot['start']}/{slot['end']}",
            Span(datetime.fromisoformat(slot["start"]), datetime.fromisoformat(slot["end"])),
        )
        for slot in found
    ]


def _was_sent_twice(wish: desk.Wish, member: Member) -> bool:
    with hub().database.read() as session:
        return listing.is_booked_so(session, wish.resource, wish.span, wish.title, member.id)


def _when(span: Span) -> str:
    zone = hub().settings.zone
    return f"{day_name(span.start.astimezone(zone).date())} {from_to(span, zone)}"
