"""Quotas, pure: how much of a resource one member, or all of a company, may hold in a campus period.

Days of a clock change have 23 or 25 hours, weeks run from Monday to Sunday, months are those of
the calendar. Hours are elapsed ones, and a booking over a border counts in both periods with its
parts. Where bookings are counted, each counts once: in the period in which it starts, so that
a night is one night.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from campus.moments import day_bounds
from campus.spaces.spans import Span

HOUR = timedelta(hours=1)
Per = Literal["day", "week", "month"]
Of = Literal["member", "company"]


@dataclass(frozen=True, slots=True)
class Quota:
    """At most `hours` and at most `count` bookings a period; None is no limit."""

    of: Of
    per: Per
    hours: float | None = None
    count: int | None = None


def periods(per: Per, span: Span, zone: ZoneInfo) -> list[Span]:
    """The days, weeks or months of the campus calendar that `span` touches, whole and in order.

    An empty span touches the one that it lies in.
    """
    first = _first_day(per, span.start.astimezone(zone).date())
    found: list[Span] = []
    while True:
        following = _following(per, first)
        period = Span(day_bounds(first, zone)[0], day_bounds(following, zone)[0])
        if found and period.start >= span.end:
            return found
        found.append(period)
        first = following


def exceeded(quota: Quota, wanted: Span, held: Sequence[Span], zone: ZoneInfo) -> Iterator[Mapping[str, Any]]:
    """The numbers of each limit of `quota` that `wanted` breaks beside `held`: hours first, then the count.

    Of several periods the first one is named, by its first day.
    """
    found = periods(quota.per, wanted, zone)
    if quota.hours is not None:
        for period in found:
            used, more = _within(period, held), _within(period, [wanted])
            if used + more > quota.hours * HOUR:
                yield {
                    **_names(quota, period, zone),
                    "allowed_hours": quota.hours,
                    "held_hours": amount(used, HOUR),
                    "asked_hours": amount(more, HOUR),
                }
                break
    if quota.count is not None:
        period = found[0]
        made = sum(period.start <= span.start < period.end for span in held)
        if made + 1 > quota.count:
            yield {
                **_names(quota, period, zone),
                "allowed_count": quota.count,
                "held_count": made,
                "asked_count": 1,
            }


def amount(length: timedelta, unit: timedelta) -> float:
    """`length` in units to two decimals, whole where it is whole."""
    number = round(length / unit, 2)
    return int(number) if number == int(number) else number


def _names(quota: Quota, period: Span, zone: ZoneInfo) -> dict[str, Any]:
    first = period.start.astimezone(zone).date()
    return {"of": quota.of, "per": quota.per, "period": first.isoformat()}


def _within(period: Span, spans: Sequence[Span]) -> timedelta:
    return sum((part.length for span in spans if (part := span.clipped(period))), timedelta(0))


def _first_day(per: Per, day: date) -> date:
    if per == "week":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if per == "month" else day


def _following(per: Per, first: date) -> date:
    if per == "month":
        return (first + timedelta(days=31)).replace(day=1)
    return first + timedelta(days=7 if per == "week" else 1)
