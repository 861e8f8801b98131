"""Recovery codes: for the day when the phone is gone. Ten, each good once, shown once."""

from __future__ import annotations

import re
import secrets

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from campus.people.door.sealing import keyed_digest
from campus.people.keychain import RecoveryCode

COUNT, GROUPS, GROUP = 10, 3, 4
LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"
"""Crockford's: nothing that looks like another one. Twelve of them are 60 bits."""
_misread = str.maketrans("oil", "011")


def renew(session: Session, member_id: int) -> list[str]:
    """Ten new codes as people read them; older ones are good no more. They cannot be read again."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.member_id == member_id))
    codes = ["".join(secrets.choice(LETTERS) for _ in range(GROUPS * GROUP)) for _ in range(COUNT)]
    session.add_all(RecoveryCode(member_id=member_id, digest=_digest(member_id, code)) for code in codes)
    return ["-".join(re.findall("." * GROUP, code)) for code in codes]


def use(session: Session, member_id: int, typed: str) -> bool:
    """Use a code up; False if it is none of the member's, or was used."""
    code = read(typed)
    if code is None:
        return False
    used = session.execute(
        delete(RecoveryCode).where(
            RecoveryCode.member_id == member_id, RecoveryCode.digest == _digest(member_id, code)
        )
    )
    return used.rowcount == 1  # type: ignore[attr-defined, no-any-return]


def left(session: Session, member_id: int) -> int:
    """How many codes are good still."""
    return session.scalar(select(func.count()).where(RecoveryCode.member_id == member_id)) or 0


def read(typed: str) -> str | None:
    """A code without its dashes, however it was typed; None if it cannot be one."""
    plain = re.sub(r"[\s–-]+", "", typed[:100]).lower().translate(_misread)
    return plain if len(plain) == GROUPS * GROUP and set(plain) <= set(LETTERS) else None


def _digest(member_id: int, code: str) -> str:
    return keyed_digest(f"{member_id} {code}", "recovery codes")
