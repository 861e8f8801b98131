"""What every JSON dialect needs: parsing, numbers that may be text, topics below a root."""

from __future__ import annotations

import math
from typing import Any

import orjson

from devices.readings import BadPayload

NOTHING = frozenset({"", "null", "none", "nan", "unavailable", "unknown", "inf", "+inf", "-inf", "-nan"})
"""Words that say that there is no value. They are dropped and never become 0."""


def parse(payload: bytes) -> Any:
    """Strict JSON (no NaN, bounded depth). Raises BadPayload."""
    try:
        return orjson.loads(payload)
    except orjson.JSONDecodeError as error:
        raise BadPayload(f"not JSON: {error}") from None


def parse_object(payload: bytes) -> dict[str, Any]:
    """A JSON object. Raises BadPayload."""
    value = parse(payload)
    if not isinstance(value, dict):
        raise BadPayload(f"a JSON object was expected, not {type(value).__name__}")
    return value


def text(payload: bytes) -> str:
    """The payload as UTF-8, stripped. Raises BadPayload."""
    try:
        return payload.decode().strip()
    except UnicodeDecodeError as error:
        raise BadPayload(f"not UTF-8: {error.reason} at byte {error.start}") from None


def number(value: Any) -> float | None:
    """A finite number, also from text as many devices send it; None for anything else, bools too."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return None
    if isinstance(value, int | float) and math.isfinite(value):
        return float(value)
    return None


def below(root: str, topic: str) -> str | None:
    """What stands after `root/`, '' for the root itself, None for another's topic."""
    if topic == root:
        return ""
    return topic[len(root) + 1 :] if topic.startswith(root + "/") else None
