"""History from a file into the store: every line is looked at first, then all of it is written at once.

One transaction: after a fault, a kill or a full disk nothing of the file is there. Where the store has a
value already, the file's stands; so a second import of the same file changes nothing.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

import click
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from campus.audit import Origin, record
from campus.errors import BadRequest, Unavailable
from campus.hub import Hub
from devices import registry
from devices.history.statistics_rows import Statistic, read_meta
from devices.history.value_sheet import LONGEST_LINE, Fault, Sheet, Target, Value, read_target
from devices.intake.batch import MAX_SERIES, Batch
from devices.intake.directory import SeriesKey
from devices.intake.ingest import Ingest

BATCH_VALUES = 5_000
MOST_TOLD = 20
"""Faults that are told one by one."""


@dataclass(slots=True)
class Imported:
    """What came of it."""

    values: int = 0
    passed_over: int = 0
    devices: set[str] = field(default_factory=set)


def run(
    campus: Hub,
    file: Path,
    maps: Mapping[str, Target],
    by: Origin,
    now: datetime,
    *,
    at_column: str = "at",
    meta: Path | None = None,
) -> Imported:
    """Import a file. `meta`: the names of statistics, where it has only their numbers.

    Shows progress on a terminal only.
    Raises BadRequest that names the lines which cannot be, Unavailable if the store cannot take it now.
    """
    work = _Import(campus, now)
    names = _names(meta) if meta else {}
    try:
        with file.open("rb") as lines:
            work.check(Sheet(maps, at_column, now, names), lines)
            lines.seek(0)
            return work.write(Sheet(maps, at_column, now, names), lines, by)
    except OSError as error:
        raise BadRequest(f"{file}: {error.strerror or error}.") from None
    except IntegrityError:  # the worker made the same series, or a device was removed meanwhile
        raise Unavailable("Somebody changed the devices at the same moment. Nothing was imported.") from None


def _names(meta: Path) -> dict[str, Statistic]:
    try:
        with meta.open("rb") as lines:
            return read_meta(lines)
    except OSError as error:
        raise BadRequest(f"{meta}: {error.strerror or error}.") from None
    except ValueError as error:
        raise BadRequest(f"{meta}: {error}.") from None


def read_maps(said: tuple[str, ...]) -> dict[str, Target]:
    """COLUMN=DEVICE:METRIC, by column. Raises BadRequest."""
    maps: dict[str, Target] = {}
    for one in said:
        column, equals, target = one.rpartition("=")
        if not equals or not column:
            raise BadRequest(f"--map {one[:80]!r}: COLUMN=DEVICE:METRIC is wanted.")
        try:
            maps[column.strip()] = read_target(target.strip())
        except ValueError as error:
            raise BadRequest(f"--map {one[:80]!r}: {error}.") from None
    return maps


class _Import:
    """One file's way into the store."""

    def __init__(self, campus: Hub, now: datetime) -> None:
        self._database, self._now = campus.database, now
        self._ingest = Ingest(campus.database, campus.settings.zone)
        self._ingest.refresh()
        with campus.database.read() as session:
            self._ids = {one.slug: one.id for one in registry.devices(session)}

    def check(self, sheet: Sheet, lines: BinaryIO) -> None:
        """Raises BadRequest if a single line cannot be imported."""
        told: list[str] = []
        faults = values = 0
        new: set[SeriesKey] = set()
        for said in sheet.read(_progress(lines, "looking at")):
            wrong = said if isinstance(said, Fault) else self._fault(said, new)
            values += wrong is None
            if wrong is not None:
                faults += 1
                if len(told) < MOST_TOLD:
                    told.append(str(wrong))
        if faults:
            more = [f"… and {faults - MOST_TOLD:,} more"] if faults > MOST_TOLD else []
            raise BadRequest("\n".join(["nothing was imported.", *told, *more]))
        if not values:
            raise BadRequest("there are no values in this file.")

    def _fault(self, said: Value, new: set[SeriesKey]) -> Fault | None:
        """What the register says against a value."""
        device_id = self._ids.get(said.device)
        if device_id is None:
            return Fault(said.line, f"there is no device {said.device!r}")
        key = _key(said, device_id)
        if key not in self._ingest.directory.series and key not in new:
            fresh = sum(1 for one in new if one[0] == device_id)
            if self._ingest.directory.series_count.get(device_id, 0) + fresh >= MAX_SERIES:
                return Fault(said.line, f"{said.device} has {MAX_SERIES:,} series already")
            new.add(key)
        return None

    def write(self, sheet: Sheet, lines: BinaryIO, by: Origin) -> Imported:
        """All of the file in one transaction. It was checked."""
        done = Imported()
        with self._database.write() as session:
            batch = Batch()
            for said in sheet.read(_progress(lines, "writing")):
                if isinstance(said, Fault):
                    raise BadRequest(f"nothing was imported: the file has changed meanwhile ({said}).")
                key = _key(said, self._ids[said.device])
                if key not in self._ingest.directory.series:
                    batch.new_series.add(key)
                batch.values.append((key, said.at, said.value))
                done.values += 1
                done.devices.add(said.device)
                if len(batch.values) >= BATCH_VALUES:
                    self._hand_over(session, batch)
                    batch = Batch()
            self._hand_over(session, batch)
            told = {"values": done.values, "devices": sorted(done.devices)[:MOST_TOLD]}
            record(session, by, "history.import", "history", self._now, after=told)
        done.passed_over = sheet.passed_over
        return done

    def _hand_over(self, session: Session, batch: Batch) -> None:
        """By the door that readings take; the next batch finds the series that this one made."""
        made = self._ingest.write(session, batch, self._now)
        self._ingest.committed(batch, made)


def _key(said: Value, device_id: int) -> SeriesKey:
    return device_id, said.metric, said.channel, isinstance(said.value, str)


def _progress(file: BinaryIO, what: str) -> Iterator[bytes]:
    """The lines, none longer than can be told from one that is too long; with a bar on a terminal."""
    size = os.fstat(file.fileno()).st_size
    with click.progressbar(
        length=size, label=what, file=sys.stderr, hidden=not sys.stderr.isatty(), update_min_steps=size // 200
    ) as bar:
        while line := file.readline(LONGEST_LINE + 1):
            yield line
            bar.update(len(line))
