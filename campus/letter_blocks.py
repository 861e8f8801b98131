"""What a letter is made of, pure: its text as paragraphs, lists and links, for the same words in HTML."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

ITEM = "- "


@dataclass(frozen=True, slots=True)
class Block:
    """`kind` is text, list or link; of a link the one line is its address. Lines are still to be escaped."""

    kind: str
    lines: tuple[str, ...]


def read_blocks(text: str, site: str) -> list[Block]:
    """The blocks of a text, in order. Only a line of its own that leads to `site` becomes a link."""
    return list(_blocks(text.splitlines(), site))


def _blocks(lines: list[str], site: str) -> Iterator[Block]:
    for kind, group in groupby(lines, lambda line: _kind(line, site)):
        found = tuple(line.removeprefix(ITEM) if kind == "list" else line for line in group)
        if kind == "link":
            yield from (Block(kind, (line,)) for line in found)
        elif kind:
            yield Block(kind, found)


def _kind(line: str, site: str) -> str:
    if line.startswith(f"{site}/") and " " not in line:
        return "link"
    if line.startswith(ITEM):
        return "list"
    return "text" if line.strip() else ""
