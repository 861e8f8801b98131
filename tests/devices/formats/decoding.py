"""One message through a dialect, as the tests like to read it."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import orjson

from devices.formats import formats
from devices.metrics import label
from devices.readings import Decoded, Source

CAMPUS = ZoneInfo("America/Ciudad_Juarez")


def decode(dialect: str, root: str, topic: str, payload: Any, **device: Any) -> Decoded:
    """What a device says. A payload that is neither text nor bytes is sent as JSON."""
    suffix = formats()[dialect].suffix(root, topic)
    assert suffix is not None, f"{topic} is not below {root}"
    wire = payload if isinstance(payload, bytes) else _wire(payload)
    return formats()[dialect].decode(suffix, wire, Source(CAMPUS, **device))


def heard(
    dialect: str, root: str, messages: list[tuple[str, Any]], **device: Any
) -> list[dict[str, float | str]]:
    """What a device says in one message after the other, each as {metric[@channel]: value}.

    Topics are those below the root. The dialect remembers what it needs to in between.
    """
    source = Source(CAMPUS, **device)
    dialogue = []
    for below, payload in messages:
        suffix = formats()[dialect].suffix(root, f"{root}/{below}")
        assert suffix is not None
        wire = payload if isinstance(payload, bytes) else _wire(payload)
        found = formats()[dialect].decode(suffix, wire, source)
        dialogue.append({label(one.metric, one.channel): one.value for one in found})
    return dialogue


def said(dialect: str, root: str, topic: str, payload: Any, **device: Any) -> dict[str, float | str]:
    """The same as {metric[@channel]: value}."""
    found = decode(dialect, root, topic, payload, **device)
    values = {label(one.metric, one.channel): one.value for one in found}
    assert len(values) == len(found), f"a value stands twice in {found}"
    return values


def _wire(payload: Any) -> bytes:
    return payload.encode() if isinstance(payload, str) else orjson.dumps(payload)
