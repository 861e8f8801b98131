"""One passkey's page: its name and its removal, by plain forms. passkeys.js adds new ones."""

from __future__ import annotations

from flask import Blueprint, Flask, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from campus import clock
from campus.errors import BadRequest
from campus.hub import hub
from campus.late_forms import shows_again
from campus.people.access import origin, require_member
from campus.people.door.proof import require_proof
from campus.people.webauthn import passkeys
from campus.people.webauthn.relying_party import local_name, party_of

LARGEST_ID = 2**63 - 1
_ONE = f"/account/passkeys/<int(max={LARGEST_ID}):passkey_id>"

blueprint = Blueprint("passkeys", __name__)


def register(app: Flask) -> None:
    app.register_blueprint(blueprint)
    app.jinja_env.globals.update(takes_passkeys=takes_passkeys, passkeys_at=passkeys_at)


def takes_passkeys() -> bool:
    """True if a browser can have passkeys for the address at which it is now."""
    return party_of(hub().settings, request.host) is not None


def passkeys_at() -> str | None:
    """The address to open for it, for who is at an IP address of this machine."""
    return local_name(hub().settings)


@blueprint.get(_ONE)
def passkey_page(passkey_id: int) -> str:
    return _page(passkey_id)


@blueprint.post(f"{_ONE}/rename")
def rename(passkey_id: int) -> Response | tuple[str, int]:
    member, name = require_member(), request.form.get("name", "")
    try:
        with hub().database.write() as store:
            passkeys.rename(store, member.id, passkey_id, name)
    except BadRequest as refused:
        return _page(passkey_id, name[:400], refused.message), 422
    flash(_("The passkey has its new name."))
    return _back()


@blueprint.post(f"{_ONE}/remove")
def remove(passkey_id: int) -> Response:
    member = require_proof(url_for(".passkey_page", passkey_id=passkey_id)).member
    with hub().database.write() as store:
        gone = passkeys.remove(store, member.id, passkey_id, origin(), clock.now())
    flash(_("The passkey “%(name)s” opens nothing any more. Delete it on your device too.", name=gone.name))
    return _back()


@shows_again("passkeys.rename", "passkeys.remove")
def late_form() -> tuple[str, int]:
    late = _("This page was open too long. Nothing was changed: please try once more.")
    return _page(int((request.view_args or {})["passkey_id"]), request.form.get("name"), late), 400


def _page(passkey_id: int, typed: str | None = None, error: str = "") -> str:
    member = require_member()
    with hub().database.read() as store:
        passkey = passkeys.find_passkey(store, member.id, passkey_id)
    shown = passkey.name if typed is None else typed
    return render_template("people/passkey.html", member=member, passkey=passkey, typed=shown, error=error)


def _back() -> Response:
    return redirect(url_for("account.security_page", _anchor="passkeys"), 303)
