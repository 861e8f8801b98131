"""Your data: all of it to take along, and the way out."""

from __future__ import annotations

from flask import Response as Answer
from flask import current_app, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from campus import clock
from campus.audit import record
from campus.errors import CampusError
from campus.hub import hub
from campus.late_forms import shows_again
from campus.people.access import origin, require_member
from campus.people.account.erase import erase
from campus.people.account.frame import blueprint, render
from campus.people.account.own_data import own_data
from campus.people.door.proof import require_proof
from campus.people.models import Member


@blueprint.get("/account/data")
def data_page() -> str:
    return _page()


@blueprint.post("/account/data/download")
def download() -> Response:
    """One file. Its name says nothing about whose it is."""
    require_proof(url_for(".data_page"))
    now, member = clock.now(), require_member()
    with hub().database.write() as store:
        record(store, origin(), "member.download", f"member {member.id}", now)
    with hub().database.read() as store:
        found = own_data(store, store.get_one(Member, member.id), now)
    day = now.astimezone(hub().settings.zone).date()
    answer = Answer(current_app.json.dumps(found, indent=2), mimetype="application/json")
    answer.headers["Content-Disposition"] = f'attachment; filename="campus-my-data-{day}.json"'
    return answer


@blueprint.post("/account/data/delete")
def delete_me() -> Response | tuple[str, int]:
    require_proof(url_for(".data_page", _anchor="delete"))
    member, typed = require_member(), request.form.get("email", "")[:400]
    if typed.strip().lower() != member.email:
        return _page(typed, _("That is not your mail address. Nothing was deleted.")), 422
    try:
        with hub().database.write() as store:
            mine = store.get_one(Member, member.id)
            erase(store, mine, origin(), clock.now(), hub().settings.zone)
    except CampusError as refused:
        return _page(typed, refused.message), refused.status
    session.clear()
    return redirect(url_for(".goodbye"), 303)


@blueprint.get("/goodbye")
def goodbye() -> str:
    return render_template("people/goodbye.html")


@shows_again("account.download", "account.delete_me")
def data_again() -> tuple[str, int]:
    require_member()
    late = _("This page was open too long. Nothing was changed: please try once more.")
    return _page(request.form.get("email", "")[:400], late), 400


def _page(typed: str = "", error: str = "") -> str:
    return render("data", typed=typed, error=error)
