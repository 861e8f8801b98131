"""What a thing of the hub says. Pure."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import orjson


@dataclass(frozen=True, slots=True)
class Message:
    """A message on the wire. One with `about` is said only when that differs from the last time."""

    topic: str
    payload: bytes
    retained: bool = False
    about: Hashable = None


def as_json(topic: str, body: dict[str, Any], *, retained: bool = False, about: Hashable = None) -> Message:
    """A message whose payload is a JSON object."""
    return Message(topic, orjson.dumps(body), retained, about)


def as_text(topic: str, word: str, *, retained: bool = True) -> Message:
    """A bare value that the device repeats only when it changes."""
    return Message(topic, word.encode(), retained, about=word)
