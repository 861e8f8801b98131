"""What the QR code at the door leads to: check in, book from now on, finish; or when it is free again."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Flask, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from campus import clock
from campus.bookings.door import walk_up
from campus.bookings.door.door_view import view
from campus.bookings.door.walk_up import Caller
from campus.bookings.wording import from_to
from campus.errors import CampusError, NotFound
from campus.fields import row_number
from campus.hub import hub
from campus.people.access import origin, require_member
from campus.spaces.resources import find_resource

blueprint = Blueprint("check_in", __name__)


@blueprint.get("/check-in/<slug>")
def page(slug: str) -> str:
    return _page(slug)


@blueprint.post("/check-in/<slug>")
def check_in(slug: str) -> Response | tuple[str, int]:
    try:
        with hub().database.write() as store:
            walk_up.check_in(
                store, slug, number_of("occurrence"), Caller(require_member()), origin(), **_how()
            )
    except NotFound:
        raise
    except CampusError as refused:
        return _page(slug, refused), refused.status
    return _done(slug, _("Checked in. Have a good meeting."))


@blueprint.post("/check-in/<slug>/book")
def book(slug: str) -> Response | tuple[str, int]:
    try:
        with hub().database.write() as store:
            span = walk_up.book_now(
                store, slug, number_of("minutes"), Caller(require_member()), origin(), **_how()
            )
    except NotFound:
        raise
    except CampusError as refused:
        return _page(slug, refused), refused.status
    return _done(slug, _("Booked: %(when)s.", when=from_to(span, hub().settings.zone)))


@blueprint.post("/check-in/<slug>/finish")
def finish(slug: str) -> Response | tuple[str, int]:
    try:
        with hub().database.write() as store:
            walk_up.finish(store, slug, number_of("occurrence"), Caller(require_member()), origin(), **_how())
    except NotFound:
        raise
    except CampusError as refused:
        return _page(slug, refused), refused.status
    return _done(slug, _("Finished. The room is free again."))


def number_of(name: str) -> int:
    """A number that a form sent; 0, which is nothing's, where it sent none."""
    return row_number(request.form.get(name, "")) or 0


def _how() -> dict[str, Any]:
    return {"now": clock.now(), "zone": hub().settings.zone}


def _done(slug: str, said: str) -> Response:
    flash(said)
    return redirect(url_for(".page", slug=slug), 303)


def _page(slug: str, refused: CampusError | None = None) -> str:
    member, now, zone = require_member(), clock.now(), hub().settings.zone
    with hub().database.read() as store:
        shown = view(store, find_resource(store, slug), now, zone, reader=member)
    here, running = walk_up.offered(shown, Caller(member))
    return render_template(
        "bookings/check_in.html",
        shown=shown,
        plate=shown.plate,
        here=here,
        running=running,
        mine=next((one for one in (here, running) if one and one.member_id == member.id), None),
        refused=refused,
        today=now.astimezone(zone).date(),
        from_to=lambda span: from_to(span, zone),
    )


def register(app: Flask) -> None:
    app.register_blueprint(blueprint)
