"""What the tests of the history share: a series, values that arrive as the ingest writes them, the model."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, delete, event, update

from campus.database import Database, upsert_many
from campus.moments import from_micros, to_micros
from devices.history.counters import Correction, follow
from devices.history.marks import note_late
from devices.history.models import Horizon
from devices.history.read import Bucket, SeriesRef, find_series
from devices.history.steps import aggregate
from devices.metrics import unit_of
from devices.models import Device, Series

ZONE = ZoneInfo("America/Ciudad_Juarez")
FIRST_DAY = datetime(2026, 3, 6, tzinfo=UTC)
"""Two days before the campus has a day of 23 hours."""


def after(minutes: float) -> datetime:
    return FIRST_DAY + timedelta(minutes=minutes)


def make_series(
    database: Database,
    metric: str = "power",
    *,
    is_text: bool = False,
    device: str = "meter",
    interval_s: float | None = None,
    rated_power_w: float | None = None,
) -> SeriesRef:
    """A series without values; its device is made if it is new."""
    with database.write() as session:
        owner = session.query(Device).filter_by(slug=device).one_or_none() or Device(
            slug=device,
            name=device,
            kind="meter",
            format="tasmota",
            topic=device,
            options={},
            created_at=FIRST_DAY,
            expected_interval_s=interval_s,
            rated_power_w=rated_power_w,
        )
        session.add(owner)
        session.flush()
        series = Series(device_id=owner.id, metric=metric, unit=unit_of(metric), is_text=is_text)
        session.add(series)
        session.flush()
        return next(ref for ref in find_series(session, slugs=[device]) if ref.id == series.id)


def arrive(database: Database, ref: SeriesRef, values: Sequence[tuple[int, Any]]) -> None:
    """Values of (instant, value) come in one batch, as Ingest.write stores them."""
    rows = [(ref.id, at, value) for at, value in values]
    with database.write() as session:
        table = "state" if ref.is_text else "reading"
        upsert_many(session.connection(), table, ("series_id", "at"), ("value",), rows)
        if not ref.is_text:
            note_late(session, rows)


def after_reading(database: Database, what: Callable[[int], object]) -> None:
    """Do something whenever a read transaction has ended, before anything else; told which one it was."""
    ended: list[int] = []

    def end(connection: Connection) -> None:
        if not connection.get_execution_options().get("writes"):
            ended.append(len(ended))
            what(ended[-1])

    event.listen(database.engine, "rollback", end)


def begin_anew(database: Database) -> None:
    """As if nothing had ever been heard."""
    with database.write() as session:
        session.execute(delete(Device))
        session.execute(update(Horizon).values(at=0))


@dataclass
class Model:
    """What the history should say, from the sorted unique readings alone."""

    values: dict[int, float]
    largest_gap: int
    counts: bool = False
    rated_power_w: float | None = None

    @property
    def points(self) -> list[tuple[int, float]]:
        return sorted(self.values.items())

    def raw(self, first: int, last: int) -> list[tuple[int, float]]:
        return [(at, value) for at, value in self.points if first <= at < last]

    def steps(self, edges: Sequence[int]) -> list[Bucket]:
        deltas = None
        if self.counts:
            deltas = follow(self.points, rated_power_w=self.rated_power_w).steps
        return aggregate(self.points, edges, largest_gap=self.largest_gap, deltas=deltas)

    def corrections(self, first: int, last: int) -> list[Correction]:
        run = follow([point for point in self.points if point[0] < last], rated_power_w=self.rated_power_w)
        found = [one for told, one in zip(run.told, run.corrections, strict=True) if told >= first]
        if run.register.zero and run.register.zero.at >= first:
            found.append(run.register.zero)
        return sorted(found, key=lambda one: one.at)


def same_buckets(found: Sequence[Bucket], expected: Sequence[Bucket]) -> bool:
    """Equal, but for what floats lose when they are added in another order."""
    return [_exact(bucket) for bucket in found] == [_exact(bucket) for bucket in expected] and all(
        _close(one.mean, other.mean) and _close(one.delta, other.delta)
        for one, other in zip(found, expected, strict=True)
    )


def _exact(bucket: Bucket) -> tuple[Any, ...]:
    return (bucket.at, bucket.min, bucket.max, bucket.last, bucket.count, bucket.coverage)


def _close(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)


def instants(values: Mapping[float, Any]) -> list[tuple[int, Any]]:
    """By minutes after FIRST_DAY."""
    return [(to_micros(after(minutes)), value) for minutes, value in values.items()]


def moment(at: int) -> datetime:
    return from_micros(at)
