"""What may be done with one occurrence now, pure: what a button is shown for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from campus.bookings.rules.policy import MINUTE, Policy
from campus.spaces.spans import Span


@dataclass(frozen=True, slots=True)
class Turn:
    """One occurrence as far as its buttons need it."""

    span: Span
    status: str
    checked_in_at: datetime | None = None
    finished_at: datetime | None = None


def may_check_in(turn: Turn, policy: Policy, now: datetime) -> bool:
    """True from a little before the start, where somebody is asked to, until they have."""
    if policy.check_in_minutes is None or turn.status != "confirmed" or turn.checked_in_at is not None:
        return False
    opens = turn.span.start - policy.check_in_early_minutes * MINUTE
    return opens <= now < turn.span.end


def may_finish(turn: Turn, now: datetime) -> bool:
    """True while it is going on: the rest can be given back."""
    return turn.status == "confirmed" and turn.finished_at is None and turn.span.start <= now < turn.span.end
