"""Opening hours written as people write them, pure: the other way of hours_text.

`Mon-Fri 08:00-20:00; Sat 09:00-14:00`: what is written here is read there as the same week.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from campus.spaces.hours import DAYS

Sign = Mapping[str, Sequence[Sequence[str]] | None]


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a language: seven names of days, Monday first, and two that stand alone."""

    days: Sequence[str]
    always: str
    closed: str


@dataclass(frozen=True, slots=True)
class Line:
    """Days that follow each other and have the same hours; without `spans` they are closed."""

    first: str
    last: str
    spans: tuple[tuple[str, str], ...]


def lines_of(sign: Sign, days: Sequence[str]) -> list[Line]:
    """The week in as few lines as it has, closed days too, the days by their names in `days`."""
    found: list[Line] = []
    for name, key in zip(days, DAYS, strict=True):
        spans = tuple(sorted((span[0], span[1]) for span in sign.get(key) or ()))
        if found and found[-1].spans == spans:
            found[-1] = Line(found[-1].first, name, spans)
        else:
            found.append(Line(name, name, spans))
    return found


def write_week(sign: Sign | None, words: Words) -> str:
    """The week in a line of text that read_week reads as the same week; None is always open."""
    if sign is None:
        return words.always
    parts = [
        f"{_days(line)} {', '.join('-'.join(span) for span in line.spans)}"
        for line in lines_of(sign, words.days)
        if line.spans
    ]
    return "; ".join(parts) or words.closed


def _days(line: Line) -> str:
    return line.first if line.first == line.last else f"{line.first}-{line.last}"
