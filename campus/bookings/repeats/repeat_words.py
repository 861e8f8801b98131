"""A repeat as people say it: Every 2 weeks on Mon until Fri 26 Jun."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Literal
from zoneinfo import ZoneInfo

from babel.dates import get_day_names, get_month_names
from babel.lists import format_list
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _

from campus.bookings.repeats.repeat_rule import Rule
from campus.bookings.wording import day_name


def in_words(rule: Rule, zone: ZoneInfo, today: date | None = None) -> str:
    """`rule` in the reader's language. With `today`, an end in another year names its year."""
    said = " ".join(filter(None, (_every(rule), _days(rule), _months(rule), _positions(rule))))
    last = rule.last_day(zone)
    if last is None:
        times = ngettext("%(num)d time", "%(num)d times", rule.count or 0)
        return f"{said}, {times}"
    day = day_name(last) if today is None or today.year == last.year else f"{day_name(last)} {last.year}"
    end = _("until %(day)s", day=day)
    return f"{said} {end}"


def _every(rule: Rule) -> str:
    once, often = {
        "DAILY": (_("Every day"), _("Every %(count)s days", count=rule.interval)),
        "WEEKLY": (_("Every week"), _("Every %(count)s weeks", count=rule.interval)),
        "MONTHLY": (_("Every month"), _("Every %(count)s months", count=rule.interval)),
        "YEARLY": (_("Every year"), _("Every %(count)s years", count=rule.interval)),
    }[rule.freq]
    return str(once if rule.interval == 1 else often)


def _days(rule: Rule) -> str:
    if not rule.by_day:
        return _month_days(rule)
    names = [_weekday(day.weekday) for day in rule.by_day]
    numbered = any(day.nth for day in rule.by_day)
    if numbered:
        in_order = sorted(rule.by_day, key=lambda day: _from_the_start(day.nth))
        listed = _listed([_nth(day.nth, _weekday(day.weekday)) for day in in_order])
    else:
        listed = _run(rule) or _listed(names)
    if rule.by_month_day:
        condition = _("if it is %(days)s", days=listed if numbered else _listed(names, "or"))
        text: str = f"{_month_days(rule)} {condition}"
    elif numbered:
        text = _("on the %(days)s", days=listed)
    elif _chosen_by_position(rule):
        text = _("on %(positions)s of %(days)s", positions=_order(rule.by_set_pos), days=listed)
    elif rule.freq in ("MONTHLY", "YEARLY"):
        text = _("on every %(days)s", days=_listed(names))
    else:
        text = _("on %(days)s", days=listed)
    return text


def _month_days(rule: Rule) -> str:
    found = rule.by_month_day
    if not found:
        return ""
    if found == (-1,):
        return str(_("on the last day"))
    in_order = sorted(found, key=_from_the_start)
    listed = _listed([_month_day(day) for day in in_order])
    return str(_("on day %(days)s", days=listed) if len(found) == 1 else _("on days %(days)s", days=listed))


def _month_day(day: int) -> str:
    if day > 0:
        return str(day)
    return str(_("the last") if day == -1 else _("%(number)s from the end", number=-day))


def _months(rule: Rule) -> str:
    names = get_month_names("wide", locale=get_locale() or "en")
    months = _listed([str(names[month]) for month in rule.by_month])
    return str(_("in %(months)s", months=months)) if months else ""


def _positions(rule: Rule) -> str:
    if not rule.by_set_pos or _chosen_by_position(rule):
        return ""
    return str(_("(only %(positions)s of them)", positions=_order(rule.by_set_pos)))


def _chosen_by_position(rule: Rule) -> bool:
    """True if the weekdays' own phrase says the positions."""
    plain = bool(rule.by_day) and not any(day.nth for day in rule.by_day)
    return plain and bool(rule.by_set_pos) and not rule.by_month_day


def _run(rule: Rule) -> str:
    """Mon–Fri for three weekdays or more on end, else nothing."""
    weekdays = [day.weekday for day in rule.by_day]
    if len(weekdays) < 3 or weekdays[-1] - weekdays[0] != len(weekdays) - 1:
        return ""
    return f"{_weekday(weekdays[0])}–{_weekday(weekdays[-1])}"


def _order(positions: Sequence[int]) -> str:
    in_order = sorted(positions, key=_from_the_start)
    return _listed([_ones().get(position) or _far(position) for position in in_order])


def _from_the_start(number: int) -> tuple[bool, int]:
    """Sorts what counts from the end behind what counts from the start."""
    return number < 0, number


def _nth(nth: int, name: str) -> str:
    return f"{_ordinals()[nth]} {name}" if nth in _ordinals() else f"{name} {_far(nth)}"


def _far(position: int) -> str:
    if position > 0:
        return str(_("no. %(number)s", number=position))
    return str(_("no. %(number)s from the end", number=-position))


def _ordinals() -> dict[int, str]:
    """Ordinals before a noun: Spanish has other words there."""
    return {
        1: _("first"),
        2: _("second"),
        3: _("third"),
        4: _("fourth"),
        5: _("fifth"),
        -1: _("last"),
        -2: _("second to last"),
    }


def _ones() -> dict[int, str]:
    """Ordinals that stand alone."""
    return {
        1: _("the first"),
        2: _("the second"),
        3: _("the third"),
        4: _("the fourth"),
        5: _("the fifth"),
        -1: _("the last"),
        -2: _("the second to last"),
    }


def _weekday(number: int) -> str:
    return str(get_day_names("abbreviated", locale=get_locale() or "en")[number]).rstrip(".")


def _listed(items: Sequence[str], style: Literal["standard", "or"] = "standard") -> str:
    return format_list(items, style=style, locale=get_locale() or "en") if items else ""
