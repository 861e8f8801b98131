"""Coming in: the link of an invitation and the form behind it, and asking for a link by oneself."""

from __future__ import annotations

from flask import Blueprint, Flask, flash, redirect, render_template, request, session, url_for
from flask_babel import get_locale
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from campus import clock
from campus.errors import BadRequest, NotFound, TooManyTries
from campus.hub import hub
from campus.late_forms import shows_again
from campus.naming import campus_name
from campus.people.access import current_member, origin
from campus.people.addresses import read_address, read_name
from campus.people.arrivals import arrival
from campus.people.door import lockout
from campus.people.door.admission import admit
from campus.people.door.passwords import new_hash, own_words
from campus.people.members import with_address
from campus.people.models import Invitation
from campus.people.tenants import domains

COOKIE_KEY = "invitation"
"""Where Flask's signed cookie holds the secret of the link, from the opened mail to the sent form."""
LONGEST_SECRET = 100
blueprint = Blueprint("joining", __name__)


@blueprint.get("/join/<secret>")
def open_link(secret: str) -> Response:
    """The mailed link. It uses nothing up: mail scanners open links too."""
    session[COOKIE_KEY] = secret[:LONGEST_SECRET]
    return redirect(url_for(".join_page"), 303)


@blueprint.get("/join")
def join_page() -> tuple[str, int]:
    return _page()


@blueprint.post("/join")
def join() -> Response | tuple[str, int]:
    if current_member():
        return _page()
    secret, now = _secret(), clock.now()
    name, password = request.form.get("name", ""), request.form.get("password", "")
    try:
        found = _open_invitation(secret)
        if found is None:
            return _page()
        password_hash = new_hash(password, _own_words(found, read_name(name)))
        with hub().database.write() as store:
            member = arrival.accept(
                store,
                secret,
                origin(),
                name=name,
                password_hash=password_hash,
                now=now,
                locale=str(get_locale() or "en"),
            )
    except BadRequest as error:
        return _page(error)[0], 422
    if member is None:
        return _page()
    inside = admit(member, "password", url_for("bookings.day_page"))
    flash(_("Welcome, %(name)s. You are a member now.", name=member.name))
    return inside


@shows_again("joining.join")
def join_again() -> tuple[str, int]:
    again = BadRequest(_("This page was open too long. Please look it over and send it again."))
    return _page(again)[0], 400


@blueprint.get("/register")
def register_page() -> str:
    return _registration()


@blueprint.post("/register")
def ask() -> Response | tuple[str, int] | tuple[str, int, dict[str, str]]:
    """The same answer for every address: who is a member here, and which domains may join, stays unsaid."""
    email, now = request.form.get("email", ""), clock.now()
    try:
        read_address(email)
        lockout.begin("register", email, None)
        with hub().database.write() as store:
            if domains.is_open(store):
                domains.ask_in(store, email, now)
    except BadRequest as error:
        return _registration(error.message), 422
    except TooManyTries as error:
        return _registration(error.message), error.status, {"Retry-After": str(error.extra["retry_after"])}
    return redirect(url_for(".asked_page"), 303)


@blueprint.get("/register/sent")
def asked_page() -> str:
    return render_template("people/registered.html")


@shows_again("joining.ask")
def ask_again() -> tuple[str, int]:
    return _registration(_("This page was open too long. Please send it once more.")), 400


def registration_open() -> bool:
    """True if anybody may join by themselves: the sign-in page links to the form then."""
    with hub().database.read() as store:
        return domains.is_open(store)


def _secret() -> str:
    return str(session.get(COOKIE_KEY, ""))


def _open_invitation(secret: str) -> Invitation | None:
    with hub().database.read() as store:
        found, state = arrival.find_by_secret(store, secret, clock.now())
    return found if state == "open" else None


def _own_words(invitation: Invitation, name: str) -> list[str]:
    with hub().database.read() as store:
        campus = campus_name(store)
    company = invitation.company.name if invitation.company else ""
    return own_words(campus, name=name, email=invitation.email, company=company)


def _page(refused: BadRequest | None = None) -> tuple[str, int]:
    """What the link leads to: the form, or in kind words why there is none."""
    member = current_member()
    with hub().database.read() as store:
        found, state = arrival.find_by_secret(store, _secret(), clock.now())
        taken = found is not None and state == "open" and with_address(store, found.email) is not None
        campus = campus_name(store)
    page = render_template(
        "people/join.html",
        invitation=found,
        state="member" if taken else state,
        signed_in=member,
        campus=campus,
        name=request.form.get("name", "")[:200],
        refused=refused,
    )
    return page, 200 if state == "open" or member else 410


def _registration(error: str = "") -> str:
    """The form. Raises NotFound where nobody may join by themselves."""
    if not registration_open():
        raise NotFound(_("Nobody joins by themselves here: ask for an invitation."))
    return render_template("people/register.html", error=error, email=request.form.get("email", "")[:254])


def register(app: Flask) -> None:
    app.register_blueprint(blueprint)
    app.jinja_env.globals["registration_open"] = registration_open
