"""Codes of an authenticator app (TOTP, RFC 6238: six digits, SHA-1, a new one every 30 seconds)."""

from __future__ import annotations

import hmac
import unicodedata
from dataclasses import dataclass
from datetime import datetime

import pyotp
from flask_babel import gettext as _
from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from campus import letters
from campus.audit import Origin, record
from campus.errors import BadRequest
from campus.people.door import recovery
from campus.people.door.sealing import seal, unseal
from campus.people.keychain import RecoveryCode, Totp
from campus.people.models import Member

STEP_S, SKEW = 30, 1
"""A phone's clock may be one step early or late."""
PURPOSE = "totp"


@dataclass(frozen=True, slots=True)
class Standing:
    """How a member stands with the second step."""

    on: bool
    since: datetime | None = None
    codes_left: int = 0
    """Recovery codes that are good still."""


def standing(session: Session, member_id: int) -> Standing:
    """What the account page shows."""
    since = session.scalar(select(Totp.created_at).where(Totp.member_id == member_id))
    return Standing(True, since, recovery.left(session, member_id)) if since else Standing(on=False)


def new_seed() -> str:
    """160 random bits in base 32, as authenticator apps take them."""
    return pyotp.random_base32()


def app_address(seed: str, email: str, campus_name: str) -> str:
    """The otpauth:// address that a QR code carries to the app."""
    return pyotp.TOTP(seed).provisioning_uri(name=email, issuer_name=campus_name.replace(":", " "))


def matching_step(seed: str, typed: str, now: datetime, last_step: int = 0) -> int | None:
    """The step of time whose code was typed: now, or SKEW beside it, and after `last_step`; else None."""
    code = "".join(unicodedata.normalize("NFKC", typed[:40]).split())
    if not (code.isascii() and code.isdigit() and len(code) == 6):
        return None
    present, codes = int(now.timestamp()) // STEP_S, pyotp.TOTP(seed)
    for step in range(max(present - SKEW, last_step + 1), present + SKEW + 1):
        if hmac.compare_digest(codes.generate_otp(step), code):
            return step
    return None


def takes(session: Session, member_id: int, typed: str, now: datetime) -> bool:
    """True if it is the member's code of this time. Each is taken once, and none that is older after it."""
    kept = session.get(Totp, member_id)
    seed = _seed_of(kept) if kept else None
    if kept is None or seed is None:
        return False
    step = matching_step(seed, typed, now, kept.last_step)
    if step is None:
        return False
    taken = session.execute(
        update(Totp)
        .where(Totp.member_id == member_id, Totp.seed == kept.seed, Totp.last_step < step)
        .values(last_step=step)
        .execution_options(synchronize_session=False)
    )
    return taken.rowcount == 1  # type: ignore[attr-defined, no-any-return]


def turn_on(
    session: Session, member: Member, seed: str, typed: str, *, by: Origin, now: datetime
) -> list[str]:
    """From now on `member` signs in with a code as well. Returns the recovery codes.

    Raises BadRequest if `typed` is not the seed's code of this time, or if there is a seed already.
    """
    step = matching_step(seed, typed, now)
    if step is None:
        raise BadRequest(
            _("This is not the code of this moment. Look at the app once more; is the phone's clock right?")
        )
    try:
        with session.begin_nested():
            sealed = seal(f"{member.id} {seed}", PURPOSE)
            session.add(Totp(member_id=member.id, seed=sealed, last_step=step, created_at=now))
    except IntegrityError:
        raise BadRequest(_("The second step is on already. Nothing was changed.")) from None
    _note(session, member, by, now, on=True)
    return recovery.renew(session, member.id)


def turn_off(session: Session, member: Member, by: Origin, now: datetime) -> bool:
    """No code is asked for any more, and recovery codes are good for nothing. False if it was off."""
    off = session.execute(delete(Totp).where(Totp.member_id == member.id))
    session.execute(delete(RecoveryCode).where(RecoveryCode.member_id == member.id))
    if off.rowcount != 1:  # type: ignore[attr-defined]
        return False
    _note(session, member, by, now, on=False)
    return True


def _seed_of(kept: Totp) -> str | None:
    """The seed, if it was sealed with this campus's key for this very member."""
    owner, _space, seed = (unseal(kept.seed, PURPOSE) or "").partition(" ")
    return seed if owner == str(kept.member_id) else None


def _note(session: Session, member: Member, by: Origin, now: datetime, *, on: bool) -> None:
    target = f"member {member.id}"
    record(
        session, by, f"totp.{'on' if on else 'off'}", target, now, before={"totp": not on}, after={"totp": on}
    )
    letters.write_to(
        session,
        member,
        "second_step",
        now,
        on=on,
        at=now,
        link=letters.link("reset.forgot_page"),
    )
