"""Calendar feeds: their page in the account, and what a calendar program reads at their address."""

from __future__ import annotations

import hashlib
from datetime import timedelta

from flask import Blueprint, Flask, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from campus import clock, letters
from campus.audit import record
from campus.bookings.letters import feeds
from campus.errors import CampusError, NotFound
from campus.hub import hub
from campus.late_forms import shows_again
from campus.people import tickets
from campus.people.access import origin, require_member
from campus.people.account.frame import LARGEST_ID
from campus.people.door.proof import require_proof
from campus.people.secrets import new_secret
from campus.spaces.models import Resource
from campus.spaces.resources import find_resource, list_resources

SENT_ONCE = timedelta(days=31)
"""How long a form is remembered as sent (see campus.people.account.tokens)."""
blueprint = Blueprint("feeds", __name__, template_folder="../templates")


@blueprint.get("/feeds/<secret>.ics")
def read(secret: str) -> Response:
    """The calendar, or 304 for a program that has it as it is. A secret that is nobody's is a 404."""
    now, zone = clock.now(), hub().settings.zone
    with hub().database.read() as store:
        found = feeds.find_feed(store, secret)
        if found is None:
            raise NotFound(_("There is no such calendar, or it was taken back."))
        row, reader = found
        text, feed_id, is_news = (
            feeds.calendar_of(store, row, reader, now, zone),
            row.id,
            feeds.is_news(row, now),
        )
    if is_news:
        with hub().database.write() as store:
            feeds.used(store, feed_id, now)
    answer = Response(text, content_type="text/calendar; charset=utf-8")
    answer.headers["Content-Disposition"] = 'inline; filename="campus.ics"'
    answer.set_etag(hashlib.sha256(text).hexdigest()[:32])
    answer.make_conditional(request)
    return answer


@blueprint.get("/account/feeds")
def feeds_page() -> str:
    return _page(request.args.get("of", "")[:64])


@blueprint.post("/account/feeds")
def make_feed() -> tuple[str, int]:
    """The answer is the only place where the address is ever shown."""
    of = request.form.get("of", "")[:64]
    require_proof(url_for(".feeds_page", of=of))
    member, now = require_member(), clock.now()
    try:
        with hub().database.write() as store:
            resource = find_resource(store, of) if of else None
            nonce = f"{member.id} {request.form.get('nonce', '')[:200]}"
            if not tickets.first_use(store, "feed-form", nonce, SENT_ONCE, now):
                sent = _("This form was sent already, and its address was shown once. Look at the list.")
                return _page(of, sent), 409
            if len(feeds.list_feeds(store, member.id)) >= feeds.MOST:
                return _page(of, _("That is enough: take one back that you do not use.")), 422
            secret = feeds.add_feed(store, member, resource, now)
            told = {"resource": resource.slug if resource else None}
            record(store, origin(), "feed.add", f"member {member.id}", now, after=told)
    except CampusError as refused:
        return _page("", refused.message), refused.status
    return _page(of, made=letters.link("feeds.read", secret=secret)), 201


@blueprint.post(f"/account/feeds/<int(max={LARGEST_ID}):feed_id>/revoke")
def revoke_feed(feed_id: int) -> AnyResponse:
    """Asks for no proof: whoever lost a phone should not look for another key first."""
    member = require_member()
    with hub().database.write() as store:
        if not feeds.revoke_feed(store, member.id, feed_id):
            raise NotFound(_("There is no such calendar, or it is not yours."))
        record(store, origin(), "feed.revoke", f"member {member.id}", clock.now())
    flash(_("The address shows nothing any more."))
    return redirect(url_for(".feeds_page"), 303)


@shows_again("feeds.make_feed", "feeds.revoke_feed")
def feeds_again() -> tuple[str, int]:
    require_member()
    late = _("This page was open too long. Nothing was saved yet: look it over and send it again.")
    return _page(request.form.get("of", "")[:64], late), 400


def register(app: Flask) -> None:
    app.register_blueprint(blueprint)


def _page(of: str, fault: str = "", *, made: str = "") -> str:
    member = require_member()
    with hub().database.read() as store:
        kept, resources = feeds.list_feeds(store, member.id), _choices(store)
    return render_template(
        "bookings/feeds.html",
        member=member,
        now=clock.now(),
        of=of,
        fault=fault,
        made=made,
        subscribe="webcal://" + made.partition("://")[2],
        feeds=kept,
        resources=resources,
        nonce=new_secret(),
    )


def _choices(store: Session) -> list[Resource]:
    return sorted(list_resources(store), key=lambda one: one.name.casefold())
