"""A JSON message as lines that can be clicked: each value with its path in a mapping. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson

from devices.formats._mapping_rules import look_up, read_path

MOST_LINES, DEEPEST, LONGEST_KEY, LONGEST_TEXT = 400, 24, 80, 60
WHOLE = "$"
"""The path of a message that is one plain value."""


@dataclass(frozen=True, slots=True)
class Line:
    """`path` is '' for what holds other lines, and for a key that no path can name."""

    deep: int
    key: str
    path: str = ""
    value: str = ""


def read(payload: bytes) -> Any:
    """The document; a plain text where it is none. What is not even text is shown as such."""
    try:
        return orjson.loads(payload)
    except orjson.JSONDecodeError:
        return payload.decode("utf-8", "replace").strip()


def lines(document: Any) -> tuple[list[Line], bool]:
    """(lines, is it all): at most MOST_LINES, at most DEEPEST levels."""
    if not isinstance(document, dict | list):
        return [Line(0, "", WHOLE, _written(document))], True
    found: list[Line] = []
    waiting: list[tuple[int, str, str | None, Any]] = _inner(0, "", document)[::-1]
    whole = True
    while waiting:
        if len(found) >= MOST_LINES:
            return found, False
        deep, key, path, value = waiting.pop()
        if not isinstance(value, dict | list):
            reached = path is not None and _leads_to(document, path, value)
            found.append(Line(deep, key, path if reached and path else "", _written(value)))
            continue
        found.append(Line(deep, key, "", "" if value else "{}" if isinstance(value, dict) else "[]"))
        if deep >= DEEPEST:
            whole = whole and not value
            continue
        waiting += _inner(deep + 1, path, value)[::-1]
    return found, whole


def _inner(deep: int, path: str | None, value: Any) -> list[tuple[int, str, str | None, Any]]:
    """What a container holds, as far as it can be shown."""
    if isinstance(value, list):
        items = enumerate(value[:MOST_LINES])
        return [(deep, f"[{n}]", None if path is None else f"{path}[{n}]", one) for n, one in items]
    pairs = list(value.items())[:MOST_LINES]
    return [(deep, key[:LONGEST_KEY], _below(path, key), one) for key, one in pairs]


def _below(path: str | None, key: str) -> str | None:
    return None if path is None else f"{path}.{key}" if path else key


def _leads_to(document: Any, path: str, value: Any) -> bool:
    """A key may hold dots, brackets, or nothing at all: then no path leads there."""
    try:
        return look_up(document, read_path(path, "")) is value and path == path.strip() and path != WHOLE
    except ValueError:
        return False


def _written(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)[:LONGEST_TEXT]
    text = " ".join(str(value).split())
    return f'"{text}"' if len(text) <= LONGEST_TEXT else f'"{text[:LONGEST_TEXT]}…"'
