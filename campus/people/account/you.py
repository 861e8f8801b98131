"""You: name, language, how times are written, what one is told by mail."""

from __future__ import annotations

from flask import flash, redirect, request, url_for
from flask_babel import force_locale
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from campus import clock
from campus.errors import BadRequest
from campus.hub import hub
from campus.language import language
from campus.late_forms import shows_again
from campus.people.access import origin, require_member
from campus.people.account.frame import blueprint, render
from campus.people.account.preferences import Preferences, change


@blueprint.get("/account")
def you_page() -> str:
    return _page(Preferences.of(require_member(), language().replace("-", "_")))


@blueprint.post("/account")
def change_preferences() -> Response | tuple[str, int]:
    member, wanted = require_member(), Preferences.typed(request.form)
    try:
        with hub().database.write() as store:
            change(store, member.id, wanted, origin(), clock.now())
    except BadRequest as refused:
        return _page(wanted, faults=refused.extra["faults"]), 422
    with force_locale(wanted.language):
        flash(_("Saved."))
    return redirect(url_for(".you_page"), 303)


@shows_again("account.change_preferences")
def preferences_again() -> tuple[str, int]:
    require_member()
    return _page(Preferences.typed(request.form), was_late=True), 400


def _page(typed: Preferences, *, faults: dict[str, str] | None = None, was_late: bool = False) -> str:
    return render("you", typed=typed, faults=faults or {}, was_late=was_late)
