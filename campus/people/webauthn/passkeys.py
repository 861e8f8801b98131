"""Passkeys (WebAuthn credentials): made, shown, named and removed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from campus import letters
from campus.audit import Origin, record
from campus.errors import BadRequest, NotAllowed, NotFound
from campus.people.addresses import read_name
from campus.people.keychain import Passkey
from campus.people.models import Member
from campus.people.secrets import new_handle
from campus.people.webauthn import answers, challenges
from campus.people.webauthn.answers import Credential
from campus.people.webauthn.relying_party import Party

MOST = 20
"""Passkeys of one member."""


class UnknownPasskey(NotAllowed):
    """Nobody's here: whoever keeps it may forget it."""

    code = "unknown-passkey"


class ClonedPasskey(NotAllowed):
    """A good signature with a counter that does not go on: two devices hold the same key."""

    def __init__(self, passkey: Passkey) -> None:
        super().__init__(
            _("That passkey was refused: it seems to exist twice. Sign in another way and remove it.")
        )
        self.passkey = passkey


def list_passkeys(session: Session, member_id: int) -> Sequence[Passkey]:
    """The passkeys of a member, the first made first."""
    return session.scalars(
        select(Passkey).where(Passkey.member_id == member_id).order_by(Passkey.created_at, Passkey.id)
    ).all()


def find_passkey(session: Session, member_id: int, passkey_id: int) -> Passkey:
    """A passkey of this member. Raises NotFound if it is not theirs, or none at all."""
    found = session.scalar(select(Passkey).where(Passkey.id == passkey_id, Passkey.member_id == member_id))
    if found is None:
        raise NotFound(_("You have no such passkey."))
    return found


def begin_registration(
    session: Session, party: Party, member_id: int, browser: str, now: datetime
) -> dict[str, Any]:
    """What to ask the browser for a new passkey. `browser` is a secret that only it brings along."""
    from campus.people.webauthn import ceremony  # noqa: PLC0415 - its library is large

    session.execute(
        update(Member).where(Member.id == member_id, Member.handle.is_(None)).values(handle=new_handle())
    )
    member = session.get_one(Member, member_id, populate_existing=True)
    known = list_passkeys(session, member_id)
    if len(known) >= MOST:
        raise NotAllowed(_("You have %(most)s passkeys, which is the most. Remove one first.", most=MOST))
    challenge = challenges.ask(session, challenges.ADD, browser, now, member_id)
    return ceremony.creation_options(
        party, challenge, handle=member.handle or b"", email=member.email, name=member.name, known=known
    )


def begin_sign_in(session: Session, party: Party, browser: str, now: datetime) -> dict[str, Any]:
    """What to ask a browser whose owner is not known yet: any passkey for this place."""
    from campus.people.webauthn import ceremony  # noqa: PLC0415 - its library is large

    return ceremony.request_options(party, challenges.ask(session, challenges.SIGN_IN, browser, now))


def begin_proof(
    session: Session, party: Party, member_id: int, browser: str, now: datetime
) -> dict[str, Any]:
    """What to ask the browser of a member who is to show once more that it is them."""
    from campus.people.webauthn import ceremony  # noqa: PLC0415 - its library is large

    known = list_passkeys(session, member_id)
    return ceremony.request_options(
        party, challenges.ask(session, challenges.PROVE, browser, now, member_id), known
    )


def finish_registration(
    session: Session,
    party: Party,
    member_id: int,
    credential: Credential,
    *,
    name: str,
    by: Origin,
    now: datetime,
) -> Passkey:
    """Keep the new passkey and tell its owner by mail. Its challenge has to be used up before.

    Raises NotAllowed for an answer that is not good, BadRequest for a bad name or a key that is known.
    """
    from campus.people.webauthn import ceremony  # noqa: PLC0415 - its library is large

    new = ceremony.verify_new(party, credential, answers.challenge_of(credential))
    count = session.scalar(select(func.count()).where(Passkey.member_id == member_id)) or 0
    passkey = Passkey(
        member_id=member_id,
        credential_id=new.credential_id,
        public_key=new.credential_public_key,
        sign_count=new.sign_count,
        transports=answers.transports_of(credential),
        name=read_name(name) if name.strip() else _("Passkey %(number)s", number=count + 1),
        created_at=now,
    )
    try:
        with session.begin_nested():
            session.add(passkey)
    except IntegrityError:
        raise BadRequest(_("This passkey is known here already.")) from None
    record(session, by, "passkey.add", f"member {member_id}", now, after={"passkey": passkey.id})
    _tell(session, passkey, "passkey_added", now)
    return passkey


def show(
    session: Session, party: Party, credential: Credential, now: datetime, member_id: int | None = None
) -> Member:
    """The active member whose passkey this is, and whose finger or PIN it saw just now.

    With `member_id` it has to be theirs. Its challenge has to be used up before. Raises UnknownPasskey,
    ClonedPasskey (see note_clone), NotAllowed for an answer that is not good.
    """
    from campus.people.webauthn import ceremony  # noqa: PLC0415 - its library is large

    passkey = session.scalar(select(Passkey).where(Passkey.credential_id == answers.id_of(credential)))
    if passkey is None or not passkey.member.active or member_id not in (None, passkey.member_id):
        raise UnknownPasskey(_("That passkey opens nothing here."))
    handle = answers.handle_of(credential)
    if handle != passkey.member.handle and (handle is not None or member_id is None):
        raise UnknownPasskey(_("That passkey opens nothing here."))
    shown = ceremony.verify_shown(party, credential, answers.challenge_of(credential), passkey.public_key)
    count = shown.new_sign_count
    goes_on = Passkey.sign_count < count if count else Passkey.sign_count == 0
    used = session.execute(
        update(Passkey).where(Passkey.id == passkey.id, goes_on).values(sign_count=count, last_used_at=now)
    )
    if used.rowcount != 1:  # type: ignore[attr-defined]
        raise ClonedPasskey(passkey)
    return passkey.member


def note_clone(session: Session, passkey: Passkey, by: Origin, now: datetime) -> None:
    """Note a refused copy, and tell the owner."""
    record(session, by, "passkey.refused", f"member {passkey.member_id}", now, after={"passkey": passkey.id})
    _tell(session, passkey, "passkey_cloned", now)


def rename(session: Session, member_id: int, passkey_id: int, name: str) -> None:
    """Raises NotFound if it is not theirs, BadRequest for a bad name."""
    session.execute(
        update(Passkey)
        .where(Passkey.id == find_passkey(session, member_id, passkey_id).id)
        .values(name=read_name(name))
    )


def remove(session: Session, member_id: int, passkey_id: int, by: Origin, now: datetime) -> Passkey:
    """Forget a passkey and tell its owner by mail. Raises NotFound if it is not theirs."""
    passkey = find_passkey(session, member_id, passkey_id)
    gone = session.execute(delete(Passkey).where(Passkey.id == passkey.id))
    if gone.rowcount != 1:  # type: ignore[attr-defined]
        raise NotFound(_("This passkey was removed already."))
    record(session, by, "passkey.remove", f"member {member_id}", now, before={"passkey": passkey.id})
    _tell(session, passkey, "passkey_removed", now)
    return passkey


def _tell(session: Session, passkey: Passkey, letter: str, now: datetime) -> None:
    owner = session.get_one(Member, passkey.member_id)
    letters.write_to(
        session,
        owner,
        letter,
        now,
        passkey=passkey.name,
        at=now,
    )
