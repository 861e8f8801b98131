"""The pages of closures, for staff: what is closed when, and what becomes of the bookings in it."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from flask import Blueprint, Flask, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from campus import clock
from campus.bookings import displacement
from campus.bookings.wording import day_name, from_to
from campus.errors import BadRequest, CampusError, RulesBroken, SlotTaken, TooManyTries
from campus.hub import hub
from campus.late_forms import shows_again
from campus.people.access import origin, require, require_member
from campus.spaces import closures
from campus.spaces.closure_form import Typed
from campus.spaces.models import Resource
from campus.spaces.resources import all_resources
from campus.spaces.spans import Span

blueprint = Blueprint("closures", __name__)


@blueprint.get("/closures")
def list_page() -> str:
    return _list(Typed.of(request.args), {})


@blueprint.post("/closures")
def add() -> Response | tuple[str, int]:
    """Close, and go on to the bookings that lie in it, if there are any."""
    typed, now, zone = Typed.of(request.form), clock.now(), hub().settings.zone
    faults = typed.faults(zone)
    if faults:
        return _list(typed, faults), 422
    try:
        with hub().database.write() as session:
            made = closures.add_closure(
                session,
                typed.span(zone),
                typed.reason,
                typed.resource or None,
                by=require_member(),
                origin=origin(),
                now=now,
            )
            hit = len(displacement.displaced(session, made, now))
    except BadRequest as refused:
        return _list(typed, {"last_day": refused.message}), 422
    if not hit:
        flash(_("Closed. No booking lies in it."))
        return redirect(url_for(".list_page"), 303)
    flash(ngettext("Closed. %(num)d booking lies in it.", "Closed. %(num)d bookings lie in it.", hit))
    return redirect(url_for(".closure_page", closure_id=made.id), 303)


@blueprint.get("/closures/<int:closure_id>")
def closure_page(closure_id: int) -> str:
    return _page(closure_id)


@blueprint.post("/closures/<int:closure_id>")
def settle(closure_id: int) -> Response | tuple[str, int]:
    """Do with each booking what was chosen: `way-<occurrence>` is a proposal's key, `cancel` or `leave`."""
    now, zone = clock.now(), hub().settings.zone
    choices = _choices(request.form)
    try:
        with hub().database.write() as session:
            closure = closures.find_closure(session, closure_id)
            done = displacement.settle(
                session,
                closure,
                choices,
                by=require_member(),
                origin=origin(),
                now=now,
                zone=zone,
            )
            left = len(displacement.displaced(session, closure, now))
    except (SlotTaken, RulesBroken, BadRequest, TooManyTries) as refused:
        return _page(closure_id, refused), refused.status
    flash(
        _(
            "%(moved)s moved, %(cancelled)s cancelled, %(left)s left. Their members are told by mail.",
            moved=done.moved,
            cancelled=done.cancelled,
            left=left,
        )
    )
    back = url_for(".closure_page", closure_id=closure_id) if left else url_for(".list_page")
    return redirect(back, 303)


@blueprint.post("/closures/<int:closure_id>/remove")
def remove(closure_id: int) -> Response:
    with hub().database.write() as session:
        closures.remove_closure(session, closure_id, origin(), clock.now())
    flash(_("The closure is removed. That time can be booked again."))
    return redirect(url_for(".list_page"), 303)


@shows_again("closures.add", "closures.settle", "closures.remove")
def form_again() -> tuple[str, int]:
    require("resources.describe")
    closure_id = (request.view_args or {}).get("closure_id")
    if closure_id is None:
        return _list(Typed.of(request.form), {}, was_late=True), 400
    again = BadRequest(
        _("This page was open too long. Nothing was saved yet: look it over and send it again.")
    )
    return _page(closure_id, again), 400


def when(span: Span) -> str:
    """From when to when, in campus time: a day, some days, or hours."""
    zone = hub().settings.zone
    start, end = (moment.astimezone(zone) for moment in span)
    first, last = start.date(), (end.date() if not _is_midnight(end) else _day_before(end))
    if _is_midnight(start) and _is_midnight(end):
        return day_name(first) if first == last else f"{day_name(first)} – {day_name(last)}"
    return f"{day_name(first)} {from_to(span, zone)}"


def register(app: Flask) -> None:
    app.register_blueprint(blueprint)
    app.jinja_env.globals.update(closed_when=lambda closure: when(Span(closure.start, closure.end)))


def _choices(sent: MultiDict[str, str]) -> dict[int, str]:
    ways = {name[4:]: way[:120] for name, way in sent.items() if name.startswith("way-")}
    return {
        int(number): way
        for number, way in ways.items()
        if number.isascii() and number.isdigit() and len(number) < 19 and way != "leave"
    }


def _list(typed: Typed, faults: dict[str, str], *, was_late: bool = False) -> str:
    now = clock.now()
    with hub().database.read() as session:
        found = closures.list_closures(session, now)
        resources = all_resources(session)
        waiting = {
            closure.id: len(displacement.displaced(session, closure, now)) for closure, _resource in found
        }
    return render_template(
        "spaces/closures.html",
        found=found,
        waiting=waiting,
        resources=resources,
        typed=typed,
        faults=faults,
        was_late=was_late,
        today=now.astimezone(hub().settings.zone).date(),
    )


def _page(closure_id: int, refused: CampusError | None = None) -> str:
    now, zone = clock.now(), hub().settings.zone
    with hub().database.read() as session:
        closure = closures.find_closure(session, closure_id)
        resource = session.get(Resource, closure.resource_id) if closure.resource_id else None
        rows = displacement.proposals(session, closure, now, zone)
    return render_template(
        "spaces/closure.html", closure=closure, resource=resource, rows=rows, refused=refused, when=when
    )


def _is_midnight(wall: datetime) -> bool:
    return not (wall.hour or wall.minute or wall.second)


def _day_before(wall: datetime) -> date:
    return (wall - timedelta(days=1)).date()
