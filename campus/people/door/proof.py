"""A recent proof: what is weighty asks whoever sits at the browser to show again that it is them."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import Blueprint, Flask, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from campus import clock
from campus.audit import record
from campus.errors import NotAllowed, ProofNeeded, TooManyTries
from campus.hub import hub
from campus.late_forms import shows_again
from campus.people import sessions
from campus.people.access import current_session, origin, own_page, require_member
from campus.people.door import lockout, totp
from campus.people.door.passwords import is_right
from campus.people.keychain import BrowserSession, Passkey, Totp
from campus.people.models import Member

LASTS = timedelta(minutes=15)
"""How long a proof is believed."""

Shown = tuple[str, int] | tuple[str, int, dict[str, str]]
blueprint = Blueprint("proof", __name__)


def register(app: Flask) -> None:
    app.register_blueprint(blueprint)


def is_fresh(proved_at: datetime, now: datetime) -> bool:
    """True if a proof of that time is still believed."""
    return now - proved_at < LASTS


def require_proof(back: str = "") -> BrowserSession:
    """The session that is asking, if it showed lately who it is.

    Raises ProofNeeded, which leads to the page that asks and from there to `back`: by default the page
    that was asked for. A POST names its form's page, with what was typed as far as it may stand in an
    address. Raises NotAllowed for a token: it can show nothing.
    """
    member = require_member()
    here = current_session()
    if here is None or here.member_id != member.id:
        raise NotAllowed(_("No token can do this: sign in with a browser."))
    if not is_fresh(here.proved_at, clock.now()):
        asked = request.full_path.rstrip("?") if request.method == "GET" else ""
        raise ProofNeeded(_("Show once more that it is you."), extra={"next": back or asked or "/"})
    return here


def ways_of(store: Session, member: Member) -> list[str]:
    """What this member can show without leaving the page: password, code, passkey; maybe nothing."""
    ways = ["password"] if member.password_hash else []
    if not ways and store.scalar(select(Totp.member_id).where(Totp.member_id == member.id)):
        ways.append("code")
    if store.scalar(select(Passkey.id).where(Passkey.member_id == member.id).limit(1)):
        ways.append("passkey")
    return ways


def confirmed(store: Session, here: BrowserSession, method: str, now: datetime) -> None:
    """Note that whoever sits at `here` has just shown by `method` who they are."""
    sessions.proved(store, here.id, now)
    record(store, origin(), "session.prove", f"member {here.member_id}", now, after={"method": method})


def knows_password(member: Member, password: str) -> bool:
    """True if it is their password. Tries count as at the door. Raises TooManyTries."""
    attempt = lockout.begin("password", member.email, member)
    right = is_right(member.password_hash, password)
    with hub().database.write() as store:
        _note(store, attempt, member, right=right)
    return right


def has_code(member: Member, typed: str) -> bool:
    """True if it is the code of their authenticator app; it is used up by this. Raises TooManyTries."""
    attempt = lockout.begin("code", member.email, member)
    with hub().database.write() as store:
        right = totp.takes(store, member.id, typed, clock.now())
        _note(store, attempt, member, right=right)
    return right


def _note(store: Session, attempt: lockout.Attempt, member: Member, *, right: bool) -> None:
    if right:
        attempt.right(store)
    else:
        attempt.wrong(store)
        record(store, origin(), "session.prove-refused", f"member {member.id}", clock.now())


@blueprint.get("/confirm")
def confirm_page() -> str:
    return _page(request.args.get("next"))


@blueprint.post("/confirm")
def confirm() -> Response | Shown:
    member, here, then = require_member(), current_session(), request.form.get("next")
    way = "password" if member.password_hash else "code"
    shows = knows_password if member.password_hash else has_code
    try:
        if here is None or not shows(member, request.form.get(way, "")):
            return _page(then, _wrong(way)), 422
    except TooManyTries as refused:
        return (
            _page(then, refused.message),
            refused.status,
            {"Retry-After": str(refused.extra["retry_after"])},
        )
    with hub().database.write() as store:
        confirmed(store, here, way, clock.now())
    return redirect(own_page(then), 303)


@blueprint.post("/confirm/sign-in")
def sign_in_again() -> Response:
    """For who came in by a way that this page cannot ask for: through the door once more."""
    here = current_session()
    if here:
        with hub().database.write() as store:
            sessions.end_session(store, here.member_id, here.id, clock.now())
            record(store, origin(), "sign-out", f"member {here.member_id}", clock.now())
    session.clear()
    return redirect(url_for("people.sign_in_page", next=own_page(request.form.get("next"))), 303)


@shows_again("proof.confirm", "proof.sign_in_again")
def confirm_again() -> tuple[str, int]:
    require_member()
    return _page(request.form.get("next"), _("This page was open too long. Please try once more.")), 400


def _wrong(way: str) -> str:
    if way == "password":
        return str(_("That is not your password. Nothing was changed."))
    return str(_("This code is not right, or it was used already. Wait for the next one."))


def _page(then: str | None, error: str = "") -> str:
    member = require_member()
    with hub().database.read() as store:
        ways = ways_of(store, member)
    return render_template("people/confirm.html", ways=ways, next=own_page(then), error=error)
