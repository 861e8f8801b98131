"""The page where staff bring in a list of rooms from a spreadsheet."""

from __future__ import annotations

from flask import Blueprint, Flask, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from campus import clock
from campus.hub import hub
from campus.late_forms import shows_again
from campus.people.access import origin, require
from campus.spaces.importing import Outcome, compare, import_rooms
from campus.spaces.list_form import TypedList, typed_list
from campus.spaces.wording import kinds

blueprint = Blueprint("spaces", __name__, template_folder="templates")


@blueprint.get("/resources/-/import")
def import_page() -> str:
    return _page(TypedList())


@blueprint.post("/resources/-/import")
def import_list() -> Response | str | tuple[str, int]:
    """Show what the list would do; with `do=import`, do it."""
    typed = typed_list(request)
    if typed.read.faults:
        return _page(typed), 422
    if request.form.get("do") != "import":
        with hub().database.read() as session:
            return _page(typed, compare(session, typed.read.rooms))
    with hub().database.write() as session:
        outcome = import_rooms(session, typed.read.rooms, origin(), clock.now())
    flash(counted(outcome))
    return redirect(url_for("bookings.day_page"), 303)


@shows_again("spaces.import_list")
def import_again() -> tuple[str, int]:
    require("resources.describe")
    typed = typed_list(request)
    return _page(TypedList(typed.text), was_late=True), 400


def counted(outcome: Outcome) -> str:
    """What was done, in a sentence."""
    new = ngettext("%(num)s new", "%(num)s new", len(outcome.new))
    changed = ngettext("%(num)s changed", "%(num)s changed", len(outcome.changed))
    same = ngettext("%(num)s as before", "%(num)s as before", len(outcome.same))
    return str(_("The list is in: %(new)s, %(changed)s, %(same)s.", new=new, changed=changed, same=same))


def _page(typed: TypedList, outcome: Outcome | None = None, *, was_late: bool = False) -> str:
    return render_template(
        "spaces/import.html", typed=typed, outcome=outcome, was_late=was_late, kinds=dict(kinds())
    )


def register(app: Flask) -> None:
    app.register_blueprint(blueprint)
