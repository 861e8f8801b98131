"""A request that came by mail: staff say yes or no on any phone, signed in or not."""

from __future__ import annotations

from flask import Blueprint, Flask, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from campus import clock
from campus.bookings import reception
from campus.bookings.approval import read_reason
from campus.bookings.letters import mailed_links
from campus.bookings.letters.mailed_links import DECIDE
from campus.bookings.own.booking_words import booking_words
from campus.bookings.own.my_pages import decided_words
from campus.bookings.own.one import shown
from campus.errors import BadRequest, CampusError
from campus.hub import hub
from campus.late_forms import shows_again

blueprint = Blueprint("decisions", __name__, template_folder="../templates")
DONE_KEY = "decided"
Answer = Response | tuple[str, int]


@blueprint.get("/bookings/decide/<secret>")
def open_link(secret: str) -> Response:
    """The mailed link. It decides nothing, and uses nothing up."""
    mailed_links.keep(DECIDE, secret)
    return redirect(url_for(".page"), 303)


@blueprint.get("/bookings/decide")
def page() -> Answer:
    return _page()


@blueprint.post("/bookings/decide")
def decide() -> Answer:
    """`answer` yes or no; a no says why. What has changed since it was looked at is shown first."""
    now, zone = clock.now(), hub().settings.zone
    reason = read_reason(request.form.get("reason", ""))
    approved = request.form.get("answer") == "yes"
    if not approved and not reason:
        return _page(_("Say why: they read it."))
    answer = reception.approve if approved else reception.reject
    try:
        with hub().database.write() as store:
            asked = mailed_links.asked(store, DECIDE, now)
            if asked is None:
                return _page()
            if request.form.get("version") != str(asked.booking.version):
                raise BadRequest(_("The request was changed a moment ago. This is how it is now."))
            number, approver = asked.booking.id, asked.member
            booking = answer(store, number, approver, asked.origin, now=now, zone=zone, reason=reason)
            mailed_links.use_up(store, DECIDE, now)
            session[DONE_KEY] = decided_words(approved, booking.member.name)
    except CampusError as refused:
        return _page(refused.message)
    mailed_links.forget(DECIDE)
    return redirect(url_for(".done_page"), 303)


@blueprint.get("/bookings/decide/done")
def done_page() -> str:
    return render_template("bookings/link_done.html", said=session.get(DONE_KEY) or _("Thank you."))


@shows_again("decisions.decide")
def decide_again() -> tuple[str, int]:
    shown_again = _page(_("This page was open too long. Please try once more."))
    return shown_again[0], 400


def register(app: Flask) -> None:
    app.register_blueprint(blueprint)


def _page(fault: str = "") -> tuple[str, int]:
    """The request with its buttons; how it was decided, if it was; else that the link is good no more."""
    now = clock.now()
    with hub().database.read() as store:
        asked = mailed_links.asked(store, DECIDE, now)
        if asked is None:
            return render_template("bookings/link_over.html"), 410
        about = shown(store, asked.booking, now)
        pending = [date for date in about.dates if date.status == "pending"]
        text = render_template(
            "bookings/decide.html",
            about=about,
            booking=asked.booking,
            approver=asked.member,
            pending=pending,
            fault=fault,
            reason=request.form.get("reason", ""),
            now=now,
            **booking_words(),
        )
    return text, 422 if fault and pending else 200
