"""The 3-D printers: jobs, temperatures, progress, power. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from random import Random
from zoneinfo import ZoneInfo

from campus.moments import day_bounds
from devices.simulator.chance import dice, drift

PARTS = (
    "sensor-bracket", "glass-clip", "planter-corner", "cable-comb", "gear-m2-40t", "drone-arm",
    "name-plate", "valve-cap", "lens-hood", "robot-gripper", "switch-cover", "putter-head",
)  # fmt: skip
HEATING = timedelta(minutes=6)
QUARTER = timedelta(minutes=15)
ROOM_C = 23.0


@dataclass(frozen=True, slots=True)
class Job:
    """A print: heating, then layers until `ends`."""

    starts: datetime
    ends: datetime
    file: str
    nozzle_c: float
    bed_c: float
    filament_mm: float
    """What the whole job takes."""

    @property
    def layers_from(self) -> datetime:
        return self.starts + HEATING

    def progress(self, at: datetime) -> float:
        """%, 0..100; 0 while it heats."""
        whole = (self.ends - self.layers_from).total_seconds()
        return 100 * min(1.0, max(0.0, (at - self.layers_from).total_seconds() / whole))


@lru_cache(maxsize=512)
def jobs(seed: int, printer: str, day: date, zone: ZoneInfo) -> tuple[Job, ...]:
    """The prints that begin on a campus day, on whole quarters of an hour, none overlapping."""
    throw = dice(seed, printer, "jobs", day)
    midnight, end = day_bounds(day, zone)
    workday = day.weekday() < 5
    quarter = _morning(seed, printer, day) + throw.randrange(1, 6)
    found = []
    while quarter < 78:
        length = throw.randrange(5, 18)
        if throw.random() < (0.9 if workday else 0.65):
            found.append(_job(throw, midnight, quarter, length))
        quarter += length + throw.randrange(1, 7)
    if quarter < 94 and throw.random() < 0.85:
        until = (end - midnight) // QUARTER + _morning(seed, printer, day + timedelta(days=1))
        found.append(_job(throw, midnight, quarter, until - quarter))
    return tuple(found)


def _morning(seed: int, printer: str, day: date) -> int:
    """The quarter of the day in which the long print of the night is done."""
    throw = dice(seed, printer, "morning", day)
    return throw.randrange(29, 39) if day.weekday() < 5 else throw.randrange(34, 46)


def _job(throw: Random, midnight: datetime, quarter: int, length: int) -> Job:
    petg = throw.random() < 0.35
    starts = midnight + quarter * QUARTER
    return Job(
        starts=starts,
        ends=starts + length * QUARTER - timedelta(minutes=4),
        file=f"{throw.choice(PARTS)}-v{throw.randrange(1, 6)}.gcode",
        nozzle_c=240.0 if petg else 210.0,
        bed_c=80.0 if petg else 60.0,
        filament_mm=round(length * throw.uniform(900, 1500), 1),
    )


@dataclass(slots=True)
class Printer:
    """One printer. All but the temperatures stands for the instant of the last `look`."""

    name: str
    job: Job | None = None
    done: Job | None = None
    """The last job that ended since the simulation began."""
    progress: float = 0.0
    nozzle_c: float = ROOM_C
    bed_c: float = ROOM_C
    power_w: float = 0.0

    @property
    def nozzle_target(self) -> float:
        return self.job.nozzle_c if self.job else 0.0

    @property
    def bed_target(self) -> float:
        return self.job.bed_c if self.job else 0.0

    def warm(self, scenario_s: float) -> None:
        """Let the temperatures follow their targets, or the room, for a while (first-order lag)."""
        self.nozzle_c += (max(self.nozzle_target, ROOM_C) - self.nozzle_c) * (1 - math.exp(-scenario_s / 70))
        self.bed_c += (max(self.bed_target, ROOM_C) - self.bed_c) * (1 - math.exp(-scenario_s / 160))

    def look(self, seed: int, at: datetime, zone: ZoneInfo) -> None:
        """See which job runs at `at`, and set the power that the printer draws now."""
        today = at.astimezone(zone).date()
        running = [
            job
            for day in (today - timedelta(days=1), today)
            for job in jobs(seed, self.name, day, zone)
            if job.starts <= at < job.ends
        ]
        job = running[0] if running else None
        if self.job and self.job != job:
            self.done = self.job
        self.job = job
        self.progress = job.progress(at) if job else 0.0
        self.power_w = self._power(seed, at)

    def _power(self, seed: int, at: datetime) -> float:
        unrest = drift(seed, self.name, at.timestamp(), 9)
        if self.job is None:
            return 7.5 + 0.5 * unrest
        heating = 190 * (self.nozzle_c < self.nozzle_target - 3) + 130 * (self.bed_c < self.bed_target - 2)
        holding = 0.9 * (self.bed_c - ROOM_C) + 0.18 * (self.nozzle_c - ROOM_C)
        return 22 + max(heating, holding) + 6 * unrest
