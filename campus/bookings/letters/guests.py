"""Guests: who is asked along to a booking, member or not, and in which words they read about it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Text, cast, func, select
from sqlalchemy.orm import Session

from campus.bookings.letters.calendar import Person
from campus.bookings.models import Booking
from campus.people.models import Member


@dataclass(frozen=True, slots=True)
class Guest:
    """`locale` and `clock` as they chose them, of one who is no member as whoever asked them along."""

    name: str
    email: str
    locale: str | None
    clock: str | None

    @property
    def person(self) -> Person:
        return Person(self.name, self.email)


def guests_of(session: Session, booking: Booking, emails: Iterable[str] | None = None) -> Sequence[Guest]:
    """The booking's guests, or those with `emails`, each once. Neither its member nor who has left is one."""
    owner = booking.member
    asked = dict.fromkeys(
        email.strip().lower() for email in (booking.guests if emails is None else sorted(emails))
    )
    asked.pop(owner.email, None)
    members = session.scalars(select(Member).where(Member.email.in_(asked))).all() if asked else ()
    known = {member.email: member for member in members}
    return [
        _as_member(known[email]) if email in known else Guest(email, email, owner.locale, owner.clock)
        for email in asked
        if email not in known or known[email].active
    ]


def forget_guest(session: Session, email: str) -> None:
    """Nobody has asked `email` along, of all that was and is booked. Their calendars are not told."""
    stored = func.lower(cast(Booking.guests, Text))
    written = json.dumps(email)[1:-1].lower()  # as it stands in the JSON
    listed = select(Booking).where(stored.contains(written, autoescape=True))
    for booking in session.scalars(listed).unique():
        booking.guests = [guest for guest in booking.guests if guest.strip().lower() != email]
    session.flush()


def _as_member(member: Member) -> Guest:
    return Guest(member.name, member.email, member.locale, member.clock)
