"""Challenges of passkeys: tickets, good once, for minutes, for one purpose, in the browser that was asked."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from campus.errors import NotAllowed
from campus.people import tickets
from campus.people.secrets import digest
from campus.people.webauthn.answers import Credential, challenge_of

ADD, SIGN_IN, PROVE = "passkey.add", "passkey.sign-in", "passkey.prove"
"""What one may be for: the purposes of its ticket."""
ANSWERED_WITHIN = timedelta(minutes=5)


def ask(session: Session, purpose: str, browser: str, now: datetime, member_id: int | None = None) -> str:
    """A new challenge, which is its ticket's secret. `browser` is a secret that only this browser has."""
    told = {"browser": digest(browser)}
    return tickets.issue(session, purpose, ANSWERED_WITHIN, now, member_id=member_id, data=told)


def use_up(session: Session, purpose: str, credential: Credential, browser: str, now: datetime) -> int | None:
    """Use up the challenge that was answered; the member it was for, None if anybody. Commit this whatever
    comes next: an answer is looked at once.

    Raises BadRequest if the answer cannot be read, NotAllowed if nothing was asked, or too long ago.
    """
    ticket = tickets.redeem(session, purpose, challenge_of(credential), now)
    if ticket is None or ticket.data.get("browser") != digest(browser):
        raise NotAllowed(_("That took too long, or was answered already. Please try once more."))
    return ticket.member_id
