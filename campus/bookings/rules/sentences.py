"""Every broken rule as a sentence with its numbers: what is wrong and what would do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date
from babel.lists import format_list
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _

from campus.bookings.rules.policy import Broken
from campus.bookings.rules.quotas import Quota
from campus.bookings.rules.rule_words import hours_text, quota_text, roles_text
from campus.bookings.wording import at, day_name, duration, from_to
from campus.spaces.holidays import holiday_name
from campus.spaces.spans import Span

Numbers = Mapping[str, Any]


def sentence(rule: Broken, zone: ZoneInfo) -> str:
    """What is wrong and what would do."""
    return _SENTENCES[rule.code](rule.numbers, zone)


def bar_text(rule: Broken, zone: ZoneInfo) -> str:
    """Why somebody may book nothing at all there, as short as a button's name."""
    numbers = rule.numbers
    text: str
    if rule.code == "training-required":
        needs = _("Needs the training %(training)s", training=numbers["name"])
        again = _("Renew the training %(training)s", training=numbers["name"])
        text = needs if numbers["state"] == "none" else again
    elif rule.code == "role":
        text = _("Only for %(roles)s", roles=roles_text(numbers["roles"]))
    else:
        until = datetime.fromisoformat(numbers["latest"]).astimezone(zone).date()
        text = _("Open for booking until %(day)s", day=day_name(until))
    return text


def _period(per: str, first: date) -> str:
    """The day, week or month that begins on `first`, as it stands in a sentence."""
    text: str
    if per == "day":
        text = _("on %(day)s", day=day_name(first))
    elif per == "week":
        text = _("in the week of %(day)s", day=day_name(first))
    else:
        text = _("in %(month)s", month=format_date(first, "LLLL", locale=get_locale() or "en"))
    return text


def _quota(n: Numbers, _zone: ZoneInfo) -> str:
    when = _period(n["per"], date.fromisoformat(n["period"]))
    ours = n["of"] == "company"
    text: str
    if "allowed_hours" in n:
        (quota,) = quota_text(Quota(n["of"], n["per"], hours=n["allowed_hours"]))
        held, more = hours_text(n["held_hours"]), hours_text(n["asked_hours"])
        text = (
            _(
                "Each company has %(quota)s here: %(when)s, %(held)s are booked and this needs %(more)s.",
                quota=quota, when=when, held=held, more=more,
            )
            if ours
            else _(
                "Each member has %(quota)s here: %(when)s, %(held)s are booked and this needs %(more)s.",
                quota=quota, when=when, held=held, more=more,
            )
        )  # fmt: skip
    else:
        (quota,) = quota_text(Quota(n["of"], n["per"], count=n["allowed_count"]))
        made = int(n["held_count"])
        text = (
            ngettext(
                "Each company has %(quota)s here, and %(num)d is made %(when)s.",
                "Each company has %(quota)s here, and %(num)d are made %(when)s.",
                made, quota=quota, when=when,
            )
            if ours
            else ngettext(
                "Each member has %(quota)s here, and %(num)d is made %(when)s.",
                "Each member has %(quota)s here, and %(num)d are made %(when)s.",
                made, quota=quota, when=when,
            )
        )  # fmt: skip
    return text


def _training(n: Numbers, zone: ZoneInfo) -> str:
    text: str = (
        _("This needs the training “%(training)s”.", training=n["name"])
        if n["state"] == "none"
        else _(
            "The training “%(training)s” is valid until %(when)s; it has to be until the booking ends.",
            training=n["name"],
            when=at(datetime.fromisoformat(n["valid_until"]), zone),
        )
    )
    return text


def _closed(n: Numbers, zone: ZoneInfo) -> str:
    if along := n.get("along"):
        names = format_list(along, locale=get_locale() or "en")
        return str(
            ngettext(
                "A booking takes %(names)s along, which is closed then.",
                "A booking takes %(names)s along, which are closed then.",
                len(along),
                names=names,
            )
        )
    if days := [date.fromisoformat(day) for day in n.get("holidays", ())]:
        language = str(get_locale() or "en")
        day = days[0]
        return str(
            _(
                "It is closed on %(day)s, a public holiday: %(name)s.",
                day=day_name(day),
                name=holiday_name(day, language),
            )
        )
    spans = [
        Span(datetime.fromisoformat(span["start"]), datetime.fromisoformat(span["end"])) for span in n["open"]
    ]
    if (
        len({span.start.astimezone(zone).date() for span in spans}) > 1
    ):  # hours of many days tell nobody anything
        return str(_("It is closed during a part of that time."))
    hours = ", ".join(from_to(span, zone) for span in spans)
    text: str = (
        _("It is closed then; that day it is open %(hours)s.", hours=hours)
        if spans
        else _("It is closed on that day.")
    )
    return text


def _too_many_open(n: Numbers, _zone: ZoneInfo) -> str:
    if "waiting" in n:
        return ngettext(
            "With places in line there is %(num)d open booking here, and no more until it ends.",
            "With places in line there are %(num)d open bookings here, and no more until one ends.",
            int(n["open_bookings"] + n["waiting"]),
        )
    return ngettext(
        "There is %(num)d open booking here already, and no more are possible until it ends.",
        "There are %(num)d open bookings here already, and no more are possible until one ends.",
        int(n["open_bookings"]),
    )


def _already_yours(n: Numbers, zone: ZoneInfo) -> str:
    span = Span(datetime.fromisoformat(n["start"]), datetime.fromisoformat(n["end"]))
    when = f"{day_name(span.start.astimezone(zone).date())} {from_to(span, zone)}"
    text: str = (
        _("There is a place in line for %(when)s already.", when=when)
        if n["waitlisted"]
        else _("%(when)s is booked already for the same person.", when=when)
    )
    return text


_SENTENCES: Mapping[str, Callable[[Numbers, ZoneInfo], str]] = {
    "closed": _closed,
    "too-short": lambda n, _zone: _(
        "A booking here lasts %(least)s at least.", least=duration(n["min_minutes"])
    ),
    "too-long": lambda n, _zone: _("A booking here lasts %(most)s at most.", most=duration(n["max_minutes"])),
    "in-the-past": lambda _n, _zone: _("That time has passed."),
    "too-soon": lambda n, zone: _(
        "Book here %(notice)s ahead: from %(when)s on.",
        notice=duration(n["min_notice_minutes"]),
        when=at(datetime.fromisoformat(n["earliest"]), zone),
    ),
    "too-far": lambda n, zone: _(
        "Bookings here are open until %(when)s.", when=at(datetime.fromisoformat(n["latest"]), zone)
    ),
    "quota": _quota,
    "too-many-open": _too_many_open,
    "already-yours": _already_yours,
    "training-required": _training,
    "over-capacity": lambda n, _zone: ngettext(
        "There is room for %(num)d person.", "There is room for %(num)d people.", int(n["capacity"])
    ),
    "role": lambda n, _zone: _("Only bookings of %(roles)s are taken here.", roles=roles_text(n["roles"])),
}
"""By code of CONTRACT.md. No sentence says "you": staff book for others too."""
