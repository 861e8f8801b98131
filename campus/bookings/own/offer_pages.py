"""An offer of the waiting list that came by mail: taken or let go on any phone, signed in or not."""

from __future__ import annotations

from flask import Blueprint, Flask, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from campus import clock
from campus.bookings import reception
from campus.bookings.letters import mailed_links
from campus.bookings.letters.mailed_links import OFFER
from campus.bookings.own.booking_words import booking_words, when_words
from campus.bookings.own.one import shown
from campus.errors import CampusError
from campus.hub import hub
from campus.late_forms import shows_again

blueprint = Blueprint("offers", __name__, template_folder="../templates")
DONE_KEY = "offer-answered"
Answer = Response | tuple[str, int]


@blueprint.get("/bookings/offer/<secret>")
def open_link(secret: str) -> Response:
    """The mailed link. It takes nothing, and uses nothing up."""
    mailed_links.keep(OFFER, secret)
    return redirect(url_for(".page"), 303)


@blueprint.get("/bookings/offer")
def page() -> Answer:
    return _page()


@blueprint.post("/bookings/offer")
def reply() -> Answer:
    """`answer` yes takes what is offered; anything else lets it go."""
    now, zone = clock.now(), hub().settings.zone
    taken = request.form.get("answer") == "yes"
    answer = reception.accept_offer if taken else reception.decline_offer
    try:
        with hub().database.write() as store:
            asked = mailed_links.asked(store, OFFER, now)
            if asked is None:
                return _page()
            booking = answer(store, asked.booking.id, asked.member, asked.origin, now=now, zone=zone)
            mailed_links.use_up(store, OFFER, now)
            session[DONE_KEY] = (
                _(
                    "It is yours: %(name)s, %(when)s.",
                    name=booking.resource.name,
                    when=when_words(shown(store, booking, now).date.span),
                )
                if taken
                else _("Let go. Whoever is next in line gets it.")
            )
    except CampusError as refused:
        return _page(refused.message)
    mailed_links.forget(OFFER)
    return redirect(url_for(".done_page"), 303)


@blueprint.get("/bookings/offer/done")
def done_page() -> str:
    return render_template("bookings/link_done.html", said=session.get(DONE_KEY) or _("Thank you."))


@shows_again("offers.reply")
def reply_again() -> tuple[str, int]:
    shown_again = _page(_("This page was open too long. Please try once more."))
    return shown_again[0], 400


def register(app: Flask) -> None:
    app.register_blueprint(blueprint)


def _page(fault: str = "") -> tuple[str, int]:
    """The offer with its buttons; how it stands, if it does no more; else that the link is good no more."""
    now = clock.now()
    with hub().database.read() as store:
        asked = mailed_links.asked(store, OFFER, now)
        if asked is None:
            return render_template("bookings/link_over.html"), 410
        about = shown(store, asked.booking, now)
        offered = next((date for date in about.dates if date.status == "offered" and date.is_ahead), None)
        text = render_template(
            "bookings/offer.html",
            about=about,
            booking=asked.booking,
            offered=offered,
            fault=fault,
            now=now,
            **booking_words(),
        )
    return text, 422 if fault and offered else 200
