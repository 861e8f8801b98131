"""Values as a spreadsheet or Home Assistant writes them (CSV), pure: lines in, values or faults by line out.

Four forms, told by their columns; comma, semicolon or tab between cells, in any order:

    device, metric, at, value (and channel)     a value a line
    any other columns, and a map                a moment a line: {"Grid W": Target("meter", "power")}
    entity_id, state, last_changed, and a map   what Home Assistant's history page saves; the map by entity
    statistic_id, start or start_ts, and a map  its long-term statistics: `mean`, or `state` of a register

Times are RFC 3339 with an offset; values are in the vocabulary's units. A cell that says that there is no
value (empty, null, unknown, unavailable) is passed over and never 0.
"""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain

from campus.fields import SLUG, read_instant
from campus.moments import SECOND, from_unix, to_micros
from devices.formats._json import NOTHING
from devices.metrics import METRICS

LONGEST_LINE = 65_536
MAX_METRIC, MAX_CHANNEL, MAX_WORD = 96, 64, 500
DELIMITERS = ",;\t"
BEGINNING = to_micros(datetime(2001, 1, 1, tzinfo=UTC))
AHEAD = 5 * 60 * SECOND
"""How far a clock may be ahead of ours."""
STATISTICS_STEP = timedelta(hours=1)
"""Of long-term statistics: a register's `state` is what it showed at the end of its hour."""
EXTRA = re.compile(r"x_[a-z0-9_]+")


@dataclass(frozen=True, slots=True)
class Target:
    """What a column, or an entity, is: values times `scale` are in the metric's unit."""

    device: str
    metric: str
    channel: str = ""
    scale: float = 1.0


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
    """What is wrong in a line."""

    line: int
    words: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.words}"


class _Wrong(ValueError):
    """What is wrong with the line that is being read."""


Read = Callable[[list[str]], Iterator[tuple[Target, int, str]]]
"""A line's cells as target, instant and text."""


def read_target(text: str) -> Target:
    """DEVICE:METRIC, perhaps with @CHANNEL, perhaps with *SCALE behind. Raises ValueError in words."""
    device, colon, rest = text.partition(":")
    if not colon:
        raise ValueError("DEVICE:METRIC is wanted, perhaps with @CHANNEL and *SCALE")
    scale = 1.0
    name, star, factor = rest.rpartition("*")
    if star:
        try:
            scale, rest = _number(factor), name
        except ValueError:
            scale = math.nan
    if not scale or not math.isfinite(scale):
        raise ValueError("a scale is a number that is not 0")
    metric, _at, channel = rest.partition("@")
    target = Target(device, metric, channel, scale)
    _check(target)
    return target


