"""Dialects of one value a topic: the topic's key is looked up in a table, the payload is text or JSON."""

from __future__ import annotations

from typing import Any

from devices.formats._json import NOTHING, parse, shown, text
from devices.formats._tables import REST, VERBATIM, Field, Fields, Meaning, take
from devices.readings import BadPayload, Decoded

ASKING = frozenset({"set", "get", "cmd", "cmnd", "command", "control"})
"""Levels of topics on which others speak to a device."""


def value_of(payload: bytes) -> Any:
    """A list, an object, or a text in quotes as JSON means it; anything else as the text that stands there.

    Raises BadPayload for what begins as JSON and is none.
    """
    said = text(payload)
    return parse(said.encode()) if said[:1] in ("{", "[", '"') else said


def read_topic(
    table: Fields, key: str, payload: bytes, channel: str = "", *, names: tuple[str, ...] = ()
) -> Decoded:
    """What one topic says by the table; nothing for keys that it silences. Raises BadPayload.

    A key that the table does not name is kept under `x_<key>`, as long as it is a number or a word.
    """
    is_named = key in table
    meant: Meaning = table.get(key)
    if (is_named and meant is None) or (not is_named and REST in table):
        return []
    value = value_of(payload)
    found: Decoded = []
    take(found, {key: meant} if is_named else {}, {key: value}, None, channel, names=names)
    if is_named and not found and not _is_nothing(meant, value):
        raise BadPayload(f"{key}: {shown(value)} is not what is sent there")
    return found


def _is_nothing(meant: Meaning, value: Any) -> bool:
    """True for what says that there is no value, or says nothing that is kept."""
    if value is None or isinstance(value, dict):
        return True
    if isinstance(value, list):
        return isinstance(meant, tuple)
    said = str(value).strip().lower()
    if said in NOTHING:
        return True
    if not isinstance(meant, Field):
        return False
    if meant.words is not None:
        return meant.words is VERBATIM or said in meant.words
    return said in meant.absent or _as_number(said) in meant.absent


def _as_number(said: str) -> float | None:
    try:
        return float(said)
    except ValueError:
        return None
