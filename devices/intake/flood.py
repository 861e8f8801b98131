"""Whether a device floods: a bucket of tokens, clocked by arrivals. Pure.

A value takes a token. The bucket is refilled at the device's limit up to ten minutes' worth, so a burst
passes and what goes on does not. A flood begins when the bucket is empty and ends when ten seconds' worth
are in it again. Instants are microseconds.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from campus.moments import SECOND

LIMIT = 100.0
"""Values a second that a device may say for good, unless its options say otherwise."""
BURST_S = 600
CALM_S = 10
SMOOTH_S = 10
"""Over how long the rate that people are told is averaged."""
LONGEST_GRACE = 3600 * SECOND
"""What a broker has queued meanwhile is believed for so much time."""
GRACE_LASTS = 600 * SECOND


def flood_limit(options: Mapping[str, Any]) -> float | None:
    """The device's own limit; None for the usual one. Whose history is believed may say all of it at once."""
    limit = options.get("flood_limit")
    if options.get("history") is True:
        return math.inf
    return float(limit) if isinstance(limit, int | float) and limit > 0 else None


@dataclass(slots=True)
class Flood:
    """One that goes on, or the last one that ended."""

    since: int
    until: int | None = None
    rate: float = 0.0
    """Values a second: now, or at most once it has ended."""
    dropped: int = 0
    highest: float = 0.0


@dataclass(slots=True)
class Bucket:
    """What a device may still say."""

    limit: float
    at: int
    burst_s: float = BURST_S
    tokens: float = field(init=False)
    full_at: int = field(init=False)
    """When it was full last: what came since was more than the limit."""
    rate: float = 0.0
    grace_until: int = 0
    flood: Flood | None = None

    def __post_init__(self) -> None:
        self.tokens, self.full_at = self.limit * self.burst_s, self.at

    def charge(self, values: int, now: int) -> None:
        """So many values came since the last time. A clock that was set back brings no tokens."""
        elapsed_s = max(0, now - self.at) / SECOND
        self.at = now
        refilled, full = self.tokens + self.limit * elapsed_s, self.limit * self.burst_s
        if refilled >= full:
            self.full_at = now
            refilled = refilled if now < self.grace_until else full
        self.tokens = max(0.0, refilled - values)
        if elapsed_s:
            weight = math.exp(-elapsed_s / SMOOTH_S)
            self.rate = self.rate * weight + values / elapsed_s * (1 - weight)
        self._tell(now, emptied=refilled < values)

    def forgive(self, deaf: int, now: int) -> None:
        """Nobody could be heard for so long, and what was said meanwhile comes now."""
        self.charge(0, now)
        self.tokens += self.limit * min(deaf, LONGEST_GRACE) / SECOND
        self.grace_until = now + GRACE_LASTS

    @property
    def is_flooding(self) -> bool:
        return self.flood is not None and self.flood.until is None

    def _tell(self, now: int, *, emptied: bool) -> None:
        if emptied and not self.is_flooding:
            self.flood = Flood(since=max(self.full_at, self.flood.until or 0) if self.flood else self.full_at)
        flood = self.flood
        if flood is None or flood.until is not None:
            return
        flood.rate, flood.highest = self.rate, max(self.rate, flood.highest)
        if self.tokens >= self.limit * CALM_S:
            flood.until, flood.rate = now, flood.highest
