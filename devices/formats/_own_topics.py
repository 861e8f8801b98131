"""Which topics are a device's own: where it speaks, and where it is spoken to. For the broker's rights."""

from __future__ import annotations

from dataclasses import dataclass

COMMANDS = (
    "set", "set/#", "get", "get/#", "cmd", "cmd/#", "command", "command/#", "control/#",
    "+/set", "+/set/#", "+/get", "+/cmd", "+/command", "+/+/set", "+/+/command",
)  # fmt: skip
"""Below a root: where most dialects take commands."""
LONGEST_FILTER, MOST_LEVELS = 65_535, 200
"""Bytes by MQTT, levels by Mosquitto."""


@dataclass(frozen=True, slots=True)
class Topics:
    """Topic filters of one device."""

    writes: tuple[str, ...]
    commands: tuple[str, ...]
    """On which others speak to it: what it may read."""


def whole(root: str) -> tuple[str, ...]:
    """The root itself and all below it."""
    root = root.rstrip("/") or root
    return root, f"{root}/#"


def below_root(root: str, commands: tuple[str, ...] = COMMANDS) -> Topics:
    """All below the root is the device's; `commands` are filters below it."""
    root = root.rstrip("/") or root
    return Topics(whole(root), tuple(f"{root}/{one}" for one in commands))


def is_filter(text: str) -> bool:
    """True for a topic filter that a broker takes, of one line, and not among its own topics ($…)."""
    levels = text.split("/")
    return (
        bool(text)
        and text == text.strip()
        and text.isprintable()
        and not text.startswith("$")
        and len(text.encode("utf-8", "replace")) <= LONGEST_FILTER
        and len(levels) <= MOST_LEVELS
        and not any("+" in level and level != "+" for level in levels)
        and "#" not in "/".join(levels[:-1])
        and ("#" not in levels[-1] or levels[-1] == "#")
    )


def covers(wide: str, narrow: str) -> bool:
    """True if every topic that the filter `narrow` matches is matched by `wide` too (MQTT 3.1.1 §4.7)."""
    outer, inner = wide.split("/"), narrow.split("/")
    for place, level in enumerate(outer):
        if level == "#":
            return True
        if place >= len(inner) or inner[place] == "#":
            return False
        if level != "+" and level != inner[place]:
            return False
    return len(outer) == len(inner)


def meet(one: str, other: str) -> bool:
    """True if there is a topic that both filters match."""
    left, right = one.split("/"), other.split("/")
    for first, second in zip(left, right, strict=False):
        if "#" in (first, second):
            return True
        if first != second and "+" not in (first, second):
            return False
    if len(left) == len(right):
        return True
    longer, shorter = (left, right) if len(left) > len(right) else (right, left)
    return longer[len(shorter) :] == ["#"]
