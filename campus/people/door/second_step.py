"""The second step of signing in: a code of the authenticator app, or a recovery code."""

from __future__ import annotations

from datetime import datetime

from flask import Blueprint, Flask, flash, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from campus import clock, letters
from campus.audit import record
from campus.errors import NotSignedIn, TooManyTries
from campus.hub import hub
from campus.late_forms import shows_again
from campus.people import tickets
from campus.people.door import lockout, recovery, totp
from campus.people.door.admission import SECOND_STEP, SECOND_STEP_KEY, enter, from_here
from campus.people.keychain import Ticket
from campus.people.models import Member

FEW = 3
"""So few recovery codes left are worth a word."""

blueprint = Blueprint("second_step", __name__)
Shown = str | tuple[str, int] | tuple[str, int, dict[str, str]]


def register(app: Flask) -> None:
    app.register_blueprint(blueprint)


@blueprint.get("/sign-in/code")
def code_page() -> Response | Shown:
    return _page() if _pending() else _from_the_start()


@blueprint.post("/sign-in/code")
def enter_code() -> Response | Shown:
    pending = _pending()
    if pending is None:
        return _from_the_start()
    ticket, member = pending
    try:
        method = show(member, request.form.get("code", ""))
    except TooManyTries as refused:
        return _page(refused.message), refused.status, {"Retry-After": str(refused.extra["retry_after"])}
    if method is None:
        return _page(_wrong()), 422
    return enter(member, method, ticket.data.get("next"))


def show(member: Member, typed: str) -> str | None:
    """How the member showed who they are: `code`, `recovery`; None if `typed` is neither.

    Uses up the code, and the ticket in this browser. Raises TooManyTries; NotSignedIn if the ticket is used.
    """
    attempt, now = lockout.begin("code", member.email, member), clock.now()
    with hub().database.write() as store:
        method = "code" if totp.takes(store, member.id, typed, now) else None
        if method is None and recovery.use(store, member.id, typed):
            method = "recovery"
            _tell_of_recovery(store, member, now)
        if method is None:
            attempt.wrong(store)
            target = f"member {member.id}"
            record(store, from_here(), "sign-in.refused", target, now, after={"method": "code"})
            return None
        if tickets.redeem(store, SECOND_STEP, _secret(), now) is None:
            raise NotSignedIn(_("Sign in first."))
        attempt.right(store)
    return method


def _tell_of_recovery(store: Session, member: Member, now: datetime) -> None:
    left = recovery.left(store, member.id)
    record(store, from_here(member), "recovery.use", f"member {member.id}", now, after={"left": left})
    letters.write_to(
        store,
        member,
        "recovery_used",
        now,
        at=now,
        left=left,
        link=letters.link("reset.forgot_page"),
    )
    if left <= FEW:
        flash(
            ngettext(
                "%(num)d recovery code is left. Make new ones on your account page.",
                "%(num)d recovery codes are left. Make new ones on your account page.",
                left,
            )
        )


@shows_again("second_step.enter_code")
def code_again() -> tuple[str, int]:
    return _page(_("This page was open too long. Please try once more.")), 400


def _pending() -> tuple[Ticket, Member] | None:
    """Who showed the first half in this browser, and what follows."""
    with hub().database.read() as store:
        ticket = tickets.peek(store, SECOND_STEP, _secret(), clock.now())
        member = store.get(Member, ticket.member_id) if ticket else None
    return (ticket, member) if ticket and member and member.active else None


def _secret() -> str:
    return str(session.get(SECOND_STEP_KEY, ""))


def _from_the_start() -> Response:
    flash(_("That took too long. Please sign in once more."))
    return redirect(url_for("people.sign_in_page"), 303)


def _wrong() -> str:
    if request.args.get("with") == "recovery":
        return str(_("This is none of your recovery codes, or it was used already."))
    return str(_("This code is not right, or it was used already. Wait for the next one."))


def _page(error: str = "") -> str:
    return render_template("people/code.html", error=error, recovery=request.args.get("with") == "recovery")
