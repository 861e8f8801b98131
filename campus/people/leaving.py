"""Leaving the campus: every door closes behind whoever goes. Their row stays, for the sums and the history.

Their bookings are the desk's matter: campus.bookings.departure does both.
"""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Update, delete, func, select, update
from sqlalchemy.orm import Session

from campus.audit import Origin, record
from campus.database import wait_for_turn
from campus.errors import NotAllowed
from campus.people import sessions
from campus.people.keychain import ApiToken, Ticket
from campus.people.models import Invitation, Member

ADMINS_TURN = 2
"""Whoever may take away an administrator waits for this turn (see wait_for_turn)."""


def close_doors(session: Session, member: Member, by: Origin, now: datetime) -> bool:
    """Deactivate `member`: sessions end, tokens and tickets are gone for good, invitations to and
    from them are withdrawn. False if they were not active any more, and then nothing happens.

    Raises NotAllowed for the last active administrator.
    """
    keep_an_admin(session, member)
    closed = session.execute(update(Member).where(Member.id == member.id, Member.active).values(active=False))
    if closed.rowcount != 1:  # type: ignore[attr-defined]
        return False
    sessions.end_all(session, member.id, now)
    session.execute(delete(Ticket).where(Ticket.member_id == member.id))
    session.execute(delete(ApiToken).where(ApiToken.member_id == member.id))
    withdraw_sent(session, member, now)
    session.execute(_withdrawn(Invitation.email == member.email, now))
    record(
        session,
        by,
        "member.deactivate",
        f"member {member.id}",
        now,
        before={"active": True},
        after={"active": False},
    )
    return True


def withdraw_sent(session: Session, member: Member, now: datetime) -> None:
    """No invitation that `member` sent is good any more: they could not send it now."""
    session.execute(_withdrawn(Invitation.invited_by_id == member.id, now))


def _withdrawn(which: ColumnElement[bool], now: datetime) -> Update:
    still_open = (Invitation.accepted_at.is_(None), Invitation.withdrawn_at.is_(None))
    return update(Invitation).where(which, *still_open).values(withdrawn_at=now)


def keep_an_admin(session: Session, member: Member) -> None:
    """Raises NotAllowed if without `member` nobody could run the campus. Holds that until the commit."""
    wait_for_turn(session, ADMINS_TURN)
    runs = select(Member.id).where(Member.role == "admin", Member.active)
    if session.scalar(runs.where(Member.id == member.id)) is None:
        return
    others = select(func.count()).select_from(runs.where(Member.id != member.id).subquery())
    if not session.scalar(others):
        raise NotAllowed(_("This is the last administrator. Make somebody else one first."))
