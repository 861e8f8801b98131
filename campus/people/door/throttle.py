"""Failures counted, and how long the next try waits for them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_babel import ngettext
from sqlalchemy import delete, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from campus.errors import TooManyTries, Unavailable
from campus.people.keychain import Failures

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
    for _round in range(ROUNDS):
        found = _row(session, bucket)
        if found is None:
            try:
                with session.begin_nested():
                    session.add(Failures(key=bucket.key, count=1, last_at=now))
            except IntegrityError:  # another try made the row
                continue
            return Try(bucket, 1, now, now)
        kept, last_at = found
        failures = failures_at(kept, last_at, now)
        if wait := wait_at(failures, bucket, last_at, now):
            raise too_many(wait)
        counted = session.execute(
            update(Failures)
            .where(Failures.key == bucket.key, Failures.count == kept, Failures.last_at == last_at)
            .values(count=failures + 1, last_at=now)
        )
        if counted.rowcount == 1:  # type: ignore[attr-defined]
            return Try(bucket, failures + 1, now, last_at)
    raise Unavailable("Too many tries at one time. Nothing was looked at; try again in a moment.")


def must_not_wait(session: Session, bucket: Bucket, now: datetime) -> None:
    """Raises TooManyTries if a try may not be looked at yet. It counts nothing and needs no turn to write."""
    found = _row(session, bucket)
    if found and (wait := wait_at(failures_at(*found, now), bucket, found[1], now)):
        raise too_many(wait)


def failures_at(kept: int, last_at: datetime, now: datetime) -> int:
    """The failures that count still. After a clock that was wrong they count no more: nobody stays out."""
    return kept if -LONGEST < now - last_at < FORGOTTEN else 0


def wait_at(failures: int, bucket: Bucket, last_at: datetime, now: datetime) -> timedelta:
    """How long the next try has to wait still."""
    pause = delay(failures, bucket.free)
    return max(min(last_at + pause - now, pause), timedelta(0))


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


def _row(session: Session, bucket: Bucket) -> tuple[int, datetime] | None:
    found = session.execute(
        select(Failures.count, Failures.last_at).where(Failures.key == bucket.key)
    ).one_or_none()
    return (found[0], found[1]) if found else None
