"""The statistics of use: a page for staff and analysts, and each of its tables as CSV."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from io import StringIO
from math import ceil
from zoneinfo import ZoneInfo

from babel.dates import format_date
from flask import Blueprint, Flask, Response, render_template, request
from flask_babel import get_locale
from flask_babel import gettext as _

from campus import clock
from campus.bookings.timeline.form import read_day
from campus.bookings.usage import statistics, usage
from campus.bookings.usage.statistics import DAYS, HOUR, HOURS, Part, Tally
from campus.bookings.wording import kind_name
from campus.errors import NotFound
from campus.hub import hub
from campus.moments import day_bounds
from campus.people.trail.pages import plain_cell
from campus.spaces.models import KINDS
from campus.spaces.spans import Span

USUAL_DAYS, MOST_DAYS = 28, 732
TABLES = ("resources", "companies", "hours")
SHADES = 8
"""Steps of the heat table's cells; the look of each is in statistics.css."""
blueprint = Blueprint("statistics", __name__)


@dataclass(frozen=True, slots=True)
class Asked:
    """Campus days, the last one included, and the kind of resources (None: all). `fault`: why it is not
    what the address says."""

    first: date
    last: date
    kind: str | None = None
    fault: str = ""

    @classmethod
    def of(cls, sent: Mapping[str, str], today: date) -> Asked:
        """From the address; the last four weeks where it names no days, or none that will do."""
        kind = sent.get("kind") if sent.get("kind") in KINDS else None
        usual = cls(today - timedelta(days=USUAL_DAYS - 1), today, kind)
        if not sent.get("from") and not sent.get("to"):
            return usual
        first, last = read_day(sent.get("from", "")), read_day(sent.get("to", ""))
        if first is None or last is None:
            fault: str = _("Choose two days. These are the last four weeks.")
        elif last < first:
            fault = _("The last day is before the first. These are the last four weeks.")
        elif (last - first).days >= MOST_DAYS:
            fault = _("Two years are the most at once. These are the last four weeks.")
        else:
            return cls(first, last, kind)
        return cls(usual.first, usual.last, kind, fault)

    def bounds(self, zone: ZoneInfo) -> Span:
        return Span(day_bounds(self.first, zone)[0], day_bounds(self.last, zone)[1])

    def link(self, **other: str | None) -> dict[str, str | None]:
        said = {"from": self.first.isoformat(), "to": self.last.isoformat(), "kind": self.kind}
        return {**said, **other}


@blueprint.get("/bookings/statistics")
def page() -> str:
    """How much of the open time is booked: by resource, company, weekday and hour; and who does not come."""
    asked = _asked()
    found = _tally(asked)
    return render_template(
        "bookings/statistics.html",
        asked=asked,
        found=found,
        ranges=_ranges(clock.now().astimezone(hub().settings.zone).date()),
        shade=lambda share: ceil(share * SHADES),
        hours=_shown_hours(found),
        days=[date(2024, 1, 1 + day) for day in DAYS],  # a week from a Monday on
        kinds=[(kind, kind_name(kind)) for kind in KINDS],
        hour=HOUR,
        part_in_words=part_in_words,
        day_and_year=lambda day: _day(day, "d MMM y"),
        weekday=_day,
    )


@blueprint.get("/bookings/statistics.csv")
def table() -> Response:
    """One of the tables (`table=resources`, `companies` or `hours`), of the same days. Hours are elapsed."""
    asked, name = _asked(), request.args.get("table", TABLES[0])
    if name not in TABLES:
        raise NotFound(_("There is no such table."))
    lines = {"resources": _resources, "companies": _companies, "hours": _hours}[name](_tally(asked))
    made = StringIO()
    writer = csv.writer(made, lineterminator="\r\n")
    writer.writerows([plain_cell(cell) for cell in line] for line in lines)
    file = f"use-{name}-{asked.first}-{asked.last}.csv"
    return Response(
        made.getvalue(),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{file}"'},
    )


def _asked() -> Asked:
    return Asked.of(request.args, clock.now().astimezone(hub().settings.zone).date())


def _tally(asked: Asked) -> Tally:
    zone = hub().settings.zone
    bounds = asked.bounds(zone)
    with hub().database.read() as session:
        places = usage.places(session, bounds, zone, asked.kind)
        return statistics.tally(usage.uses(session, bounds), places, bounds, clock.now(), zone)


def _ranges(today: date) -> list[tuple[str, date, date]]:
    """What people ask for most."""
    month = today.replace(day=1)
    before = month - timedelta(days=1)
    return [
        (_("4 weeks"), today - timedelta(days=USUAL_DAYS - 1), today),
        (_("This month"), month, today),
        (_("Last month"), before.replace(day=1), before),
        (_("This year"), today.replace(month=1, day=1), today),
    ]


def _shown_hours(found: Tally) -> range:
    """From the first hour in which anything is open to the last."""
    known = [hour for _day, hour in found.open_at]
    return range(min(known), max(known) + 1) if known else HOURS


def _resources(found: Tally) -> Iterable[tuple[object, ...]]:
    yield "resource", "slug", "kind", "bookings", "booked_hours", "open_hours", "share_of_open", "no_shows"
    for one in found.resources:
        place = one.place
        booked, opened = _number(one.booked), _number(one.open)
        yield (
            place.name,
            place.slug,
            place.kind,
            one.bookings,
            booked,
            opened,
            _share(one.share),
            one.no_shows,
        )


def _companies(found: Tally) -> Iterable[tuple[object, ...]]:
    yield "company", "members", "bookings", "booked_hours"
    for one in found.companies:
        yield one.name, len(one.members), one.bookings, _number(one.booked)


def _hours(found: Tally) -> Iterable[tuple[object, ...]]:
    yield "weekday", "hour", "booked_hours", "open_hours", "share_of_open"
    for cell in ((day, hour) for day in DAYS for hour in HOURS):
        booked, opened = found.booked_at.get(cell, 0 * HOUR), found.open_at.get(cell, 0 * HOUR)
        yield cell[0] + 1, cell[1], _number(booked), _number(opened), _share(found.share_at(*cell))


def _number(length: timedelta) -> str:
    return f"{length / HOUR:.2f}"


def _share(share: float | None) -> str:
    return "" if share is None else f"{share:.4f}"


def part_in_words(part: Part) -> str:
    """3 of 40."""
    return str(_("%(count)d of %(of)d", count=part.count, of=part.of))


def _day(day: date, pattern: str) -> str:
    return str(format_date(day, pattern, locale=get_locale() or "en")).replace(".", "")


def register(app: Flask) -> None:
    app.register_blueprint(blueprint)
