"""What the pages of resources say: kinds, hours, equipment."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from babel.dates import get_day_names
from flask_babel import get_locale
from flask_babel import gettext as _

from campus.spaces.hours_words import Line, Words, lines_of
from campus.spaces.models import KINDS

ICONS: Mapping[str, str] = {
    "room": "door",
    "printer": "printer",
    "charger": "charging-pile",
    "amenity": "device-gamepad-2",
}

_SPELT = {
    word.lower(): word
    for word in (
        "3D",
        "ABS",
        "HDMI",
        "kW",
        "kWh",
        "LED",
        "PETG",
        "PLA",
        "TPU",
        "TV",
        "USB",
        "USB-C",
        "VR",
        "Wi-Fi",
    )
}


def equipment_word(word: str) -> str:
    """As it is written, for it is stored in small letters: 11 kW, PLA."""
    return re.sub(r"[\w-]+", lambda found: _SPELT.get(found[0], found[0]), word)


def kind_name(kind: str) -> str:
    """One resource of a kind."""
    names: dict[str, str] = {
        "room": _("Room"),
        "printer": _("3-D printer"),
        "charger": _("Charger"),
        "amenity": _("Amenity"),
    }
    return names[kind]


def kinds() -> list[tuple[str, str]]:
    """All of them, each with its name."""
    return [(kind, kind_name(kind)) for kind in KINDS]


def day_words() -> Words:
    """The reader's words for a week's hours, as the form's field has them."""
    names = get_day_names("abbreviated", locale=get_locale() or "en")
    days = [str(names[number]).rstrip(".") for number in range(7)]
    return Words(days, _("always"), _("closed"))


def hours_lines(sign: Mapping[str, Sequence[Sequence[str]] | None] | None) -> list[tuple[str, str]]:
    """Days and hours as a sign on the door has them: Mon–Fri, 08:00–20:00."""
    words = day_words()
    if sign is None:
        return [(_("Every day"), _("day and night"))]
    return [(_days(line), _spans(line) or words.closed) for line in lines_of(sign, words.days)]


def _days(line: Line) -> str:
    first, last = (name[:1].upper() + name[1:] for name in (line.first, line.last))
    return first if first == last else f"{first}–{last}"


def _spans(line: Line) -> str:
    return ", ".join("–".join(span) for span in line.spans)
