"""Doors, by staff: hung, listed, given a new link, taken down; and the link that makes a screen a door."""

from __future__ import annotations

from datetime import timedelta

import segno
from flask import Blueprint, Flask, flash, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from markupsafe import Markup
from werkzeug.wrappers import Response

from campus import clock, letters
from campus.audit import Origin, record
from campus.bookings.door import doors
from campus.bookings.door.doors import Hung, list_doors
from campus.errors import BadRequest, CampusError
from campus.figures import when
from campus.hub import hub
from campus.late_forms import shows_again
from campus.people.access import origin, require, require_member
from campus.people.wording import person_name
from campus.spaces.resources import all_resources

KEPT = timedelta(days=400)
"""How long a browser keeps a door's key; each look at the door begins it anew."""
LINK_KEY = "door_link"
"""Where Flask's signed cookie holds a link's secret, from the opened link to the button."""
blueprint = Blueprint("doors", __name__)


@blueprint.get("/doors")
def list_page() -> str:
    return _page()


@blueprint.post("/doors")
def hang() -> Response | tuple[str, int]:
    """The answer is the only place where the new link is ever shown."""
    said, now = request.form, clock.now()
    try:
        with hub().database.write() as store:
            door = doors.hang(
                store, said.get("resource", ""), said.get("name", ""), require_member(), origin(), now=now
            )
            made = _link(door.id, doors.new_link(store, door.id, origin(), now))
    except CampusError as refused:
        return _page(refused), refused.status
    return _page(made=made, made_id=door.id), 201


@blueprint.post("/doors/<int:door_id>/link")
def new_link(door_id: int) -> tuple[str, int]:
    """A link for another screen; it takes the key from the one that has it."""
    with hub().database.write() as store:
        made = _link(door_id, doors.new_link(store, door_id, origin(), clock.now()))
    return _page(made=made, made_id=door_id), 201


@blueprint.post("/doors/<int:door_id>/take-down")
def take_down(door_id: int) -> Response:
    with hub().database.write() as store:
        door = doors.take_down(store, door_id, origin(), clock.now())
    flash(_("Taken down: %(name)s. The screen is locked from now on.", name=door.name))
    return redirect(url_for(".list_page"), 303)


@shows_again("doors.hang", "doors.new_link", "doors.take_down")
def again() -> tuple[str, int]:
    require("doors.manage")
    late = BadRequest(
        _("This page was open too long. Nothing was saved yet: look it over and send it again.")
    )
    return _page(late), late.status


@blueprint.get("/doors/<int:door_id>/open/<secret>")
def open_link(door_id: int, secret: str) -> Response:
    """From the link to a page whose address has no secret. Whoever only looks uses up nothing."""
    session[LINK_KEY] = [door_id, secret]
    return redirect(url_for(".start_page"))


@blueprint.get("/doors/start")
def start_page() -> str | tuple[str, int]:
    with hub().database.read() as store:
        hung = doors.behind_link(store, *_kept_link(), clock.now())
    page = render_template("bookings/door_start.html", hung=hung, person_name=person_name)
    return page if hung else (page, 410)


@blueprint.post("/doors/start")
def start() -> Response | tuple[str, int]:
    """This browser is the door from now on: its key goes into a cookie that only the door's pages get."""
    now = clock.now()
    with hub().database.write() as store:
        opened = doors.open_link(store, *_kept_link(), now)
        if opened:
            by = Origin(opened[0].made_by.id, request.remote_addr or "", "door")
            record(store, by, "door.open", f"door {opened[0].door.id}", now)
    session.pop(LINK_KEY, None)
    if opened is None:
        return render_template("bookings/door_start.html", hung=None), 410
    hung, key = opened
    answer = redirect(url_for("door.page", slug=hung.resource.slug), 303)
    return keep_key(answer, hung.resource.slug, key)


def cookie_name() -> str:
    """Not a `__Host-` one, which would go to every page."""
    return "campus_door" if hub().settings.on_loopback else "__Secure-campus_door"


def keep_key(answer: Response, slug: str, key: str) -> Response:
    """The key for this door's pages only, and for no script."""
    answer.set_cookie(
        cookie_name(),
        key,
        max_age=KEPT,
        path=url_for("door.page", slug=slug),
        secure=not hub().settings.on_loopback,
        httponly=True,
        samesite="Lax",
    )
    return answer


def qr(address: str, label: str) -> Markup:
    """A QR code as inline SVG. Black on white in every theme: cameras want it so."""
    made = segno.make(address, error="m", micro=False)
    svg = made.svg_inline(border=2, omitsize=True, light="#fff", dark="#000", svgclass="qr", lineclass=None)
    return Markup(svg).replace("<svg", Markup('<svg role="img" aria-label="{}"').format(label), 1)  # noqa: S704 - segno's own


def _kept_link() -> tuple[int, str]:
    kept = session.get(LINK_KEY)
    return (kept[0], kept[1]) if kept else (0, "")


def _link(door_id: int, secret: str) -> str:
    return letters.link("doors.open_link", door_id=door_id, secret=secret)


def _page(refused: CampusError | None = None, *, made: str = "", made_id: int = 0) -> str:
    with hub().database.read() as store:
        hung, resources = list_doors(store), all_resources(store)
    fresh: Hung | None = next((one for one in hung if one.door.id == made_id), None)
    return render_template(
        "bookings/doors.html",
        hung=hung,
        resources=resources,
        refused=refused,
        typed={} if made else request.form,
        made=made,
        fresh=fresh,
        picture=qr(made, _("The link as a QR code")) if made else "",
        person_name=person_name,
        now=clock.now(),
        when=when,
    )


def register(app: Flask) -> None:
    app.register_blueprint(blueprint)
