"""Small bridges to meters and inverters: Fronius, SolarEdge2MQTT, EC3000, SBFspot, Domoticz.

Root: the topic under which the bridge tells of one device: `fronius/inverter/1` (a key a topic, or JSON),
`solaredge/modbus/inverter`, `solaredge/modbus/meter/0`, `solaredge/powerflow`, `EC3000/1234`,
`sbfspot/plant/1234567890`, `domoticz/out` (every index of it is a channel) or `domoticz/out/12`. Which
bridge it is stands in the topic; where it does not, `options.bridge` says it: "fronius", "ec3000",
"sbfspot", "inverter", "meter", "battery" or "powerflow" (of SolarEdge2MQTT).

Of meters + is import, of batteries + is giving, whatever the bridge's own sign. An inverter that sleeps at
night says nothing, or null, and never 0. `<root>/status` of SolarEdge2MQTT says whether the bridge is there.
"""

from __future__ import annotations

from typing import Any

from devices.formats._bridge_keys import FAMILIES, PRODUCING, family
from devices.formats._domoticz import read as read_domoticz
from devices.formats._json import below, parse_object, shown, text
from devices.formats._tables import LONGEST_KEY, ONLINE_OFFLINE, REST, Fields, take
from devices.formats._times import any_time
from devices.formats._topics import ASKING, read_topic
from devices.readings import BadPayload, Decoded, Source, StateChange

TITLE = "Fronius, SolarEdge2MQTT, EC3000, SBFspot, Domoticz"
ROOTS = ("fronius/inverter/1", "solaredge/powerflow", "EC3000/1234", "domoticz/out/12")
DOMOTICZ, DOMOTICZ_ALL, DOMOTICZ_LEVELS = "domoticz", "domoticz all", 2
SEPARATOR = "|"
"""In a suffix: between the family and what follows the root."""
TIMES = ("timestamp", "Timestamp", "TimeStamp", "time", "InvTime")
SILENT = frozenset({"debug", "log", "config", "cmd", "set"})
AVAILABILITY = frozenset({"status", "availability", "online", "lwt"})


def suffix(root: str, topic: str) -> str | None:
    """`<family>|<rest>`; a status topic of the bridge goes with each of its devices."""
    rest = below(root, topic)
    first, _, last = topic.partition("/")
    if rest is None:
        shared = first == root.partition("/")[0] and last.partition("/")[0] in ("status", "availability")
        return f"{SEPARATOR}status" if shared and family(root) in FAMILIES else None
    if first == "domoticz":
        is_one = len(root.strip("/").split("/")) > DOMOTICZ_LEVELS
        return f"{DOMOTICZ if is_one else DOMOTICZ_ALL}{SEPARATOR}{rest}"
    return f"{family(topic)}{SEPARATOR}{rest}"


def decode(suffix: str, payload: bytes, source: Source) -> Decoded:
    """Readings of a message. Raises BadPayload."""
    name, _, rest = suffix.partition(SEPARATOR)
    levels = rest.split("/")
    if not payload or levels[-1].lower() in SILENT or levels[-1].lower() in ASKING:
        return []
    if levels[-1].lower() in AVAILABILITY or levels[0] == "status":
        return _availability(payload)
    if name in (DOMOTICZ, DOMOTICZ_ALL):
        return read_domoticz(parse_object(payload), source, has_many=name == DOMOTICZ_ALL)
    table = _table(name, source)
    if payload.lstrip()[:1] in (b"{", b"["):
        return _object(table, parse_object(payload), source)
    if not rest:
        raise BadPayload(f"a JSON object was expected, not {shown(text(payload))}")
    return read_topic(table, levels[-1][:LONGEST_KEY], payload)


def _table(name: str, source: Source) -> Fields:
    told = source.options.get("bridge")
    name = told if isinstance(told, str) and told in FAMILIES else name
    if name not in FAMILIES:
        raise BadPayload("no bridge that is known; options.bridge may name it")
    return PRODUCING.get(name, FAMILIES[name]) if source.produces else FAMILIES[name]


def _availability(payload: bytes) -> Decoded:
    said = text(payload)
    word = ONLINE_OFFLINE.get(said.lower())
    if word is None:
        if said.lstrip()[:1] == "{":
            return []  # details of the bridge itself
        raise BadPayload(f"status: online or offline was expected, not {shown(said)}")
    return [StateChange("online", word)]


def _object(table: Fields, values: dict[str, Any], source: Source) -> Decoded:
    found: Decoded = []
    at = next((moment for key in TIMES if (moment := any_time(values.get(key), source.zone))), None)
    # {"PAC": {"Value": 5, "Unit": "W"}} as the Solar API writes it
    plain = {key: _plain(value) for key, value in values.items() if key not in TIMES}
    take(found, table, plain, at)
    if plain and REST not in table and not any(key in table for key in plain):
        raise BadPayload("none of the keys is known of this bridge")
    return found


def _plain(value: Any) -> Any:
    return value["Value"] if isinstance(value, dict) and "Value" in value else value
