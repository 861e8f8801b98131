"""Where a resource lies on the floor plan, pure: a rectangle on a floor of 100 by 60 units."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from campus.fields import one_line

WIDTH, HEIGHT = 100, 60
LEAST = 2
"""Units of the shortest side that a finger can hit."""
LONGEST_FLOOR = 40


@dataclass(frozen=True, slots=True)
class Place:
    """Units from the floor's upper left corner. `floor` is what people call it: 1, Roof."""

    floor: str
    x: float
    y: float
    width: float
    height: float

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Place:
        """From the resource's JSON, which was checked when it came in."""
        return cls(**{name: stored[name] for name in cls.__dataclass_fields__})

    def stored(self) -> dict[str, Any]:
        """As the store and the API have it; whole numbers without a point."""
        return {
            name: int(value) if isinstance(value, float) and value.is_integer() else value
            for name, value in asdict(self).items()
        }

    def overlaps(self, other: Place) -> bool:
        return (
            self.floor == other.floor
            and self.x < other.x + other.width
            and other.x < self.x + self.width
            and self.y < other.y + other.height
            and other.y < self.y + self.height
        )


def faults_of(place: Place) -> set[str]:
    """Which of its fields do not fit: floor, x, y, width, height."""
    faults = set[str]()
    try:
        one_line(place.floor)
    except ValueError:
        faults.add("floor")
    if len(place.floor) > LONGEST_FLOOR:
        faults.add("floor")
    for at, size, most in (("x", "width", WIDTH), ("y", "height", HEIGHT)):
        begin, length = getattr(place, at), getattr(place, size)
        if not 0 <= begin <= most - LEAST:
            faults.add(at)
        elif not LEAST <= length <= most - begin:
            faults.add(size)
    return faults


def floors_of(places: Iterable[Place]) -> list[str]:
    """The floors in the order of a lift: 2 before 10, numbers before names."""

    return sorted({place.floor for place in places}, key=_as_counted)


def _as_counted(floor: str) -> list[tuple[bool, int, str]]:
    parts = filter(None, re.split(r"(-?[0-9]+)", floor.casefold()))
    return [(False, int(part), "") if part[-1] in "0123456789" else (True, 0, part) for part in parts]
