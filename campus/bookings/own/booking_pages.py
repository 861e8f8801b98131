"""One booking: what, where, when, who; and what its member and staff may do with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from flask import Blueprint, Flask, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Answer

from campus import clock, letters
from campus.bookings import desk, reception
from campus.bookings.letters.appointments import appointment_of
from campus.bookings.letters.calendar import feed
from campus.bookings.models import VISIBILITIES, Booking
from campus.bookings.own.booking_words import booking_words, when_words
from campus.bookings.own.edit_form import SCOPES, Edited
from campus.bookings.own.one import Shown, occurrence_of, shown
from campus.bookings.own.own import how_many_to_decide
from campus.bookings.timeline.form import Typed, Unclear
from campus.errors import BadRequest, CampusError, NotFound, NotSignedIn
from campus.fields import row_number
from campus.hub import hub
from campus.late_forms import shows_again
from campus.people.access import current_member, origin, require_member
from campus.people.models import Member
from campus.people.permissions import may
from campus.spaces.resources import all_resources
from campus.spaces.spans import Span

blueprint = Blueprint("booking", __name__, template_folder="../templates")
Shown_or_away = Answer | tuple[str, int]


@blueprint.get("/bookings/<int:booking_id>")
def page(booking_id: int) -> str:
    return _page(booking_id, require_member())


@blueprint.post("/bookings/<int:booking_id>/edit")
def edit(booking_id: int) -> Shown_or_away:
    """Change it. Where that cannot be, what was typed is shown again, beside what is stored by now."""
    member, now, zone = require_member(), clock.now(), hub().settings.zone
    typed = Edited.of(request.form, zone)
    try:
        with hub().database.write() as session:
            booking = desk.find(session, booking_id, member)
            stored = _stored(session, booking, now, typed.occurrence)
            if not typed.differing(stored) and typed.seen_version == booking.version:
                return _away(booking_id, _("Nothing was changed."), typed.occurrence)
            wanted = typed.change(stored, zone)
            done = reception.change(session, booking_id, wanted, member, origin(), now=now, zone=zone)
            changed_id, skipped = done.booking.id, len(done.skipped)
    except CampusError as error:
        return _page(booking_id, member, typed, error), error.status
    left = _("Dates that stay as they were: %(num)s.", num=skipped) if skipped else ""
    return _away(changed_id, f"{_('Changed.')} {left}".strip(), typed.occurrence)


@shows_again("booking.edit")
def edit_again() -> tuple[str, int]:
    member = current_member()
    if member is None:
        raise NotSignedIn(_("Sign in first."), extra={"next": request.path.removesuffix("/edit")})
    number = int((request.view_args or {})["booking_id"])
    late = BadRequest(
        _("This page was open too long. Nothing is changed yet: look it over and send it again.")
    )
    return _page(number, member, Edited.of(request.form, hub().settings.zone), late), late.status


@blueprint.post("/bookings/<int:booking_id>/cancel")
def cancel(booking_id: int) -> Shown_or_away:
    """Give it back: `scope` this, following or all of a series."""
    scope = request.form.get("scope", "all")
    more = {"scope": scope if scope in SCOPES else "this", "version": _version()}
    said = _("Cancelled: %(name)s, %(when)s. The time is free again.", name="{name}", when="{when}")
    return _do(booking_id, reception.cancel, said, more)


@blueprint.post("/bookings/<int:booking_id>/check-in")
def check_in(booking_id: int) -> Shown_or_away:
    return _do(booking_id, reception.check_in, _("You are checked in."))


@blueprint.post("/bookings/<int:booking_id>/finish")
def finish(booking_id: int) -> Shown_or_away:
    return _do(booking_id, reception.finish, _("Finished. The rest of the time is free for others."))


@blueprint.post("/bookings/<int:booking_id>/accept")
def accept(booking_id: int) -> Shown_or_away:
    """Take what the waiting list offers."""
    said = _("It is yours: %(name)s, %(when)s.", name="{name}", when="{when}")
    return _do(booking_id, reception.accept_offer, said, with_occurrence=False)


@blueprint.post("/bookings/<int:booking_id>/decline")
def decline(booking_id: int) -> Shown_or_away:
    """Let the offer go."""
    said = _("Let go. Whoever is next in line gets it.")
    return _do(booking_id, reception.decline_offer, said, with_occurrence=False)


@blueprint.post("/bookings/<int:booking_id>/leave")
def leave(booking_id: int) -> Shown_or_away:
    """Stand in line no longer."""
    return _do(booking_id, reception.cancel, _("You have left the line."), with_occurrence=False)


@blueprint.get("/bookings/<int:booking_id>.ics")
def calendar(booking_id: int) -> Response:
    """The booking for a calendar program."""
    with hub().database.read() as session:
        booking = desk.find(session, booking_id, require_member())
        url = letters.link("booking.page", booking_id=booking_id)
        appointment = appointment_of(session, booking, hub().settings.zone, clock.now(), url=url)
    if appointment is None:
        raise NotFound(_("It only waits in line: there is nothing for a calendar yet."))
    text = feed([appointment], appointment.title)
    names = {"Content-Disposition": f'attachment; filename="booking-{booking_id}.ics"'}
    return Response(text, mimetype="text/calendar", headers=names)


def register(app: Flask) -> None:
    app.register_blueprint(blueprint)


def _do(
    booking_id: int,
    deed: Any,
    said: str,
    more: Mapping[str, Any] | None = None,
    *,
    with_occurrence: bool = True,
) -> Shown_or_away:
    """One deed on a booking, or on its occurrence that the form names; then back to where one came from."""
    member, now, zone = require_member(), clock.now(), hub().settings.zone
    number = row_number(request.form.get("occurrence", ""))
    told = {**({"occurrence_id": number} if with_occurrence else {}), **(more or {})}
    try:
        with hub().database.write() as session:
            booking = deed(session, booking_id, member, origin(), now=now, zone=zone, **told)
            about = shown(session, booking, now, number)
            when = when_words(about.date.span)
            said = said.replace("{when}", when).replace("{name}", booking.resource.name)
    except CampusError as error:
        return _page(booking_id, member, refused=error), error.status
    if request.form.get("back") == "list":
        flash(said)
        return redirect(url_for("my_bookings.list_page"), 303)
    return _away(booking_id, said, str(number or ""))


def _away(booking_id: int, said: str, occurrence: str) -> Answer:
    flash(said)
    page = url_for(".page", booking_id=booking_id, occurrence=row_number(occurrence), _anchor="content")
    return redirect(page, 303)


def _page(
    booking_id: int, member: Member, typed: Edited | None = None, refused: CampusError | None = None
) -> str:
    """The page; with the form as it was typed and why it was refused, if it was."""
    now, zone = clock.now(), hub().settings.zone
    asked = typed.occurrence if typed else request.values.get("occurrence", "")
    with hub().database.read() as session:
        booking = desk.find(session, booking_id, member)
        about = shown(session, booking, now, row_number(asked))
        stored = Edited.showing(booking, occurrence_of(booking, about.date), zone)
        has_changed = typed is not None and refused is not None and refused.code == "changed"
        return render_template(
            "bookings/booking.html",
            about=about,
            booking=booking,
            mine=booking.member_id == member.id,
            stored=stored,
            typed=replace(typed, version=stored.version) if typed and has_changed else typed or stored,
            refused=refused,
            faults=refused.faults if isinstance(refused, Unclear) else {},
            differs=typed.differing(stored) if typed and has_changed else [],
            offered=_offered(refused),
            others=_told(refused, "others"),
            clashes=_clashes(refused),
            resources=all_resources(session),
            visibilities=VISIBILITIES,
            may_decide=may(member, "bookings.decide"),
            waiting=how_many_to_decide(session, now) if may(member, "bookings.decide") else None,
            opens_form=typed is not None or bool(request.args.get("edit")),
            again=url_for("bookings.day_page", **_again(stored)),
            now=now,
            **booking_words(),
        )


def _again(stored: Edited) -> dict[str, Any]:
    """What fills the booking form with the same, for a link; the day is chosen there."""
    return Typed(
        resource=stored.resource,
        start=stored.start,
        end=stored.end,
        title=stored.title,
        attendees=stored.attendees,
    ).link()


def _stored(session: Session, booking: Booking, now: datetime, occurrence: str) -> Edited:
    about: Shown = shown(session, booking, now, row_number(occurrence))
    return Edited.showing(booking, occurrence_of(booking, about.date), hub().settings.zone)


def _offered(refused: CampusError | None) -> list[tuple[str, Span]]:
    """The suggestions of a refusal: what the form sends for each, and its span."""
    return [(f"{one['start']}/{one['end']}", _span(one)) for one in _told(refused, "suggestions")]


def _clashes(refused: CampusError | None) -> list[Span]:
    """The dates of a series that cannot be as was asked."""
    return [_span(one) for one in _told(refused, "clashes")]


def _told(refused: CampusError | None, name: str) -> list[dict[str, str]]:
    return list(refused.extra.get(name, [])) if refused else []


def _span(told: Mapping[str, str]) -> Span:
    return Span(datetime.fromisoformat(told["start"]), datetime.fromisoformat(told["end"]))


def _version() -> int | None:
    return row_number(request.form.get("version", ""))
