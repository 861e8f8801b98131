"""Guests: who is asked along to a booking, member or not, and in which words they read about it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import select
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


def _as_member(member: Member) -> Guest:
    return Guest(member.name, member.email, member.locale, member.clock)
