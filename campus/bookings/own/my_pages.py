"""My bookings: what is next, what waits, what is over; for staff, what they are asked to decide."""

from __future__ import annotations

import re
from datetime import datetime

from flask import Blueprint, Flask, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from campus import clock
from campus.bookings import reception
from campus.bookings.approval import read_reason
from campus.bookings.own import own
from campus.bookings.own.booking_words import booking_words
from campus.errors import BadRequest, CampusError, NotFound
from campus.fields import SLUG
from campus.hub import hub
from campus.moments import from_micros, to_micros
from campus.people.access import origin, require_member
from campus.people.members import find_member
from campus.people.models import Member
from campus.people.permissions import may

blueprint = Blueprint("my_bookings", __name__, template_folder="../templates")
_CURSOR = re.compile(r"([0-9]{1,17})-([0-9]{1,18})", re.ASCII)


@blueprint.get("/bookings")
def list_page() -> str:
    """What is to come; `past=1` what is over. `resource=`: of one resource. `member=`: somebody's (staff)."""
    reader, now = require_member(), clock.now()
    asked = request.args.get("resource", "")
    resource = asked if SLUG.fullmatch(asked) else ""
    with hub().database.read() as session:
        whose = _whose(session, reader)
        told = {
            "whose": whose,
            "mine": whose.id == reader.id,
            "resource": resource,
            "resources": own.booked_resources(session, whose.id),
            "waiting": own.how_many_to_decide(session, now) if may(reader, "bookings.decide") else None,
            "now": now,
            **booking_words(),
        }
        if request.args.get("past"):
            lines, older = own.past(session, whose.id, now, resource or None, _before())
            return render_template("bookings/past.html", lines=lines, older=_cursor(older), **told)
        ahead = own.ahead(session, whose.id, now, resource or None)
    return render_template("bookings/mine.html", ahead=ahead, **told)


@blueprint.get("/bookings/to-decide")
def to_decide_page() -> str:
    return _to_decide()


@blueprint.post("/bookings/<int:booking_id>/approve")
def approve(booking_id: int) -> Response | tuple[str, int]:
    return _decide(booking_id, approved=True)


@blueprint.post("/bookings/<int:booking_id>/reject")
def reject(booking_id: int) -> Response | tuple[str, int]:
    return _decide(booking_id, approved=False)


def register(app: Flask) -> None:
    app.register_blueprint(blueprint)


def decided_words(approved: bool, name: str) -> str:
    """What a toast says of a decision. `name`: whose booking it was."""
    text: str = (
        _("Approved. %(name)s is told by mail.", name=name)
        if approved
        else _("Refused. %(name)s is told by mail, and the time is free again.", name=name)
    )
    return text


def _decide(booking_id: int, *, approved: bool) -> Response | tuple[str, int]:
    """Say yes or no. Without a reason nothing is refused: the page asks for it again."""
    member, now, zone = require_member(), clock.now(), hub().settings.zone
    reason = read_reason(request.form.get("reason", ""))
    if not approved and not reason:
        return _to_decide(_("Say why: they read it."), booking_id), 422
    answer = reception.approve if approved else reception.reject
    try:
        with hub().database.write() as session:
            booking = answer(session, booking_id, member, origin(), now=now, zone=zone, reason=reason)
            name = booking.member.name
    except CampusError as error:
        if error.status == NotFound.status:
            raise
        return _to_decide(error.message, booking_id), error.status
    flash(decided_words(approved, name))
    return redirect(url_for(".to_decide_page"), 303)


def _to_decide(fault: str = "", faulty_id: int | None = None) -> str:
    now = clock.now()
    with hub().database.read() as session:
        lines = own.to_decide(session, now)
    return render_template(
        "bookings/to_decide.html",
        lines=lines,
        waiting=len(lines),
        fault=fault,
        faulty_id=faulty_id,
        reason=request.form.get("reason", ""),
        now=now,
        **booking_words(),
    )


def _whose(session: Session, reader: Member) -> Member:
    """Whose bookings are looked at: one's own; staff may name a mail address. Raises NotFound."""
    asked = request.args.get("member", "").strip()
    if not asked or asked.lower() == reader.email:
        return reader
    if not may(reader, "bookings.see-all"):
        raise NotFound(_("There is no such booking, or it is not yours."))
    try:
        return find_member(session, asked)
    except (BadRequest, NotFound):
        flash(_("There is no member with the address %(email)s.", email=asked[:254]))
        return reader


def _before() -> tuple[datetime, int] | None:
    found = _CURSOR.fullmatch(request.args.get("before", ""))
    try:
        return (from_micros(int(found[1])), int(found[2])) if found else None
    except OverflowError:
        return None


def _cursor(last: tuple[datetime, int] | None) -> str:
    return f"{to_micros(last[0])}-{last[1]}" if last else ""
