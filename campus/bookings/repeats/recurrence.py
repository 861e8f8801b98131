"""Series, pure: what becomes of a rule when its series is cut or moved. The door to the repeat files.

What is given back was expanded and gives exactly the turns that were asked for; else it is None.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from campus.bookings.repeats.repeat_rule import MOST_TIMES, Day, Rule
from campus.bookings.repeats.repeat_text import read_rule
from campus.bookings.repeats.repeat_turns import LONGEST, Turn, days, expand
from campus.errors import BadRequest
from campus.spaces.spans import Span

__all__ = [
    "LONGEST",
    "MOST_TIMES",
    "Day",
    "Rule",
    "Turn",
    "days",
    "expand",
    "moved",
    "read_rule",
    "remaining",
    "shifted",
    "truncated",
]


def truncated(rule: Rule, before: datetime, first: Span, zone: ZoneInfo) -> Rule | None:
    """The rule that gives only the turns that begin before an instant; None if one or none is left."""
    turns = expand(rule, first, zone)
    kept = [turn for turn in turns if turn.original < before]
    if len(kept) < 2:
        return None
    if kept == turns:
        return rule
    if rule.count:
        shorter = replace(rule, count=len(kept))
    else:
        shorter = replace(rule, until=days(rule, first, zone)[len(kept) - 1])
    return _if_it_gives(kept, shorter, first, zone)


def remaining(rule: Rule, since: datetime, first: Span, zone: ZoneInfo) -> Rule | None:
    """The rule for the turns from an instant on, to be expanded from the first of them.

    None if none is left, or if that first one lies where the clocks go forward and so cannot say
    at what time the others are.
    """
    turns = expand(rule, first, zone)
    left = [turn for turn in turns if turn.original >= since]
    if not left:
        return None
    rest = replace(rule, count=len(left)) if rule.count else rule
    return _if_it_gives(left, rest, left[0].span, zone)


def moved(rule: Rule, first: Span, to: Span, zone: ZoneInfo) -> Rule | None:
    """The rule for the whole series when its first turn goes from `first` to `to`, at any time of day.

    Every turn goes as many campus days further as the first. None if no rule says that.
    """
    was = days(rule, first, zone)
    gap = to.start.astimezone(zone).date() - was[0]
    if isinstance(rule.until, datetime):  # a time of day in it would cut off what moves to a later one
        rule = replace(rule, until=was[-1])
    found = shifted(rule, gap.days)
    try:
        return found if found and days(found, to, zone) == [day + gap for day in was] else None
    except BadRequest:
        return None


def shifted(rule: Rule, by_days: int) -> Rule | None:
    """The rule whose every day lies `by_days` later, if a rule can say so: the last Friday of a month
    plus a day is not always its last Saturday.

    A day of the month that only the first turn names, and UNTIL in UTC, which moves by days of 24
    hours, are the caller's to verify: see `moved`.
    """
    by_day, by_month_day = _later_days(rule, by_days), _later_month_days(rule, by_days)
    if by_day is None or by_month_day is None or not _by_days_only(rule, by_days):
        return None
    week_start = rule.week_start
    if rule.freq == "WEEKLY" and len(by_day) > 1 and (rule.interval > 1 or rule.by_set_pos):
        week_start = (week_start + by_days) % 7  # the same days stay in one week
    until = rule.until + timedelta(days=by_days) if rule.until else None
    return replace(rule, by_day=by_day, by_month_day=by_month_day, week_start=week_start, until=until)


def _by_days_only(rule: Rule, by_days: int) -> bool:
    """True if no month or year in the rule decides otherwise once its days are later."""
    named = bool(rule.by_month_day) or any(day.nth for day in rule.by_day)
    if named or not by_days:
        return True
    if rule.freq in ("DAILY", "WEEKLY"):
        return not rule.by_month
    return not rule.by_day or (rule.interval == 1 and not rule.by_month and not rule.by_set_pos)


def _later_days(rule: Rule, by_days: int) -> tuple[Day, ...] | None:
    """Numbered weekdays move by whole weeks, among those that every month (or year) has."""
    weeks, rest = divmod(by_days, 7)
    most = 4 if rule.freq == "MONTHLY" or rule.by_month else 52
    found: list[Day] = []
    for day in rule.by_day:
        nth = day.nth + weeks if day.nth else 0
        if day.nth and by_days and (rest or not _inside(day.nth, nth, most)):
            return None
        found.append(Day((day.weekday + by_days) % 7, nth))
    return tuple(sorted(found))


def _later_month_days(rule: Rule, by_days: int) -> tuple[int, ...] | None:
    later = tuple(day + by_days for day in rule.by_month_day)
    pairs = zip(rule.by_month_day, later, strict=True)
    return later if not by_days or all(_inside(day, other, 28) for day, other in pairs) else None


def _inside(one: int, other: int, most: int) -> bool:
    """True if both count from the same end and no further than `most`."""
    return one * other > 0 and max(abs(one), abs(other)) <= most


def _if_it_gives(turns: list[Turn], rule: Rule, first: Span, zone: ZoneInfo) -> Rule | None:
    try:
        return rule if expand(rule, first, zone) == turns else None
    except BadRequest:
        return None
