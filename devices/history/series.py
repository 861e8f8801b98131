"""Which series there are, and the newest value of each."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from devices.history.models import HotReading, HotState, LastKnown
from devices.metrics import METRICS, label
from devices.models import Device, Series


@dataclass(frozen=True, slots=True)
class SeriesRef:
    """One metric of one device on one channel, and what its values are."""

    id: int
    device_id: int
    device: str
    """The device's slug."""
    metric: str
    channel: str
    unit: str
    is_text: bool

    @property
    def label(self) -> str:
        """As the API writes it: `metric` or `metric@channel`."""
        return label(self.metric, self.channel)

    @property
    def is_usual(self) -> bool:
        """True where words and numbers are as the vocabulary has them (a device may mix them up)."""
        known = METRICS.get(self.metric)
        return known is None or (known.kind == "state") == self.is_text


@dataclass(frozen=True, slots=True)
class Newest:
    """The newest value of a series. `at` is None where it is known, but not since when."""

    value: float | str
    unit: str
    at: datetime | None
    heard_at: datetime
    """`at`, or when the retained message came that told the value."""


def find_series(
    session: Session,
    *,
    slugs: Collection[str] | None = None,
    kinds: Collection[str] | None = None,
    metrics: Collection[str] | None = None,
) -> list[SeriesRef]:
    """Series of the named devices, device kinds and metrics (None: all), by device, metric, channel."""
    query = (
        select(
            Series.id,
            Series.device_id,
            Device.slug,
            Series.metric,
            Series.channel,
            Series.unit,
            Series.is_text,
        )
        .join(Device, Device.id == Series.device_id)
        .order_by(Device.slug, Series.metric, Series.channel, Series.is_text)
    )
    for column, wanted in ((Device.slug, slugs), (Device.kind, kinds), (Series.metric, metrics)):
        if wanted is not None:
            query = query.where(column.in_(wanted))
    return [SeriesRef(*row) for row in session.execute(query)]


def newest(session: Session, refs: Iterable[SeriesRef]) -> dict[int, Newest]:
    """The newest value of each series by its id; a series that never had one is missing.

    What was heard as a retained message, later than anything with a time, counts as newest.
    """
    units = {ref.id: ref for ref in refs}
    found: dict[int, Newest] = {}
    for table, known in ((HotReading, LastKnown.number), (HotState, LastKnown.word)):
        wanted = [ref.id for ref in units.values() if ref.is_text == (table is HotState)]
        if not wanted:
            continue
        here = table.series_id == Series.id
        newest_at = select(func.max(table.at)).where(here).correlate(Series).scalar_subquery()
        newest_value = (
            select(table.value).where(here).order_by(table.at.desc()).limit(1).correlate(Series)
        ).scalar_subquery()
        query = (
            select(Series.id, newest_at, newest_value, known, LastKnown.heard_at)
            .outerjoin(LastKnown, LastKnown.series_id == Series.id)
            .where(Series.id.in_(wanted))
        )
        for series_id, at, value, said, heard_at in session.execute(query):
            unit = units[series_id].unit
            if said is not None and (at is None or heard_at > at):
                found[series_id] = Newest(said, unit, None, heard_at)
            elif at is not None:
                found[series_id] = Newest(value, unit, at, at)
    return found
