"""A list of rooms as a spreadsheet writes it (CSV), pure: text in, rooms or faults by line out.

Comma, semicolon or tab; the names of columns in English or Spanish, in any order; quotes and line
ends as they come. Only the name must be there.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from pydantic_core import PydanticCustomError

from campus.fields import SLUG, one_line
from campus.spaces.hours_text import Sign, read_week

LONGEST_BYTES, MOST_ROWS, LONGEST_NAME, MOST_PEOPLE = 1_000_000, 2_000, 120, 100_000
DELIMITERS = ",;\t"
COLUMNS = {
    "name": ("name", "nombre", "room", "sala"),
    "kind": ("kind", "type", "tipo", "clase"),
    "capacity": ("capacity", "seats", "people", "capacidad", "personas", "lugares", "cupo"),
    "opening": ("opening", "opening hours", "hours", "open", "horario", "horarios", "abierto"),
    "slug": ("slug", "short name", "nombre corto", "clave"),
}
KINDS = {
    "room": ("room", "meeting room", "sala", "sala de juntas", "sala de reuniones", "salon"),
    "printer": ("printer", "3d printer", "impresora", "impresora 3d"),
    "charger": ("charger", "ev charger", "cargador", "cargador ev"),
    "amenity": ("amenity", "amenidad"),
}
Code = Literal[
    "empty", "no-text", "too-long", "too-many", "unreadable", "no-name-column", "column-twice",
    "more-cells", "name", "kind", "capacity", "opening", "slug", "slug-twice",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong in a line (the first is 1; 0: in the whole), and the cell that is."""

    line: int
    code: Code
    shown: str = ""


@dataclass(frozen=True, slots=True)
class Room:
    """A line of the list. `told`: which columns the list has; the others stay as they are."""

    slug: str
    name: str
    kind: str
    capacity: int | None
    opening: Sign | None
    told: frozenset[str]


@dataclass(frozen=True, slots=True)
class RoomList:
    """What was read. With faults there are no rooms."""

    rooms: tuple[Room, ...] = ()
    faults: tuple[Fault, ...] = ()
    unused: tuple[str, ...] = ()
    """Columns that mean nothing here."""


