"""What on the overview somebody should look at, in words. Faults first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from flask_babel import gettext as _
from flask_babel import ngettext

from campus.figures import whole
from dashboards.panels import Card, Garden
from dashboards.rooms import RoomCard

STUFFY_PPM = 1000
"""CO2 above which a room should be aired (German Environment Agency, 2008: 1,000 to 2,000 is elevated)."""


@dataclass(frozen=True, slots=True)
class Note:
    """One thing to look at, and the section of the page where it stands."""

    tone: str
    icon: str
    text: str
    section: str


def attention(
    chargers: Sequence[Card], garden: Garden, printers: Sequence[Card], rooms: Sequence[RoomCard]
) -> list[Note]:
    """Faults, dry panels, stuffy rooms, and how many devices are silent."""
    return [
        *_faults(chargers, "chargers", ("faulted",)),
        *_faults(printers, "printers", ("error", "paused")),
        *(
            Note("attention", "droplet-off", _("%(panel)s is dry", panel=panel.label), "garden")
            for panel in garden.dry
        ),
        *_stuffy(rooms),
        *_silence(chargers, "chargers"),
        *_silence(printers, "printers"),
    ]


def _faults(cards: Sequence[Card], section: str, faults: Sequence[str]) -> Iterator[Note]:
    for card in cards:
        if card.status in faults:
            if card.status == "paused":
                text = _("%(device)s waits for somebody", device=card.thing.name)
                yield Note("attention", "player-pause", text, section)
            else:
                text = _("%(device)s has a fault", device=card.thing.name)
                yield Note("fault", "alert-triangle", text, section)


def _stuffy(rooms: Sequence[RoomCard]) -> Iterator[Note]:
    for room in rooms:
        co2 = room.shown["co2"]
        if co2 and not room.silent and (co2.number or 0.0) > STUFFY_PPM:
            text = _("%(room)s needs air: %(ppm)s ppm CO₂", room=room.name, ppm=whole(co2.number))
            yield Note("attention", "wind", text, "rooms")


def _silence(cards: Sequence[Card], section: str) -> Iterator[Note]:
    silent = [card for card in cards if card.status == "silent"]
    if len(silent) == 1:
        yield Note("calm", "wifi-off", _("No word from %(device)s", device=silent[0].thing.name), section)
    elif silent:
        text = ngettext("No word from %(num)s device", "No word from %(num)s devices", len(silent))
        yield Note("calm", "wifi-off", text, section)
