"""The hours of CFE's tariff GDMTH: base, intermedia, punta; the same in all interconnected divisions. Pure.

Source: Comisión Federal de Electricidad, tariff GDMTH, "periodos" of the Sistema Interconectado Nacional. Its
summer lasts from the first Sunday of April to the Saturday before the last Sunday of October, whatever clocks
do: the hours are those of the clock on the wall. Holidays are those of the Ley Federal del Trabajo, art. 74.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Literal, NamedTuple, get_args
from zoneinfo import ZoneInfo

Band = Literal["base", "intermedia", "punta"]
BANDS: tuple[Band, ...] = get_args(Band)
Season = Literal["summer", "winter"]
DayKind = Literal["weekday", "saturday", "rest"]

HOURS: dict[tuple[Season, DayKind], tuple[tuple[int, Band], ...]] = {
    ("summer", "weekday"): ((0, "base"), (6, "intermedia"), (20, "punta"), (22, "intermedia")),
    ("summer", "saturday"): ((0, "base"), (7, "intermedia")),
    ("summer", "rest"): ((0, "base"), (19, "intermedia")),
    ("winter", "weekday"): ((0, "base"), (6, "intermedia"), (18, "punta"), (22, "intermedia")),
    ("winter", "saturday"): ((0, "base"), (8, "intermedia"), (19, "punta"), (21, "intermedia")),
    ("winter", "rest"): ((0, "base"), (18, "intermedia")),
}
"""From which hour of the wall clock a band counts."""
SATURDAY, SUNDAY = 5, 6


class BandSpan(NamedTuple):
    """`[start, end)`, aware, in UTC."""

    start: datetime
    end: datetime
    band: Band


def season(day: date) -> Season:
    """Which hours count on a day."""
    first_of_april = date(day.year, 4, 1)
    begins = first_of_april + timedelta(days=(SUNDAY - first_of_april.weekday()) % 7)
    last_of_october = date(day.year, 10, 31)
    last_sunday = last_of_october - timedelta(days=(last_of_october.weekday() - SUNDAY) % 7)
    return "summer" if begins <= day < last_sunday else "winter"


def day_kind(day: date, is_holiday: bool) -> DayKind:
    """Holidays count as Sundays."""
    if is_holiday or day.weekday() == SUNDAY:
        return "rest"
    return "saturday" if day.weekday() == SATURDAY else "weekday"


def bands_of(day: date, zone: ZoneInfo, is_holiday: bool) -> list[BandSpan]:
    """A day of the campus calendar, cut into its bands; one of 23 or 25 hours is covered whole."""
    hours = HOURS[season(day), day_kind(day, is_holiday)]
    cuts = [_wall(day, hour, zone) for hour, _band in hours]
    cuts.append(_wall(day + timedelta(days=1), 0, zone))
    return [BandSpan(*span, band) for span, (_hour, band) in zip(pairwise(cuts), hours, strict=True)]


def bands_in(
    start: datetime, end: datetime, zone: ZoneInfo, is_holiday: Callable[[date], bool]
) -> Iterator[BandSpan]:
    """The bands of `[start, end)` in order, without a gap; what touches and is alike is one."""
    kept: BandSpan | None = None
    day = start.astimezone(zone).date()
    while _wall(day, 0, zone) < end:
        for span in bands_of(day, zone, is_holiday(day)):
            clipped = BandSpan(max(span.start, start), min(span.end, end), span.band)
            if clipped.start >= clipped.end:
                continue
            if kept and kept.band == clipped.band:
                kept = kept._replace(end=clipped.end)
            else:
                if kept:
                    yield kept
                kept = clipped
        day += timedelta(days=1)
    if kept:
        yield kept


def _wall(day: date, hour: int, zone: ZoneInfo) -> datetime:
    """An hour of the wall clock as an instant. One that the clock leaves out is the instant of the change."""
    return datetime.combine(day, time(hour), zone).astimezone(UTC)