def decode(data: bytes) -> str | None:
    """The text of a file: UTF-8, UTF-16 where it says so, else Windows-1252. None if it is no text."""
    marks = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
    for encoding in (marks.get(data[:2], "utf-8-sig"), "cp1252"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        return None if "\0" in text or data.startswith(b"PK\x03\x04") else text
    return None


def read_list(text: str) -> RoomList:
    """The rooms of a list, all or none."""
    text = text.removeprefix("\ufeff")
    if not text.strip():
        return RoomList(faults=(Fault(0, "empty"),))
    if len(text.encode(errors="replace")) > LONGEST_BYTES:
        return RoomList(faults=(Fault(0, "too-long"),))
    if "\0" in text:
        return RoomList(faults=(Fault(0, "no-text"),))
    rows = _Rows(text)
    try:
        lines = list(rows)
    except csv.Error:
        return RoomList(faults=(Fault(rows.line, "unreadable"),))
    (head_line, head), *body = lines
    columns, unused, faults = _columns(head, head_line)
    if len(body) > MOST_ROWS:
        faults.append(Fault(0, "too-many", str(len(body))))
    if not body:
        faults.append(Fault(0, "empty"))
    if faults:
        return RoomList(faults=tuple(faults))
    return _rooms(body, columns, len(head), unused)


class _Rows:
    """The rows that say something, each with the line that it begins in."""

    def __init__(self, text: str) -> None:
        first = text.lstrip().partition("\n")[0]
        bare = re.sub(r'"[^"]*"', "", first)
        self._reader = csv.reader(
            io.StringIO(text, newline=""), delimiter=max(DELIMITERS, key=bare.count), strict=True
        )
        self.line = 1

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        for row in self._reader:
            begin, self.line = self.line, self._reader.line_num + 1
            if any(cell.strip() for cell in row):
                yield begin, row


def _columns(head: list[str], line: int) -> tuple[dict[str, int], tuple[str, ...], list[Fault]]:
    """Where each column stands, the names of those that mean nothing, and what is wrong."""
    places: dict[str, int] = {}
    unused, faults = list[str](), list[Fault]()
    for place, title in enumerate(head):
        meant = _meaning(COLUMNS, title)
        if meant is None:
            unused += [title.strip()] if title.strip() else []
        elif meant in places:
            faults.append(Fault(line, "column-twice", title.strip()))
        else:
            places[meant] = place
    if "name" not in places:
        faults.append(Fault(line, "no-name-column"))
    return places, tuple(unused), faults


def _rooms(
    body: list[tuple[int, list[str]]], columns: dict[str, int], width: int, unused: tuple[str, ...]
) -> RoomList:
    rooms, faults = list[Room](), list[Fault]()
    cells = [
        {name: row[place].strip() if place < len(row) else "" for name, place in columns.items()}
        for _line, row in body
    ]
    taken = {said["slug"] for said in cells if said.get("slug")}
    given = set[str]()
    for (line, row), said in zip(body, cells, strict=True):
        faults += [Fault(line, "more-cells", cell.strip()) for cell in row[width:] if cell.strip()][:1]
        room, wrong = _room(said, frozenset(columns))
        faults += [Fault(line, code, shown) for code, shown in wrong]
        if room is None:
            continue
        if room.slug in given:
            faults.append(Fault(line, "slug-twice", room.slug))
        elif room.slug:
            given.add(room.slug)
        else:
            room = _named(room, taken)
            taken.add(room.slug)
        rooms.append(room)
    return RoomList(faults=tuple(faults)) if faults else RoomList(tuple(rooms), unused=unused)


def _room(said: dict[str, str], told: frozenset[str]) -> tuple[Room | None, list[tuple[Code, str]]]:
    """The room of a line and what is wrong with it; a room that has a fault is not used."""
    wrong: list[tuple[Code, str]] = []
    name, kind, capacity, opening = said["name"], "room", None, None
    try:
        one_line(name)
    except PydanticCustomError:
        wrong.append(("name", name))
    if len(name) > LONGEST_NAME:
        wrong.append(("name", name))
    if said.get("kind"):
        meant = _meaning(KINDS, said["kind"])
        if meant is None:
            wrong.append(("kind", said["kind"]))
        kind = meant or kind
    if text := said.get("capacity"):
        if text.isascii() and text.isdigit() and len(text) <= 6 and 1 <= int(text) <= MOST_PEOPLE:
            capacity = int(text)
        else:
            wrong.append(("capacity", text))
    try:
        opening = read_week(said.get("opening", ""))
    except ValueError as error:
        wrong.append(("opening", str(error)))
    slug = said.get("slug", "")
    if slug and not SLUG.fullmatch(slug):
        wrong.append(("slug", slug))
    return (None if wrong else Room(slug, name, kind, capacity, opening, told)), wrong


def _named(room: Room, taken: set[str]) -> Room:
    """The same, with a slug of its own made from its name; the same list makes the same slugs."""
    base = re.sub(r"[^a-z0-9]+", "-", _plain(room.name)).strip("-")[:60].strip("-") or room.kind
    slug, number = base, 1
    while slug in taken:
        number += 1
        slug = f"{base[: 63 - len(str(number))]}-{number}"
    return Room(slug, room.name, room.kind, room.capacity, room.opening, room.told)


def _meaning(words: dict[str, tuple[str, ...]], said: str) -> str | None:
    plain = _plain(said).replace("_", " ").strip()
    return next((meant for meant, names in words.items() if plain in names), None)


def _plain(text: str) -> str:
    """Lower case letters without accents."""
    return unicodedata.normalize("NFKD", text.lower()).encode("ascii", "ignore").decode()
