"""A series as calendars are told it, pure: by its rule where that gives exactly its dates, else by a list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr
from icalendar import vRecur

from campus.spaces.spans import Span


@dataclass(frozen=True, slots=True)
class Pattern:
    """Starts in UTC: `start`, what `rule` gives from it, and `more` (RDATE); without `out` (EXDATE)."""

    start: datetime
    rule: vRecur | None = None
    more: tuple[datetime, ...] = ()
    out: tuple[datetime, ...] = ()


def pattern_of(
    repeat: str | None, originals: Sequence[datetime], told: Sequence[datetime], zone: ZoneInfo
) -> Pattern:
    """What tells the starts `told` and no others, in order and at least one.

    `originals` are all starts that the series had: its rule counts from the first of them. The rule's
    own end (COUNT, UNTIL) gives way to the number of dates that there are.
    """
    listed = Pattern(told[0], more=tuple(told[1:]))
    rule = _endless(repeat)
    if rule is None:
        return listed
    given = _given(rule, originals[0], told[-1], zone, most=2 * len(told))
    if given is None or given[0] != originals[0] or not set(told) <= set(given):
        return listed
    wanted = set(told)
    rule["COUNT"] = [len(given)]
    return Pattern(originals[0], rule, out=tuple(start for start in given if start not in wanted))


def wall_length(span: Span, zone: ZoneInfo) -> timedelta:
    """How long it lasts by the clock on the wall."""
    start, end = (moment.astimezone(zone).replace(tzinfo=None) for moment in span)
    return end - start


def _endless(repeat: str | None) -> vRecur | None:
    """The rule without its end; None if there is none that can be read."""
    if not repeat:
        return None
    try:
        rule: vRecur = vRecur.from_ical(repeat.strip().removeprefix("RRULE:"))
    except ValueError:
        return None
    rule.pop("COUNT", None)
    rule.pop("UNTIL", None)
    return rule


def _given(
    rule: vRecur, first: datetime, last: datetime, zone: ZoneInfo, *, most: int
) -> list[datetime] | None:
    """What the rule gives from `first` to `last`; None where it gives more than `most`, none at all, or
    times that the clocks skip: what calendar programs make of those differs."""
    wall_first, wall_last = (moment.astimezone(zone).replace(tzinfo=None) for moment in (first, last))
    try:
        ended = vRecur(rule, UNTIL=[wall_last])
        text = ended.to_ical().decode()  # type: ignore[no-untyped-call]
        dates = list(islice(rrulestr(text, dtstart=wall_first), most + 1))
    except (ValueError, TypeError, OverflowError):
        return None
    starts = [date.replace(tzinfo=zone).astimezone(UTC) for date in dates]
    skipped = any(
        start.astimezone(zone).replace(tzinfo=None) != date for start, date in zip(starts, dates, strict=True)
    )
    return None if not starts or len(starts) > most or skipped else starts
