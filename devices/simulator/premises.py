"""What members can book at the demo hub, and what is in the calendar. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from campus.demo import DEMO_MEMBERS
from campus.spaces.resources import Description
from devices.simulator.cars import visits
from devices.simulator.chance import dice
from devices.simulator.printers import jobs
from devices.simulator.rooms import meetings
from devices.simulator.world import World

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
    """By slug, with opening hours and rules in the shape of the API."""
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


def calendar(world: World, days: list[date], zone: ZoneInfo) -> list[Plan]:
    """The bookings behind what happens in `world` on some campus days: meetings, prints, charging."""
    found: list[Plan] = []
    for day in days:
        for room in (*world.rooms, world.green):
            for meeting in meetings(world.seed, room.name, day, zone, seats=room.seats, play=room.play):
                if meeting.booked:
                    member = _somebody(world.seed, room.name, meeting.starts)
                    found.append(
                        Plan(room.name, member, meeting.starts, meeting.ends, meeting.title, meeting.people)
                    )
        for printer in world.printers:
            for job in jobs(world.seed, printer.name, day, zone):
                member = _somebody(world.seed, printer.name, job.starts)
                ends = job.ends + timedelta(minutes=4)
                title = job.file.removesuffix(".gcode").replace("-", " ").capitalize()
                found.append(Plan(printer.name, member, job.starts, ends, title))
        for charger in world.chargers:
            for visit in visits(world.seed, charger.name, day, zone, charger.rated_w):
                member = _somebody(world.seed, charger.name, visit.arrives)
                start, end = _quarter(visit.arrives), _quarter(visit.leaves)
                found.append(Plan(charger.name, member, start, end, visit.vehicle))
    return found


def neighbours() -> list[tuple[str, str]]:
    """Mail address and name of each."""
    return [(f"{name.split()[0].lower().replace('í', 'i')}@startup.example", name) for name in NEIGHBOURS]


def _somebody(seed: int, *occasion: Any) -> str:
    signing_in = [email for email, _name, _role, _password in DEMO_MEMBERS]
    return dice(seed, "who", *occasion).choice(signing_in + [email for email, _name in neighbours()])


def _quarter(moment: datetime) -> datetime:
    """The quarter of an hour before."""
    return moment - timedelta(seconds=moment.timestamp() % 900)
