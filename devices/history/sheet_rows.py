"""A sheet of values as rows of cells, pure: CSV with any usual delimiter, or statistics as JSON."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

import orjson

LONGEST_LINE = 65_536
LARGEST_JSON = 128 * 1024 * 1024
DELIMITERS = ",;\t"
JSON_HEAD = ["statistic_id", "unit", "start", "mean", "state"]


class Wrong(ValueError):
    """What is wrong with the row that is being read, in words."""


class Columns(dict[str, int]):
    """Places by title. What stands there twice cannot be asked for. Raises Wrong."""

    def __init__(self, titles: Iterable[str]) -> None:
        super().__init__()
        self._twice: set[str] = set()
        for place, title in enumerate(titles):
            if title in self:
                self._twice.add(title)
            else:
                self[title] = place

    def __getitem__(self, title: str) -> int:
        if title in self._twice:
            raise Wrong(f"two columns are called {shown(title)}")
        return super().__getitem__(title)

    def first(self, *titles: str) -> int | None:
        """The place of the first of these that there is."""
        return next((self[title] for title in titles if title in self), None)


class CsvRows:
    """The rows that are not empty. `line` is the one in which the last of them begins."""

    what = "line"

    def __init__(self, lines: Iterable[bytes]) -> None:
        """Raises Wrong if the first line is no text."""
        self.line, self.is_broken = 1, False
        texts = _texts(lines)
        first = next(texts, "")
        delimiter = max(DELIMITERS, key=re.sub(r'"[^"]*"', "", first).count)
        self._reader = csv.reader(chain([first], texts), strict=True, delimiter=delimiter)

    def __iter__(self) -> CsvRows:
        return self

    def __next__(self) -> list[str]:
        while True:
            self.line = self._reader.line_num + 1
            try:
                row = next(self._reader)
            except csv.Error as error:
                self.is_broken = True
                raise Wrong(str(error)) from None
            except Wrong:
                self.line, self.is_broken = self._reader.line_num + 1, True
                raise
            if any(cell.strip() for cell in row):
                return row


class JsonRows:
    """Statistics as Home Assistant's recorder takes them (import_statistics; also a list of them), or gives
    them (statistics_during_period).

    The first row names the columns; `line` counts the points from 1.
    """

    what = "point"
    is_broken = False

    def __init__(self, lines: Iterable[bytes]) -> None:
        """Raises Wrong if it is neither."""
        held = bytearray()
        for line in lines:
            held += line
            if len(held) > LARGEST_JSON:
                raise Wrong(f"more than {LARGEST_JSON // 2**20} MB of JSON: take CSV")
        try:
            said = orjson.loads(bytes(held).removeprefix(b"\xef\xbb\xbf"))
        except orjson.JSONDecodeError as error:
            raise Wrong(f"this is no JSON: {error}") from None
        self.line = 0
        self._rows = chain([JSON_HEAD], self._count(_points(said)))

    def __iter__(self) -> JsonRows:
        return self

    def __next__(self) -> list[str]:
        return next(self._rows)

    def _count(self, rows: Iterable[list[str]]) -> Iterator[list[str]]:
        """Each row, while `line` tells where it stands."""
        for self.line, row in enumerate(rows, 1):
            yield row


def rows_of(lines: Iterable[bytes]) -> CsvRows | JsonRows:
    """The rows of either. Raises Wrong."""
    there = iter(lines)
    first = next(there, b"")
    whole = chain([first], there)
    if first.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"["):
        return JsonRows(whole)
    return CsvRows(whole)


def _points(said: Any) -> Iterator[list[str]]:
    """(statistic, unit, start, mean, state) of every point. Raises Wrong for another shape."""
    if isinstance(said, dict) and said.get("type") == "result":
        said = said.get("result")
    parts = said if isinstance(said, list) else [said]
    for part in parts:
        if not isinstance(part, dict):
            raise Wrong("objects with metadata and stats are wanted, or lists of points by statistic")
        if "stats" in part:
            about = part.get("metadata")
            about = about if isinstance(about, dict) else {}
            unit = about.get("unit_of_measurement") or about.get("statistics_unit_of_measurement")
            yield from _of_one(about.get("statistic_id"), unit, part["stats"])
        else:
            for name, points in part.items():
                yield from _of_one(name, None, points)


def _of_one(name: Any, unit: Any, points: Any) -> Iterator[list[str]]:
    if not isinstance(name, str) or not isinstance(points, list):
        raise Wrong("objects with metadata and stats are wanted, or lists of points by statistic")
    for point in points:
        told = point if isinstance(point, dict) else {}
        yield [name, _text(unit), *(_text(told.get(column)) for column in JSON_HEAD[2:])]


def _text(value: Any) -> str:
    """A JSON value as a cell has it."""
    return "" if value is None else value if isinstance(value, str) else str(value)


def _texts(lines: Iterable[bytes]) -> Iterator[str]:
    for number, line in enumerate(lines):
        if len(line) > LONGEST_LINE:
            raise Wrong(f"longer than {LONGEST_LINE:,} bytes")
        try:
            text = line.decode("utf-8" if number else "utf-8-sig")
        except UnicodeDecodeError:
            raise Wrong("this is no UTF-8 text") from None
        if "\0" in text:
            raise Wrong("this is no text")
        yield text


def shown(text: str) -> str:
    """As a message quotes it."""
    return repr(text[:60] + "…" if len(text) > 60 else text)
