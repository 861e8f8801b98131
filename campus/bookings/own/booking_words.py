"""What the pages of bookings say about dates, states and series, for their templates."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from flask_babel import gettext as _

from campus.bookings.repeats.recurrence import read_rule
from campus.bookings.repeats.repeat_words import in_words
from campus.bookings.wording import at, day_name, duration, from_to, kind_name
from campus.figures import TIED, time_of_day
from campus.hub import hub
from campus.spaces.spans import Span

ICONS: Mapping[str, str] = {
    "confirmed": "check",
    "pending": "hourglass",
    "offered": "gift",
    "waitlisted": "list-numbers",
    "cancelled": "x",
    "rejected": "ban",
    "no-show": "user-off",
    "lapsed": "clock-x",
}
"""The shape beside each status, so that colour is not alone."""
SHORT = 3
"""Letters of a word that is not left alone at the start of a line."""


def booking_words() -> dict[str, Any]:
    """Functions for a template: each in the campus zone and the reader's language."""
    zone = hub().settings.zone
    told: dict[str, Callable[..., Any]] = {
        "status_name": status_name,
        "visibility_name": visibility_name,
        "kind_name": kind_name,
        "day_name": day_name,
        "duration": duration,
        "from_to": lambda span: from_to(span, zone),
        "day_of": lambda moment: _day(moment.astimezone(zone).date()),
        "at": lambda moment: at(moment, zone),
        "when": when_words,
        "tied": tied,
        "place_and_time": lambda name, when: f"{tied(name)}{TIED}· {when}",
        "soon": soon,
        "soon_at": soon_at,
        "local": lambda moment: moment.astimezone(zone),
        "repeat_words": repeat_words,
    }
    return {**told, "status_icons": ICONS}


def repeat_words(rule: str | None, now: datetime) -> str:
    """A series in words; nothing where there is none."""
    zone = hub().settings.zone
    return in_words(read_rule(rule), zone, now.astimezone(zone).date()) if rule else ""


def soon(span: Span, now: datetime) -> str:
    """The shortest words for when that are not misunderstood: today's times stand alone."""
    zone = hub().settings.zone
    return f"{_ahead(span.start, now)} {from_to(span, zone)}".strip()


def soon_at(moment: datetime, now: datetime) -> str:
    """The same for an instant."""
    return f"{_ahead(moment, now)} {time_of_day(moment.astimezone(hub().settings.zone))}".strip()


def _ahead(moment: datetime, now: datetime) -> str:
    """Nothing for today, “tomorrow”, else the day."""
    zone = hub().settings.zone
    day, today = moment.astimezone(zone).date(), now.astimezone(zone).date()
    if day == today:
        return ""
    return str(_("tomorrow")) if day == today + timedelta(days=1) else _day(day)


def when_words(span: Span) -> str:
    """Tue 3 Mar 14:00–15:00, in the campus zone."""
    zone = hub().settings.zone
    return f"{_day(span.start.astimezone(zone).date())} {from_to(span, zone)}"


def tied(name: str) -> str:
    """`name` with a short last word tied to the one before it: no line begins with the 2 of Sala Vidrio 2."""
    first, _space, last = name.rpartition(" ")
    return f"{first}{TIED}{last}" if first and len(last) <= SHORT else name


def _day(day: date) -> str:
    """A day at which no line breaks."""
    return day_name(day).replace(" ", TIED)


def status_name(status: str) -> str:
    """How an occurrence stands, as people say it."""
    names: dict[str, str] = {
        "confirmed": _("booked"),
        "pending": _("waits for a yes"),
        "offered": _("offered to you"),
        "waitlisted": _("in line"),
        "cancelled": _("cancelled"),
        "rejected": _("refused"),
        "no-show": _("nobody came"),
        "lapsed": _("offer ran out"),
    }
    return names.get(status, status)


def visibility_name(visibility: str) -> str:
    """Who reads a title, as people say it."""
    names: dict[str, str] = {
        "private": _("only me and facilities staff"),
        "company": _("my company too"),
        "everybody": _("everybody"),
    }
    return names[visibility]
