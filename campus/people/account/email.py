"""Another mail address: asked for here, confirmed by the link that goes to it."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from campus import clock
from campus.audit import Origin
from campus.errors import BadRequest, CampusError
from campus.hub import hub
from campus.late_forms import shows_again
from campus.people.access import current_member, origin, require_member
from campus.people.account import change_of_address
from campus.people.account.frame import blueprint, render
from campus.people.door.proof import require_proof

COOKIE_KEY = "new_address"


@blueprint.get("/account/address")
def address_page() -> str:
    return _page(request.args.get("email", ""))


@blueprint.post("/account/address")
def ask_for_address() -> Response | tuple[str, int]:
    member, typed = require_member(), request.form.get("email", "")[:400]
    require_proof(url_for(".address_page", email=typed[:254]))
    try:
        with hub().database.write() as store:
            email = change_of_address.ask(store, member, typed, origin(), clock.now())
    except BadRequest as refused:
        return _page(typed, refused.message), 422
    flash(_("We sent a link to %(email)s. Open it within a day.", email=email))
    return redirect(url_for(".you_page"), 303)


@shows_again("account.ask_for_address")
def address_again() -> tuple[str, int]:
    require_member()
    late = _("This page was open too long. Nothing was saved yet: look it over and send it again.")
    return _page(request.form.get("email", "")[:400], late), 400


@blueprint.get("/account/address/<secret>")
def open_address(secret: str) -> Response:
    """From the mail. The secret leaves the address bar; nothing happens before somebody says yes."""
    session[COOKIE_KEY] = secret[:200]
    return redirect(url_for(".confirm_address_page"))


@blueprint.get("/new-address")
def confirm_address_page() -> str | tuple[str, int]:
    with hub().database.read() as store:
        ticket = change_of_address.asked_for(store, session.get(COOKIE_KEY, ""), clock.now())
    email = ticket.data["email"] if ticket else None
    return render_template("people/new_address.html", email=email), 200 if ticket else 404


@blueprint.post("/new-address")
def confirm_address() -> Response | tuple[str, int]:
    secret, here = session.pop(COOKIE_KEY, ""), origin()
    try:
        with hub().database.write() as store:
            email = change_of_address.confirm(
                store, secret, Origin(here.member_id, here.address, "browser"), clock.now()
            )
    except CampusError as refused:
        return render_template("people/new_address.html", email=None, error=refused.message), refused.status
    flash(_("%(email)s is your address from now on.", email=email))
    return redirect(url_for(".you_page" if current_member() else "people.sign_in_page"), 303)


def _page(typed: str, error: str = "") -> str:
    return render("address", typed=typed, error=error)
