"""English and Spanish: the member's choice, else the setting, else the browser's, else English."""

from __future__ import annotations

from datetime import datetime

from flask import Flask, request
from flask_babel import Babel, format_datetime, format_decimal, get_locale

from campus.hub import hub
from campus.people.sign_in import current_member

LANGUAGES = ("en", "es_MX")
COOKIE = "campus_language"


def register(app: Flask) -> None:
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = "campus/translations"
    Babel(app, locale_selector=_choose, timezone_selector=lambda: hub().settings.timezone)
    app.jinja_env.filters["number"] = number
    app.jinja_env.filters["clock_time"] = clock_time
    app.jinja_env.globals["language"] = lambda: str(get_locale()).replace("_", "-")


def _choose() -> str:
    if not request:
        return "en"
    member = current_member()
    if member and member.locale in LANGUAGES:
        return member.locale
    if request.cookies.get(COOKIE) in LANGUAGES:
        return request.cookies[COOKIE]
    if hub().settings.locale:
        return str(hub().settings.locale)
    wanted = request.accept_languages.best_match(["en", "es-MX", "es"], "en")
    return "es_MX" if wanted.startswith("es") else "en"


def number(value: float | None, digits: int = 3) -> str:
    """For people: `digits` significant digits, in the reader's convention; a dash where unknown."""
    if value is None:
        return "–"
    places = max(0, digits - 1 - _magnitude(value))
    rounded = round(value, digits - 1 - _magnitude(value))
    return str(format_decimal(rounded, format="#,##0." + "#" * places if places else "#,##0"))


def clock_time(moment: datetime) -> str:
    """Hour and minute in the campus zone."""
    return str(format_datetime(moment, "HH:mm"))


def _magnitude(value: float) -> int:
    return int(f"{abs(value):e}".partition("e")[2]) if value else 0
