"""What members can book at the demo hub, and what is in the calendar."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from campus.demo import DEMO_MEMBERS
from campus.spaces.resources import Description
from devices.simulator.cars import visits
from devices.simulator.chance import dice
from devices.simulator.layout import FITTINGS
from devices.simulator.printers import jobs
from devices.simulator.rooms import meetings
from devices.simulator.world import World

BOOKED_DAYS = 5
"""Days of the calendar that hold bookings, today included."""
QUARTER = timedelta(minutes=15)
Week = dict[str, list[list[str]]]

WORKDAYS, WEEKEND = ("mon", "tue", "wed", "thu", "fri"), ("sat", "sun")
OFFICE: Week = {
    **{day: [["07:00", "22:00"]] for day in WORKDAYS},
    **{day: [["08:00", "20:00"]] for day in WEEKEND},
}
PLAY: Week = {
    **{day: [["10:00", "23:00"]] for day in WORKDAYS},
    **{day: [["10:00", "22:00"]] for day in WEEKEND},
}
ROOM_POLICY = {"min_minutes": 15, "max_minutes": 240, "max_advance_days": 60, "quota_hours_per_week": 20}
PLAY_POLICY = {"min_minutes": 15, "max_minutes": 120, "max_advance_days": 14, "max_open_bookings": 3}
WORKSHOP_POLICY = {"min_minutes": 30, "max_minutes": 480, "max_advance_days": 30, "buffer_after_minutes": 15}
PRINTER_POLICY = {"min_minutes": 15, "max_minutes": 720, "max_advance_days": 30}
CHARGER_POLICY = {"min_minutes": 15, "max_minutes": 600, "max_advance_days": 7, "max_open_bookings": 3}


NEIGHBOURS = ("Diego Chávez", "Marisol Ibarra", "Priya Nair", "Tom Becker", "Lucía Terrazas")
"""Members of the start-up companies. They have no password: nobody signs in as them."""
COMPANIES = {
    "Nopal Robotics": ("ana@hub.example", "diego@startup.example", "marisol@startup.example"),
    "Luz Norte": ("priya@startup.example",),
    "Bici Eléctrica": ("tom@startup.example", "lucia@startup.example"),
}
"""The tenants and the addresses of their people; the first of each runs it."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A booking that the demo hub comes with: who made it, of what, from when to when."""

    resource: str
    member: str
    start: datetime
    end: datetime
    title: str
    attendees: int | None = None


def resources() -> dict[str, Description]:
    """By slug, with opening hours and rules in the shape of the API, each in its place."""
    return {slug: replace(said, **FITTINGS[slug].told()) for slug, said in _bare_resources().items()}


def _bare_resources() -> dict[str, Description]:
    return {
        **{
            f"sala-vidrio-{number}": Description(f"Sala Vidrio {number}", "room", seats, OFFICE, ROOM_POLICY)
            for number, seats in ((1, 4), (2, 6), (3, 8), (4, 12))
        },
        "workshop": Description("Workshop", "room", 12, OFFICE, WORKSHOP_POLICY),
        "game-room": Description("Game room", "amenity", 10, PLAY, PLAY_POLICY),
        "putting-green": Description("Putting green", "amenity", 4, PLAY, PLAY_POLICY),
        "printer-a": Description("Printer A", "printer", None, None, PRINTER_POLICY),
        "printer-b": Description("Printer B", "printer", None, None, PRINTER_POLICY),
        **{
            f"charger-{number}": Description(f"Charger {number}", "charger", None, None, CHARGER_POLICY)
            for number in range(1, 5)
        },
    }


def calendar(world: World, today: date, zone: ZoneInfo) -> list[Plan]:
    """The bookings behind what happens in `world` today, and what is booked for the next days already.

    Nobody books a charger further ahead than tomorrow, and the later the day, the emptier it is.
    """
    found: list[Plan] = []
    for number in range(BOOKED_DAYS):
        day = today + timedelta(days=number)
        plans = [*_meetings(world, day, zone), *_prints(world, day, zone)]
        if number < 2:
            plans += _charging(world, day, zone)
        throw = dice(world.seed, "booked ahead", day)
        found += [plan for plan in plans if throw.random() < 1 - 0.13 * number]
    return found


def _meetings(world: World, day: date, zone: ZoneInfo) -> Iterator[Plan]:
    for room in (*world.rooms, world.green):
        for meeting in meetings(world.seed, room.name, day, zone, seats=room.seats, play=room.play):
            if meeting.booked:
                member = _somebody(world.seed, room.name, meeting.starts)
                yield Plan(room.name, member, meeting.starts, meeting.ends, meeting.title, meeting.people)


def _prints(world: World, day: date, zone: ZoneInfo) -> Iterator[Plan]:
    for printer in world.printers:
        for job in jobs(world.seed, printer.name, day, zone):
            member = _somebody(world.seed, printer.name, job.starts)
            title = job.file.removesuffix(".gcode").replace("-", " ").capitalize()
            yield Plan(printer.name, member, job.starts, job.starts + _quarters(job.ends - job.starts), title)


def _charging(world: World, day: date, zone: ZoneInfo) -> Iterator[Plan]:
    for charger in world.chargers:
        for visit in visits(world.seed, charger.name, day, zone, charger.rated_w):
            member = _somebody(world.seed, charger.name, visit.arrives)
            start = visit.arrives - timedelta(seconds=visit.arrives.timestamp() % 900)
            yield Plan(charger.name, member, start, start + _quarters(visit.leaves - start), visit.vehicle)


def neighbours() -> list[tuple[str, str]]:
    """Mail address and name of each."""
    return [(f"{name.split()[0].lower().replace('í', 'i')}@startup.example", name) for name in NEIGHBOURS]


def _somebody(seed: int, *occasion: Any) -> str:
    signing_in = [email for email, _name, role, _password in DEMO_MEMBERS if role != "admin"]
    return dice(seed, "who", *occasion).choice(signing_in + [email for email, _name in neighbours()])


def _quarters(length: timedelta) -> timedelta:
    """Rounded to whole quarters of an hour."""
    return round(length / QUARTER) * QUARTER
