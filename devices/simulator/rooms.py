"""Glass rooms: who meets when, and the air that they breathe. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from campus.moments import day_bounds
from devices.simulator.chance import dice, drift
from devices.simulator.sky import Weather

TITLES = (
    "Stand-up", "Design review", "Customer call", "Hiring interview", "Sprint planning", "Pitch practice",
    "Mentoring", "Board meeting", "Data clinic", "Workshop prep", "Budget", "Demo rehearsal",
)  # fmt: skip
PLAY = ("Company league", "Team break", "Friendly match", "After work")
OUTDOOR_PPM = 425.0
CO2_M3_PER_PERSON_H = 0.018
"""A seated adult's breath (ASHRAE 62.1, appendix: 0.3 L/min)."""


@dataclass(frozen=True, slots=True)
class Meeting:
    """People in a room. `booked` tells a meeting of the calendar from one that just happens."""

    starts: datetime
    ends: datetime
    title: str
    people: int
    booked: bool


@lru_cache(maxsize=1024)
def meetings(
    seed: int, room: str, day: date, zone: ZoneInfo, *, seats: int, play: bool
) -> tuple[Meeting, ...]:
    """What happens in a room on a campus day, on whole half hours, none overlapping."""
    throw = dice(seed, room, "meetings", day)
    midnight, _end = day_bounds(day, zone)
    workday = day.weekday() < 5
    half, last = (17, 38) if workday else (18, 34)
    half, last = (half + 6, last + 4) if play else (half, last)
    half += throw.randrange(0, 4)
    found = [_cleaning(seed, room, day, midnight)]
    while half < last:
        length = throw.choice((1, 2, 2, 2, 3, 4))
        if throw.random() < (0.62 if workday else 0.4) + 0.15 * play:
            starts = midnight + timedelta(minutes=30 * half)
            found.append(
                Meeting(
                    starts=starts,
                    ends=starts + timedelta(minutes=30 * length),
                    title=throw.choice(PLAY if play else TITLES),
                    people=throw.randint(2, seats),
                    booked=throw.random() < (0.4 if play else 0.85),
                )
            )
        half += length + throw.choice((0, 0, 1, 1, 2, 3))
    return tuple(found)


def _cleaning(seed: int, room: str, day: date, midnight: datetime) -> Meeting:
    """Half an hour before the first meeting, between six and half past eight."""
    starts = midnight + timedelta(minutes=30 * dice(seed, room, "cleaning", day).randrange(12, 17))
    return Meeting(starts, starts + timedelta(minutes=30), "Cleaning", people=2, booked=False)


@dataclass(slots=True)
class Room:
    """A room and its air. `people` holds for the instant of the last `look`."""

    name: str
    seats: int
    volume_m3: float
    air_changes_h: float
    play: bool = False
    people: int = 0
    co2: float = OUTDOOR_PPM
    """ppm"""
    temperature: float = 22.0
    humidity: float = 35.0

    def breathe(self, scenario_s: float, now: Weather) -> None:
        """Let the air change for a while. Mass balance of a well-mixed room, solved exactly:

        C(t) = Cs + (C0 - Cs) · e^(-n·t), Cs = outdoor + 10⁶ · people · breath / (n · volume).
        """
        steady = OUTDOOR_PPM + 1e6 * self.people * CO2_M3_PER_PERSON_H / (self.air_changes_h * self.volume_m3)
        self.co2 = steady + (self.co2 - steady) * math.exp(-self.air_changes_h * scenario_s / 3600)
        aim = 21.5 + 0.12 * (now.temperature - 18) + 0.22 * self.people + 0.0012 * now.irradiance
        damp = 0.75 * now.humidity + 8 + 0.9 * self.people
        slack = 1 - math.exp(-scenario_s / 2400)
        self.temperature += (aim - self.temperature) * slack
        self.humidity += (min(75.0, damp) - self.humidity) * slack

    def look(self, seed: int, at: datetime, zone: ZoneInfo) -> None:
        """See who is here at `at`: the first come a little late, somebody leaves early."""
        local = at.astimezone(zone)
        self.people = 0
        for meeting in meetings(seed, self.name, local.date(), zone, seats=self.seats, play=self.play):
            late = timedelta(seconds=150 + 150 * drift(seed, self.name, meeting.starts.timestamp(), 60))
            if meeting.starts + late <= at < meeting.ends - late / 3:
                coming = (at - meeting.starts - late).total_seconds() / 90
                self.people = min(meeting.people, 1 + int(coming))
