"""What a device of the simulated hub is: its registration, its connection, and when it speaks. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from devices.simulator.message import Message
from devices.simulator.world import World

Says = Callable[[World, datetime], list[Message]]
"""What a device says of a world at an instant of the clock."""


@dataclass(frozen=True, slots=True)
class Voice:
    """One kind of message of a device, with its rhythm: live, and in the history."""

    every_s: float
    past_every_s: float
    says: Says
    repeat_s: float | None = None
    """After this a value that has not changed is said again all the same; None: only changes are."""


@dataclass(frozen=True, slots=True)
class Link:
    """A connection to the broker: what is said when it stands, and by the broker when it breaks."""

    name: str
    birth: Message | None = None
    will: Message | None = None


@dataclass(frozen=True, kw_only=True)
class Thing:
    """A device. The first fields are those of its registration in the API."""

    slug: str
    name: str
    kind: str
    format: str
    topic: str
    link: Link
    voices: tuple[Voice, ...]
    expected_interval_s: float
    space: str | None = None
    """Slug of the resource where it hangs."""
    role: str | None = None
    rated_power_w: float | None = None
    options: dict[str, Any] = field(default_factory=dict)


MINUTE, HOUR = 60.0, 3600.0
TEN_MINUTES = 10 * MINUTE
LORA = Link("lorawan")
GATEWAY = Link("gateway")
