"""What the pages of devices show, each in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from devices import registry
from devices.floods import Flooding, floods
from devices.history.glance import shapes
from devices.history.read import Bucket, Newest, SeriesRef, find_series, newest, read
from devices.intake.models import LiveBatch
from devices.models import KINDS, Device
from devices.standing import Hold, Standing, holds, standings
from devices.trace import Trace, spark, trace
from devices.wording import CHIEF

MOST_VALUES = 3
CHART_STEP_S = 600.0
CHARTED = timedelta(days=1)
SPARK_STEPS = 48


@dataclass(frozen=True, slots=True)
class Said:
    """The newest value of a series, whether it still holds, and the line of its last day ('' of words)."""

    ref: SeriesRef
    newest: Newest
    hold: Hold
    spark: str = ""

    @property
    def key(self) -> str:
        """How the live stream finds its place: `device metric channel`."""
        return f"{self.ref.device} {self.ref.metric} {self.ref.channel}"


@dataclass(frozen=True, slots=True)
class Row:
    """A device in the list, with the values that say most about it."""

    device: Device
    standing: Standing
    values: Sequence[Said]
    flood: Flooding | None = None


@dataclass(frozen=True, slots=True)
class Chart:
    """A day of one series."""

    ref: SeriesRef
    buckets: list[Bucket]
    line: Trace


def newest_batch(session: Session) -> int:
    """Where the live stream goes on from: ask before anything else, then nothing is missed."""
    return session.scalar(select(func.max(LiveBatch.id))) or 0


def rows(session: Session, now: datetime, *, retired: bool = False) -> list[Row]:
    """Every device by kind and name: those in use, or those that are retired."""
    found = registry.devices(session, retired=retired)
    standing = standings(session, found, now)
    refs = find_series(session)
    values = newest(session, refs)
    of_device: dict[int, list[SeriesRef]] = {}
    for ref in refs:
        if ref.id in values:
            of_device.setdefault(ref.device_id, []).append(ref)
    shown = {one.id: chief(one, of_device.get(one.id, [])) for one in found}
    hold = holds(session, [ref for some in shown.values() for ref in some], values, standing, now)
    said = {key: [Said(ref, values[ref.id], hold[ref.id]) for ref in refs] for key, refs in shown.items()}
    flooded = floods(session, found, now)
    made = [Row(one, standing[one.id], said[one.id], flooded.get(one.id)) for one in found]
    return sorted(made, key=lambda row: (KINDS.index(row.device.kind), row.device.name.casefold()))


def chief(device: Device, refs: Sequence[SeriesRef]) -> list[SeriesRef]:
    """The series that one wants to know first; the first ones at hand where none of those is there."""
    wanted = {metric: place for place, metric in enumerate(CHIEF.get(device.kind, ()))}
    best = sorted((ref for ref in refs if ref.metric in wanted), key=lambda ref: wanted[ref.metric])
    return (best or [ref for ref in refs if ref.metric != "online"])[:MOST_VALUES]


def state(session: Session, device: Device, standing: Standing, now: datetime) -> list[Said]:
    """The newest value of every series of the device."""
    refs = find_series(session, slugs=[device.slug])
    values = newest(session, refs)
    hold = holds(session, refs, values, {device.id: standing}, now)
    lines = shapes(session, refs, now - CHARTED, now, SPARK_STEPS)
    return [
        Said(ref, values[ref.id], hold[ref.id], spark(lines.get(ref.id, ())))
        for ref in refs
        if ref.id in values
    ]


def chart(
    session: Session, values: Sequence[Said], wanted: str, device: Device, now: datetime
) -> Chart | None:
    """The last day of the series labelled `wanted`, else of the first number that says most."""
    numbers = [said.ref for said in values if not said.ref.is_text]
    chosen = [ref for ref in numbers if ref.label == wanted] or chief(device, numbers)
    if not chosen:
        return None
    end = now.replace(second=0, microsecond=0) + timedelta(minutes=1)
    buckets = read(session, chosen[0], end - CHARTED, end, CHART_STEP_S)
    line = trace(buckets)
    return Chart(chosen[0], buckets, line) if line else None
