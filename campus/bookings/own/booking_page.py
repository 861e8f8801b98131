"""The booking page put into words: the day or the week, the form as it was typed, and why it was refused."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import get_day_names
from flask import render_template
from flask_babel import get_locale
from flask_babel import gettext as _

from campus import clock
from campus.bookings.repeats.repeat_form import DAY_CODES
from campus.bookings.rules.policy import Broken, Policy
from campus.bookings.rules.sentences import bar_text
from campus.bookings.timeline.blocks import Block, Reader
from campus.bookings.timeline.changes import newest_change
from campus.bookings.timeline.checking import difference
from campus.bookings.timeline.chosen import Chosen, words_of
from campus.bookings.timeline.day import Day, day_of
from campus.bookings.timeline.form import Typed, Unclear, fields_of
from campus.bookings.timeline.headline import cell_standing, headline, standing, week_headline
from campus.bookings.timeline.lanes import bar
from campus.bookings.timeline.page_words import script_data
from campus.bookings.timeline.timetable import Timetable
from campus.bookings.timeline.week import Week, week_of
from campus.bookings.wording import day_name, from_to, kind_name, skip_text, weekday_name
from campus.errors import CampusError, SlotTaken
from campus.hub import hub
from campus.moments import day_bounds
from campus.people.models import Member
from campus.people.permissions import may
from campus.spaces.spans import Span


@dataclass(frozen=True, slots=True)
class Choice:
    """A resource in the form's list. `barred`: why the reader may not book it."""

    slug: str
    name: str
    kind: str
    capacity: int | None
    barred: Broken | None


def show(
    member: Member, chosen: Chosen, day: date | None, typed: Typed, refused: CampusError | None = None
) -> str:
    """The whole page of `day` (None: today)."""
    said = _said(member, chosen, day)
    shown: Day | Week = said["shown"]
    filled = typed if typed.date else replace(typed, date=shown.day.isoformat())
    return render_template("bookings/day.html", **said, **_form(member, shown, filled, refused))


def fragment(member: Member, chosen: Chosen, day: date | None, only: Collection[str]) -> str:
    """The parts that change by themselves; of the rows of a day those of `only`, if it names any."""
    rows = None if chosen.week or not only else frozenset(only)
    return render_template("bookings/fragment.html", **_said(member, chosen, day), only=rows)


def _said(member: Member, chosen: Chosen, day: date | None) -> dict[str, Any]:
    """What the parts need."""
    now, zone = clock.now(), hub().settings.zone
    day = day or now.astimezone(zone).date()
    with hub().database.read() as session:
        after = newest_change(session)
        make = week_of if chosen.week else day_of
        shown: Day | Week = make(session, day, member, now=now, zone=zone, chosen=chosen)
    answer, note = week_headline(shown) if isinstance(shown, Week) else headline(shown)
    step = timedelta(days=7 if chosen.week else 1)
    return {
        "shown": shown,
        "chosen": chosen,
        "title": _title(shown),
        "answer": answer,
        "note": note,
        "previous": day - step,
        "following": day + step,
        "has_resources": bool(shown.table.sites),
        "cleared": Chosen(week=chosen.week, whole=chosen.whole).link(date=shown.day),
        "script_data": script_data(shown, chosen, after),
        "standing": standing,
        "cell_standing": cell_standing,
        "from_to": lambda span: from_to(span, zone),
        "form_times": lambda span: fields_of(span, zone),
        "bar_text": lambda rule: bar_text(rule, zone),
        "block_name": block_name,
        "cancel_scopes": cancel_scopes,
        "day_name": day_name,
        "weekday_name": weekday_name,
        "kind_name": kind_name,
        "zone": zone,
    }


