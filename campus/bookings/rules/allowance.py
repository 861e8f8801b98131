"""Allowance, pure: where in free time a booking may still lie, by what quotas leave and until when its member
is trained."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from campus.bookings.rules.policy import MINUTE, Circumstances, Policy
from campus.bookings.rules.quotas import HOUR, Quota, periods
from campus.spaces.spans import Span

Refused = tuple[datetime, datetime]
"""No booking may start after the first and before the second."""


def allowed(policy: Policy, free: Iterable[Span], length: timedelta, around: Circumstances) -> list[Span]:
    """The parts of `free` in which every booking of `length` keeps the quotas, and ends while its member is
    trained. Each as long as possible, in order; some may overlap. To the minute."""
    until = around.trained.get(policy.training) if policy.training else None
    found = []
    for span in free:
        trained = span if until is None else Span(span.start, min(span.end, until))
        found += [part for part in _kept(policy, trained, length, around) if part.length >= length]
    return found


def _kept(policy: Policy, span: Span, length: timedelta, around: Circumstances) -> list[Span]:
    left = [span]
    for quota in policy.all_quotas:
        pooled = quota.of == "company" and around.company
        held = around.held_by_company if pooled else around.held
        for refused in _refused(quota, span, length, held, around.zone):
            left = [part for one in left for part in _without(one, refused, length)]
    if policy.quotas_free_within_minutes:  # what starts by then breaks no quota
        last = around.now + policy.quotas_free_within_minutes * MINUTE
        soon = Span(span.start, min(span.end, last + length))
        if not any(one.covers(soon) for one in left):
            left = [soon, *(one for one in left if not soon.covers(one))]
    return left


def _refused(
    quota: Quota, span: Span, length: timedelta, held: Sequence[Span], zone: ZoneInfo
) -> Iterator[Refused]:
    """Where a booking of `length` may not start, for what is left of each period that `span` touches."""
    if span.start >= span.end:
        return
    for period in periods(quota.per, span, zone):
        if quota.hours is not None:
            used = sum((part.length for one in held if (part := one.clipped(period))), timedelta(0))
            left = max(quota.hours * HOUR - used, timedelta(0))
            if left < min(length, period.length):
                yield period.start - length + left, period.end - left
        if quota.count is not None:
            made = sum(period.start <= one.start < period.end for one in held)
            if made >= quota.count:
                yield period.start - MINUTE, period.end


def _without(span: Span, refused: Refused, length: timedelta) -> list[Span]:
    """The parts of `span` in which no booking starts where it is refused."""
    last, first = refused
    parts = [Span(span.start, min(span.end, last + length)), Span(max(span.start, first), span.end)]
    return [part for part in parts if part.length >= length]
