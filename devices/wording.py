"""Devices in words: kinds, metrics and values as people read them."""

from __future__ import annotations

import math

from flask_babel import format_decimal
from flask_babel import gettext as _

from devices.availability import Availability
from devices.discovery.proposal import ANNOUNCED, BRIDGED, GUESSED, RECOGNISED
from devices.formats import formats
from devices.models import KINDS, METER_ROLES

ICONS = {
    "charger": "charging-pile",
    "garden": "plant-2",
    "meter": "gauge",
    "solar": "solar-panel-2",
    "battery": "battery-3",
    "printer": "cube-3d-sphere",
    "room": "door",
    "other": "cpu",
}
TONES = {"charger": "cars", "garden": "garden", "meter": "grid", "solar": "sun", "battery": "battery"}
"""The colour that a kind has everywhere; the others are ink."""

CHIEF = {
    "charger": ("charger_status", "power", "session_energy", "energy_import"),
    "garden": ("soil_moisture", "water_flow", "valve", "temperature", "water_total"),
    "meter": ("power", "energy_import", "energy_export", "water_total"),
    "solar": ("power", "energy_export", "energy_import"),
    "battery": ("battery_soc", "power", "energy_import"),
    "printer": ("printer_status", "print_progress", "nozzle_temperature", "power"),
    "room": ("occupancy", "people_count", "co2", "temperature"),
}
"""What one wants to know first of each kind."""


def kinds() -> list[tuple[str, str]]:
    """(kind, name) in the order of the form."""
    return [(kind, kind_name(kind)) for kind in KINDS]


def kind_name(kind: str) -> str:
    names: dict[str, str] = {
        "charger": _("Charger"),
        "garden": _("Garden"),
        "meter": _("Meter"),
        "solar": _("Solar"),
        "battery": _("Battery"),
        "printer": _("Printer"),
        "room": _("Room sensor"),
        "other": _("Other"),
    }
    return names.get(kind, kind)


def roles() -> list[tuple[str, str]]:
    """What a meter measures: (role, name)."""
    names = {
        "grid": _("the grid connection"),
        "solar": _("solar production"),
        "battery": _("a battery"),
        "load": _("something that uses power"),
    }
    return [(role, names[role]) for role in METER_ROLES]


def dialects() -> list[tuple[str, str]]:
    """(format, name) of every dialect, by name."""
    titles = {name: dialect.title for name, dialect in formats().items()}
    titles["mapping"] = _("Any JSON (mapping)")
    return sorted(titles.items(), key=lambda one: one[1].casefold())


def roots() -> list[tuple[str, tuple[str, ...]]]:
    """(dialect's name, examples of root topics) of the dialects that name some."""
    return [(title, formats()[name].roots) for name, title in dialects() if formats()[name].roots]


def dialect_name(name: str) -> str:
    return dict(dialects()).get(name, name)


def metric_name(metric: str) -> str:
    """Soil moisture for soil_moisture; what is outside the vocabulary keeps its own words."""
    names: dict[str, str] = {
        "power": _("Power"),
        "energy_import": _("Energy in"),
        "energy_export": _("Energy out"),
        "session_energy": _("This session"),
        "voltage": _("Voltage"),
        "current": _("Current"),
        "battery_soc": _("Charge"),
        "charger_status": _("Status"),
        "vehicle": _("Vehicle"),
        "vehicle_soc": _("Vehicle charge"),
        "soil_moisture": _("Soil moisture"),
        "soil_temperature": _("Soil temperature"),
        "temperature": _("Temperature"),
        "humidity": _("Humidity"),
        "illuminance": _("Light"),
        "water_flow": _("Water flow"),
        "water_total": _("Water"),
        "tank_level": _("Tank"),
        "valve": _("Valve"),
        "switch": _("Switch"),
        "co2": _("CO2"),
        "occupancy": _("Presence"),
        "people_count": _("People"),
        "door": _("Door"),
        "printer_status": _("Status"),
        "print_job": _("Print job"),
        "print_progress": _("Progress"),
        "print_time_left": _("Time left"),
        "nozzle_temperature": _("Nozzle"),
        "bed_temperature": _("Bed"),
        "battery": _("Sensor battery"),
        "signal": _("Signal"),
        "online": _("Connection"),
    }
    return names.get(metric) or metric.removeprefix("x_").replace("_", " ").capitalize()


def reason_name(reason: str) -> str:
    """Why a message waits in the quarantine."""
    names: dict[str, str] = {
        "unknown-topic": _("unknown topic"),
        "unreadable": _("unreadable"),
        "decoder-failed": _("the decoder failed"),
        "too-large": _("too large"),
        "too-old": _("too old"),
        "bad-name": _("unusable name"),
        "store-refused": _("refused by the store"),
    }
    return names.get(reason, reason)


def sureness_name(sureness: int) -> str:
    """How it is known what a device in the inbox is."""
    names: dict[int, str] = {
        GUESSED: _("guessed from its topic"),
        RECOGNISED: _("recognised by what it says"),
        BRIDGED: _("announced to Home Assistant"),
        ANNOUNCED: _("announced itself"),
    }
    return names[sureness]


def standing_word(how: Availability) -> str:
    """How a device stands, in a word or three."""
    if how.reason == "unreadable":
        return str(_("speaks, unreadable"))
    if how.reason == "asleep":
        return str(_("asleep"))
    words = {"online": _("online"), "stale": _("late"), "offline": _("offline"), "never": _("not heard yet")}
    return str(words[how.state])


def standings() -> list[tuple[str, str]]:
    """(state, name) by which the list of devices can be asked for."""
    return [
        ("online", _("online")),
        ("stale", _("late or unreadable")),
        ("offline", _("offline")),
        ("silent", _("not heard yet")),
        ("retired", _("retired")),
    ]


def figure(value: float | str, unit: str, digits: int = 3) -> tuple[str, str]:
    """(text, unit) of a value: `digits` significant digits, all before the point; kW from 1,000 W on."""
    if isinstance(value, str):
        return value_word(value), ""
    if unit in ("W", "VA", "var") and abs(value) >= 1000:
        value, unit = value / 1000, f"k{unit}"
    before_point = len(str(int(abs(value)))) if math.isfinite(value) else 0
    places = max(0, digits - before_point)
    return str(format_decimal(round(value, places), "#,##0." + "#" * places)), "" if unit == "1" else unit


def value_word(word: str) -> str:
    """A state as people say it; a word of the device's own stays as it is."""
    return value_words().get(word, word)


def value_words() -> dict[str, str]:
    """The vocabulary's states as people say them."""
    return {
        "available": _("free"),
        "connected": _("connected"),
        "charging": _("charging"),
        "suspended": _("waiting"),
        "faulted": _("fault"),
        "unavailable": _("out of service"),
        "open": _("open"),
        "closed": _("closed"),
        "on": _("on"),
        "off": _("off"),
        "occupied": _("occupied"),
        "clear": _("nobody"),
        "locked": _("locked"),
        "unlocked": _("unlocked"),
        "idle": _("idle"),
        "printing": _("printing"),
        "paused": _("paused"),
        "finished": _("finished"),
        "error": _("fault"),
        "online": _("online"),
        "offline": _("offline"),
        "true": _("yes"),
        "false": _("no"),
    }
