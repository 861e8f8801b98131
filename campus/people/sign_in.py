"""The door: signing in and out."""

from __future__ import annotations

from flask import Blueprint, Flask, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from campus import clock
from campus.hub import hub
from campus.late_forms import shows_again
from campus.people import sessions
from campus.people.access import COOKIE_KEY, current_member, current_session, is_demo, own_page
from campus.people.members import signs_in
from campus.people.models import Member

blueprint = Blueprint("people", __name__, template_folder="templates")


def register(app: Flask) -> None:
    app.register_blueprint(blueprint)


def let_in(member: Member, method: str) -> None:
    """Open a session for `member` in this browser; what was there before ends with its CSRF token."""
    now = clock.now()
    with hub().database.write() as store:
        secret = sessions.open_session(
            store,
            member,
            method=method,
            address=request.remote_addr or "",
            agent=request.user_agent.string,
            now=now,
        )
    session.clear()
    session[COOKIE_KEY] = secret


def admit(member: Member, method: str, next_page: str | None) -> Response:
    """What follows once it is sure who this is: a session, and the page that was wanted."""
    let_in(member, method)
    return redirect(own_page(next_page))


@blueprint.get("/sign-in")
def sign_in_page() -> Response | str:
    if current_member():
        return redirect(own_page(request.args.get("next")))
    return render_template("people/sign_in.html", demo=is_demo(), next=request.args.get("next", ""))


@blueprint.post("/sign-in")
def sign_in() -> Response | tuple[str, int]:
    email, password = request.form.get("email", ""), request.form.get("password", "")
    with hub().database.read() as store:
        member = signs_in(store, email, password)
    if member is None:
        return _once_more(_("Mail address and password do not match.")), 422
    return admit(member, "password", request.form.get("next"))


@blueprint.post("/sign-out")
def sign_out() -> Response:
    here = current_session()
    if here:
        with hub().database.write() as store:
            sessions.end_session(store, here.member_id, here.id, clock.now())
    session.clear()
    return redirect(url_for("people.sign_in_page"))


@shows_again("people.sign_in")
def sign_in_again() -> tuple[str, int]:
    return _once_more(_("This page was open too long. Please sign in once more.")), 400


def _once_more(error: str) -> str:
    """The sign-in page with what was typed, but for the password."""
    typed = {"next": request.form.get("next", ""), "email": request.form.get("email", "")}
    return render_template("people/sign_in.html", demo=is_demo(), error=error, **typed)
