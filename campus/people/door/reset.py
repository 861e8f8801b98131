"""A forgotten password: a link by mail that is good once and for an hour, and the page that it opens."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import Blueprint, Flask, current_app, flash, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from itsdangerous import BadSignature, URLSafeTimedSerializer
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from campus import clock, letters
from campus.audit import Origin, record
from campus.errors import BadRequest, TooManyTries
from campus.hub import hub
from campus.late_forms import shows_again
from campus.naming import campus_name
from campus.people import tickets
from campus.people.account.change_of_password import set_password
from campus.people.addresses import read_address
from campus.people.door import known_browsers, lockout
from campus.people.door.admission import from_here
from campus.people.door.passwords import new_hash, own_words
from campus.people.members import with_address
from campus.people.models import Member

PURPOSE, LIFETIME = "reset", timedelta(hours=1)
COOKIE_KEY = "reset"
"""Where Flask's signed cookie holds the ticket, from the opened link to the new password."""

blueprint = Blueprint("reset", __name__)
Shown = str | tuple[str, int] | tuple[str, int, dict[str, str]]


def register(app: Flask) -> None:
    app.register_blueprint(blueprint)


@blueprint.get("/forgot")
def forgot_page() -> str:
    return render_template("people/forgot.html")


@blueprint.post("/forgot")
def forgot() -> Response | Shown:
    email = request.form.get("email", "")
    try:
        read_address(email)
        ask(email)
    except BadRequest as refused:
        return _asked_again(refused.message), 422
    except TooManyTries as refused:
        wait = {"Retry-After": str(refused.extra["retry_after"])}
        return _asked_again(refused.message), refused.status, wait
    return redirect(url_for("reset.sent_page"), 303)


@blueprint.get("/forgot/sent")
def sent_page() -> str:
    return render_template("people/reset_sent.html")


def ask(email: str) -> None:
    """Mail a link to whoever has this address. The same is done, and answered, where there is nobody.

    Raises TooManyTries.
    """
    now = clock.now()
    with hub().database.read() as store:
        found = with_address(store, email)
    member = found if found and found.active else None
    lockout.begin("reset", email, member)
    with hub().database.write() as store:
        if member:
            tickets.revoke(store, PURPOSE, member.id)
        secret = tickets.issue(store, PURPOSE, LIFETIME, now, member_id=member.id if member else None)
        record(store, from_here(), "password.forgotten", f"member {member.id}" if member else "nobody", now)
        with store.begin_nested() as letter:
            _write_link(store, member, secret, now)
            if member is None:
                store.flush()
                letter.rollback()


def _write_link(store: Session, member: Member | None, secret: str, now: datetime) -> None:
    letters.write(
        store,
        member.email if member else "nobody",
        "reset",
        now,
        locale=member.locale if member else None,
        name=member.name if member else "",
        link=letters.link("reset.open_link", signed=_signer().dumps(secret)),
    )


@blueprint.get("/reset/<signed>")
def open_link(signed: str) -> Response:
    """The mailed link. It uses nothing up: mail scanners open links too."""
    try:
        secret = _signer().loads(signed, max_age=int(LIFETIME.total_seconds()))
    except BadSignature:
        secret = ""
    session[COOKIE_KEY] = secret
    return redirect(url_for("reset.reset_page"), 303)


@blueprint.get("/reset")
def reset_page() -> Shown:
    return _form()


@blueprint.post("/reset")
def reset() -> Response | Shown:
    now, secret = clock.now(), str(session.get(COOKIE_KEY, ""))
    member = _whose(secret)
    if member is None:
        return _form()
    try:
        with hub().database.read() as store:
            own = own_words(campus_name(store), member)
        fresh = new_hash(request.form.get("password", ""), own)
    except BadRequest as refused:
        return _form(refused.message)
    with hub().database.write() as store:
        if tickets.redeem(store, PURPOSE, secret, now) is None:  # the same form was quicker
            return _form()
        by = Origin(member.id, request.remote_addr or "", "browser")
        set_password(store, member, fresh, by, now)
    session.pop(COOKIE_KEY)
    flash(_("Your new password is set. Sign in with it."))
    answer = redirect(url_for("people.sign_in_page"), 303)
    member.password_hash = fresh
    known_browsers.remember(
        answer, member
    )  # they read their mail here: a guesser elsewhere is not in their way
    return answer


@shows_again("reset.forgot")
def forgot_again() -> tuple[str, int]:
    return _asked_again(_("This page was open too long. Please try once more.")), 400


@shows_again("reset.reset")
def reset_again() -> tuple[str, int]:
    shown = _form(_("This page was open too long. Please try once more."))
    return shown[0], 400


def _asked_again(error: str) -> str:
    return render_template("people/forgot.html", error=error, email=request.form.get("email", ""))


def _form(error: str = "") -> tuple[str, int]:
    """The page for the new password; where the link is good no more, the page that says what to do."""
    member = _whose(str(session.get(COOKIE_KEY, "")))
    if member is None:
        return render_template("people/reset_over.html"), 410
    return render_template("people/reset.html", email=member.email, error=error), 422 if error else 200


def _whose(secret: str) -> Member | None:
    """The active member whose link it is, None if it is good no more."""
    with hub().database.read() as store:
        ticket = tickets.peek(store, PURPOSE, secret, clock.now())
        member = store.get(Member, ticket.member_id) if ticket and ticket.member_id else None
    return member if member and member.active else None


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(str(current_app.secret_key), salt="reset link")
