"""Who is asking: a browser session or a bearer token."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, Flask, Request, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_login import LoginManager, current_user, login_user
from werkzeug.wrappers import Response

from campus.errors import NotAllowed, NotSignedIn
from campus.hub import hub
from campus.late_forms import shows_again
from campus.notes import read_note
from campus.people.members import member_of_token, signs_in
from campus.people.models import Member

blueprint = Blueprint("people", __name__, template_folder="templates")


def current_member() -> Member | None:
    """The member who is asking, None if nobody signed in."""
    member: Member | None = current_user if current_user.is_authenticated else None
    return member


def require_member() -> Member:
    """The member who is asking. Raises NotSignedIn."""
    member = current_member()
    if member is None:
        raise NotSignedIn(_("Sign in first."))
    return member


def require_staff() -> Member:
    """The member who is asking, if they look after the campus. Raises NotSignedIn, NotAllowed."""
    member = require_member()
    if not member.is_staff:
        raise NotAllowed(_("Only facilities staff may do this."))
    return member


def is_demo() -> bool:
    """True where the demo hub is loaded: its live pages are open to look at, its sign-ins are shown."""
    with hub().database.read() as store:
        return read_note(store, "demo") is not None


def may_look() -> None:
    """Live pages are for members; on a demo hub for everybody. Raises NotSignedIn."""
    if current_member() is None and not is_demo():
        raise NotSignedIn(_("Sign in first."))


def register(app: Flask) -> None:
    """Flask-Login, reading a session cookie or `Authorization: Bearer`."""
    login = LoginManager(app)
    login.user_loader(_member_of_session)
    login.request_loader(_member_of_request)
    app.register_blueprint(blueprint)


def bearer_token(incoming: Request) -> str | None:
    """The token of `Authorization: Bearer …`; None if the request brings none."""
    scheme, _space, token = incoming.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def _member_of_session(member_id: str) -> Member | None:
    if bearer_token(request) is not None:
        return None  # the token alone says who it is: no cookie acts where the CSRF check is left out
    with hub().database.read() as store:
        member = store.get(Member, int(member_id)) if member_id.isdecimal() else None
        return member if member and member.active else None


def _member_of_request(incoming: Request) -> Member | None:
    token = bearer_token(incoming)
    if not token:
        return None
    with hub().database.read() as store:
        return member_of_token(store, token)


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
    session.clear()  # what was there before knew nobody; its CSRF token ends with it
    login_user(member)
    return redirect(own_page(request.form.get("next")))


@blueprint.post("/sign-out")
def sign_out() -> Response:
    session.clear()
    return redirect(url_for("people.sign_in_page"))


@shows_again("people.sign_in")
def sign_in_again() -> tuple[str, int]:
    return _once_more(_("This page was open too long. Please sign in once more.")), 400


def _once_more(error: str) -> str:
    """The sign-in page with what was typed, but for the password."""
    typed = {"next": request.form.get("next", ""), "email": request.form.get("email", "")}
    return render_template("people/sign_in.html", demo=is_demo(), error=error, **typed)


def own_page(target: str | None) -> str:
    """`target` if it is a path of this site, else the start page: no open redirect."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")) or "\\" in target:
        return "/"
    parts = urlsplit(target)
    return target if not parts.scheme and not parts.netloc and target.isprintable() else "/"
