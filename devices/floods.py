"""Which devices flood, or did lately, and what is kept of a device: for pages and programs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from devices.intake.flood import flood_limit
from devices.intake.models import FloodRow
from devices.intake.thinning import Thinning
from devices.metrics import unit_of
from devices.models import Device

SILENT = timedelta(seconds=60)
"""A worker that has not written for so long has died, and its flood with it."""
TOLD_FOR = timedelta(days=1)
"""How long it is told that a flood has ended."""


@dataclass(frozen=True, slots=True)
class Flooding:
    """A flood as people are told of it. `until` is None while it goes on."""

    since: datetime
    until: datetime | None
    rate: float
    """Values a second: now, or at most once it has ended."""
    dropped: int
    """Values that were left out."""

    @property
    def goes_on(self) -> bool:
        return self.until is None


@dataclass(frozen=True, slots=True)
class Sparing:
    """What is kept of a device, in seconds and in the metrics' units; None where nothing was asked for."""

    interval_s: float | None
    band: float | None
    bands: Sequence[tuple[str, str, float, str]]
    """(metric, channel, width, unit)"""
    heartbeat_s: float | None
    limit: float | None


def floods(session: Session, found: Sequence[Device], now: datetime) -> dict[int, Flooding]:
    """By device id: what goes on, else what ended within a day. What several workers hear is one flood."""
    query = select(FloodRow).where(FloodRow.device_id.in_([device.id for device in found]))
    by_device: dict[int, list[Flooding]] = {}
    for row in session.scalars(query.order_by(FloodRow.device_id)):
        until = row.until or (row.heard_at if now - row.heard_at > SILENT else None)
        if until is None or now - until < TOLD_FOR:
            one = Flooding(row.since, until, row.rate, row.dropped)
            by_device.setdefault(row.device_id, []).append(one)
    return {device_id: _together(rows) for device_id, rows in by_device.items()}


def flooding_now(session: Session, now: datetime) -> list[tuple[Device, Flooding]]:
    """The devices that flood at present, by name."""
    query = select(Device).where(Device.id.in_(select(FloodRow.device_id).where(FloodRow.until.is_(None))))
    found = session.scalars(query.order_by(Device.name, Device.id)).all()
    told = floods(session, found, now) if found else {}
    return [(one, told[one.id]) for one in found if one.id in told and told[one.id].goes_on]


def sparing(device: Device) -> Sparing | None:
    """None for a device of which everything is kept and that floods from the usual limit on."""
    options = device.options
    thinning = Thinning.of(options, device.expected_interval_s, device.rated_power_w)
    limit = flood_limit(options) if options.get("history") is not True else None
    if thinning is None:
        return Sparing(None, None, (), None, limit) if limit else None
    has_band = bool(thinning.band or thinning.bands)
    return Sparing(
        thinning.interval / 1e6 or None,
        thinning.band or None,
        tuple(_band(label, width) for label, width in thinning.bands.items()),
        thinning.heartbeat / 1e6 if has_band else None,
        limit,
    )


def _band(label: str, width: float) -> tuple[str, str, float, str]:
    metric, _at, channel = label.partition("@")
    return metric, channel, width, unit_of(metric)


def _together(rows: Iterable[Flooding]) -> Flooding:
    """The rows of one device: those that go on, else the one that ended last."""
    every = list(rows)
    on = [row for row in every if row.goes_on]
    if not on:
        return max(every, key=lambda row: row.until or row.since)
    since, rate = min(row.since for row in on), sum(row.rate for row in on)
    return Flooding(since, None, rate, sum(row.dropped for row in on))
