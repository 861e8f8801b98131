"""The floor plan: who is free now, and the page where staff put things in their places."""

from __future__ import annotations

from flask import Blueprint, Flask, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from campus import clock
from campus.hub import hub
from campus.late_forms import shows_again
from campus.people.access import origin, require, require_member
from campus.spaces.floor import floors_now, put_places, with_things
from campus.spaces.floor_form import Row, rows_of
from campus.spaces.hung import hung_now
from campus.spaces.places import HEIGHT, WIDTH, floors_of
from campus.spaces.resources import all_resources
from campus.spaces.wording import ICONS

REFRESH_S = 30
SCALE = 10
"""Points of the drawing for each unit of a floor: letters have whole sizes."""
blueprint = Blueprint("floor", __name__)


@blueprint.get("/floor")
def page() -> str:
    """One floor as it stands now: `floor` names it, else the first; with `things` what hangs on it."""
    now, asked = clock.now(), request.args.get("floor")
    with hub().database.read() as session:
        floors = floors_now(session, require_member(), now, hub().settings.zone)
        things = hung_now(session, now)
    with_marks = bool(things) and "things" in request.args
    if with_marks:
        floors = with_things(floors, things)
    shown = next((floor for floor in floors if floor.name == asked), floors[0] if floors else None)
    return render_template(
        "spaces/floor.html",
        floors=floors,
        shown=shown,
        things=things,
        with_marks=with_marks,
        refresh_s=REFRESH_S,
        **_drawing(),
    )


@blueprint.get("/floor/edit")
def edit_page() -> str:
    with hub().database.read() as session:
        rows = rows_of(all_resources(session))
    return _edit(rows)


@blueprint.post("/floor/edit")
def save() -> Response | tuple[str, int]:
    """All places at once, or the form again with what does not fit."""
    with hub().database.read() as session:
        rows = rows_of(all_resources(session), request.form)
    if any(row.faults for row in rows):
        return _edit(rows), 422
    with hub().database.write() as session:
        moved = put_places(session, {row.resource.slug: row.place for row in rows}, origin(), clock.now())
    flash(
        ngettext("%(num)d place is changed.", "%(num)d places are changed.", moved) if moved else _("Saved.")
    )
    return redirect(url_for(".page"), 303)


@shows_again("floor.save")
def form_again() -> tuple[str, int]:
    require("resources.describe")
    with hub().database.read() as session:
        rows = rows_of(all_resources(session), request.form)
    return _edit(rows, was_late=True), 400


def _edit(rows: list[Row], *, was_late: bool = False) -> str:
    floors = floors_of(row.place for row in rows if row.place)
    return render_template(
        "spaces/floor_edit.html",
        rows=rows,
        floors=floors,
        faults=[row for row in rows if row.faults],
        was_late=was_late,
        **_drawing(),
    )


def _drawing() -> dict[str, object]:
    return {"scale": SCALE, "across": WIDTH, "down": HEIGHT, "icons": ICONS}


def register(app: Flask) -> None:
    app.register_blueprint(blueprint)
