"""What staff set right in a series, as a rule from stored rows to those that count. Pure.

The stored rows stay as they came. A repair says of a span that its values are

bad      not to be believed: they are left out, and the span is a gap
value    this one instead
offset   so much more (or less)
scale    so many times as large
swap     of another meter, from its first instant on: the register goes on where the old one ended

Repairs are applied in the order in which they were made, so that a later one sees what the earlier one left.
Instants are microseconds since the epoch, spans are half-open, numbers are in the series' unit.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

Kind = Literal["bad", "value", "offset", "scale", "swap"]
KINDS: tuple[Kind, ...] = get_args(Kind)
FOREVER = 2**62
"""An end that no reading reaches."""


@dataclass(frozen=True, slots=True)
class Repair:
    """One deed of the staff: what is wrong with [first, last), and what is right instead.

    `number` is the value, the offset, the factor, or how much higher the old meter stood at a swap than
    the new one began; None where a span is bad.
    """

    kind: Kind
    first: int
    last: int = FOREVER
    number: float | None = None


def fault_of(repair: Repair, *, is_text: bool, is_register: bool) -> str | None:
    """The code of what is wrong with a repair of such a series, or None.

    `span`: it ends before it begins. `number`: it has none, or one that is not finite, or one too many.
    `words`: words have no numbers to set right. `register`: only a register is swapped.
    """
    if repair.first >= repair.last:
        return "span"
    if repair.kind == "bad":
        return "number" if repair.number is not None else None
    if is_text:
        return "words"
    if repair.number is None or not math.isfinite(repair.number):
        return "number"
    if repair.kind == "swap" and not is_register:
        return "register"
    return None


def mended(rows: Sequence[tuple[int, float]], repairs: Iterable[Repair]) -> list[tuple[int, float]]:
    """The rows that count, in order of time. What a repair makes infinite is left out."""
    kept = list(rows)
    for repair in repairs:
        begin = bisect_left(kept, repair.first, key=_instant)
        end = bisect_left(kept, repair.last, key=_instant)
        kept[begin:end] = _right(kept[begin:end], repair)
    return kept


def touched(repairs: Iterable[Repair]) -> list[tuple[int, int]]:
    """The spans in which the rows that count may differ from the stored ones, in order and apart."""
    spans: list[tuple[int, int]] = []
    for first, last in sorted((one.first, one.last) for one in repairs):
        if spans and first <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(last, spans[-1][1]))
        else:
            spans.append((first, last))
    return spans


def _right(rows: list[tuple[int, float]], repair: Repair) -> list[tuple[int, float]]:
    number = repair.number
    if number is None:
        return []
    if repair.kind == "value":
        return [(at, number) for at, _value in rows]
    if repair.kind == "scale":
        mended = [(at, value * number) for at, value in rows]
    else:
        mended = [(at, value + number) for at, value in rows]
    return [(at, value) for at, value in mended if math.isfinite(value)]


def _instant(row: tuple[int, float]) -> int:
    return row[0]
