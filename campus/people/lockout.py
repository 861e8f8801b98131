"""Lock-out: whoever guesses waits longer and longer, and nobody is locked out for good.

A try is counted before it is looked at and given back if it was right, so that a thousand tries at once
are looked at no more often than a thousand in a row. A browser in which this account signed in before
(see known_browsers) counts for itself: who guesses elsewhere slows down themselves and not the owner.
"""

from __future__ import annotations

import hashlib
import hmac
import math
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network
from typing import Literal

from flask import current_app, request
from flask_babel import ngettext
from sqlalchemy import delete, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from campus import clock, letters
from campus.errors import BadRequest, TooManyTries, Unavailable
from campus.hub import hub
from campus.people import known_browsers
from campus.people.addresses import read_address
from campus.people.keychain import Failures
from campus.people.models import Member

What = Literal["password", "code", "reset", "register"]
TOLD: tuple[What, ...] = ("password", "code")
"""What the owner of an account is told of."""
FREE_AT_ACCOUNT, FREE_AT_ADDRESS = 5, 20
LONGEST = timedelta(minutes=15)
FORGOTTEN = timedelta(days=1)
"""After so long without another one, failures count no more. The owner is told no more often than that."""
ROUNDS = 100


@dataclass(frozen=True, slots=True)
class Bucket:
    """Failures that are counted together. `free` of them cost no delay."""

    key: str
    free: int
    shared: bool = False
    """With other accounts."""


@dataclass(frozen=True, slots=True)
class Try:
    """A try that was counted in `bucket` at `at`, as the `count`th; the one before it was at `before`."""

    bucket: Bucket
    count: int
    at: datetime
    before: datetime


def delay(failures: int, free: int) -> timedelta:
    """How long after the last failure the next try waits: nothing, then 1, 2, 4 … seconds up to LONGEST."""
    if failures < free:
        return timedelta(0)
    return min(timedelta(seconds=2 ** min(failures - free, 20)), LONGEST)


def count_try(session: Session, bucket: Bucket, now: datetime) -> Try:
    """Count a try that is about to be looked at. Raises TooManyTries if it may not be yet."""
    row = select(Failures.count, Failures.last_at).where(Failures.key == bucket.key)
    for _round in range(ROUNDS):
        found = session.execute(row).one_or_none()
        if found is None:
            try:
                with session.begin_nested():
                    session.add(Failures(key=bucket.key, count=1, last_at=now))
            except IntegrityError:  # another try made the row
                continue
            return Try(bucket, 1, now, now)
        kept, last_at = found
        lately = -LONGEST < now - last_at < FORGOTTEN  # a clock that was wrong locks nobody out
        failures = kept if lately else 0
        pause = delay(failures, bucket.free)
        if pause and last_at + pause > now:
            raise too_many(min(last_at + pause - now, pause))
        counted = session.execute(
            update(Failures)
            .where(Failures.key == bucket.key, Failures.count == kept, Failures.last_at == last_at)
            .values(count=failures + 1, last_at=now)
        )
        if counted.rowcount == 1:  # type: ignore[attr-defined]
            return Try(bucket, failures + 1, now, last_at)
    raise Unavailable("Too many tries at one time. Nothing was looked at; try again in a moment.")


def give_back(session: Session, taken: Try) -> None:
    """The try was right: it counts no more, and the wait is as it was before."""
    key, less = Failures.key == taken.bucket.key, Failures.count - 1
    alone = session.execute(
        update(Failures)
        .where(key, Failures.count == taken.count, Failures.last_at == taken.at)
        .values(count=less, last_at=taken.before)
    )
    if alone.rowcount != 1:  # type: ignore[attr-defined]
        session.execute(update(Failures).where(key, Failures.count > 0).values(count=less))


def forgive(session: Session, bucket: Bucket) -> None:
    """Forget the failures, but not when the owner was told of them."""
    session.execute(update(Failures).where(Failures.key == bucket.key).values(count=0))


def may_tell(session: Session, bucket: Bucket, now: datetime) -> bool:
    """True if the owner was not told today; from now on they are."""
    told = session.execute(
        update(Failures)
        .where(
            Failures.key == bucket.key,
            or_(Failures.told_at.is_(None), Failures.told_at <= now - FORGOTTEN),
        )
        .values(told_at=now)
    )
    return told.rowcount == 1  # type: ignore[attr-defined, no-any-return]


def prune(session: Session, now: datetime) -> None:
    """Remove what is forgotten."""
    session.execute(delete(Failures).where(Failures.last_at <= now - FORGOTTEN))


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
            letters.write(
                session,
                self._owner.email,
                "slowed_down",
                now,
                locale=self._owner.locale,
                name=self._owner.name,
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
    with hub().database.write() as store:
        return Attempt(what, owner, [count_try(store, bucket, now) for bucket in buckets])


def too_many(wait: timedelta) -> TooManyTries:
    """The refusal, with the seconds to wait."""
    seconds = max(1, math.ceil(wait.total_seconds()))
    minutes = math.ceil(seconds / 60)
    if seconds < 60:
        message = ngettext(
            "Too many tries went wrong. Wait %(num)s second and try again.",
            "Too many tries went wrong. Wait %(num)s seconds and try again.",
            seconds,
        )
    else:
        message = ngettext(
            "Too many tries went wrong. Wait %(num)s minute and try again.",
            "Too many tries went wrong. Wait %(num)s minutes and try again.",
            minutes,
        )
    return TooManyTries(message, extra={"retry_after": seconds})


def _buckets(what: What, account: str, owner: Member | None) -> list[Bucket]:
    """Where a try counts: with a known browser, else at its address and at the account."""
    browser = known_browsers.browser_of(owner) if owner else None
    if owner and browser:
        return [Bucket(_key(what, "known", f"{owner.id} {browser}"), FREE_AT_ACCOUNT)]
    return [
        Bucket(_key(what, "address", network(request.remote_addr or "")), FREE_AT_ADDRESS, shared=True),
        Bucket(_key(what, "account", _one_spelling(account)), FREE_AT_ACCOUNT),
    ]


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
    secret = str(current_app.secret_key).encode()
    return f"{what} {kind} {hmac.new(secret, f'{kind} {of}'.encode(), hashlib.sha256).hexdigest()[:40]}"
