"""Links in mails that answer something without signing in: of approvers, and of who is first in line.

A link opens a page and does nothing: mail scanners open links too. What the page's buttons send does it,
once. The secret leaves the address at once, for Flask's signed cookie (as people/door/reset.py does it).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import request, session
from sqlalchemy import select
from sqlalchemy.orm import Session

from campus import letters
from campus.audit import Origin
from campus.bookings.models import Booking
from campus.people import tickets
from campus.people.models import Member
from campus.people.permissions import ACTIONS, may

DECIDE, OFFER = "booking.decide", "booking.offer"
"""Purposes of tickets; in the signed cookie, the names under which the secrets are kept."""
LIFETIME = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Asked:
    """Who is asked by a link, and about which booking."""

    member: Member
    booking: Booking

    @property
    def origin(self) -> Origin:
        """For the audit: nobody signed in, and yet it is known who answered."""
        return Origin(self.member.id, request.remote_addr or "", "browser")


def decision_link(store: Session, booking: Booking, approver: Member, now: datetime) -> str:
    """The whole address under which `approver` says yes or no to a booking, for a week."""
    return letters.link("decisions.open_link", secret=_issue(store, DECIDE, booking, approver, now))


def offer_link(store: Session, booking: Booking, now: datetime) -> str:
    """The whole address under which the member of a booking takes what is offered, or lets it go."""
    return letters.link("offers.open_link", secret=_issue(store, OFFER, booking, booking.member, now))


def approvers(store: Session) -> list[Member]:
    """Everybody who may decide on bookings, the campus over."""
    roles = ACTIONS["bookings.decide"].roles
    return list(
        store.scalars(select(Member).where(Member.role.in_(roles), Member.active).order_by(Member.id))
    )


def keep(purpose: str, secret: str) -> None:
    """Move a link's secret from the address into the signed cookie."""
    session[purpose] = secret[:200]


def forget(purpose: str) -> None:
    session.pop(purpose, None)


def asked(store: Session, purpose: str, now: datetime) -> Asked | None:
    """What the link that this browser opened is about; None if it is good no more, or they may not by now."""
    ticket = tickets.peek(store, purpose, _secret(purpose), now)
    return _asked(store, purpose, ticket.member_id, ticket.data) if ticket else None


def use_up(store: Session, purpose: str, now: datetime) -> None:
    """From the commit on the link is good no more."""
    tickets.redeem(store, purpose, _secret(purpose), now)


def _asked(store: Session, purpose: str, member_id: int | None, data: dict[str, Any]) -> Asked | None:
    member = store.get(Member, member_id) if member_id else None
    booking = store.get(Booking, data.get("booking", 0))
    if member is None or booking is None or not member.active:
        return None
    entitled = may(member, "bookings.decide") if purpose == DECIDE else booking.member_id == member.id
    return Asked(member, booking) if entitled else None


def _secret(purpose: str) -> str:
    return str(session.get(purpose, ""))


def _issue(store: Session, purpose: str, booking: Booking, member: Member, now: datetime) -> str:
    told = {"booking": booking.id}
    return tickets.issue(store, purpose, LIFETIME, now, member_id=member.id, data=told)
