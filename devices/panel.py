"""What the pages of devices show, each in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from devices import registry
from devices.floods import Flooding, floods
from devices.history.read import Bucket, Newest, SeriesRef, find_series, newest, read
from devices.models import KINDS, Device
from devices.standing import Standing, standings
from devices.trace import Trace, trace
from devices.wording import CHIEF

MOST_VALUES = 3
CHART_STEP_S = 600.0
CHARTED = timedelta(days=1)

Values = list[tuple[SeriesRef, Newest]]


@dataclass(frozen=True, slots=True)
class Row:
    """A device in the list, with the values that say most about it."""

    device: Device
    standing: Standing
    values: Values
    flood: Flooding | None = None


@dataclass(frozen=True, slots=True)
class Chart:
    """A day of one series."""

    ref: SeriesRef
    buckets: list[Bucket]
    line: Trace


def rows(session: Session, now: datetime, *, retired: bool = False) -> list[Row]:
    """Every device by kind and name: those in use, or those that are retired."""
    found = registry.devices(session, retired=retired)
    standing = standings(session, found, now)
    refs = find_series(session)
    values = newest(session, refs)
    of_device: dict[int, Values] = {}
    for ref in refs:
        if ref.id in values:
            of_device.setdefault(ref.device_id, []).append((ref, values[ref.id]))
    flooded = floods(session, found, now)
    made = [
        Row(one, standing[one.id], chief(one, of_device.get(one.id, [])), flooded.get(one.id))
        for one in found
    ]
    return sorted(made, key=lambda row: (KINDS.index(row.device.kind), row.device.name.casefold()))


def chief(device: Device, values: Values) -> Values:
    """The values that one wants to know first; the first ones at hand where none of those is there."""
    wanted = {metric: place for place, metric in enumerate(CHIEF.get(device.kind, ()))}
    best = sorted(
        (pair for pair in values if pair[0].metric in wanted), key=lambda pair: wanted[pair[0].metric]
    )
    return (best or [pair for pair in values if pair[0].metric != "online"])[:MOST_VALUES]


def state(session: Session, device: Device) -> Values:
    """The newest value of every series of the device."""
    refs = find_series(session, slugs=[device.slug])
    values = newest(session, refs)
    return [(ref, values[ref.id]) for ref in refs if ref.id in values]


def chart(session: Session, values: Values, wanted: str, device: Device, now: datetime) -> Chart | None:
    """The last day of the series labelled `wanted`, else of the first number that says most."""
    numbers = [pair for pair in values if not pair[0].is_text]
    chosen: Sequence[SeriesRef] = [ref for ref, _value in numbers if ref.label == wanted]
    chosen = chosen or [ref for ref, _value in chief(device, numbers)]
    if not chosen:
        return None
    end = now.replace(second=0, microsecond=0) + timedelta(minutes=1)
    buckets = read(session, chosen[0], end - CHARTED, end, CHART_STEP_S)
    line = trace(buckets)
    return Chart(chosen[0], buckets, line) if line else None
