"""What a reader chose to see on the booking page, pure: day or week, all hours, which resources.

It stands in the page's address and nowhere else: a link shows the same to everybody who may see it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from werkzeug.datastructures import MultiDict

LONGEST_WORD = 60
MOST_WORDS = 12
MOST_PEOPLE = 100_000


class Described(Protocol):
    """What is looked at of a resource."""

    @property
    def kind(self) -> str: ...

    @property
    def name(self) -> str: ...

    @property
    def capacity(self) -> int | None: ...

    @property
    def equipment(self) -> Sequence[str]: ...


@dataclass(frozen=True, slots=True)
class Chosen:
    """`people`: room for so many at least. `equipment`: all of these words. `search`: in the name."""

    week: bool = False
    whole: bool = False
    """All hours of the day are drawn."""
    kind: str = ""
    people: int | None = None
    equipment: tuple[str, ...] = ()
    search: str = ""

    @classmethod
    def of(cls, sent: MultiDict[str, str]) -> Chosen:
        """From an address. What makes no sense is as if it were not there."""
        number = sent.get("people", "").strip()
        people = int(number) if number.isascii() and number.isdecimal() and len(number) < 7 else 0
        words = [word for text in sent.getlist("equipment") for word in text.lower().split(",")]
        return cls(
            week=sent.get("view", "") == "week",
            whole=sent.get("hours", "") == "all",
            kind=sent.get("kind", "")[:LONGEST_WORD].strip(),
            people=people if 0 < people <= MOST_PEOPLE else None,
            equipment=tuple(sorted({_line(word) for word in words} - {""})[:MOST_WORDS]),
            search=_line(sent.get("search", "")),
        )

    @property
    def filters(self) -> bool:
        """True if some resources are left out."""
        return bool(self.kind or self.people or self.equipment or self.search)

    def shows(self, resource: Described) -> bool:
        """True if this resource is meant."""
        return (
            self.kind in ("", resource.kind)
            and (self.people is None or (resource.capacity or 0) >= self.people)
            and set(self.equipment) <= set(resource.equipment)
            and plain(self.search) in plain(resource.name)
        )

    def link(self, **changed: Any) -> dict[str, Any]:
        """What an address takes along to show the same again, but for what is `changed` (None: left out)."""
        said: dict[str, Any] = {
            "view": "week" if self.week else None,
            "hours": "all" if self.whole else None,
            "kind": self.kind,
            "people": self.people,
            "equipment": list(self.equipment),
            "search": self.search,
            **changed,
        }
        return {name: value for name, value in said.items() if value not in (None, "", [])}


def words_of(resources: Iterable[Described]) -> list[str]:
    """All words of equipment that some resource has."""
    return sorted({word for resource in resources for word in resource.equipment})


def plain(text: str) -> str:
    """Without case and accents: `jardin` finds Jardín."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


def _line(text: str) -> str:
    """One printable line, not too long."""
    return "".join(letter for letter in text if letter.isprintable())[:LONGEST_WORD].strip()
