"""What people read about bookings: lengths, days and times in the campus zone, kinds of resources."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _

from campus.bookings.rules.rule_words import hours_text
from campus.figures import time_of_day, times_from_to
from campus.spaces.spans import Span


def skip_text(dates: int) -> str:
    """What the button says that books a series without so many dates."""
    text: str = _("Book without this date")
    return text if dates == 1 else str(_("Book without these %(count)s dates", count=dates))


def weekday_name(day: date) -> str:
    """Tue."""
    return str(format_date(day, "EEE", locale=get_locale() or "en"))


def duration(minutes: float) -> str:
    """A length of time as people say it: 45 min, 3 h 20 min, 2 h, 7 days."""
    whole = round(minutes)
    if whole >= 2880 and whole % 1440 == 0:
        return str(ngettext("%(num)d day", "%(num)d days", whole // 1440))
    return hours_text(whole / 60)


def kind_name(kind: str) -> str:
    """Several resources of a kind."""
    names: dict[str, str] = {
        "room": _("Rooms"),
        "printer": _("3-D printers"),
        "charger": _("Chargers"),
        "amenity": _("Amenities"),
    }
    return names[kind]


def day_name(day: date) -> str:
    """A day as people say it: Tue 3 Mar."""
    pattern: str = _("EEE d MMM")  # the order of a date is the reader's language's too
    return str(format_date(day, pattern, locale=get_locale() or "en"))


def from_to(span: Span, zone: ZoneInfo) -> str:
    """A span as 14:00–15:30; with the day beside the end where that is another."""
    start, end = span.start.astimezone(zone), span.end.astimezone(zone)
    if start.date() == end.date():
        return times_from_to(start, end)
    return f"{time_of_day(start)} – {day_name(end.date())} {time_of_day(end)}"


def at(moment: datetime, zone: ZoneInfo) -> str:
    """An instant as people say it: Tue 3 Mar 14:30."""
    wall = moment.astimezone(zone)
    return f"{day_name(wall.date())} {time_of_day(wall)}"
