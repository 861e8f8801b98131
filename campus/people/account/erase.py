"""Being forgotten: who a member was goes, what the hub counts stays."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from campus.audit import Origin, record
from campus.bookings.departure import let_go
from campus.bookings.door import wall_notes
from campus.bookings.letters.guests import forget_guest
from campus.bookings.models import Booking, Occurrence
from campus.outbox import Mail
from campus.people.keychain import (
    ApiToken,
    BrowserSession,
    Identity,
    Passkey,
    RecoveryCode,
    Ticket,
    Totp,
)
from campus.people.models import Invitation, Member
from campus.spaces.models import TrainingRecord

NOBODY = "erased-{member_id}@invalid.invalid"
"""An address that no mail reaches (RFC 2606), in the place of the one that is forgotten."""
FORMER = "Former member"
NO_TITLE = "–"
KEYS = (ApiToken, BrowserSession, Identity, Passkey, RecoveryCode, Ticket, Totp)


def erase(session: Session, member: Member, by: Origin, now: datetime, zone: ZoneInfo) -> None:
    """Let `member` go and forget who they were. It cannot be undone; their address may join anew.

    What stays: the row without a name, its company, the times of past bookings without a title and
    without the notes of their walls, what they noted on the walls of others, the audit by number.
    Mails that still wait go out, the last farewell among them; the list of sent ones to this address
    goes, and nobody's guest list has it any more. Raises NotAllowed for the last active administrator.
    """
    email, alone = member.email, Origin(by.member_id, "", by.via)
    let_go(session, member, alone, now, zone)
    session.flush()
    forgotten = session.execute(
        update(Member)
        .where(Member.id == member.id, Member.erased_at.is_(None))
        .values(
            email=NOBODY.format(member_id=member.id),
            name=FORMER,
            role="member",
            runs_company=False,
            password_hash=None,
            handle=None,
            locale=None,
            clock=None,
            mails_confirmations=False,
            mails_bookings=False,
            mails_reminders=False,
            mails_sign_ins=False,
            active=False,
            erased_at=now,
        )
    )
    if forgotten.rowcount != 1:  # type: ignore[attr-defined]
        return
    for keys in KEYS:
        session.execute(delete(keys).where(keys.member_id == member.id))
    session.execute(delete(TrainingRecord).where(TrainingRecord.member_id == member.id))
    session.execute(delete(Invitation).where(Invitation.email == email))
    session.execute(delete(Mail).where(Mail.recipient == email, Mail.due_at.is_(None)))
    theirs = select(Booking.id).where(Booking.member_id == member.id)
    session.execute(update(Occurrence).where(Occurrence.booking_id.in_(theirs)).values(title=None))
    session.execute(update(Booking).where(Booking.member_id == member.id).values(title=NO_TITLE, guests=[]))
    forget_guest(session, email)
    wall_notes.forget_walls_of(session, member.id)
    record(session, alone, "member.erase", f"member {member.id}", now)
