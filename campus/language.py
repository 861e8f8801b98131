"""English and Spanish: as the member chose, else the visitor, the setting, the browser; else English."""

from __future__ import annotations

from flask import Flask, request
from flask_babel import Babel, get_locale

from campus import figures
from campus.catalogue import read_catalogues
from campus.hub import hub
from campus.people.access import current_member
from campus.security import cookie_name

LANGUAGES = ("en", "es_MX")
OF_TAG = {"en": "en", "es": "es_MX"}
COOKIE = "language"


def register(app: Flask) -> None:
    """Flask-Babel with our catalogues, and the filters that write numbers and times."""
    Babel(app, locale_selector=_choose, timezone_selector=lambda: hub().settings.timezone)
    read_catalogues(app)
    for name in (
        "number",
        "whole",
        "kilo",
        "duration",
        "clock_time",
        "day_time",
        "day_year",
        "when",
        "hour_of_day",
    ):
        app.jinja_env.filters[name] = getattr(figures, name)
    app.jinja_env.globals.update(language=language, clock_style=figures.clock_style)


def language() -> str:
    """The reader's language as HTML and JavaScript name it: en, es-MX."""
    return str(get_locale()).replace("_", "-")


def _choose() -> str:
    if not request:
        return hub().settings.locale or "en"
    member = current_member()
    if member and member.locale in LANGUAGES:
        return member.locale
    chosen = request.cookies.get(cookie_name(COOKIE, hub().settings))
    if chosen in LANGUAGES:
        return chosen
    if hub().settings.locale:
        return str(hub().settings.locale)
    wanted = (tag.lower().partition("-")[0] for tag in request.accept_languages.values())
    return next((OF_TAG[tag] for tag in wanted if tag in OF_TAG), "en")
