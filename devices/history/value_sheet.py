"""Values as a spreadsheet or Home Assistant writes them, pure: lines in, values or faults by line out.

Four forms, told by their columns; comma, semicolon or tab between cells, in any order:

    device, metric, at, value (and channel)     a value a line
    any other columns, and a map                a moment a line: {"Grid W": Target("meter", "power")}
    entity_id, state, last_changed, and a map   what Home Assistant's history page saves; the map by entity
    statistic_id, start or start_ts, and a map  its long-term statistics, also as JSON: see statistics_rows.py

Times are RFC 3339 with an offset; values are in the vocabulary's units. A cell that says that there is no
value (empty, null, unknown, unavailable) is passed over and never 0.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from campus.fields import read_instant
from campus.moments import SECOND, to_micros
from devices.formats._json import NOTHING
from devices.formats._units import Unit
from devices.history.sheet_rows import LONGEST_LINE, Columns, Wrong, rows_of, shown
from devices.history.sheet_target import Target, check, number_of, read_target
from devices.history.statistics_rows import (
    NAMES,
    STARTS,
    UNITS,
    Statistic,
    are_statistics,
    conversion,
    hour_of,
    kept_of,
    named,
)
from devices.metrics import METRICS

__all__ = ["LONGEST_LINE", "Fault", "Sheet", "Target", "Value", "read_target"]

MAX_WORD = 500
BEGINNING = to_micros(datetime(2001, 1, 1, tzinfo=UTC))
AHEAD = 5 * 60 * SECOND
"""How far a clock may be ahead of ours."""


@dataclass(frozen=True, slots=True)
class Value:
    """A number or a word, its instant in microseconds, and the line that it stands in (the first is 1)."""

    line: int
    device: str
    metric: str
    channel: str
    at: int
    value: float | str


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong in a line, or in a point of a JSON file."""

    line: int
    words: str
    what: str = "line"

    def __str__(self) -> str:
        return f"{self.what} {self.line}: {self.words}"


Read = Callable[[list[str]], Iterator[tuple[Target, int, str, Unit | None]]]
"""A line's cells as target, instant and text, and how its unit comes to the metric's."""


