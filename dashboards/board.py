"""What the hub's devices said last, in a few questions to the store, and whether that is still fresh."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from devices.history import read as history
from devices.intake.models import LiveBatch
from devices.metrics import is_private
from devices.models import Device
from devices.standing import Hold, Standing, holds, standings

METRICS = (
    *("power", "battery_soc", "charger_status", "session_energy", "vehicle", "vehicle_soc"),
    *("soil_moisture", "valve", "online"),
    *("printer_status", "print_job", "print_progress", "print_time_left"),
    *("nozzle_temperature", "bed_temperature"),
    *("co2", "people_count", "temperature", "occupancy"),
)
"""What the live overview shows."""


HOLDS = Hold(stale=False)


@dataclass(frozen=True, slots=True)
class Shown:
    """One value as a page shows it; `key` is how the live stream finds its place."""

    key: str
    """`device metric channel`"""
    value: float | str
    at: datetime | None
    hold: Hold = HOLDS

    @property
    def number(self) -> float | None:
        """The value if it is one."""
        return self.value if isinstance(self.value, float | int) else None


@dataclass(frozen=True, slots=True)
class Thing:
    """A device with its newest values by (metric, channel)."""

    slug: str
    name: str
    kind: str
    role: str | None
    space_id: int | None
    dry_below: float
    standing: Standing
    values: Mapping[tuple[str, str], Shown]

    @property
    def silent(self) -> bool:
        """True where its values tell nothing of now: it was never heard, is gone, or cannot be read."""
        return not self.standing.online

    @property
    def late(self) -> bool:
        """True where they are old, but not yet out of use."""
        return self.standing.online and self.standing.availability.state == "stale"

    def get(self, metric: str, channel: str = "") -> Shown | None:
        """The newest value of a metric."""
        return self.values.get((metric, channel))

    def any(self, metric: str) -> Shown | None:
        """The newest value of a metric on its first channel."""
        found = self.all(metric)
        return found[0] if found else None

    def all(self, metric: str) -> list[Shown]:
        """The newest values of a metric on all channels, in their order."""
        return [shown for (name, _channel), shown in self.values.items() if name == metric]


@dataclass(frozen=True, slots=True)
class Board:
    """All devices at one instant. `batch_id` is the newest live batch that is surely in the values."""

    now: datetime
    batch_id: int
    things: Sequence[Thing]

    def of(self, kind: str) -> list[Thing]:
        """The devices of a kind, by name."""
        return [thing for thing in self.things if thing.kind == kind]


def read_board(session: Session, now: datetime, *, see_private: bool = True) -> Board:
    """The board of `now`; what tells who is there only for a reader who may see it.

    The batch is read first: what comes in between is sent again, which does no harm.
    """
    batch_id = session.scalar(select(func.max(LiveBatch.id))) or 0
    query = select(Device).where(Device.retired_at.is_(None)).order_by(Device.name, Device.id)
    devices = session.scalars(query).all()
    standing = standings(session, devices, now)
    wanted = [metric for metric in METRICS if see_private or not is_private(metric)]
    values = _values(session, wanted, standing, now)
    things = [_thing(device, standing[device.id], values.get(device.id, {})) for device in devices]
    return Board(now, batch_id, things)


def _values(
    session: Session, metrics: Sequence[str], standing: Mapping[int, Standing], now: datetime
) -> dict[int, dict[tuple[str, str], Shown]]:
    refs = [ref for ref in history.find_series(session, metrics=metrics) if ref.is_usual]
    newest = history.newest(session, refs)
    hold = holds(session, refs, newest, standing, now)
    found: dict[int, dict[tuple[str, str], Shown]] = {}
    for ref in refs:
        if ref.id in hold:  # else it has no value, or its device is retired
            key, said = f"{ref.device} {ref.metric} {ref.channel}", newest[ref.id]
            shown = Shown(key, said.value, said.at, hold[ref.id])
            found.setdefault(ref.device_id, {})[ref.metric, ref.channel] = shown
    return found


def _thing(device: Device, standing: Standing, values: Mapping[tuple[str, str], Shown]) -> Thing:
    dry_below = device.options.get("dry_below")
    return Thing(
        slug=device.slug,
        name=device.name,
        kind=device.kind,
        role=device.role,
        space_id=device.space_id,
        dry_below=dry_below if isinstance(dry_below, float | int) else 20.0,
        standing=standing,
        values=values,
    )
