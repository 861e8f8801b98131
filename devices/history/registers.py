"""Where a counter stands, as text for the store, and back to the last bit. Pure."""

from __future__ import annotations

import orjson

from devices.history.counters import NEW, Correction, High, Level, Register


def dump(register: Register) -> str:
    highs = [tuple(high) for high in register.highs]
    zero, left = (tuple(one) if one else None for one in (register.zero, register.left))
    return orjson.dumps([register.last, highs, zero, left]).decode()


def load(text: str | None) -> Register:
    """None is a register that was never read."""
    if text is None:
        return NEW
    last, highs, zero, left = orjson.loads(text)
    return Register(
        last,
        tuple(High(*high) for high in highs),
        Correction(*zero) if zero else None,
        Level(*left) if left else None,
    )
