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
        return {name: _plain(value) for name, value in asdict(self).items()}

    def overlaps(self, other: Place) -> bool:
        return (
            self.floor == other.floor
            and self.x < other.x + other.width
            and other.x < self.x + self.width
            and self.y < other.y + other.height
            and other.y < self.y + self.height
        )


@dataclass(frozen=True, slots=True)
class Point:
    """Where something hangs that takes no room: a floor, and units from its upper left corner."""

    floor: str
    x: float
    y: float

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Point:
        """From the JSON of whatever hangs there, which was checked when it came in."""
        return cls(**{name: stored[name] for name in cls.__dataclass_fields__})

    def stored(self) -> dict[str, Any]:
        """As the store and the API have it; whole numbers without a point."""
        return {name: _plain(value) for name, value in asdict(self).items()}

    def is_in(self, place: Place) -> bool:
        return (
            self.floor == place.floor
            and place.x <= self.x <= place.x + place.width
            and place.y <= self.y <= place.y + place.height
        )


def point_faults(point: Point) -> set[str]:
    """Which of its fields do not fit: floor, x, y."""
    faults = _floor_faults(point.floor)
    return faults | {
        name for name, most in (("x", WIDTH), ("y", HEIGHT)) if not 0 <= getattr(point, name) <= most
    }


def faults_of(place: Place) -> set[str]:
    """Which of its fields do not fit: floor, x, y, width, height."""
    faults = _floor_faults(place.floor)
    for at, size, most in (("x", "width", WIDTH), ("y", "height", HEIGHT)):
        begin, length = getattr(place, at), getattr(place, size)
        if not 0 <= begin <= most - LEAST:
            faults.add(at)
        elif not LEAST <= length <= most - begin:
            faults.add(size)
    return faults


def floors_of(places: Iterable[Place], points: Iterable[Point | None] = ()) -> list[str]:
    """The floors in the order of a lift: 2 before 10, numbers before names."""
    named = {place.floor for place in places} | {point.floor for point in points if point}
    return sorted(named, key=_as_counted)


def _floor_faults(floor: str) -> set[str]:
    try:
        one_line(floor)
    except ValueError:
        return {"floor"}
    return {"floor"} if len(floor) > LONGEST_FLOOR else set()


def _plain(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _as_counted(floor: str) -> list[tuple[bool, int, str]]:
    parts = filter(None, re.split(r"(-?[0-9]+)", floor.casefold()))
    return [(False, int(part), "") if part[-1] in "0123456789" else (True, 0, part) for part in parts]
