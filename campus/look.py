"""What the shell of every page needs: theme, the visitor's choices, names of roles, which pages exist."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from flask import Blueprint, Flask, current_app, g, redirect, request
from flask_babel import gettext as _
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wrappers import Response

from campus import disks
from campus.demo import DemoMember, sign_ins
from campus.errors import Unavailable
from campus.hub import hub
from campus.language import COOKIE as LANGUAGE_COOKIE
from campus.language import LANGUAGES
from campus.naming import UNNAMED, campus_name
from campus.people.access import allowed, current_member, own_page
from campus.people.models import Member
from campus.security import cookie_name

THEMES = ("light", "dark")
THEME_COOKIE = "theme"
A_YEAR_S = 31_536_000

blueprint = Blueprint("look", __name__)


def theme() -> str:
    """The theme that the visitor chose; '' to follow the device."""
    chosen = request.cookies.get(cookie_name(THEME_COOKIE, hub().settings), "")
    return chosen if chosen in THEMES else ""


@blueprint.post("/look")
def choose() -> Response:
    """Keep the visitor's language or theme; a member's language goes with them to other devices."""
    answer = redirect(own_page(request.form.get("next")))
    language, wanted = request.form.get("language"), request.form.get("theme")
    if language in LANGUAGES:
        _keep(answer, LANGUAGE_COOKIE, language)
        member = current_member()
        if member:
            with hub().database.write() as session:
                session.get_one(Member, member.id).locale = language
    if wanted is not None:
        _keep(answer, THEME_COOKIE, wanted if wanted in THEMES else "")
    return answer


def _keep(answer: Response, name: str, value: str) -> None:
    settings = hub().settings
    answer.set_cookie(
        cookie_name(name, settings),
        value,
        max_age=A_YEAR_S,
        secure=not settings.on_loopback,
        httponly=True,
        samesite="Lax",
    )


def has_page(endpoint: str) -> bool:
    """True if this installation has the page: the shell links to no other."""
    return endpoint in current_app.view_functions


def name_of_campus() -> str:
    """What the campus is called, read once a page; a page that says that the store is away needs it too."""
    if "campus_name" not in g:
        try:
            with hub().database.read() as session:
                g.campus_name = campus_name(session)
        except (SQLAlchemyError, Unavailable):
            g.campus_name = UNNAMED
    name: str = g.campus_name
    return name


def role_name(role: str) -> str:
    """A role as people call it."""
    names: dict[str, str] = {
        "member": _("Member"),
        "staff": _("Facilities staff"),
        "analyst": _("Analyst"),
        "admin": _("Administrator"),
    }
    return names.get(role, role)


def demo_members() -> Sequence[DemoMember]:
    """The demo hub's sign-ins."""
    with hub().database.read() as session:
        return sign_ins(session)


class DiskWarning(NamedTuple):
    """What is said about it, and whether it is as far as can be."""

    words: str
    is_full: bool


def disk_warning() -> DiskWarning | None:
    """For those who look after the hub: that its disk is full, or soon will be."""
    if not allowed("devices.manage"):
        return None
    scarce = disks.least_free(hub().settings)
    if scarce is None:
        return None
    is_full = scarce.free < disks.FULL
    if is_full:
        words: str = _("The disk of this campus is full: nothing can be saved until there is room.")
    else:
        free = f"{scarce.free / disks.MIB:.0f}"
        words = _("The disk of this campus is nearly full: %(free)s MiB are left.", free=free)
    return DiskWarning(words, is_full)


def register(app: Flask) -> None:
    app.register_blueprint(blueprint)
    app.jinja_env.globals.update(
        theme=theme,
        allowed=allowed,
        has_page=has_page,
        campus_name=name_of_campus,
        role_name=role_name,
        demo_members=demo_members,
        disk_warning=disk_warning,
    )
