"""Lock-out: whoever guesses waits longer and longer, and nobody is locked out for good.

A try is counted before it is looked at and given back if it was right, so that a thousand tries at once
are looked at no more often than a thousand in a row. A browser in which this account signed in before
(see known_browsers) counts for itself: who guesses elsewhere slows down themselves and not the owner.
"""

from __future__ import annotations

import unicodedata
from ipaddress import ip_address, ip_network
from typing import Literal

from flask import request
from sqlalchemy.orm import Session

from campus import clock, letters
from campus.errors import BadRequest
from campus.hub import hub
from campus.people.addresses import read_address
from campus.people.door import known_browsers
from campus.people.door.sealing import keyed_digest
from campus.people.door.throttle import Bucket, Try, count_try, forgive, give_back, may_tell, must_not_wait
from campus.people.models import Member

What = Literal["password", "code", "reset", "register", "passkey"]
TOLD: tuple[What, ...] = ("password", "code")
"""What the owner of an account is told of."""
FREE_AT_ACCOUNT, FREE_AT_ADDRESS = 5, 20


class Attempt:
    """Somebody's try at an account: `begin` counts it, then one of `right` and `wrong` follows."""

    def __init__(self, what: What, owner: Member | None, tries: list[Try]) -> None:
        self._what, self._owner, self._tries = what, owner, tries

    def right(self, session: Session) -> None:
        """It was them. An address gets only this try back: else whoever has one account has a key to all."""
        for taken in self._tries:
            if taken.bucket.shared:
                give_back(session, taken)
            else:
                forgive(session, taken.bucket)

    def wrong(self, session: Session) -> None:
        """It was not. The owner is told when the others at their account begin to wait."""
        at_account, now = self._tries[-1], clock.now()
        begins = len(self._tries) > 1 and at_account.count >= FREE_AT_ACCOUNT
        if begins and self._owner and self._what in TOLD and may_tell(session, at_account.bucket, now):
            letters.write_to(
                session,
                self._owner,
                "slowed_down",
                now,
                what=self._what,
                address=request.remote_addr or "",
                link=letters.link("reset.forgot_page"),
            )


def begin(what: What, account: str, owner: Member | None) -> Attempt:
    """A try of this browser at the account that `account`, a mail address as it was typed, stands for.

    `owner` is the active member behind it, None if there is none: the answer is the same. Committed
    before it returns, so before anything is looked at. Raises TooManyTries.
    """
    buckets, now = _buckets(what, account, owner), clock.now()
    with hub().database.read() as store:
        for bucket in buckets:
            must_not_wait(store, bucket, now)
    with hub().database.write() as store:
        return Attempt(what, owner, [count_try(store, bucket, now) for bucket in buckets])


def begin_here(what: What) -> Attempt:
    """A try of this address at no account in particular: whose it is comes out only if it is right.

    Committed before it returns. Raises TooManyTries.
    """
    bucket, now = _of_address(what), clock.now()
    with hub().database.read() as store:
        must_not_wait(store, bucket, now)
    with hub().database.write() as store:
        return Attempt(what, None, [count_try(store, bucket, now)])


def _buckets(what: What, account: str, owner: Member | None) -> list[Bucket]:
    """Where a try counts: with a known browser, else at its address and at the account."""
    browser = known_browsers.browser_of(owner) if owner else None
    if owner and browser:
        return [Bucket(_key(what, "known", f"{owner.id} {browser}"), FREE_AT_ACCOUNT)]
    return [
        _of_address(what),
        Bucket(_key(what, "account", _one_spelling(account)), FREE_AT_ACCOUNT),
    ]


def _of_address(what: What) -> Bucket:
    return Bucket(_key(what, "address", network(request.remote_addr or "")), FREE_AT_ADDRESS, shared=True)


def network(address: str) -> str:
    """What counts as one address: of IPv6 the whole /64, which one household has to itself."""
    try:
        read = ip_address(address)
    except ValueError:
        return address
    if read.version == 6 and read.ipv4_mapped is None:
        return str(ip_network((read, 64), strict=False))
    return str(getattr(read, "ipv4_mapped", None) or read)


def _one_spelling(account: str) -> str:
    try:
        return read_address(account)
    except BadRequest:
        return unicodedata.normalize("NFKC", account[:254]).casefold().strip()


def _key(what: str, kind: str, of: str) -> str:
    """Which row it is, by a digest that nobody makes without our key: mail addresses could be guessed."""
    return f"{what} {kind} {keyed_digest(f'{kind} {of}', 'failures')[:40]}"
