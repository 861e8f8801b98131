"""What every dialect needs: payloads read strictly, numbers that may be text, topics below a root."""

from __future__ import annotations

import math
from typing import Any

import orjson

from devices.readings import BadPayload

NOTHING = frozenset(
    {"", "null", "none", "nil", "<nil>", "nan", "-nan", "unavailable", "unknown", "undefined", "n/a"}
    | {sign + word for sign in ("", "+", "-") for word in ("inf", "infinity")}
)
"""Words, in lower case, that say that there is no value. They are dropped and never become 0."""


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
        raise BadPayload(f"a JSON object was expected, not {json_type(value)}")
    return value


def text(payload: bytes) -> str:
    """The payload as UTF-8, stripped. Raises BadPayload."""
    try:
        return payload.decode().strip()
    except UnicodeDecodeError as error:
        raise BadPayload(f"not UTF-8: {error.reason} at byte {error.start}") from None


def number(value: Any) -> float | None:
    """A finite number, also from text as many devices send it; None for anything else, bools too."""
    kind = type(value)
    if kind is str:
        if "_" in value:  # Python reads 1_000 as a number, devices do not mean one
            return None
        try:
            value = float(value)
        except ValueError:
            return None
    elif kind is not float and kind is not int:
        return None
    return float(value) if math.isfinite(value) else None


def below(root: str, topic: str) -> str | None:
    """What stands after `root/`, '' for the root itself, None for another's topic."""
    root = root.removesuffix("/")
    if topic == root:
        return ""
    return topic[len(root) + 1 :] if topic.startswith(root + "/") else None


def shown(value: object) -> str:
    """A value as a reason quotes it: short, on one line."""
    quoted = repr(value)
    return quoted if len(quoted) <= 40 else quoted[:37] + "..."


def json_type(value: object) -> str:
    """The name that JSON has for a value's type."""
    if value is None:
        return "null"
    names = {bool: "true or false", int: "a number", float: "a number", str: "a text", list: "an array"}
    return names.get(type(value), "an object")
