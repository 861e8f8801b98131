"""How the demo hub is laid out and fitted: where each resource lies, what is in it, what is said of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from campus.spaces.places import Place

GROUND, UPPER = "0", "1"
"""The workshop, the machines, the games and the car park; and the glass rooms over them."""


@dataclass(frozen=True, slots=True)
class Fittings:
    """What a resource's page and the floor plan show."""

    place: Place
    equipment: tuple[str, ...] = ()
    about: str = ""

    def told(self) -> dict[str, Any]:
        """As a Description has it."""
        return {"place": self.place.stored(), "equipment": self.equipment, "about": self.about}


FITTINGS: Mapping[str, Fittings] = {
    "sala-vidrio-1": Fittings(
        Place(UPPER, 2, 2, 18, 18),
        ("screen", "whiteboard wall"),
        "The smallest of the glass rooms: a table for four, and quiet. Good for calls.",
    ),
    "sala-vidrio-2": Fittings(
        Place(UPPER, 22, 2, 22, 18),
        ("screen", "camera", "whiteboard wall"),
        "Six seats, a camera over the screen.\nThe wall may be written on; take a photo before you wipe it.",
    ),
    "sala-vidrio-3": Fittings(
        Place(UPPER, 46, 2, 24, 18),
        ("screen", "camera", "whiteboard wall", "speakers"),
        "Eight seats, morning sun. The blinds are to the left of the door.",
    ),
    "sala-vidrio-4": Fittings(
        Place(UPPER, 72, 2, 26, 26),
        ("screen", "camera", "whiteboard wall", "speakers", "microphones", "projector"),
        "The board room: twelve seats, microphones in the table, a projector for the long wall.",
    ),
    "putting-green": Fittings(
        Place(UPPER, 2, 42, 46, 16),
        ("putters", "balls"),
        "Nine metres of grass on the terrace. Putters are in the box; leave your shoes clean.",
    ),
    "game-room": Fittings(
        Place(GROUND, 2, 2, 34, 24),
        ("table football", "ping-pong", "console", "screen"),
        "For breaks and for Thursdays. Quiet please until noon: the workshop is next door.",
    ),
    "workshop": Fittings(
        Place(GROUND, 38, 2, 60, 30),
        ("workbench", "soldering station", "drill press", "ventilation"),
        "Benches for twelve. Goggles hang by the door. Who books the workshop has Printer B with it.",
    ),
    "printer-a": Fittings(
        Place(GROUND, 41, 21, 15, 9), ("pla", "petg"), "Bed of 250 by 210 mm, nozzle of 0.4 mm."
    ),
    "printer-b": Fittings(
        Place(GROUND, 58, 21, 15, 9),
        ("pla", "petg", "tpu"),
        "Bed of 350 by 350 mm, nozzle of 0.6 mm: for what is large and need not be fine.",
    ),
    **{
        f"charger-{number}": Fittings(
            Place(GROUND, 2 + (number - 1) * 16, 44, 14, 14),
            ("type 2", kilowatts),
            "In the car park, north side. Bring your own cable.",
        )
        for number, kilowatts in enumerate(("7 kw", "7 kw", "11 kw", "22 kw"), 1)
    },
}
LINKS: Mapping[str, tuple[str, ...]] = {"workshop": ("printer-b",)}
"""What a booking takes besides."""
