"""When a resource is really open, pure: the sign on its door, without closures and holidays."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from campus.moments import day_bounds
from campus.spaces.holidays import holidays_in
from campus.spaces.hours import OpeningHours, open_spans
from campus.spaces.spans import Span, without


def open_when(
    hours: OpeningHours | None,
    bounds: Span,
    zone: ZoneInfo,
    *,
    closures: Sequence[Span] = (),
    holidays_closed: bool = False,
) -> list[Span]:
    """The open spans inside `bounds`, in UTC and in order. Hours of None are always.

    A holiday closes its campus day from midnight to midnight, and nothing else: what opened the
    evening before ends at its midnight, and what runs on into the day after is open from there.
    """
    shut = list(closures)
    if holidays_closed:
        shut += [Span(*day_bounds(day, zone)) for day in holidays_in(bounds, zone)]
    return without(open_spans(hours, *bounds, zone), shut)
