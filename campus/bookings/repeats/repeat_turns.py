"""The turns of a series, pure: a rule and its first span in, spans in UTC out.

A series lives by the clock on the wall: 09:00 stays 09:00 when the clocks change. A wall time that
does not exist is read with the offset from before the gap (RFC 5545, 3.3.5: 02:30 becomes 03:30);
one that comes twice is the first.
"""

from __future__ import annotations

from calendar import isleap
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import pairwise
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from babel.dates import format_date
from dateutil import rrule
from dateutil.relativedelta import relativedelta
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _

from campus.bookings.repeats.repeat_rule import MOST_TIMES, Rule
from campus.errors import BadRequest
from campus.spaces.spans import Span

LONGEST = relativedelta(years=3)
"""From the first day of a series to its last."""
_FREQ: Mapping[str, Literal[0, 1, 2, 3]] = {
    "DAILY": rrule.DAILY,
    "WEEKLY": rrule.WEEKLY,
    "MONTHLY": rrule.MONTHLY,
    "YEARLY": rrule.YEARLY,
}
_LAST_TWIN = date.max.year - 5


class Turn(NamedTuple):
    """One time of a series. `original` is the start that the rule gives it, in UTC."""

    original: datetime
    span: Span


def expand(rule: Rule, first: Span, zone: ZoneInfo) -> list[Turn]:
    """Every turn, in order; the first is `first` itself. Raises BadRequest with what would do.

    Both wall times are kept, so a night has 7 or 9 hours where the clocks change. Where that leaves
    nothing between start and end, the turn is as long as `first`.
    """
    spans = [Span(first.start.astimezone(UTC), first.end.astimezone(UTC))]
    start, end = (wall_time(moment, zone) for moment in first)
    for day in days(rule, first, zone)[1:]:
        shift = day - start.date()
        begins, ends = instant(start + shift, zone), instant(end + shift, zone)
        spans.append(Span(begins, ends if ends > begins else begins + first.length))
    if any(span.overlaps(following) for span, following in pairwise(spans)):
        raise BadRequest(
            _("Each booking would last into the next one: make them shorter, or repeat less often.")
        )
    return [Turn(span.start, span) for span in spans]


def days(rule: Rule, first: Span, zone: ZoneInfo) -> list[date]:
    """The campus days on which the turns begin. Raises BadRequest as `expand` does."""
    start = wall_time(first.start, zone)
    latest = start.date() + LONGEST
    _check_end(rule, first, latest, zone)
    found: list[date] = []
    for day in _matching(rule, start.date(), latest):
        if not found and day != start.date():
            break
        if found and _over(rule, day, start, zone):
            break
        if len(found) == MOST_TIMES:
            raise BadRequest(
                _("That would be more than %(most)s bookings: choose an earlier end.", most=MOST_TIMES)
            )
        found.append(day)
        if len(found) == rule.count:
            break
    if not found:
        raise _no_such_first(rule, start.date(), latest)
    if rule.count and len(found) < rule.count:
        raise BadRequest(
            ngettext(
                "A series lasts 3 years at most, and this one comes %(num)d time in them: lower the count.",
                "A series lasts 3 years at most, and this one comes %(num)d times in them: lower the count.",
                len(found),
            )
        )
    return found


def wall_time(moment: datetime, zone: ZoneInfo) -> datetime:
    """What the clock on the wall shows, naive."""
    return moment.astimezone(zone).replace(tzinfo=None, fold=0)


def instant(wall: datetime, zone: ZoneInfo) -> datetime:
    """The instant in UTC of a naive wall time. Python's fold of 0 is what RFC 5545 asks for."""
    return wall.replace(tzinfo=zone, fold=0).astimezone(UTC)


def _check_end(rule: Rule, first: Span, latest: date, zone: ZoneInfo) -> None:
    last = rule.last_instant(zone)
    if last is None:
        return
    if last < first.start:
        raise BadRequest(_("The repeat ends before the first booking: choose a later end."))
    if last.astimezone(zone).date() > latest:
        raise BadRequest(
            _("A series lasts 3 years at most: %(day)s is the last day possible.", day=_named(latest))
        )


def _over(rule: Rule, day: date, start: datetime, zone: ZoneInfo) -> bool:
    """True if the turn of `day` begins after UNTIL."""
    if isinstance(rule.until, datetime):
        last = rule.last_instant(zone)
        return last is not None and instant(datetime.combine(day, start.time()), zone) > last
    return rule.until is not None and day > rule.until


def _no_such_first(rule: Rule, day: date, latest: date) -> BadRequest:
    """The first day does not fit. Names the next on which the same rule could begin."""
    fits = next(_matching(replace(rule, interval=1), day, latest), None)
    if fits is None:
        return BadRequest(_("No day of the next 3 years fits this repeat: choose other days."))
    sentence = _("The first day does not fit this repeat: begin on %(day)s.", day=_named(fits))
    return BadRequest(sentence, extra={"first_day": fits.isoformat()})


def _matching(rule: Rule, first: date, latest: date) -> Iterator[date]:
    """The days that the rule means from `first` to `latest`, whatever its end.

    dateutil looks for a next day to the end of its calendar, the year 9999, which takes seconds where
    there is none. So it looks in years near that end, with the same days as the years in question.
    A week begins whole, because dateutil would count BYSETPOS in what is left of the first one.
    """
    begin = first
    if rule.freq == "WEEKLY":
        begin -= timedelta(days=(first.weekday() - rule.week_start) % 7)
    twin = _twin_year(first.year)
    shift = date(twin, 1, 1) - date(first.year, 1, 1)
    found = rrule.rrule(
        _FREQ[rule.freq],
        dtstart=datetime.combine(begin + shift, datetime.min.time()),
        interval=rule.interval,
        wkst=rule.week_start,
        bymonth=rule.by_month or None,
        bymonthday=rule.by_month_day or None,
        byweekday=_weekdays(rule, first),
        bysetpos=rule.by_set_pos or None,
    )
    try:
        for moment in found:
            day = moment.date() - shift
            if day > latest:
                return
            if day >= first:
                yield day
    except ValueError:  # the week in which dateutil's calendar ends: years after `latest`
        return


def _weekdays(rule: Rule, first: date) -> list[rrule.weekday] | None:
    if rule.by_day:
        return [rrule.weekday(day.weekday, day.nth or None) for day in rule.by_day]
    return [rrule.weekday(first.weekday())] if rule.freq == "WEEKLY" else None


@cache
def _twin_year(year: int) -> int:
    """The last year from which four years have the weekdays and leap days of those from `year` on."""
    wanted = _shape(year)
    return next(twin for twin in range(_LAST_TWIN, 0, -1) if _shape(twin) == wanted)


def _shape(year: int) -> tuple[int, ...]:
    return (date(year, 1, 1).weekday(), *(isleap(year + later) for later in range(4)))


def _named(day: date) -> str:
    pattern = _("EEE d MMM")  # the order of a date is the reader's language's too
    return str(format_date(day, f"{pattern} y", locale=get_locale() or "en")).replace(".", "")
