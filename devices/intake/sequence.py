"""In which order messages are decoded that several workers have handed over. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Handed:
    """A message by its row, its arrival, and its number if it was heard in order."""

    row: int
    at: datetime
    number: int | None = None


def in_order(
    handed: Sequence[Handed], settled: datetime, ahead: datetime, missing: int | None
) -> list[tuple[int, datetime]]:
    """The rows that can be decoded now, each with the moment at which it stands.

    Arrivals give the places, numbers say who comes in which of them. What arrived after `settled` may
    still be overtaken, but for what is later than `ahead`: that came before the clock was set back. The
    message with the number `missing` was heard, and is not here yet. Those that stay keep their places:
    no two messages ever stand at one moment.
    """
    places = sorted(handed, key=lambda one: (one.at, one.row))
    numbered = iter(
        sorted((one for one in places if one.number is not None), key=lambda one: one.number or 0)
    )
    found: list[tuple[int, datetime]] = []
    complete, apart = 0, set[int]()
    for place in places:
        one = place if place.number is None else next(numbered)
        if any(settled < at <= ahead for at in (place.at, one.at)):
            break
        if missing is not None and one.number is not None and one.number > missing:
            break
        found.append((one.row, place.at))
        apart ^= {one.row}
        apart ^= {place.row}
        if not apart:
            complete = len(found)
    return found[:complete]
