"""Numbers for people, in the reader's language. The words come from the catalogue, the rules from here.

campus/static/js/figures.js does the same for numbers that change while one looks at them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta

from babel.dates import format_time, get_period_names
from flask import has_request_context
from flask_babel import format_datetime, format_decimal, get_locale, to_user_timezone
from flask_babel import gettext as _

from campus.people.access import current_member

UNKNOWN = "–"
TIED = "\u00a0"
"""The space between 2:30 and PM, at which no line breaks."""
_reader_s_clock: ContextVar[str | None] = ContextVar("reader_s_clock", default=None)


def number(value: float | None, digits: int = 3, places: int = 2) -> str:
    """`digits` significant digits, `places` decimals at most: 2.00, 21.4, 1,240. A dash where unknown.

    Zeros at the end stay: a live number keeps its width.
    """
    if value is None or not math.isfinite(value):
        return UNKNOWN
    rounded = round(value, min(places, digits - 1 - _magnitude(value)))
    decimals = min(places, max(0, digits - 1 - _magnitude(rounded)))
    shape = "#,##0" + ("." + "0" * decimals if decimals else "")
    return str(format_decimal(rounded + 0.0, format=shape))


def whole(value: float | None) -> str:
    """Rounded to the next whole number: percents, ppm, people."""
    return number(value, digits=15, places=0)


def kilo(value: float | None) -> str:
    """Watts as kilowatts: 21.4 for 21,412. The unit stands beside it."""
    return number(None if value is None else value / 1000)


def duration(seconds: float | None) -> str:
    """3 h 20 min, 45 min, less than a minute."""
    if seconds is None or not math.isfinite(seconds):
        return UNKNOWN
    minutes = round(seconds / 60)
    if minutes < 1:
        return str(_("less than a minute"))
    hours, rest = divmod(minutes, 60)
    if not hours:
        return str(_("%(minutes)s min", minutes=minutes))
    if not rest:
        return str(_("%(hours)s h", hours=hours))
    return str(_("%(hours)s h %(minutes)s min", hours=hours, minutes=rest))


def tied(sentence: str) -> str:
    """`sentence` with its units tied to their numbers: a line never breaks between them."""
    return re.sub(r" (?=(kW|kWh|%|L)\b|%)", "\u00a0", sentence)


def clock_style() -> str:
    """How the reader writes times: "24" or "12" hours; 24 where nobody chose."""
    told = _reader_s_clock.get()
    if told is None and has_request_context():
        member = current_member()
        told = member.clock if member else None
    return told or "24"


@contextmanager
def force_clock(style: str | None) -> Iterator[None]:
    """Times are written for a reader who is not the one that asks: in a letter. None: nobody chose."""
    before = _reader_s_clock.set(style or "24")
    try:
        yield
    finally:
        _reader_s_clock.reset(before)


def time_of_day(wall: datetime) -> str:
    """Hour and minute as `wall` shows them, in its own zone: 14:30, or 2:30 PM, in Mexico 2:30 p.m."""
    if clock_style() == "24":
        return f"{wall:%H:%M}"
    return format_time(wall.time(), f"h:mm{TIED}a", locale=get_locale() or "en")


def hour_of_day(wall: datetime) -> str:
    """A full hour, as short as a ruler needs it: 14, or 2 PM."""
    if clock_style() == "24":
        return f"{wall.hour}"
    return format_time(wall.time(), f"h{TIED}a", locale=get_locale() or "en")


def day_halves() -> tuple[str, str] | None:
    """What a reader who counts hours to 12 calls the halves of a day; None for one who counts to 24."""
    if clock_style() == "24":
        return None
    names = get_period_names("abbreviated", locale=get_locale() or "en")
    return names["am"], names["pm"]


def times_from_to(start: datetime, end: datetime) -> str:
    """14:00–15:30, 2:00–3:30 PM, 11:30 AM–1:00 PM: wall clocks of one day."""
    first, last = time_of_day(start), time_of_day(end)
    number, _space, half = first.partition(TIED)
    return f"{number if half == last.partition(TIED)[2] else first}–{last}"


def clock_time(moment: datetime) -> str:
    """Hour and minute in the campus zone."""
    return time_of_day(to_user_timezone(moment))


def day_time(moment: datetime) -> str:
    """Tue 3 Mar 14:30, in the campus zone."""
    return f"{str(format_datetime(moment, 'EEE d MMM')).replace('.', '')} {clock_time(moment)}"


def day_year(moment: datetime) -> str:
    """3 Mar 2026, in the campus zone: a day that may be of another year."""
    return str(format_datetime(moment, "d MMM y")).replace(".", "")


def when(moment: datetime, now: datetime) -> str:
    """The shortest time that is not misunderstood: 14:30 within 12 hours of `now`, else with the day."""
    return clock_time(moment) if abs(now - moment) < timedelta(hours=12) else day_time(moment)


def _magnitude(value: float) -> int:
    """The power of ten of the first digit; 0 for 0."""
    return math.floor(math.log10(abs(value))) if value else 0
