"""Find a free time: across all resources, by people, length, equipment and day; the best fit first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from flask import Blueprint, Flask, render_template, request
from flask_babel import gettext as _
from flask_babel import ngettext

from campus import clock
from campus.bookings.finding import vacancies
from campus.bookings.finding.find_form import Sought
from campus.bookings.finding.finding import Hit
from campus.bookings.own.booking_words import booking_words, soon, tied
from campus.bookings.timeline.form import Typed
from campus.hub import hub
from campus.moments import rfc3339
from campus.people.access import require_member
from campus.spaces.models import KINDS
from campus.spaces.resources import all_resources

SHOWN_A_DAY, SHOWN_A_DAY_OF_MANY = 12, 4
WORDS = 20
"""Equipment that is asked for at once, at most."""
blueprint = Blueprint("finding", __name__, template_folder="../templates")


@blueprint.get("/book/find")
def page() -> str:
    """What fits, and the form to ask otherwise. Each hit leads to the booking form, filled in.

    Who has asked nothing yet sees what is free for an hour today.
    """
    member, now, zone = require_member(), clock.now(), hub().settings.zone
    words = [word.strip().lower()[:60] for word in request.args.getlist("equipment")][:WORDS]
    sought = Sought.of(request.args, words, now, zone)
    is_asked = "minutes" in request.args
    with hub().database.read() as session:
        there_is = sorted({word for resource in all_resources(session) for word in resource.equipment})
        windows = sought.windows(now, zone)
        hits = vacancies.find(session, sought.need, windows, member, now=now, zone=zone)
    most = SHOWN_A_DAY_OF_MANY if sought.week else SHOWN_A_DAY
    by_day = [
        (day, list(of_day)[:most])
        for day, of_day in groupby(hits, key=lambda hit: hit.span.start.astimezone(zone).date())
    ]
    return render_template(
        "bookings/find.html",
        sought=sought,
        is_asked=is_asked,
        answer=_answer(sought, hits, now),
        days=by_day,
        equipment=there_is,
        kinds=KINDS,
        prefilled=lambda hit: _prefilled(hit, sought),
        today=now.astimezone(zone).date(),
        now=now,
        **booking_words(),
    )


def register(app: Flask) -> None:
    app.register_blueprint(blueprint)


def _answer(sought: Sought, hits: Sequence[Hit], now: datetime) -> str:
    """The best fit in words."""
    if hits:
        best = hits[0]
        return str(_("%(name)s is free %(when)s", name=tied(best.place.name), when=soon(best.span, now)))
    people = ngettext("%(num)d person", "%(num)d people", sought.people)
    return str(_("Nothing is free then for %(people)s", people=people))


def _prefilled(hit: Hit, sought: Sought) -> dict[str, Any]:
    """What the booking form takes along in its address."""
    slot = f"{rfc3339(hit.span.start)}/{rfc3339(hit.span.end)}"
    typed = {"resource": hit.place.slug, "slot": slot}
    if sought.people > 1:
        typed["attendees"] = str(sought.people)
    return Typed.of(typed, hub().settings.zone).link()
