"""Home Assistant's long-term statistics, pure: which value of a row is kept, of when, and in which unit.

A row is an hour. Of a measurement its `mean` is kept, as of its beginning; of a register its `state`, which
is what the register showed at the hour's end. Its `sum` is Home Assistant's own count and is not kept.
Their columns are those of the recorder's table (`statistics`, with `metadata_id`), of a query that joins its
names (`statistic_id`, `unit`), or of the points that `recorder/import_statistics` takes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from campus.fields import read_instant
from campus.moments import from_unix
from devices.formats._units import Unit, unit_called
from devices.history.sheet_rows import Columns, CsvRows, Wrong, shown
from devices.metrics import METRICS, is_counter

NAMES = ("statistic_id", "entity_id", "metadata_id")
STARTS = ("start_ts", "start")
UNITS = ("unit", "unit_of_measurement", "statistics_unit_of_measurement", "state_unit_of_measurement")
HOUR = timedelta(hours=1)
IN_MILLISECONDS = 1e11
"""An instant above it is told in milliseconds: as seconds it would lie in the year 5138."""
_UTC = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?")


@dataclass(frozen=True, slots=True)
class Statistic:
    """A row of `statistics_meta`."""

    statistic_id: str
    unit: str


def are_statistics(columns: Columns) -> bool:
    """True if these are the columns of statistics."""
    return any(name in columns for name in NAMES) and any(start in columns for start in STARTS)


def read_meta(lines: Iterable[bytes]) -> dict[str, Statistic]:
    """The table `statistics_meta` as CSV, by its id. Raises ValueError in words."""
    rows = CsvRows(lines)
    head = next(rows, None) or []
    columns = Columns(title.strip() for title in head)
    if not {"id", "statistic_id"} <= columns.keys():
        raise Wrong("columns id and statistic_id are wanted, as the table statistics_meta has them")
    key, name, unit = columns["id"], columns["statistic_id"], columns.first(*UNITS)
    found: dict[str, Statistic] = {}
    for cells in rows:
        if len(cells) != len(head):
            raise Wrong(f"line {rows.line}: {len(head)} cells are wanted, not {len(cells)}")
        told = cells[unit].strip() if unit is not None else ""
        found[cells[key].strip()] = Statistic(cells[name].strip(), told)
    return found


def hour_of(text: str) -> datetime:
    """The beginning of an hour: RFC 3339, Unix time in (milli)seconds, or UTC as the recorder has it.

    Raises ValueError in words; also for what begins within an hour, as short-term statistics do.
    """
    moment = _moment(text)
    if moment.replace(minute=0, second=0, microsecond=0) != moment:
        raise ValueError("this is within an hour: long-term statistics begin on the hour")
    return moment


def _moment(text: str) -> datetime:
    if _UTC.fullmatch(text):
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    try:
        number = float(text) if "_" not in text else None
    except ValueError:
        number = None
    if number is None:
        return read_instant(text).astimezone(UTC)
    return from_unix(number / 1000 if abs(number) > IN_MILLISECONDS else number)


def kept_of(metric: str, state: str, mean: str) -> tuple[str, timedelta]:
    """What of a row is kept, and how long after its hour began it was so. Raises Wrong for words."""
    known = METRICS.get(metric)
    if known is not None and known.kind == "state":
        raise Wrong(f"statistics are numbers, and {metric} is none")
    if is_counter(metric) or (known is None and state):
        return state, HOUR
    return mean, timedelta()


def conversion(metric: str, unit: str) -> Unit | None:
    """How values in `unit` come to the metric's; None where they are in it. Raises Wrong for another kind."""
    known = METRICS.get(metric)
    if known is None or not unit or unit == known.unit:
        return None
    said, wanted = unit_called(unit), unit_called(known.unit)
    if said is None or wanted is None or said.kind != wanted.kind:
        raise Wrong(f"{shown(unit)} is no unit of {metric}, which is in {known.unit or 'no unit'}")
    return said


def named(metas: Mapping[str, Statistic], name: str) -> Statistic:
    """The statistic of a row's own name, or of its number in the table of names."""
    return metas.get(name) or Statistic(name, "")
