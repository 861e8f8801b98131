"""Lengths of time as staff type them into a form, pure: `90`, `45 min`, `4 h`, `1 h 30 min`, `2 d`."""

from __future__ import annotations

import re

_LENGTH = re.compile(
    r"(?:(?P<days>\d{1,4})\s*(?:d|days?|días?|dias?))?\s*"
    r"(?:(?P<hours>\d{1,5})\s*(?:h|hrs?|hours?|horas?))?\s*"
    r"(?:(?P<minutes>\d{1,7})\s*(?:m|min|mins|minutes?|minutos?)?)?",
    re.ASCII | re.IGNORECASE,
)
_CLOCK = re.compile(r"(\d{1,5}):([0-5]\d)", re.ASCII)


def read_length(text: str) -> int:
    """Minutes; a bare number is minutes, `1:30` is an hour and a half. Raises ValueError."""
    plain = text.strip()
    if clock := _CLOCK.fullmatch(plain):
        return int(clock[1]) * 60 + int(clock[2])
    found = _LENGTH.fullmatch(plain)
    if not plain or not found:
        raise ValueError(text)
    days, hours, minutes = (int(found[name] or 0) for name in ("days", "hours", "minutes"))
    return (days * 24 + hours) * 60 + minutes


def write_length(minutes: int) -> str:
    """The same in the fewest words: 45 min, 4 h, 1 h 30 min. Days only where they are whole."""
    hours, rest = divmod(minutes, 60)
    if hours >= 48 and not rest and not hours % 24:
        return f"{hours // 24} d"
    parts = [f"{hours} h"] if hours else []
    return " ".join([*parts, f"{rest} min"] if rest or not hours else parts)
