"""The booking page: what is free, a form to book it, and one's own bookings to give back."""

from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo

from flask import Blueprint, Flask, flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from campus import clock
from campus.bookings import listing, reception
from campus.bookings.desk import Scope, Wish
from campus.bookings.models import Booking
from campus.bookings.own.booking_page import show
from campus.bookings.timeline.chosen import Chosen
from campus.bookings.timeline.form import Typed, read_day
from campus.bookings.wording import day_name, from_to
from campus.errors import BadRequest, CampusError, NotSignedIn, SlotTaken
from campus.hub import hub
from campus.late_forms import shows_again
from campus.people.access import current_member, origin, require_member
from campus.people.models import Member
from campus.spaces.spans import Span

blueprint = Blueprint("bookings", __name__, template_folder="../templates")


@blueprint.get("/book")
def day_page() -> str:
    member = require_member()
    asked = request.args.get("date")
    if asked and read_day(asked) is None:
        flash(_("That is no date; this is today."))
    day, typed = read_day(asked or ""), Typed.of(request.args, _zone())  # a link may fill the form
    return show(member, Chosen.of(request.args), day, replace(typed, date=day.isoformat() if day else ""))


@blueprint.post("/book")
def book() -> Response | tuple[str, int]:
    member, now, zone = require_member(), clock.now(), _zone()
    typed, chosen = Typed.of(request.form, zone), Chosen.of(request.args)
    day, anchor = read_day(typed.date), None
    try:
        wish = typed.wish(now, zone)
        with hub().database.write() as session:
            made = reception.book(session, wish, member, origin(), now=now, zone=zone)
            anchor = f"b{made.booking.occurrences[0].id}"
            said = _said(made.booking, len(made.skipped))
        flash(said)
    except SlotTaken as error:
        if not _was_sent_twice(wish, member):
            return show(member, chosen, day, typed, error), error.status
        flash(_("This is booked already."))
    except CampusError as error:
        return show(member, chosen, day, typed, error), error.status
    return redirect(url_for(".day_page", **chosen.link(date=typed.date), _anchor=anchor), 303)


@shows_again("bookings.book")
def book_again() -> tuple[str, int]:
    typed, chosen = Typed.of(request.form, _zone()), Chosen.of(request.args)
    member = current_member()
    if member is None:
        page = url_for(".day_page", **{**chosen.link(), **typed.link()}, _anchor="booking")
        raise NotSignedIn(_("Sign in first."), extra={"next": page})
    again = BadRequest(
        _("This page was open too long. Nothing is booked yet: look it over and send it again.")
    )
    return show(member, chosen, read_day(typed.date), typed, again), again.status


@blueprint.post("/book/<int:booking_id>/cancel")
def cancel(booking_id: int) -> Response:
    """All of a booking, or, of a series, what `scope` and `occurrence` in the address say."""
    member, chosen = require_member(), Chosen.of(request.args)
    scope, occurrence = _scope(request.args.get("scope", "")), request.args.get("occurrence", type=int)
    with hub().database.write() as session:
        booking = reception.cancel(
            session,
            booking_id,
            member,
            origin(),
            now=clock.now(),
            zone=_zone(),
            scope=scope,
            occurrence_id=occurrence if scope != "all" else None,
        )
        span = _cancelled_span(booking, occurrence)
        name = booking.resource.name
    flash(_("Cancelled: %(name)s, %(when)s. The time is free again.", name=name, when=_when(span)))
    day = span.start.astimezone(_zone()).date()
    return redirect(url_for(".day_page", **chosen.link(date=day.isoformat())), 303)


def register(app: Flask) -> None:
    app.register_blueprint(blueprint)


def _scope(text: str) -> Scope:
    if text == "this":
        return "this"
    return "following" if text == "following" else "all"


def _said(booking: Booking, skipped: int) -> str:
    """What became of it."""
    first = booking.occurrences[0]
    name, when = booking.resource.name, _when(Span(first.start, first.end))
    text: str
    if first.status == "waitlisted":
        text = _("You are on the waiting list: %(name)s, %(when)s.", name=name, when=when)
    elif first.status == "pending":
        text = _("Asked for: %(name)s, %(when)s. Staff will decide.", name=name, when=when)
    elif len(booking.occurrences) > 1:
        times = len(booking.occurrences)
        text = ngettext(
            "Booked %(num)d time: %(name)s, first %(when)s.",
            "Booked %(num)d times: %(name)s, first %(when)s.",
            times,
            name=name,
            when=when,
        )
    else:
        text = _("Booked: %(name)s, %(when)s.", name=name, when=when)
    if skipped:
        text += " " + ngettext("%(num)d date was left out.", "%(num)d dates were left out.", skipped)
    return text


def _cancelled_span(booking: Booking, occurrence_id: int | None) -> Span:
    """From the first to the last of what was meant."""
    meant = [one for one in booking.occurrences if one.id == occurrence_id] or booking.occurrences
    return Span(meant[0].start, meant[-1].end)


def _was_sent_twice(wish: Wish, member: Member) -> bool:
    with hub().database.read() as session:
        return listing.is_booked_so(session, wish.resource, wish.span, wish.title, member.id)


def _when(span: Span) -> str:
    return f"{day_name(span.start.astimezone(_zone()).date())} {from_to(span, _zone())}"


def _zone() -> ZoneInfo:
    return hub().settings.zone
