"""ESPHome: one entity a topic, `<node>/<component>/<id>/state`, and `<node>/status`.

Root: the node's topic prefix (`livingroom`, `garden/probe1`).

What a sensor measures follows from the words of its id, what is left of them is the channel: of the node
`bed`, `bed_soil_moisture_2` is soil_moisture@2 and `bme280_pressure` is pressure@bme280. What its words do
not tell for certain is kept under x_ and its id. People can say more:

- `options.units = {"tank_temperature": "°F"}` by id, the unit that the node's own filters have made;
- `options.calibration` makes a raw value a quantity (see _calibration.py).

`nan`, and `None` of newer versions, is a probe that fails and no value. Names of networks, addresses, and
cards that were held to a reader are not kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from devices.formats._calibration import read_calibrations
from devices.formats._esphome_entities import COMPONENTS
from devices.formats._esphome_ids import unit_fits, without_node
from devices.formats._json import below, shown, text
from devices.formats._tables import LONGEST_KEY, ONLINE_OFFLINE
from devices.readings import BadPayload, Decoded, Source, StateChange

TITLE = "ESPHome"
ROOTS = ("livingroom", "garden/probe1")


def suffix(root: str, topic: str) -> str | None:
    """`<component>/<id>/<what>`, the id without words of the node's own name at its beginning."""
    rest = below(root, topic)
    if not rest or rest.count("/") < 2:
        return rest
    component, object_id, what = rest.split("/", 2)
    return f"{component}/{without_node(object_id, root.rstrip('/').rpartition('/')[2])}/{what}"


def check_options(options: Mapping[str, Any]) -> None:
    """Raises ValueError, with a text for the person who wrote them, if `options` cannot be used."""
    units = options.get("units", {})
    if not isinstance(units, Mapping):
        raise ValueError('options.units: an object like {"tank_temperature": "°F"} is needed')
    for object_id, unit in units.items():
        if not unit_fits(unit):
            raise ValueError(f"options.units.{object_id}: a unit like °F, kPa or mA is needed")
    read_calibrations(options)


def decode(suffix: str, payload: bytes, source: Source) -> Decoded:
    """What one topic says. Raises BadPayload."""
    if not payload:
        return []
    if suffix == "status":
        word = ONLINE_OFFLINE.get(text(payload).lower())
        if word is None:
            raise BadPayload(f"status: online or offline was expected, not {shown(text(payload))}")
        return [StateChange("online", word)]
    levels = suffix.split("/")
    if len(levels) < 3 or levels[-1] != "state":
        return []  # logs, commands, attributes
    read = COMPONENTS.get(levels[0])
    found: Decoded = []
    if read is not None:
        read(found, (levels[1][:LONGEST_KEY], "/".join(levels[2:-1])), payload, source)
    return found
