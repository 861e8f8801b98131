"""What the list of devices is asked for: words, a kind, a state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from devices.models import KINDS
from devices.panel import Row
from devices.wording import dialect_name

STATES = ("online", "stale", "offline", "silent", "retired")
STANDINGS = {"online": "online", "stale": "stale", "offline": "offline", "silent": "never"}
LONGEST = 120


@dataclass(frozen=True, slots=True)
class Sought:
    """`words`: all of them must be in the name, the slug, the topic or the dialect."""

    words: str = ""
    kind: str = ""
    state: str = ""

    @classmethod
    def of(cls, asked: Mapping[str, str]) -> Sought:
        kind, state = asked.get("kind", ""), asked.get("state", "")
        return cls(
            asked.get("q", "")[:LONGEST].strip(),
            kind if kind in KINDS else "",
            state if state in STATES else "",
        )

    def __bool__(self) -> bool:
        return bool(self.words or self.kind or self.state)

    def fits(self, row: Row) -> bool:
        """True if this row is wanted. Whether it is retired was asked of the store."""
        device, standing = row.device, row.standing
        if self.kind and device.kind != self.kind:
            return False
        if self.state in STANDINGS and standing.availability.state != STANDINGS[self.state]:
            return False
        said = f"{device.name} {device.slug} {device.topic} {dialect_name(device.format)}".casefold()
        return all(word in said for word in self.words.casefold().split())
