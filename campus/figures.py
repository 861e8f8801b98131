"""Numbers for people, in the reader's language. The words come from the catalogue, the rules from here.

campus/static/js/figures.js does the same for numbers that change while one looks at them.
"""

from __future__ import annotations

import math
import re
from datetime import datetime, timedelta

from flask_babel import format_datetime, format_decimal
from flask_babel import gettext as _

UNKNOWN = "–"


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


def clock_time(moment: datetime) -> str:
    """Hour and minute in the campus zone."""
    return str(format_datetime(moment, "HH:mm"))


def day_time(moment: datetime) -> str:
    """Tue 3 Mar 14:30, in the campus zone."""
    return str(format_datetime(moment, "EEE d MMM HH:mm")).replace(".", "")


def when(moment: datetime, now: datetime) -> str:
    """The shortest time that is not misunderstood: 14:30 within 12 hours of `now`, else with the day."""
    return clock_time(moment) if abs(now - moment) < timedelta(hours=12) else day_time(moment)


def _magnitude(value: float) -> int:
    """The power of ten of the first digit; 0 for 0."""
    return math.floor(math.log10(abs(value))) if value else 0
