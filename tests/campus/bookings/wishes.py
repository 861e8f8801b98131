"""Wishes and circumstances that the tests of the policy share: Tuesday 3 March 2026, 10:00 on campus."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from campus.bookings.rules.policy import Broken, Circumstances, Policy, check
from campus.spaces.spans import Span

JUAREZ = ZoneInfo("America/Ciudad_Juarez")
NOW = datetime(2026, 3, 3, 10, tzinfo=JUAREZ).astimezone(UTC)
ALWAYS = (Span(NOW - timedelta(days=400), NOW + timedelta(days=4000)),)
AROUND = Circumstances(now=NOW, zone=JUAREZ, open_spans=ALWAYS)


def wall(text: str) -> datetime:
    """The instant of a campus time such as 2026-03-07 22:00."""
    return datetime.fromisoformat(text).replace(tzinfo=JUAREZ).astimezone(UTC)


def from_to(start: str, end: str) -> Span:
    return Span(wall(start), wall(end))


def broken(wanted: Span, policy: Policy, attendees: int | None = None, **around: Any) -> list[Broken]:
    return check(policy, wanted, attendees, replace(AROUND, **around))


def codes(wanted: Span, policy: Policy, attendees: int | None = None, **around: Any) -> list[str]:
    return [rule.code for rule in broken(wanted, policy, attendees, **around)]
