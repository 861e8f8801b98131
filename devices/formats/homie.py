"""Homie 3, 4 and 5: self-describing devices; nodes with properties, one text a topic.

Root: a device (`homie/5/super-car` of version 5, `homie/super-car` before), whose nodes are channels; or one
node of it (`homie/5/super-car/engine`), which has none.

What a property is follows from its name and its unit, told by `$description` (5) or `<property>/$unit`
(3, 4), which are retained; until they are heard the name alone counts. `$state` is the availability: only
`ready` (and `alert`, before 5) is online; the word itself is kept as x_state. A `$target` is no value, nor
is what others `set`. The death of a parent device is told on its own topic, not on those of its children.
"""

from __future__ import annotations

from typing import Any

from devices.formats._json import NOTHING, below, number, parse_object, shown, text
from devices.formats._own_topics import Topics, below_root
from devices.formats._quantities import quantity, words_of, yes_or_no
from devices.formats._tables import LONGEST_KEY, Field, put, put_extra
from devices.readings import BadPayload, Decoded, Source, StateChange

TITLE = "Homie"
ROOTS = ("homie/5/super-car", "homie/super-car/engine")
REMEMBERS = True
READY = frozenset({"ready", "alert"})
AWAY = frozenset({"init", "disconnected", "sleeping", "lost"})
BROADCAST = "$broadcast"
"""To all who listen, and no device's."""
ITSELF = "/"
"""Before a suffix: its node is the one that was registered."""
UNITS = "units"
MOST_PROPERTIES = 2_000
LONGEST_CHANNEL = 40
EMPTY = b"\x00"
"""How Homie 5 writes a text of no letters."""
NUMBERS = frozenset({"integer", "float", "percent"})
ATTRIBUTES = {"$unit": "unit", "$datatype": "datatype"}


def suffix(root: str, topic: str) -> str | None:
    """`<node>/<property>` or `$state`; with a slash before it where the root is the node."""
    root = root.rstrip("/")
    device, _, node = root.rpartition("/")
    rest = below(root, topic)
    if rest is None and topic.startswith(f"{_convention(root)}/{BROADCAST}/"):
        return BROADCAST
    if not _is_node(root):
        return rest
    if rest is not None:
        return f"{ITSELF}{node}/{rest}"
    above = below(device, topic)
    return above if above in ("$state", "$description") else None


def _convention(root: str) -> str:
    """What comes before the devices: homie/5, or homie."""
    levels = root.split("/")
    place = next((at for at, level in enumerate(levels) if level.lower() == "homie"), 0) + 1
    return "/".join(levels[: place + (levels[place : place + 1] == ["5"])])


def _is_node(root: str) -> bool:
    """True for the root of a node: homie/5/<device>/<node>, homie/<device>/<node>."""
    return root.removeprefix(_convention(root)).count("/") > 1


def topics(root: str) -> Topics:
    """Below the root, and what is told to all."""
    own = below_root(root, ("+/set", "+/+/set"))
    return Topics(own.writes, (*own.commands, f"{_convention(root)}/{BROADCAST}/#"))


def describes(suffix: str) -> bool:
    """True for what tells of units and datatypes."""
    return suffix == "$description" or suffix.rpartition("/")[2] in ATTRIBUTES


def decode(suffix: str, payload: bytes, source: Source) -> Decoded:
    """What a topic says. An empty payload takes away what was retained."""
    if not payload or payload == EMPTY:
        return []
    if suffix == "$state":
        return _state(text(payload))
    if suffix == "$description":
        _learn(parse_object(payload), source)
        return []
    node, _, rest = suffix.removeprefix(ITSELF).partition("/")
    if not rest or node[:1] == "$":
        return []
    channel = "" if suffix.startswith(ITSELF) else node[:LONGEST_CHANNEL]
    return _property(node, rest.split("/"), channel, payload, source)


def _state(word: str) -> Decoded:
    plain = word.lower()
    if plain not in READY | AWAY:
        raise BadPayload(f"$state: {shown(word)} is none of Homie's")
    online = "online" if plain in READY else "offline"
    return [StateChange("online", online), StateChange("x_state", plain)]


def _about(source: Source) -> dict[tuple[str, str], dict[str, str]]:
    """Units and datatypes by node and property."""
    about: dict[tuple[str, str], dict[str, str]] = source.memory.setdefault(UNITS, {})
    if len(about) > MOST_PROPERTIES:
        about.clear()
    return about


def _learn(description: dict[str, Any], source: Source) -> None:
    """What `$description` tells of the device's properties."""
    nodes = description.get("nodes", {})
    if not isinstance(nodes, dict):
        raise BadPayload(f"$description: nodes: an object was expected, not {shown(nodes)}")
    about = _about(source)
    about.clear()
    for node, said in list(nodes.items())[:MOST_PROPERTIES]:
        properties = said.get("properties") if isinstance(said, dict) else None
        if isinstance(properties, dict):
            for name, meant in properties.items():
                if isinstance(meant, dict) and len(about) < MOST_PROPERTIES:
                    about[node, name] = {
                        key: value for key in ("unit", "datatype") if isinstance(value := meant.get(key), str)
                    }


def _property(node: str, levels: list[str], channel: str, payload: bytes, source: Source) -> Decoded:
    name = levels[0][:LONGEST_KEY]
    if name.startswith("$") or not name:
        return []
    if len(levels) > 1:
        if levels[1] in ATTRIBUTES and len(levels) == 2:
            _about(source).setdefault((node, name), {})[ATTRIBUTES[levels[1]]] = text(payload)
        return []  # other attributes, set, $target
    said = text(payload)
    if said.lower() in NOTHING:
        return []
    about = _about(source).get((node, name), {})
    return _value(name, said, about, channel, source)


def _value(name: str, said: str, about: dict[str, str], channel: str, source: Source) -> Decoded:
    datatype = about.get("datatype", "")
    words = words_of(name.replace("-", " "))
    amount = number(said)
    found: Decoded = []
    if datatype in NUMBERS or (not datatype and amount is not None):
        if amount is None:
            raise BadPayload(f"{name}: {shown(said)} is no {datatype}")
        _put(found, quantity(words, about.get("unit"), produces=source.produces), words, amount, channel)
    elif datatype == "boolean" or said in ("true", "false"):
        if said not in ("true", "false"):
            raise BadPayload(f"{name}: {shown(said)} is no boolean")
        _put(found, yes_or_no(words), words, said == "true", channel)
    elif datatype not in ("json", "color", "datetime", "duration"):
        put_extra(found, words or (name,), said, None, channel)
    return found


def _put(found: Decoded, field: Field | None, words: tuple[str, ...], value: Any, channel: str) -> None:
    if field is not None:
        put(found, field, value, None, channel)
    else:
        put_extra(found, words or ("value",), value, None, channel)
