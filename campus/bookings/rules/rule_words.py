"""The words that sentences about rules are made of: amounts of a quota, and whose bookings."""

from __future__ import annotations

from collections.abc import Sequence

from babel.lists import format_list
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _

from campus.bookings.rules.quotas import Quota


def hours_text(hours: float) -> str:
    """Elapsed hours as people add them up, never in days: 45 min, 3 h 20 min, 48 h."""
    text: str
    whole, rest = divmod(round(hours * 60), 60)
    if rest and not whole:
        text = _("%(minutes)d min", minutes=rest)
    elif rest:
        text = _("%(hours)d h %(minutes)d min", hours=whole, minutes=rest)
    else:
        text = _("%(hours)d h", hours=whole)
    return text


def quota_text(quota: Quota) -> list[str]:
    """What a quota gives: 8 h a week, 2 bookings a day. The hours first, then the count."""
    amounts = [] if quota.hours is None else [hours_text(quota.hours)]
    if quota.count is not None:
        amounts.append(ngettext("%(num)d booking", "%(num)d bookings", quota.count))
    if quota.per == "day":
        return [_("%(amount)s a day", amount=amount) for amount in amounts]
    if quota.per == "week":
        return [_("%(amount)s a week", amount=amount) for amount in amounts]
    return [_("%(amount)s a month", amount=amount) for amount in amounts]


def roles_text(roles: Sequence[str]) -> str:
    """Who these are together: analysts and facilities staff."""
    names = {
        "member": _("members"),
        "staff": _("facilities staff"),
        "analyst": _("analysts"),
        "admin": _("administrators"),
    }
    return format_list([names[role] for role in roles], locale=get_locale() or "en")
