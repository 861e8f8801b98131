"""How a series behaves, as its device is described: what its sums depend on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from campus.moments import SECOND
from devices.history.counters import NEW, Register, Run, follow
from devices.history.hot import Rows
from devices.history.series import SeriesRef
from devices.metrics import is_counter
from devices.models import Device

LONGEST_SILENCE_S = 3600.0


@dataclass(frozen=True, slots=True)
class Habits:
    """With other habits the same values have other sums."""

    largest_gap: int
    """Microseconds that a value holds at most."""
    rated_power_w: float | None = None
    """Of a register of kWh: what no more than that can have brought is a jump."""
    counts: bool = False
    by_session: bool = False

    def follow(self, readings: Rows, register: Register = NEW) -> Run:
        return follow(readings, register, rated_power_w=self.rated_power_w, by_session=self.by_session)


def habits_of(session: Session, refs: Sequence[SeriesRef]) -> dict[int, Habits]:
    """By series id: three times the device's expected interval, or an hour where none is set."""
    query = select(Device.id, Device.expected_interval_s, Device.rated_power_w)
    devices = {
        device_id: (interval_s, rated_power_w)
        for device_id, interval_s, rated_power_w in session.execute(
            query.where(Device.id.in_({ref.device_id for ref in refs}))
        )
    }
    return {ref.id: habits(ref, *devices[ref.device_id]) for ref in refs}


def habits(ref: SeriesRef, interval_s: float | None, rated_power_w: float | None) -> Habits:
    counts = is_counter(ref.metric) and not ref.is_text
    return Habits(
        largest_gap=round((3 * interval_s if interval_s else LONGEST_SILENCE_S) * SECOND),
        rated_power_w=rated_power_w if counts and ref.unit == "kWh" else None,
        counts=counts,
        by_session=ref.metric == "session_energy",
    )
