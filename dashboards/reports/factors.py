"""What a kWh from the grid emitted, by year: a dated table with its sources. Pure.

A year without a published factor takes the newest before it, and says so (`carried_forward`): grids are never
mixed, and a year before the first has none.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from io import StringIO
from pathlib import Path

SHIPPED = Path(__file__).with_name("grid_factors.csv")
COLUMNS = ("grid", "year", "t_per_mwh", "source")
MEXICO = "MX-SEN"
YEARS = range(1990, 2101)
MOST_T_PER_MWH = 3.0
"""No grid emits more: a higher number is in another unit (kg, or g a kWh)."""


class BadFactor(ValueError):
    """A table that cannot be believed; says which line and why."""


@dataclass(frozen=True, slots=True)
class Published:
    """A line of the table: tonnes of CO2e a MWh, which are kilograms a kWh."""

    grid: str
    year: int
    t_per_mwh: float
    source: str


@dataclass(frozen=True, slots=True)
class Factor:
    """What is applied to a year. `of_year` is the year that it was published for."""

    year: int
    kg_per_kwh: float
    of_year: int
    source: str

    @property
    def carried_forward(self) -> bool:
        return self.of_year != self.year


def factor(table: Iterable[Published], grid: str, year: int) -> Factor | None:
    """The factor of a year: its own, or the newest before it; None if there is none yet."""
    known = [one for one in table if one.grid == grid and one.year <= year]
    newest = max(known, key=lambda one: one.year, default=None)
    return Factor(year, newest.t_per_mwh, newest.year, newest.source) if newest else None


def read_table(text: str) -> list[Published]:
    """A table as CSV with the columns of COLUMNS. Raises BadFactor, naming the line."""
    rows = csv.DictReader(StringIO(text))
    if tuple(rows.fieldnames or ()) != COLUMNS:
        raise BadFactor(f"line 1: the columns are {', '.join(COLUMNS)}")
    found: dict[tuple[str, int], Published] = {}
    for number, row in enumerate(rows, start=2):
        try:
            line = _line(row)
        except ValueError as wrong:
            raise BadFactor(f"line {number}: {wrong}") from None
        if (line.grid, line.year) in found:
            raise BadFactor(f"line {number}: {line.grid} has a factor for {line.year} already")
        found[line.grid, line.year] = line
    return sorted(found.values(), key=lambda one: (one.grid, one.year))


@cache
def shipped() -> tuple[Published, ...]:
    """What comes with Campus."""
    return tuple(read_table(SHIPPED.read_text(encoding="utf-8")))


def _line(row: Mapping[str | None, str | None]) -> Published:
    grid, source = (row["grid"] or "").strip(), (row["source"] or "").strip()
    if not grid or not source or None in row:
        raise ValueError("a grid and a source belong to every factor, and nothing else")
    year, t_per_mwh = int(row["year"] or ""), float(row["t_per_mwh"] or "")
    if year not in YEARS:
        raise ValueError(f"{year} is no year of this table")
    if not (math.isfinite(t_per_mwh) and 0 <= t_per_mwh <= MOST_T_PER_MWH):
        raise ValueError(f"{t_per_mwh:g} t/MWh cannot be: 0 to {MOST_T_PER_MWH:g}")
    return Published(grid, year, t_per_mwh, source)
