"""The door display: a room's state on a tablet beside the glass. For members, and for screens with a key."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Flask, flash, jsonify, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_wtf.csrf import generate_csrf
from werkzeug.wrappers import Response

from campus import clock, letters
from campus.audit import Origin
from campus.bookings.door import doors, walk_up
from campus.bookings.door.check_in_pages import number_of
from campus.bookings.door.door_staff_pages import cookie_name, keep_key, qr
from campus.bookings.door.door_view import view
from campus.bookings.door.walk_up import Caller
from campus.bookings.wording import from_to
from campus.errors import CampusError, NotFound
from campus.hub import hub
from campus.moments import to_micros
from campus.people.access import bearer_token, current_member
from campus.people.access import origin as origin_of_member
from campus.spaces.resources import find_resource

blueprint = Blueprint("door", __name__)


@blueprint.get("/door/<slug>")
def page(slug: str) -> Response | tuple[str, int]:
    """The screen. One without a key, where nobody signed in, learns nothing, not even which rooms exist."""
    caller = _caller(slug)
    if caller is None:
        return render_template("bookings/door_locked.html", slug=slug), 404
    shown = _shown(slug, caller)
    address = letters.link("check_in.page", slug=slug)
    label = _("QR code: open this room on your phone")
    answer = make_response(
        render_template("bookings/door.html", **shown, qr=qr(address, label), address=address)
    )
    return keep_key(answer, slug, request.cookies[cookie_name()]) if caller.door else answer


@blueprint.get("/door/<slug>/state")
def state(slug: str) -> Response:
    """What the screen asks for every few seconds. 404 where it has no key (any more)."""
    caller = _caller(slug)
    if caller is None:
        return _json({"locked": True}, 404)
    return _json(_told(slug, caller))


@blueprint.post("/door/<slug>/book")
def book(slug: str) -> Response:
    return _deed(slug, "book", number_of("minutes"))


@blueprint.post("/door/<slug>/check-in")
def check_in(slug: str) -> Response:
    return _deed(slug, "check-in", number_of("occurrence"))


@blueprint.post("/door/<slug>/finish")
def finish(slug: str) -> Response:
    return _deed(slug, "finish", number_of("occurrence"))


def _deed(slug: str, deed: str, number: int) -> Response:
    """Do it; answer a script with how the room stands then, a plain form with the page."""
    caller = _caller(slug)
    if caller is None:
        raise NotFound(_("This screen has no key to this door."))
    now, zone = clock.now(), hub().settings.zone
    how: dict[str, Any] = {"now": now, "zone": zone}
    status = 200
    try:
        with hub().database.write() as store:
            if deed == "book":
                span = walk_up.book_now(store, slug, number, caller, _origin(caller), **how)
                said: str = _("Booked: %(when)s.", when=from_to(span, zone))
            elif deed == "check-in":
                walk_up.check_in(store, slug, number, caller, _origin(caller), **how)
                said = _("Checked in. Have a good meeting.")
            else:
                walk_up.finish(store, slug, number, caller, _origin(caller), **how)
                said = _("Finished. The room is free again.")
    except CampusError as refused:
        said, status = refused.message, refused.status
    if request.accept_mimetypes.best == "application/json":
        return _json({**_told(slug, caller), "said": said}, status)
    flash(said)
    return redirect(url_for(".page", slug=slug), 303)


def _caller(slug: str) -> Caller | None:
    """The door whose key this browser has, else the member who signed in."""
    key, now = request.cookies.get(cookie_name()), clock.now()
    if key:
        with hub().database.read() as store:
            hung = doors.with_key(store, slug, key)
        if hung:
            if doors.is_news(hung.door, now):
                with hub().database.write() as store:
                    doors.seen(store, hung.door.id, now)
            return Caller(hung.made_by, hung.door)
    member = current_member() if bearer_token(request) is None else None  # a token's scopes end here
    return Caller(member) if member else None


def _origin(caller: Caller) -> Origin:
    if caller.door is None:
        return origin_of_member()
    return Origin(caller.member.id, request.remote_addr or "", "door")


def _shown(slug: str, caller: Caller) -> dict[str, Any]:
    """What the plate's template needs."""
    now, zone = clock.now(), hub().settings.zone
    with hub().database.read() as store:
        shown = view(store, find_resource(store, slug), now, zone)
    may_check_in, may_finish = walk_up.offered(shown, caller)
    return {
        "shown": shown,
        "plate": shown.plate,
        "here": may_check_in,
        "running": may_finish,
        "from_to": lambda span: from_to(span, zone),
        "local": lambda moment: moment.astimezone(zone),
        "now_ms": to_micros(now) // 1000,
        "until_ms": to_micros(shown.plate.until) // 1000 if shown.plate.until else None,
    }


def _told(slug: str, caller: Caller) -> dict[str, Any]:
    told = _shown(slug, caller)
    return {
        "now": told["now_ms"],
        "until": told["until_ms"],
        "state": told["plate"].state,
        "answer": told["shown"].answer,
        "plate": render_template("bookings/door_plate.html", **told, scripted=True),
        "token": generate_csrf(),
    }


def _json(told: dict[str, Any], status: int = 200) -> Response:
    answer = jsonify(told)
    answer.status_code = status
    return answer


def register(app: Flask) -> None:
    app.register_blueprint(blueprint)
