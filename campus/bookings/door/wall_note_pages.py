"""The page of an hour's notes from the wall: read, add words and photos, remove."""

from __future__ import annotations

from flask import Blueprint, Flask, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from campus import clock
from campus.bookings.door import wall_notes
from campus.bookings.door.check_in_pages import number_of
from campus.bookings.privacy import may_act
from campus.bookings.wording import day_name, from_to
from campus.errors import BadRequest, CampusError
from campus.fields import row_number
from campus.figures import when
from campus.hub import hub
from campus.late_forms import shows_again
from campus.people.access import origin, require_member
from campus.pictures import LARGEST_BYTES, Picture
from campus.security import takes_pictures
from campus.spaces.spans import Span
from campus.uploads import read_sent, shown_by

AT_ONCE = 4
blueprint = Blueprint("wall_notes", __name__)
takes_pictures("wall_notes.add", AT_ONCE * LARGEST_BYTES)


@blueprint.get("/bookings/<int:booking_id>/notes")
def page(booking_id: int) -> str:
    return _page(booking_id, row_number(request.args.get("occurrence", "")))


@blueprint.post("/bookings/<int:booking_id>/notes")
def add(booking_id: int) -> Response | tuple[str, int]:
    """Keep what was sent, all of it or none. Who may not keep anything here has nothing read."""
    member, hour_id, now = require_member(), number_of("occurrence"), clock.now()
    with hub().database.read() as session:
        wall_notes.hour_of(wall_notes.find(session, booking_id, member), hour_id, now)
    try:
        wall_notes.read_text(request.form.get("text", ""))
        pictures = _pictures()
        with hub().database.write() as session:
            booking = wall_notes.find(session, booking_id, member)
            wall_notes.add(
                session,
                booking,
                wall_notes.hour_of(booking, hour_id, now),
                request.form.get("text", ""),
                pictures,
                by=member,
                origin=origin(),
                now=now,
            )
    except BadRequest as refused:
        return _page(booking_id, hour_id, refused), 422
    flash(_("Kept. The wall may be wiped."))
    return _back(booking_id, hour_id)


@blueprint.post("/bookings/<int:booking_id>/notes/<int:note_id>/remove")
def remove(booking_id: int, note_id: int) -> Response:
    member, now = require_member(), clock.now()
    with hub().database.write() as session:
        booking = wall_notes.find(session, booking_id, member)
        hour_id = wall_notes.remove(session, booking, note_id, by=member, origin=origin(), now=now)
    flash(_("The note is gone."))
    return _back(booking_id, hour_id)


@shows_again("wall_notes.add")
def add_again() -> tuple[str, int]:
    late = BadRequest(
        _("This page was open too long. Nothing was saved yet: look it over and send it again.")
    )
    booking_id = (request.view_args or {})["booking_id"]
    return _page(booking_id, number_of("occurrence"), late), late.status


def _pictures() -> list[Picture]:
    """What was sent, checked and made anew. Raises BadRequest that names the file."""
    sent = [file for file in request.files.getlist("photos") if file.filename]
    if len(sent) > AT_ONCE:
        raise BadRequest(_("%(most)s photos at a time are the most.", most=AT_ONCE))
    found: dict[str, Picture] = {}
    for file in sent:
        try:
            picture = read_sent(file.stream.read())
        except BadRequest as refused:
            told = {"file": (file.filename or "")[:80], "reason": refused.message}
            raise BadRequest(_("%(file)s: %(reason)s Nothing was saved.", **told)) from None
        found[picture.digest] = picture
    return list(found.values())


def _back(booking_id: int, hour_id: int) -> Response:
    return redirect(url_for(".page", booking_id=booking_id, occurrence=hour_id, _anchor="wall"), 303)


def _page(booking_id: int, hour_id: int | None, refused: CampusError | None = None) -> str:
    member, now, zone = require_member(), clock.now(), hub().settings.zone
    with hub().database.read() as session:
        booking = wall_notes.find(session, booking_id, member)
        hour = wall_notes.hour_of(booking, hour_id, now)
        notes = wall_notes.notes_of(session, booking, hour, member)
    span = Span(hour.start, hour.end)
    return render_template(
        "bookings/wall_notes.html",
        booking=booking,
        hour=hour,
        notes=notes,
        opens_booking=may_act(booking.member_id, member),
        refused=refused,
        typed=request.form,
        at_once=AT_ONCE,
        when_it_is=f"{day_name(hour.start.astimezone(zone).date())} {from_to(span, zone)}",
        others=[
            (one.id, f"{day_name(one.start.astimezone(zone).date())}")
            for one in booking.occurrences
            if one.id != hour.id and one.status == "confirmed" and one.start <= now
        ][-12:],
        now=now,
        when=when,
    )


def register(app: Flask) -> None:
    app.register_blueprint(blueprint)
    shown_by("walls", wall_notes.may_see_picture, wall_notes.is_kept)
