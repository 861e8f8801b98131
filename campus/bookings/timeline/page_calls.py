"""What the scripts of the booking page call: the timeline anew, what stands against a wish, holds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Flask, Response, current_app, jsonify, request

from campus import clock
from campus.bookings import reception
from campus.bookings.own.booking_page import fragment
from campus.bookings.timeline import changes, checking
from campus.bookings.timeline.changes import Changes
from campus.bookings.timeline.checking import Offer
from campus.bookings.timeline.chosen import Chosen
from campus.bookings.timeline.form import Typed, Unclear, fields_of, read_day
from campus.bookings.wording import from_to
from campus.errors import CampusError
from campus.figures import time_of_day
from campus.following import STREAM_HEADERS, resume_after
from campus.hub import hub
from campus.moments import rfc3339
from campus.people.access import require_member, still_allowed

blueprint = Blueprint("booking_calls", __name__)


@blueprint.get("/book/lanes")
def lanes() -> str:
    """The parts of the page that change by themselves, as HTML; of the rows those of each `only`."""
    day, only = read_day(request.args.get("date", "")), request.args.getlist("only")
    return fragment(require_member(), Chosen.of(request.args), day, only)


@blueprint.get("/book/check")
def check() -> Response:
    """What stands against the form as it is typed, and the ways out. It never refuses."""
    member, now, zone = require_member(), clock.now(), hub().settings.zone
    typed = Typed.of(request.args, zone)
    try:
        wish = typed.wish(now, zone, untitled=True)
        with hub().database.read() as session:
            found = checking.judge(session, wish, member, now=now, zone=zone)
    except Unclear as error:
        return jsonify(_nothing(list(error.faults.values())))
    except CampusError as error:
        return jsonify(_nothing([error.message]))
    return jsonify(
        ok=found.ok,
        free=found.free,
        reasons=list(found.reasons),
        suggestions=_offers(found.suggestions, zone),
        others=_offers(found.others, zone),
        waitlist=found.can_wait,
        skips=found.skips,
    )


@blueprint.post("/book/hold")
def hold() -> tuple[Response, int]:
    """Keep the form's time for the member, instead of what was kept for them before."""
    member, now, zone = require_member(), clock.now(), hub().settings.zone
    typed = Typed.of(request.form, zone)
    try:
        span = typed.span(now, zone)
        with hub().database.write() as session:
            held = reception.hold(session, typed.resource, span, member, now=now, zone=zone)
    except CampusError as error:
        return jsonify(message=error.message), error.status
    until = time_of_day(held.expires_at.astimezone(zone))
    return jsonify(id=held.id, until=until, seconds=round((held.expires_at - now).total_seconds())), 201


@blueprint.delete("/book/hold/<int:hold_id>")
def release(hold_id: int) -> tuple[str, int]:
    """The form was closed."""
    with hub().database.write() as session:
        reception.release_hold(session, hold_id, require_member(), now=clock.now(), zone=hub().settings.zone)
    return "", 204


@blueprint.get("/book/stream")
def stream() -> Response:
    """Server-sent events: `changed` with the slugs of the resources, `resync`, `signed-out`."""
    may, after = still_allowed(), request.args.get("after", type=int)
    sent = changes.stream(_changes(), resume_after(after), lambda: may("bookings.see"))
    return Response(sent, mimetype="text/event-stream", headers=STREAM_HEADERS)


def register(app: Flask) -> None:
    app.extensions["booking_changes"] = Changes(app.extensions["campus"].database)
    app.register_blueprint(blueprint)


def _changes() -> Changes:
    found: Changes = current_app.extensions["booking_changes"]
    return found


def _nothing(reasons: Sequence[str]) -> dict[str, Any]:
    """What is typed is no wish yet."""
    none: list[Any] = []
    return {"ok": False, "free": False, "reasons": list(reasons), "suggestions": none, "others": none,
            "waitlist": False, "skips": None}  # fmt: skip


def _offers(offers: Sequence[Offer], zone: ZoneInfo) -> list[dict[str, Any]]:
    return [
        {
            "resource": offer.resource,
            "name": offer.name,
            "start": rfc3339(offer.span.start),
            "end": rfc3339(offer.span.end),
            "label": offer.label,
            "time": from_to(offer.span, zone),
            "fields": {"resource": offer.resource, **fields_of(offer.span, zone)},
        }
        for offer in offers
    ]