class Sheet:
    """The values of a file, line by line: nothing is held but the line."""

    def __init__(self, maps: Mapping[str, Target], at_column: str, now: datetime) -> None:
        self._maps, self._at_column, self._latest = maps, at_column, to_micros(now) + AHEAD
        self._known: set[Target] = set()
        self.passed_over = 0
        """Cells that said that there is no value."""

    def read(self, lines: Iterable[bytes]) -> Iterator[Value | Fault]:
        """Every value, and every fault. A fault in the first line is the only one."""
        try:
            rows = _Rows(lines)
            head = next(rows, None)
            if head is None:
                raise _Wrong("the file is empty")
            read = self._form([title.strip() for title in head])
        except _Wrong as wrong:
            yield Fault(1, str(wrong))
            return
        while True:
            try:
                cells = next(rows, None)
                if cells is None:
                    return
                if len(cells) != len(head):
                    raise _Wrong(f"{len(head)} cells are wanted, as in the first line, not {len(cells)}")
                for target, at, text in read(cells):
                    said = self._value(target, text)
                    if said is None:
                        self.passed_over += 1
                    else:
                        yield Value(rows.line, target.device, target.metric, target.channel, at, said)
            except _Wrong as wrong:
                yield Fault(rows.line, str(wrong))
                if rows.is_broken:
                    return

    def _form(self, head: list[str]) -> Read:
        columns: dict[str, int] = {}
        for place, title in enumerate(head):
            if title and title in columns:
                raise _Wrong(f"two columns are called {_shown(title)}")
            columns[title] = place
        if {"device", "metric", "at", "value"} <= columns.keys():
            return self._long(columns)
        if {"entity_id", "state", "last_changed"} <= columns.keys():
            return self._entities(columns)
        if "statistic_id" in columns and {"start", "start_ts"} & columns.keys():
            return self._statistics(columns)
        if not self._maps:
            raise _Wrong("columns device, metric, at and value are wanted, or a map of these columns")
        return self._wide(columns)

    def _long(self, columns: Mapping[str, int]) -> Read:
        places = [columns[name] for name in ("device", "metric", "at", "value")]
        channel = columns.get("channel")

        def read(cells: list[str]) -> Iterator[tuple[Target, int, str]]:
            device, metric, at, value = (cells[place].strip() for place in places)
            target = Target(device, metric, cells[channel].strip() if channel is not None else "")
            if target not in self._known:
                try:
                    _check(target)
                except ValueError as wrong:
                    raise _Wrong(str(wrong)) from None
                self._known.add(target)
            yield target, self._instant(at), value

        return read

    def _wide(self, columns: Mapping[str, int]) -> Read:
        for name in (self._at_column, *self._maps):
            if name not in columns:
                raise _Wrong(f"there is no column {_shown(name)}")
        at = columns[self._at_column]
        places = [(columns[name], target) for name, target in self._maps.items()]

        def read(cells: list[str]) -> Iterator[tuple[Target, int, str]]:
            instant = self._instant(cells[at].strip())
            for place, target in places:
                yield target, instant, cells[place].strip()

        return read

    def _entities(self, columns: Mapping[str, int]) -> Read:
        name, state, at = (columns[title] for title in ("entity_id", "state", "last_changed"))

        def read(cells: list[str]) -> Iterator[tuple[Target, int, str]]:
            yield self._mapped(cells[name]), self._instant(cells[at].strip()), cells[state].strip()

        return read

    def _statistics(self, columns: Mapping[str, int]) -> Read:
        name, in_seconds = columns["statistic_id"], "start_ts" in columns
        at = columns["start_ts" if in_seconds else "start"]
        state, mean = columns.get("state"), columns.get("mean")
        if state is None and mean is None:
            raise _Wrong("a column mean or state is wanted")

        def read(cells: list[str]) -> Iterator[tuple[Target, int, str]]:
            target = self._mapped(cells[name])
            register = cells[state].strip() if state is not None else ""
            step = STATISTICS_STEP if register.lower() not in NOTHING else timedelta()
            start = self._instant(cells[at].strip(), in_seconds=in_seconds, later=step)
            yield target, start, register if step or mean is None else cells[mean].strip()

        return read

    def _mapped(self, entity: str) -> Target:
        target = self._maps.get(entity.strip())
        if target is None:
            raise _Wrong(f"the map does not say what {_shown(entity.strip())} is")
        return target

    def _instant(self, text: str, *, in_seconds: bool = False, later: timedelta = timedelta()) -> int:
        try:
            moment = from_unix(_number(text)) if in_seconds else read_instant(text)
            at = to_micros(moment + later)
        except (ValueError, OverflowError) as error:
            raise _Wrong(f"{_shown(text)}: {error}") from None
        if not BEGINNING <= at <= self._latest:
            raise _Wrong(f"{_shown(text)} is not between 2001 and now")
        return at

    def _value(self, target: Target, text: str) -> float | str | None:
        """In the metric's unit; None where the cell says that there is none."""
        if text.lower() in NOTHING:
            return None
        known = METRICS.get(target.metric)
        if known is None or known.kind != "state":
            try:
                number = _number(text) * target.scale
            except ValueError:
                if known is not None:
                    raise _Wrong(f"{_shown(text)} is no number, as {target.metric} is") from None
            else:
                if not math.isfinite(number):
                    raise _Wrong(f"{_shown(text)} is too large a number")
                return number
        if len(text) > MAX_WORD or not text.isprintable():
            raise _Wrong(f"{_shown(text)} is no word of {MAX_WORD} characters at most")
        return text


class _Rows:
    """The rows that are not empty. `line` is the one in which the last of them begins."""

    def __init__(self, lines: Iterable[bytes]) -> None:
        """Raises _Wrong if the first line is no text."""
        self.line, self.is_broken = 1, False
        texts = _texts(lines)
        first = next(texts, "")
        delimiter = max(DELIMITERS, key=re.sub(r'"[^"]*"', "", first).count)
        self._reader = csv.reader(chain([first], texts), strict=True, delimiter=delimiter)

    def __iter__(self) -> _Rows:
        return self

    def __next__(self) -> list[str]:
        while True:
            self.line = self._reader.line_num + 1
            try:
                row = next(self._reader)
            except csv.Error as error:
                self.is_broken = True
                raise _Wrong(str(error)) from None
            except _Wrong:
                self.line, self.is_broken = self._reader.line_num + 1, True
                raise
            if any(cell.strip() for cell in row):
                return row


def _texts(lines: Iterable[bytes]) -> Iterator[str]:
    for number, line in enumerate(lines):
        if len(line) > LONGEST_LINE:
            raise _Wrong(f"longer than {LONGEST_LINE:,} bytes")
        try:
            text = line.decode("utf-8" if number else "utf-8-sig")
        except UnicodeDecodeError:
            raise _Wrong("this is no UTF-8 text") from None
        if "\0" in text:
            raise _Wrong("this is no text")
        yield text


def _check(target: Target) -> None:
    """Raises ValueError for a name that is none."""
    if not SLUG.fullmatch(target.device):
        raise ValueError(f"{_shown(target.device)} is no name of a device")
    if target.metric not in METRICS and not (
        EXTRA.fullmatch(target.metric) and len(target.metric) <= MAX_METRIC
    ):
        raise ValueError(f"{_shown(target.metric)} is no metric of the vocabulary, nor x_ and a name")
    if len(target.channel) > MAX_CHANNEL or not target.channel.isprintable():
        raise ValueError(f"{_shown(target.channel)} is no name of a channel")


def _number(text: str) -> float:
    """Raises ValueError for what is no number; Python would read 1_000 too."""
    if "_" in text:
        raise ValueError("not a number")
    return float(text)


def _shown(text: str) -> str:
    return repr(text[:60] + "…" if len(text) > 60 else text)
