"""One message through a dialect, as the tests like to read it."""

from __future__ import annotations

from datetime import datetime
from math import isfinite
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import pytest

from devices.formats import formats
from devices.metrics import METRICS, label
from devices.readings import Decoded, Reading, Source

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


def assert_storable(found: Decoded) -> None:
    """Every value can be kept: a finite number or a word, under a name of ours, of a moment with a zone."""
    for one in found:
        assert one.metric in METRICS or one.metric.startswith("x_")
        assert len(one.metric) <= 96
        assert len(one.channel) <= 64
        assert not isinstance(one.at, datetime) or one.at.utcoffset() is not None
        if isinstance(one, Reading):
            assert type(one.value) is float
            assert isfinite(one.value)
        else:
            assert type(one.value) is str
            assert one.value


def nearly(values: dict[str, float | str]) -> dict[str, Any]:
    """Values to compare with: words as they are, numbers to a millionth."""
    return {
        name: value if isinstance(value, str) else pytest.approx(value, rel=1e-6, abs=1e-9)
        for name, value in values.items()
    }


def _wire(payload: Any) -> bytes:
    return payload.encode() if isinstance(payload, str) else orjson.dumps(payload)