def _form(member: Member, shown: Day | Week, typed: Typed, refused: CampusError | None) -> dict[str, Any]:
    """What the form, and the choice of resources, need besides."""
    zone, sites = hub().settings.zone, shown.table.sites
    choices = _choices(shown.table, member, shown.day, shown.now, zone)
    return {
        "typed": typed,
        "refused": refused,
        "faults": refused.faults if isinstance(refused, Unclear) else {},
        "offered": _offered(refused, typed, shown.now, zone),
        "clashes": _spans(refused, "clashes"),
        "skip_text": skip_text,
        "can_wait": _can_wait(refused, typed, shown.table),
        "choices": [(kind, list(some)) for kind, some in groupby(choices, key=lambda one: one.kind)],
        "kinds": list(dict.fromkeys(site.resource.kind for site in sites)),
        "words": words_of(site.resource for site in sites),
        "repeats": _repeats(),
        "weekdays": _weekdays(),
        "visibilities": _visibilities(),
        "may_book_for_others": may(member, "bookings.make-for-others"),
    }


def block_name(block: Block) -> str:
    """What stands on a block: its title, or why the time is taken."""
    if block.title is not None:
        return block.title
    text: str
    if block.reason == "hold":
        text = _("Held")
    elif block.reason == "linked":
        text = _("Taken with %(name)s", name=block.other or "")
    elif block.reason == "needs":
        text = _("%(name)s is taken", name=block.other or "")
    else:
        text = _("Yours") if block.mine else _("Taken")
    return text


def cancel_scopes(block: Block) -> list[tuple[str | None, str]]:
    """What of a booking can be cancelled, and what the button says."""
    if not block.repeats:
        return [(None, _("Cancel this booking"))]
    return [
        ("this", _("Cancel this date")),
        ("following", _("Cancel this and the following")),
        (None, _("Cancel all dates")),
    ]


def _title(shown: Day | Week) -> str:
    if isinstance(shown, Week):
        return f"{day_name(shown.days[0])} – {day_name(shown.days[-1])}"
    return day_name(shown.day)


def _choices(table: Timetable, member: Member, day: date, now: datetime, zone: ZoneInfo) -> list[Choice]:
    """Every resource; too far ahead is a matter of the day that the form says."""
    reader, bounds = Reader(member, now, zone), Span(*day_bounds(min(day, now.astimezone(zone).date()), zone))
    return [
        Choice(
            site.resource.slug,
            site.resource.name,
            site.resource.kind,
            site.resource.capacity,
            bar(site, bounds, reader),
        )
        for site in table.sites
    ]


def _offered(
    refused: CampusError | None, typed: Typed, now: datetime, zone: ZoneInfo
) -> list[tuple[str, str, Span]]:
    """The suggestions of a refusal: what the form sends for each, what is different, and its span."""
    found = refused.extra.get("suggestions", []) if refused else []
    spans = _spans(refused, "suggestions")
    if not spans or _spans(refused, "clashes"):
        return []
    wanted = typed.span(now, zone)
    return [
        (f"{slot['start']}/{slot['end']}", difference(wanted, span), span)
        for slot, span in zip(found, spans, strict=True)
    ]


def _spans(refused: CampusError | None, name: str) -> list[Span]:
    found = refused.extra.get(name, []) if refused else []
    return [
        Span(datetime.fromisoformat(span["start"]), datetime.fromisoformat(span["end"])) for span in found
    ]


def _can_wait(refused: CampusError | None, typed: Typed, table: Timetable) -> bool:
    """One date that is taken, where there is a waiting list."""
    if not isinstance(refused, SlotTaken) or refused.extra.get("clashes") or typed.repeat:
        return False
    rules = [Policy.of(site.resource.policy) for site in table.sites if site.resource.slug == typed.resource]
    return any(rule.waitlist != "off" for rule in rules)


def _repeats() -> list[tuple[str, str]]:
    return [
        ("", _("Once")),
        ("daily", _("Every day")),
        ("weekly", _("Every week")),
        ("monthly-day", _("Every month, same date")),
        ("monthly-weekday", _("Every month, same weekday")),
    ]


def _weekdays() -> list[tuple[str, str]]:
    names = get_day_names("abbreviated", locale=get_locale() or "en")
    return [(code, names[number]) for number, code in enumerate(DAY_CODES)]


def _visibilities() -> Sequence[tuple[str, str]]:
    return (
        ("private", _("Only you and facilities staff")),
        ("company", _("Your company")),
        ("everybody", _("Everybody")),
    )