class Sheet:
    """The values of a file, line by line: nothing is held but the line."""

    def __init__(
        self,
        maps: Mapping[str, Target],
        at_column: str,
        now: datetime,
        metas: Mapping[str, Statistic] | None = None,
    ) -> None:
        """`metas`: names and units of statistics by their number, where a sheet has no more than that."""
        self._maps, self._at_column, self._latest = maps, at_column, to_micros(now) + AHEAD
        self._metas = metas or {}
        self._known: set[Target] = set()
        self._conversions: dict[tuple[str, str], Unit | None] = {}
        self.passed_over = 0
        """Cells that said that there is no value."""

    def read(self, lines: Iterable[bytes]) -> Iterator[Value | Fault]:
        """Every value, and every fault. A fault in the first line is the only one."""
        try:
            rows = rows_of(lines)
            head = next(rows, None)
            if head is None:
                raise Wrong("the file is empty")
            read = self._form([title.strip() for title in head])
        except Wrong as wrong:
            yield Fault(1, str(wrong))
            return
        while True:
            try:
                cells = next(rows, None)
                if cells is None:
                    return
                if len(cells) != len(head):
                    raise Wrong(f"{len(head)} cells are wanted, as in the first line, not {len(cells)}")
                for target, at, text, unit in read(cells):
                    said = self._value(target, text, unit)
                    if said is None:
                        self.passed_over += 1
                    else:
                        yield Value(rows.line, target.device, target.metric, target.channel, at, said)
            except Wrong as wrong:
                yield Fault(rows.line, str(wrong), rows.what)
                if rows.is_broken:
                    return

    def _form(self, head: list[str]) -> Read:
        columns = Columns(head)
        if {"device", "metric", "at", "value"} <= columns.keys():
            return self._long(columns)
        if {"entity_id", "state", "last_changed"} <= columns.keys():
            return self._entities(columns)
        if are_statistics(columns):
            return self._statistics(columns)
        if not self._maps:
            raise Wrong("columns device, metric, at and value are wanted, or a map of these columns")
        return self._wide(columns)

    def _long(self, columns: Columns) -> Read:
        places = [columns[name] for name in ("device", "metric", "at", "value")]
        channel = columns.first("channel")

        def read(cells: list[str]) -> Iterator[tuple[Target, int, str, Unit | None]]:
            device, metric, at, value = (cells[place].strip() for place in places)
            target = Target(device, metric, cells[channel].strip() if channel is not None else "")
            if target not in self._known:
                try:
                    check(target)
                except ValueError as wrong:
                    raise Wrong(str(wrong)) from None
                self._known.add(target)
            yield target, self._instant(at), value, None

        return read

    def _wide(self, columns: Columns) -> Read:
        for name in (self._at_column, *self._maps):
            if name not in columns:
                raise Wrong(f"there is no column {shown(name)}")
        at = columns[self._at_column]
        places = [(columns[name], target) for name, target in self._maps.items()]

        def read(cells: list[str]) -> Iterator[tuple[Target, int, str, Unit | None]]:
            instant = self._instant(cells[at].strip())
            for place, target in places:
                yield target, instant, cells[place].strip(), None

        return read

    def _entities(self, columns: Columns) -> Read:
        name, state, at = (columns[title] for title in ("entity_id", "state", "last_changed"))

        def read(cells: list[str]) -> Iterator[tuple[Target, int, str, Unit | None]]:
            yield self._mapped(cells[name]), self._instant(cells[at].strip()), cells[state].strip(), None

        return read

    def _statistics(self, columns: Columns) -> Read:
        name, unit = columns.first(*NAMES), columns.first(*UNITS)
        state, mean = columns.first("state"), columns.first("mean")
        if state is None and mean is None:
            raise Wrong("a column mean or state is wanted")
        starts = [columns[title] for title in STARTS if title in columns]

        def cell(cells: list[str], place: int | None) -> str:
            text = cells[place].strip() if place is not None else ""
            return "" if text.lower() in NOTHING else text

        def read(cells: list[str]) -> Iterator[tuple[Target, int, str, Unit | None]]:
            meta = named(self._metas, cell(cells, name))
            target = self._mapped(meta.statistic_id)
            text, later = kept_of(target.metric, cell(cells, state), cell(cells, mean))
            begins = next((told for place in starts if (told := cell(cells, place))), "")
            at = self._within(begins, lambda: hour_of(begins) + later)
            yield target, at, text, self._conversion(target, cell(cells, unit) or meta.unit)

        return read

    def _conversion(self, target: Target, unit: str) -> Unit | None:
        """What a map scales is meant as it says, whatever the unit."""
        if target.scale != 1:
            return None
        key = target.metric, unit
        if key not in self._conversions:
            self._conversions[key] = conversion(*key)
        return self._conversions[key]

    def _mapped(self, entity: str) -> Target:
        target = self._maps.get(entity.strip())
        if target is None:
            raise Wrong(f"the map does not say what {shown(entity.strip())} is")
        return target

    def _instant(self, text: str) -> int:
        return self._within(text, lambda: read_instant(text))

    def _within(self, text: str, read: Callable[[], datetime]) -> int:
        try:
            at = to_micros(read())
        except (ValueError, OverflowError) as error:
            raise Wrong(f"{shown(text)}: {error}") from None
        if not BEGINNING <= at <= self._latest:
            raise Wrong(f"{shown(text)} is not between 2001 and now")
        return at

    def _value(self, target: Target, text: str, unit: Unit | None) -> float | str | None:
        """In the metric's unit; None where the cell says that there is none."""
        if text.lower() in NOTHING:
            return None
        known = METRICS.get(target.metric)
        if known is None or known.kind != "state":
            try:
                number = number_of(text) * target.scale
                number = (number - unit.minus) * unit.times / unit.per if unit else number
            except ValueError:
                if known is not None:
                    raise Wrong(f"{shown(text)} is no number, as {target.metric} is") from None
            else:
                if not math.isfinite(number):
                    raise Wrong(f"{shown(text)} is too large a number")
                return number
        if len(text) > MAX_WORD or not text.isprintable():
            raise Wrong(f"{shown(text)} is no word of {MAX_WORD} characters at most")
        return text
