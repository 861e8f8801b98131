"""Postage: how many mails to guests one member may set off in a day. The campus mails for its members, and
not for whoever would have it write to strangers all day."""

from __future__ import annotations

import math
from datetime import datetime, timedelta

from flask_babel import ngettext
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from campus.errors import TooManyTries
from campus.people.keychain import Failures

A_DAY = 1000
"""The largest guest list, booked and changed four times."""
DAY = timedelta(days=1)


def spend(session: Session, member_id: int, mails: int, now: datetime, *, refuse: bool = True) -> None:
    """Count `mails` that a deed of this member's sends to guests; what was counted is forgotten evenly over a
    day. Raises TooManyTries if there would be more than A_DAY, unless it may not be refused: what is given
    back is always told.
    """
    if not mails:
        return
    row = _row(session, member_id, now)
    counted = max(0, row.count - math.floor(max(now - row.last_at, timedelta(0)) / DAY * A_DAY))
    over = counted + mails - A_DAY
    if over > 0 and refuse:
        raise _refusal(min(over, A_DAY) / A_DAY * DAY)
    row.count, row.last_at = counted + mails, now
    session.flush()


def _row(session: Session, member_id: int, now: datetime) -> Failures:
    """The member's count, theirs alone until the commit."""
    key = f"guest-mails:{member_id}"
    query = select(Failures).where(Failures.key == key).with_for_update()
    found = session.scalar(query.execution_options(populate_existing=True))
    if found is not None:
        return found
    try:
        with session.begin_nested():
            made = Failures(key=key, count=0, last_at=now)
            session.add(made)
        return made
    except IntegrityError:  # another deed of theirs made it
        return session.scalars(query).one()


def _refusal(wait: timedelta) -> TooManyTries:
    seconds = max(1, math.ceil(wait.total_seconds()))
    message = ngettext(
        "Guests get %(most)s mails a day through you at most. Ask fewer along, or wait %(num)d hour.",
        "Guests get %(most)s mails a day through you at most. Ask fewer along, or wait %(num)d hours.",
        math.ceil(seconds / 3600),
        most=A_DAY,
    )
    return TooManyTries(message, extra={"retry_after": seconds})
