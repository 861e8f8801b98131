"""A request that came by mail: staff say yes or no."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import Flask, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from campus.bookings import reception
from campus.bookings.approval import read_reason
from campus.bookings.letters.mailed_links import DECIDE, Asked
from campus.bookings.own.mailed_pages import Question
from campus.bookings.own.my_pages import decided_words
from campus.bookings.own.one import shown
from campus.errors import BadRequest
from campus.hub import hub


def look(store: Session, asked: Asked, now: datetime) -> Mapping[str, Any]:
    """The request: what of it is pending."""
    about = shown(store, asked.booking, now)
    pending = [date for date in about.dates if date.status == "pending"]
    return {
        "open": pending,
        "about": about,
        "approver": asked.member,
        "reason": request.form.get("reason", ""),
    }


def settle(store: Session, asked: Asked, now: datetime) -> str:
    """`answer` yes or no; a no says why. What has changed since it was looked at is shown first."""
    reason = read_reason(request.form.get("reason", ""))
    approved = request.form.get("answer") == "yes"
    if not approved and not reason:
        raise BadRequest(_("Say why: they read it."))
    if request.form.get("version") != str(asked.booking.version):
        raise BadRequest(_("The request was changed a moment ago. This is how it is now."))
    answer = reception.approve if approved else reception.reject
    zone, number = hub().settings.zone, asked.booking.id
    booking = answer(store, number, asked.member, asked.origin, now=now, zone=zone, reason=reason)
    return decided_words(approved, booking.member.name)


DECISIONS = Question(DECIDE, "decisions", "/bookings/decide", "bookings/decide.html", look, settle)


def register(app: Flask) -> None:
    app.register_blueprint(DECISIONS.pages)
