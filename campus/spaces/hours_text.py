"""Opening hours as people write them into a cell, pure: `Mon-Fri 08:00-20:00; Sat 9-14`.

Days and words in English and Spanish; several spans of a day with commas; parts with semicolons.
"""

from __future__ import annotations

import re
import unicodedata

from campus.errors import BadRequest
from campus.spaces.hours import DAYS, read_hours

Sign = dict[str, list[list[str]]]
"""The shape of the API; days that are not in it are closed."""

_NAMES = (
    ("monday", "lunes"),
    ("tuesday", "martes"),
    ("wednesday", "miercoles"),
    ("thursday", "jueves"),
    ("friday", "viernes"),
    ("saturday", "sabado"),
    ("sunday", "domingo"),
)
_ALWAYS = ("", "always", "always open", "24/7", "24 h", "siempre", "siempre abierto", "siempre abierta")
_EVERY_DAY = ("daily", "every day", "diario", "diariamente", "todos los dias", "")
_CLOSED = ("closed", "cerrado", "cerrada")
_PART = re.compile(r"(?P<days>[^0-9]*?)[\s:,]*(?:\b(?:from|de)\s+)?(?P<hours>[0-9].*|closed|cerrad[oa])")
_RANGE = re.compile(r"\s*(?:-|\bto\b|\bthrough\b|\ba\b)\s*")
_LIST = re.compile(r"\s*(?:,|&|/|\band\b|\by\b)\s*")
_SPAN = re.compile(r"(.+?)\s*(?:-|\bto\b|\ba\b)\s*(.+)")
_TIME = re.compile(r"([0-9]{1,2})(?:[:.h]([0-9]{2}))?\s*(am|pm|h|hrs?)?")


def read_week(text: str) -> Sign | None:
    """The week that a text means; None: always open. Raises ValueError with the part that means nothing."""
    plain = _plain(text)
    if plain in _ALWAYS:
        return None
    sign: Sign = {}
    for part in filter(None, (part.strip(" ,") for part in re.split(r"[;\n|]", plain))):
        found = _PART.fullmatch(part)
        if not found:
            raise ValueError(part)
        spans = [] if found["hours"] in _CLOSED else [_span(span) for span in _LIST.split(found["hours"])]
        for day in _days(found["days"]):
            sign.setdefault(DAYS[day], []).extend(spans)
    try:
        read_hours(sign)
    except BadRequest:
        raise ValueError(text.strip()) from None
    return {day: sign[day] for day in DAYS if sign.get(day)}


def _days(words: str) -> list[int]:
    if words in _EVERY_DAY:
        return list(range(7))
    days: list[int] = []
    for item in _LIST.split(words):
        ends = [_day(word) for word in _RANGE.split(item)]
        if len(ends) > 2:
            raise ValueError(words)
        first, last = ends[0], ends[-1]
        days += [(first + step) % 7 for step in range((last - first) % 7 + 1)]
    return sorted(set(days))


def _day(word: str) -> int:
    short = word.strip(" .")
    for number, names in enumerate(_NAMES):
        if len(short) >= 2 and any(name.startswith(short) for name in names):
            return number
    raise ValueError(word)


def _span(text: str) -> list[str]:
    found = _SPAN.fullmatch(text.strip())
    if not found:
        raise ValueError(text)
    return [_time(found[1]), _time(found[2])]


def _time(text: str) -> str:
    found = _TIME.fullmatch(text.strip())
    if not found:
        raise ValueError(text)
    hour, minute, half = int(found[1]), int(found[2] or 0), found[3]
    if half in ("am", "pm"):
        if not 1 <= hour <= 12:
            raise ValueError(text)
        hour = hour % 12 + (12 if half == "pm" else 0)
    return f"{hour:02d}:{minute:02d}"


def _plain(text: str) -> str:
    """Lower case, without accents, every dash a hyphen, a.m. as am."""
    letters = unicodedata.normalize("NFKD", text.strip().lower())
    bare = "".join(letter for letter in letters if not unicodedata.combining(letter))
    bare = re.sub(r"[‐‑‒–—−]", "-", bare)
    return re.sub(r"\b([ap])\.\s?m\.?", r"\1m", re.sub(r"[ \t]+", " ", bare))
