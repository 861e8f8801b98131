"""Lining up, pure: who may stand in line for a time that is taken, beside what they have there already."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from campus.bookings.rules.policy import Broken, Policy
from campus.moments import rfc3339
from campus.spaces.spans import Span


@dataclass(frozen=True, slots=True)
class Own:
    """A time of theirs on that resource that is not over: one that they hold, or wait for."""

    booking_id: int
    span: Span
    waits: bool


def check(policy: Policy, wanted: Span, own: Sequence[Own]) -> list[Broken]:
    """What stands against waiting for `wanted` besides the rules of a booking; an empty list is a yes.

    Nobody stands in one line twice, nor for what they have. Bookings and places in line together are no more
    than may be open at once: nobody waits for more than they could take.
    """
    found = []
    twice = next((one for one in own if one.span.overlaps(wanted)), None)
    if twice:
        times = {"start": rfc3339(twice.span.start), "end": rfc3339(twice.span.end)}
        found.append(
            Broken("already-yours", {"booking": twice.booking_id, "waitlisted": twice.waits, **times})
        )
    most, waiting = policy.max_open_bookings, sum(one.waits for one in own)
    if most is not None and waiting and len(own) >= most:
        numbers = {"open_bookings": len(own) - waiting, "waiting": waiting, "max_open_bookings": most}
        found.append(Broken("too-many-open", numbers))
    return found
