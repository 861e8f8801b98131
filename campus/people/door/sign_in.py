"""The door: signing in and out."""

from __future__ import annotations

from flask import Blueprint, Flask, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from sqlalchemy import update
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from campus import clock
from campus.audit import record
from campus.errors import TooManyTries
from campus.hub import hub
from campus.late_forms import shows_again
from campus.people import sessions
from campus.people.access import current_member, current_session, is_demo, origin, own_page
from campus.people.door import lockout
from campus.people.door.admission import admit, from_here
from campus.people.door.passwords import hash_password, is_outdated, is_right
from campus.people.members import with_address
from campus.people.models import Member

blueprint = Blueprint("people", __name__)


def register(app: Flask) -> None:
    app.register_blueprint(blueprint)


@blueprint.get("/sign-in")
def sign_in_page() -> Response | str:
    if current_member():
        return redirect(own_page(request.args.get("next")))
    return render_template("people/sign_in.html", demo=is_demo(), next=request.args.get("next", ""))


@blueprint.post("/sign-in")
def sign_in() -> Response | tuple[str, int] | tuple[str, int, dict[str, str]]:
    try:
        member = who_is_it(request.form.get("email", ""), request.form.get("password", ""))
    except TooManyTries as refused:
        wait = {"Retry-After": str(refused.extra["retry_after"])}
        return _once_more(refused.message), refused.status, wait
    if member is None:
        return _once_more(_("Mail address and password do not match.")), 422
    return admit(member, "password", request.form.get("next"))


def who_is_it(email: str, password: str) -> Member | None:
    """The active member whose address and password these are, else None. Raises TooManyTries.

    Takes as long and answers the same whether or not there is such a member.
    """
    with hub().database.read() as store:
        found = with_address(store, email)
    member = found if found and found.active else None
    attempt, kept = lockout.begin("password", email, member), member.password_hash if member else None
    right, now = is_right(kept, password), clock.now()
    fresh = hash_password(password) if right and kept and is_outdated(kept) else None
    with hub().database.write() as store:
        if not right:
            attempt.wrong(store)
            target = f"member {member.id}" if member else "nobody"
            record(store, from_here(), "sign-in.refused", target, now, after={"method": "password"})
            return None
        attempt.right(store)
        if member and fresh:
            _keep_fresh(store, member, fresh)
    return member


def _keep_fresh(store: Session, member: Member, fresh: str) -> None:
    """Keep the same password hashed with the parameters that are set now, unless it was just changed."""
    kept = update(Member).where(Member.id == member.id, Member.password_hash == member.password_hash)
    if store.execute(kept.values(password_hash=fresh)).rowcount == 1:  # type: ignore[attr-defined]
        member.password_hash = fresh


@blueprint.post("/sign-out")
def sign_out() -> Response:
    here, now = current_session(), clock.now()
    if here:
        with hub().database.write() as store:
            sessions.end_session(store, here.member_id, here.id, now)
            record(store, origin(), "sign-out", f"member {here.member_id}", now)
    session.clear()
    return redirect(url_for("people.sign_in_page"))


@shows_again("people.sign_in")
def sign_in_again() -> tuple[str, int]:
    return _once_more(_("This page was open too long. Please sign in once more.")), 400


def _once_more(error: str) -> str:
    """The sign-in page with what was typed, but for the password."""
    typed = {"next": request.form.get("next", ""), "email": request.form.get("email", "")}
    return render_template("people/sign_in.html", demo=is_demo(), error=error, **typed)
