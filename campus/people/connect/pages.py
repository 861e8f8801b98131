"""To the OpenID provider and back: to sign in, or to link an account there with the one here."""

from __future__ import annotations

import logging
from typing import Any

from flask import Blueprint, Flask, flash, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from campus import clock
from campus.audit import record
from campus.errors import CampusError, NotAllowed
from campus.hub import hub
from campus.people.access import current_member, own_page, require_member
from campus.people.access import origin as asker
from campus.people.connect import accounts as oidc
from campus.people.connect import journey
from campus.people.connect.claims import ProviderFault, Unreadable
from campus.people.connect.journey import Back
from campus.people.door.admission import admit, from_here
from campus.people.door.proof import require_proof

LARGEST_ID = 2**63 - 1
LINK_KEY = "openid_link"
"""Where Flask's signed cookie holds the ticket of a link that waits for a yes."""
FAILED_DEPENDENCY = 424
log = logging.getLogger(__name__)
blueprint = Blueprint("oidc", __name__)


def register(app: Flask) -> None:
    app.register_blueprint(blueprint)
    app.jinja_env.globals["openid_name"] = openid_name


def openid_name() -> str | None:
    """The provider's name for people; None where none is set."""
    settings = hub().settings
    return settings.oidc_name if settings.oidc_issuer else None


@blueprint.get("/sign-in/openid")
def sign_in() -> Response | tuple[str, int]:
    if current_member():
        return redirect(own_page(request.args.get("next")))
    elsewhere = journey.page_at_home(request.host)
    return redirect(elsewhere) if elsewhere else _go(own_page(request.args.get("next")), None)


@blueprint.get("/account/identities/new")
def link_page() -> Response | tuple[str, int]:
    """A link, not a form: form-action forbids what a form leads to, redirects included, to be elsewhere.
    So does the form that asks for a proof lead back to the account."""
    here = require_proof(_account_page())
    return _go(_account_page(), here.member_id)


@blueprint.get("/sign-in/openid/callback")
def callback() -> Response | str | tuple[str, int]:
    try:
        back = journey.come_back(request.args, clock.now())
    except ProviderFault as fault:
        return _fault(fault)
    except Unreadable:
        return _fault(ProviderFault("it does not say who it is about"))
    except CampusError as refused:
        return _refused(refused)
    return _let_in(back) if back.member_id is None else _ask_to_link(back)


@blueprint.post("/account/identities/link")
def link() -> Response | tuple[str, int]:
    """The yes. Without it, whoever lures a browser to the provider could link an account of their own."""
    here, now = require_proof(_account_page()), clock.now()
    person = journey.waiting_link(session.pop(LINK_KEY, ""), here.member_id, now)
    try:
        if person is None:
            raise NotAllowed(_("That took too long, or was answered already. Please try once more."))
        with hub().database.write() as store:
            oidc.link(store, here.member, person=person, provider=_name(), by=asker(), now=now)
    except CampusError as refused:
        return _refused(refused)
    flash(_("Your account at %(provider)s opens your account here from now on.", provider=_name()))
    return redirect(_account_page(), 303)


@blueprint.post(f"/account/identities/<int(max={LARGEST_ID}):identity_id>/remove")
def unlink(identity_id: int) -> Response:
    here = require_proof(_account_page())
    with hub().database.write() as store:
        oidc.unlink(store, here.member_id, identity_id, provider=_name(), by=asker(), now=clock.now())
    flash(_("That account does not open yours any more."))
    return redirect(_account_page(), 303)


def _go(then: str, member_id: int | None) -> Response | tuple[str, int]:
    try:
        return redirect(journey.set_out(then, member_id, clock.now()))
    except ProviderFault as fault:
        return _fault(fault)


def _let_in(back: Back) -> Response | tuple[str, int]:
    try:
        with hub().database.write() as store:
            member = oidc.come_in(store, back.person, _name(), from_here(), clock.now())
    except CampusError as refused:
        told = {"method": "oidc", "code": refused.code}
        with hub().database.write() as store:
            record(store, from_here(), "sign-in.refused", "nobody", clock.now(), after=told)
        return _refused(refused)
    return admit(member, "oidc", back.then)


def _ask_to_link(back: Back) -> Response | str | tuple[str, int]:
    member = require_member()
    with hub().database.read() as store:
        known = oidc.find_identity(store, back.person)
    if known or back.member_id != member.id:
        return _refused(NotAllowed(_("That account is linked already.")))
    session[LINK_KEY] = journey.keep_link(back.person, member.id, clock.now())
    return render_template("people/openid_link.html", email=back.email, member=member)


def _refused(error: CampusError) -> tuple[str, int]:
    return _page(error.message, error.status)


def _fault(fault: ProviderFault) -> tuple[str, int]:
    log.warning("The OpenID provider: %s.", fault)
    away = _("%(provider)s did not answer as it should. Try again in a moment.", provider=_name())
    return _page(away, FAILED_DEPENDENCY)


def _page(message: str, status: int) -> tuple[str, int]:
    shown: dict[str, Any] = {"message": message, "member": current_member()}
    return render_template("people/openid_refused.html", **shown), status


def _name() -> str:
    return hub().settings.oidc_name


def _account_page() -> str:
    return url_for("account.security_page", _anchor="identities")
