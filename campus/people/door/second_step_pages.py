"""The second step on the account page: turning it on and off, and new recovery codes."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import quote

import segno
from flask import Blueprint, Flask, flash, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from campus import clock
from campus.audit import record
from campus.errors import BadRequest
from campus.hub import hub
from campus.late_forms import shows_again
from campus.naming import campus_name
from campus.people.access import origin, require_member
from campus.people.door import recovery, totp
from campus.people.door.proof import require_proof
from campus.people.door.sealing import seal, unseal
from campus.people.models import Member

COOKIE_KEY = "totp_seed"
"""Where Flask's signed cookie holds the new seed, sealed, until its first code confirms it."""
OPEN_FOR = timedelta(hours=1)

blueprint = Blueprint("second_step_account", __name__, url_prefix="/account/second-step")


def register(app: Flask) -> None:
    app.register_blueprint(blueprint)


@blueprint.get("")
def page() -> str:
    require_proof()
    return _page()


@blueprint.post("")
def turn_on() -> str | tuple[str, int]:
    require_proof(url_for(".page"))
    member, now = require_member(), clock.now()
    try:
        with hub().database.write() as store:
            codes = totp.turn_on(store, member, _seed(), request.form.get("code", ""), by=origin(), now=now)
    except BadRequest as refused:
        return _page(refused.message), 422
    session.pop(COOKIE_KEY)
    return _codes_page(codes, member)


@blueprint.post("/off")
def turn_off() -> Response:
    require_proof(url_for(".page"))
    with hub().database.write() as store:
        was_on = totp.turn_off(store, require_member(), origin(), clock.now())
    flash(_("The second step is off.") if was_on else _("The second step was off already."))
    return redirect(url_for("account.security_page"), 303)


@blueprint.post("/codes")
def new_codes() -> str | Response:
    require_proof(url_for(".page"))
    member, now = require_member(), clock.now()
    with hub().database.write() as store:
        if not totp.standing(store, member.id).on:
            return redirect(url_for(".page"), 303)
        codes = recovery.renew(store, member.id)
        record(store, origin(), "recovery.renew", f"member {member.id}", now, after={"codes": len(codes)})
    return _codes_page(codes, member)


@shows_again("second_step_account.turn_on", "second_step_account.turn_off", "second_step_account.new_codes")
def again() -> tuple[str, int]:
    require_proof(url_for("second_step_account.page"))
    return _page(_("This page was open too long. Nothing was changed: please try once more.")), 400


def _seed() -> str:
    """The seed that this browser is about to confirm; a new one if there is none or it is too old."""
    seed = unseal(str(session.get(COOKIE_KEY, "")), COOKIE_KEY, OPEN_FOR)
    if seed is None:
        seed = totp.new_seed()
        session[COOKIE_KEY] = seal(seed, COOKIE_KEY)
    return seed


def _page(error: str = "") -> str:
    member = require_member()
    with hub().database.read() as store:
        standing, name = totp.standing(store, member.id), campus_name(store)
    if standing.on:
        return render_template("people/second_step.html", second_step=standing, error=error)
    seed = _seed()
    address = totp.app_address(seed, member.email, name)
    picture = segno.make(address, error="m", micro=False).svg_data_uri(scale=4, light="#fff", dark="#000")
    groups = [seed[at : at + 4] for at in range(0, len(seed), 4)]
    return render_template(
        "people/second_step_new.html", address=address, picture=picture, groups=groups, error=error
    )


def _codes_page(codes: list[str], member: Member) -> str:
    with hub().database.read() as store:
        name = campus_name(store)
    text = "\n".join(
        [_("Recovery codes of %(email)s at %(campus)s", email=member.email, campus=name), *codes, ""]
    )
    file = f"data:text/plain;charset=utf-8,{quote(text)}"
    return render_template("people/recovery_codes.html", codes=codes, file=file)
