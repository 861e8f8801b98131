"""Cars that come and go, and the charger that fills them. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from random import Random
from zoneinfo import ZoneInfo

from campus.moments import day_bounds
from devices.simulator.chance import dice, drift

MODELS = (
    ("Nissan Leaf", 39.0, 6_600.0),
    ("BYD Dolphin", 44.9, 7_000.0),
    ("Chevrolet Bolt", 65.0, 11_000.0),
    ("Tesla Model 3", 57.5, 11_000.0),
    ("Kia EV3", 58.3, 11_000.0),
    ("BYD Yuan Plus", 60.5, 7_000.0),
    ("Renault Kangoo", 45.0, 22_000.0),
)
"""Name, battery in kWh, what its on-board charger takes in W."""
NIGHT_W = 1_900.0
"""What a car that stays the night is given (8 A), so that it is full when its driver comes."""
TAPER_H = 0.4
"""Near the end a car takes no more than would fill it in this time."""
FULL_WITHIN_KWH = 0.1


@dataclass(frozen=True, slots=True)
class Visit:
    """A car at a charger, from plug-in to departure."""

    arrives: datetime
    leaves: datetime
    vehicle: str
    capacity_kwh: float
    soc_on_arrival: float
    """%, 0..100."""
    need_kwh: float
    power_w: float


@lru_cache(maxsize=512)
def visits(seed: int, charger: str, day: date, zone: ZoneInfo, rated_w: float) -> tuple[Visit, ...]:
    """The visits that begin on a campus day, in order, none overlapping."""
    throw = dice(seed, charger, "visits", day)
    midnight, _end = day_bounds(day, zone)
    workday = day.weekday() < 5
    hour = _morning(seed, charger, day) + throw.uniform(0.2, 1.5)
    found = []
    while hour < 20:
        stay = throw.triangular(1.2, 8.5, 3.2) if workday else throw.triangular(0.7, 4, 1.5)
        if throw.random() < (0.85 if workday else 0.6):
            found.append(_visit(throw, midnight, hour, stay, rated_w))
        hour += stay + throw.uniform(0.3, 1.5)
    if hour < 23.5 and throw.random() < 0.85:
        until = 24 + _morning(seed, charger, day + timedelta(days=1))
        found.append(_visit(throw, midnight, hour, until - hour, NIGHT_W))
    return tuple(found)


def _morning(seed: int, charger: str, day: date) -> float:
    """The hour at which a car that stayed the night leaves, or would."""
    throw = dice(seed, charger, "morning", day)
    return throw.uniform(6.5, 8.4) if day.weekday() < 5 else throw.uniform(8, 11)


def _visit(throw: Random, midnight: datetime, hour: float, stay: float, most_w: float) -> Visit:
    model, capacity, takes = throw.choice(MODELS)
    soc = throw.triangular(12, 82, 38)
    wish = throw.uniform(0.8, 1.0) - soc / 100
    return Visit(
        arrives=midnight + timedelta(seconds=round(hour * 3600)),
        leaves=midnight + timedelta(seconds=round((hour + stay) * 3600)),
        vehicle=f"{model} {throw.choice('ABCDEFGH')}{throw.randrange(10, 99)}",
        capacity_kwh=capacity,
        soc_on_arrival=round(soc, 1),
        need_kwh=round(max(2.0, capacity * wish), 2),
        power_w=min(takes, most_w),
    )


@dataclass(slots=True)
class Charger:
    """One charger. `power_w` and the rest stand for the instant of the last `look`."""

    name: str
    rated_w: float
    phases: int
    visit: Visit | None = None
    delivered_kwh: float = 0.0
    """Into the car, by the scenario's time."""
    session_wh: float = 0.0
    """Since plug-in, as the charger's own meter counts it by the clock; stands until the next car."""
    power_w: float = 0.0

    @property
    def soc(self) -> float | None:
        """The car's state of charge in %, None without a car."""
        if self.visit is None:
            return None
        gained = 100 * self.delivered_kwh / self.visit.capacity_kwh
        return min(100.0, self.visit.soc_on_arrival + gained)

    def charge(self, scenario_s: float, elapsed_s: float) -> None:
        """Let the present power flow for a while."""
        self.delivered_kwh += self.power_w * scenario_s / 3.6e6
        self.session_wh += self.power_w * elapsed_s / 3600

    def look(self, seed: int, at: datetime, zone: ZoneInfo) -> None:
        """See which car is here at `at` and set the power that it draws now."""
        visit = self._visit_at(seed, at, zone)
        if visit != self.visit:
            self.visit = visit
            if visit:
                self.delivered_kwh = self.session_wh = 0.0
        self.power_w = self._power(seed, at)

    def _visit_at(self, seed: int, at: datetime, zone: ZoneInfo) -> Visit | None:
        today = at.astimezone(zone).date()
        for day in (today - timedelta(days=1), today):
            for visit in visits(seed, self.name, day, zone, self.rated_w):
                if visit.arrives <= at < visit.leaves:
                    return visit
        return None

    def _power(self, seed: int, at: datetime) -> float:
        if self.visit is None:
            return 0.0
        missing = self.visit.need_kwh - self.delivered_kwh
        if missing <= FULL_WITHIN_KWH:
            return 0.0
        wobble = 1 + 0.008 * drift(seed, self.name, at.timestamp(), 17)
        return min(self.visit.power_w * 0.985, missing / TAPER_H * 1000) * wobble
