"""Membership: somebody's role, their company, whether they run it, and what administrators do for them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import delete
from sqlalchemy.orm import Session

from campus import letters
from campus.audit import Origin, record
from campus.database import wait_for_turn
from campus.errors import BadRequest, NotAllowed
from campus.people import sessions
from campus.people.keychain import RecoveryCode, Totp
from campus.people.leaving import ADMINS_TURN, keep_an_admin, withdraw_sent
from campus.people.models import ROLES, Member
from campus.people.roster import acting, find_person, find_to_let_go
from campus.people.tenants.companies import company_of


@dataclass(frozen=True, slots=True)
class Membership:
    """`company` is a slug, '' for none."""

    role: str
    company: str = ""
    runs_company: bool = False

    @classmethod
    def as_is(cls, member: Member) -> Membership:
        return cls(member.role, member.company.slug if member.company else "", member.runs_company)


def change(
    session: Session, by: Member, origin: Origin, member_id: int, wanted: Membership, *, now: datetime
) -> bool:
    """Give a member the role and the company that are wanted; False if they have them.

    Raises NotFound, NotAllowed (by others than administrators of the campus; the last of those; who was
    forgotten), BadRequest for a role or a company that there is not.
    """
    wait_for_turn(session, ADMINS_TURN)
    by = acting(session, by, "people.manage")
    member = find_person(session, by, member_id, lock=True)
    if member.erased_at:
        raise NotAllowed(_("They asked to be forgotten: nothing can be changed."))
    before = Membership.as_is(member)
    company = company_of(session, wanted.company)
    if wanted.role not in ROLES:
        raise BadRequest(_("There is no such role."))
    if wanted.runs_company and company is None:
        raise BadRequest(_("Who runs a company belongs to it: choose the company."))
    if before == wanted:
        return False
    if wanted.role != "admin":
        keep_an_admin(session, member)
    member.role, member.runs_company = wanted.role, wanted.runs_company
    member.company_id = company.id if company else None
    session.flush()
    if (before.role, before.runs_company) != ("member", False) and wanted.role != "admin":
        withdraw_sent(session, member, now)
    sessions.note_end(session, now)  # what is open looks anew whether it may go on
    record(
        session,
        origin,
        "member.change",
        f"member {member.id}",
        now,
        before=_told(before),
        after=_told(wanted),
    )
    return True


def bring_back(session: Session, by: Member, origin: Origin, member_id: int, now: datetime) -> bool:
    """Let a deactivated member sign in again; False if they can. Raises NotFound, NotAllowed."""
    member = find_to_let_go(session, acting(session, by, "people.let-go"), member_id)
    if member.active:
        return False
    member.active = True
    record(
        session,
        origin,
        "member.bring-back",
        f"member {member.id}",
        now,
        before={"active": False},
        after={"active": True},
    )
    return True


def sign_out_everywhere(session: Session, by: Member, origin: Origin, member_id: int, now: datetime) -> int:
    """End all sessions of a member; how many. Raises NotFound, NotAllowed."""
    member = find_person(session, acting(session, by, "people.manage"), member_id)
    ended = sessions.end_all(session, member.id, now)
    record(session, origin, "session.end-all", f"member {member.id}", now, after={"ended": ended})
    return ended


def find_to_send_link(session: Session, by: Member, member_id: int) -> Member:
    """A member to whom an administrator may send a reset link. Raises NotFound, NotAllowed."""
    member = find_person(session, acting(session, by, "people.manage"), member_id)
    if not member.active:
        raise NotAllowed(_("They are deactivated. Bring them back first."))
    return member


def remove_second_factor(session: Session, by: Member, origin: Origin, member_id: int, now: datetime) -> bool:
    """Take away a member's codes, for one who lost them, and tell them; False if they had none.

    Raises NotFound, NotAllowed; for oneself too: that asks for a code, on the account page.
    """
    member = find_person(session, acting(session, by, "people.manage"), member_id)
    if member.id == by.id:
        raise NotAllowed(_("Your own second step is on your account page."))
    removed = session.execute(delete(Totp).where(Totp.member_id == member.id))
    session.execute(delete(RecoveryCode).where(RecoveryCode.member_id == member.id))
    if removed.rowcount != 1:  # type: ignore[attr-defined]
        return False
    record(
        session, origin, "totp.off", f"member {member.id}", now, before={"totp": True}, after={"totp": False}
    )
    letters.write_to(session, member, "factor_removed", now)
    return True


def _told(membership: Membership) -> dict[str, str | bool | None]:
    return {
        "role": membership.role,
        "company": membership.company or None,
        "runs_company": membership.runs_company,
    }
