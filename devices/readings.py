"""What a decoder takes and gives. Pure values, shared by every dialect."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo


@dataclass(slots=True)
class Reading:
    """A number in the vocabulary's unit. `at` is the payload's own time, None for the arrival.

    A timedelta is how far from the arrival, for dialects that count so.
    Not frozen, because one is made for every value and freezing doubles its cost; nobody changes it.
    """

    metric: str
    value: float
    channel: str = ""
    at: datetime | timedelta | None = None


@dataclass(slots=True)
class StateChange:
    """A word, as the vocabulary names it."""

    metric: str
    value: str
    channel: str = ""
    at: datetime | timedelta | None = None


Decoded = list[Reading | StateChange]


class BadPayload(ValueError):
    """The decoder cannot read a message. Its text is the reason that stands in the quarantine."""


class NotMine(BadPayload):
    """The message is about another device, as only its payload tells. Somebody else's, or nobody's yet."""


@dataclass(frozen=True, slots=True)
class Source:
    """What a decoder may know of the device that a message belongs to."""

    zone: ZoneInfo
    """Zone of payload times that name none: the campus zone unless options say otherwise."""
    kind: str = "other"
    role: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    memory: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)
    """What a dialect that spreads one fact over several topics has to remember, for as long as this
    object lives. It may be empty at any time: a decoder must be right without it, if less complete."""

    @property
    def produces(self) -> bool:
        """True where a meter's lifetime register counts production (energy_export), not use."""
        return self.kind == "solar" or self.role == "solar"
