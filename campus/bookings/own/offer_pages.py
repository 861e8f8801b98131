"""An offer of the waiting list that came by mail: taken or let go."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import Flask, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from campus.bookings import reception
from campus.bookings.letters.mailed_links import OFFER, Asked
from campus.bookings.own.booking_words import when_words
from campus.bookings.own.mailed_pages import Question
from campus.bookings.own.one import shown
from campus.hub import hub


def look(store: Session, asked: Asked, now: datetime) -> Mapping[str, Any]:
    """The time that is offered, if it still is."""
    about = shown(store, asked.booking, now)
    offered = next((date for date in about.dates if date.status == "offered" and date.is_ahead), None)
    return {"open": offered, "about": about}


def settle(store: Session, asked: Asked, now: datetime) -> str:
    """`answer` yes takes what is offered; anything else lets it go."""
    taken = request.form.get("answer") == "yes"
    answer = reception.accept_offer if taken else reception.decline_offer
    zone = hub().settings.zone
    booking = answer(store, asked.booking.id, asked.member, asked.origin, now=now, zone=zone)
    if not taken:
        return str(_("Let go. Whoever is next in line gets it."))
    when = when_words(shown(store, booking, now).date.span)
    return str(_("It is yours: %(name)s, %(when)s.", name=booking.resource.name, when=when))


OFFERS = Question(OFFER, "offers", "/bookings/offer", "bookings/offer.html", look, settle)


def register(app: Flask) -> None:
    app.register_blueprint(OFFERS.pages)
