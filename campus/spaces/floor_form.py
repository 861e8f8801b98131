"""The form of the floor plan: a row of fields for each resource, kept as typed, and its place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import isfinite

from campus.spaces.models import Resource
from campus.spaces.places import LONGEST_FLOOR, Place, faults_of

FIELDS = ("floor", "x", "y", "width", "height")
NEW = {"x": "1", "y": "1", "width": "16", "height": "12"}
"""What a resource gets that has a floor and nothing else."""


@dataclass(frozen=True, slots=True)
class Row:
    """A resource's fields as text, and which of them do not fit. Without a floor it is not on the plan."""

    resource: Resource
    text: Mapping[str, str]
    place: Place | None
    faults: frozenset[str]

    @classmethod
    def of(cls, resource: Resource, sent: Mapping[str, str]) -> Row:
        text = {name: sent.get(f"{name}-{resource.slug}", "")[: LONGEST_FLOOR + 9].strip() for name in FIELDS}
        if not text["floor"]:
            return cls(resource, text, None, frozenset())
        if not any(text[name] for name in NEW):
            text |= NEW
        numbers = {name: _number(text[name]) for name in NEW}
        faults = {name for name, number in numbers.items() if number is None}
        if faults:
            return cls(resource, text, None, frozenset(faults))
        place = Place(text["floor"], **{name: number or 0.0 for name, number in numbers.items()})
        faults = faults_of(place)
        return cls(resource, text, None if faults else place, frozenset(faults))

    @classmethod
    def as_is(cls, resource: Resource) -> Row:
        if not resource.place:
            return cls(resource, dict.fromkeys(FIELDS, ""), None, frozenset())
        place = Place.of(resource.place)
        text = {name: _text(value) for name, value in place.stored().items()}
        return cls(resource, text, place, frozenset())


def rows_of(resources: Iterable[Resource], sent: Mapping[str, str] | None = None) -> list[Row]:
    """A row for each, as it was sent; what was not sent is as it is."""
    return [
        Row.of(one, sent) if sent and f"floor-{one.slug}" in sent else Row.as_is(one) for one in resources
    ]


def _number(text: str) -> float | None:
    try:
        number = float(text.replace(",", "."))
    except ValueError:
        return None
    return round(number, 2) if isfinite(number) else None


def _text(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
