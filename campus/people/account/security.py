"""Sign-in and security: the password, the second step, passkeys, linked accounts, open sessions."""

from __future__ import annotations

from flask import flash, redirect, request, session, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from campus import clock
from campus.audit import record
from campus.errors import BadRequest, NotFound, TooManyTries
from campus.hub import hub
from campus.late_forms import shows_again
from campus.naming import campus_name
from campus.people import sessions
from campus.people.access import COOKIE_KEY, current_session, origin, require_member
from campus.people.account.browsers import browser_and_system
from campus.people.account.change_of_password import set_password
from campus.people.account.frame import LARGEST_ID, blueprint, render
from campus.people.connect.accounts import list_identities
from campus.people.door import known_browsers
from campus.people.door.passwords import new_hash, own_words
from campus.people.door.proof import Shown, knows_password, require_proof
from campus.people.door.totp import standing
from campus.people.webauthn.passkeys import list_passkeys

ONE_SESSION = f"/account/sessions/<int(max={LARGEST_ID}):session_id>/end"


@blueprint.get("/account/security")
def security_page() -> str:
    return _page()


@blueprint.post("/account/password")
def change_password() -> Response | Shown:
    member, new = require_member(), request.form.get("new", "")
    try:
        if not member.password_hash:
            require_proof(url_for(".security_page"))
        elif not knows_password(member, request.form.get("old", "")):
            return _page({"old": _("That is not your password. Nothing was changed.")}), 422
    except TooManyTries as refused:
        return (
            _page({"old": refused.message}),
            refused.status,
            {"Retry-After": str(refused.extra["retry_after"])},
        )
    with hub().database.read() as store:
        own = own_words(campus_name(store), member)
    try:
        made = new_hash(new, own)
    except BadRequest as refused:
        return _page({"new": refused.message}), 422
    here = current_session()
    with hub().database.write() as store:
        set_password(store, member, made, origin(), clock.now(), but=here.id if here else None)
        secret = sessions.renew(store, here.id) if here else ""
    session[COOKIE_KEY] = secret
    flash(_("Your password is changed. Everywhere else you are signed out."))
    answer = redirect(url_for(".security_page"), 303)
    member.password_hash = made
    known_browsers.remember(answer, member)  # the mark of this browser was made with the old one
    return answer


@blueprint.post(ONE_SESSION)
def end_session(session_id: int) -> Response:
    member, now, here = require_member(), clock.now(), current_session()
    with hub().database.write() as store:
        if not sessions.end_session(store, member.id, session_id, now):
            raise NotFound(_("There is no such session, or it is not yours."))
        record(store, origin(), "session.end", f"member {member.id}", now, after={"ended": 1})
    if here and here.id == session_id:
        session.clear()
        return redirect(url_for("people.sign_in_page"), 303)
    flash(_("That browser is signed out."))
    return redirect(url_for(".security_page", _anchor="sessions"), 303)


@blueprint.post("/account/sessions/end-others")
def end_other_sessions() -> Response:
    member, now, here = require_member(), clock.now(), current_session()
    with hub().database.write() as store:
        ended = sessions.end_all(store, member.id, now, but=here.id if here else None)
        if ended:
            record(store, origin(), "session.end", f"member {member.id}", now, after={"ended": ended})
    flash(ngettext("%(num)d other browser is signed out.", "%(num)d other browsers are signed out.", ended))
    return redirect(url_for(".security_page", _anchor="sessions"), 303)


@shows_again("account.change_password", "account.end_session", "account.end_other_sessions")
def security_again() -> tuple[str, int]:
    require_member()
    return _page({"late": _("This page was open too long. Nothing was changed: please try once more.")}), 400


def how_signed_in(method: str) -> str:
    """The way in which a session was opened, for people."""
    names: dict[str, str] = {
        "password": _("by password"),
        "code": _("by password and code"),
        "recovery": _("by a recovery code"),
        "passkey": _("by passkey"),
        "oidc": _("by %(provider)s", provider=hub().settings.oidc_name),
    }
    return names.get(method, method)


def _page(faults: dict[str, str] | None = None) -> str:
    member, now, limits = require_member(), clock.now(), hub().settings.session_limits
    with hub().database.read() as store:
        shown = {
            "sessions": sessions.list_sessions(store, member.id, limits, now),
            "second_step": standing(store, member.id),
            "passkeys": list_passkeys(store, member.id),
            "identities": list_identities(store, member.id),
        }
    return render(
        "security",
        **shown,
        here=current_session(),
        faults=faults or {},
        browser_and_system=browser_and_system,
        how_signed_in=how_signed_in,
    )
