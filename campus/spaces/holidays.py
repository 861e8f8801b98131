"""The statutory holidays of Mexico (Ley Federal del Trabajo, art. 74), pure: days of the campus calendar.

Every sixth year has one more: 1 October, when the federal government changes (2024, 2030). Known
from 1901 to 2100; outside of that no day is a holiday.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from campus.spaces.spans import Span

LANGUAGES = {"en": "en_US", "es": "es"}


@lru_cache(maxsize=256)
def holidays_of(year: int, language: str = "en") -> Mapping[date, str]:
    """The holidays of a year in order, each with its name in English or Spanish."""
    from holidays import country_holidays  # noqa: PLC0415 - 16 MB that most processes never need

    found = country_holidays("MX", years=year, language=LANGUAGES.get(language[:2], "en_US"))
    return dict(sorted(found.items()))


def holidays_in(span: Span, zone: ZoneInfo) -> list[date]:
    """The holidays that `span` touches, in order."""
    first = span.start.astimezone(zone).date()
    last = (span.end - timedelta(microseconds=1)).astimezone(zone).date()
    years = range(first.year, last.year + 1)
    return [day for year in years for day in holidays_of(year) if first <= day <= last]


def holiday_name(day: date, language: str = "en") -> str | None:
    """What a day is called; None: it is no holiday. Languages that we do not speak read English."""
    return holidays_of(day.year, language).get(day)
