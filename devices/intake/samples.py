"""Messages of a device that is not registered yet, as the inbox keeps them: the last few. Pure."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass

import orjson

KEPT = 5
LARGEST = 8192
"""Bytes of a sample; the rest is cut off, and its size tells so."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A message as it came. `at`: microseconds. `size`: bytes of the whole; `payload` may be cut."""

    topic: str
    payload: bytes
    at: int
    size: int
    retained: bool = False

    @property
    def is_whole(self) -> bool:
        return self.size == len(self.payload)


def pack(samples: Sequence[Sample]) -> bytes:
    """The last KEPT of them: one topic's newest only, while there is more than one topic."""
    newest = {one.topic: one for one in samples}
    kept = samples if len(newest) == 1 else sorted(newest.values(), key=lambda one: one.at)
    return orjson.dumps(
        [
            {
                "topic": one.topic,
                "payload": base64.b64encode(one.payload[:LARGEST]).decode(),
                "at": one.at,
                "size": one.size,
                "retained": one.retained,
            }
            for one in kept[-KEPT:]
        ]
    )


def unpack(packed: bytes) -> list[Sample]:
    """The samples, the newest last."""
    return [
        Sample(one["topic"], base64.b64decode(one["payload"]), one["at"], one["size"], one["retained"])
        for one in orjson.loads(packed)
    ]
