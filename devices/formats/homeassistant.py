"""MQTT discovery of Home Assistant, as a dialect: a configuration says where values come and what they mean.

Root: the discovery topic of a device (`homeassistant/+/0x0017880104e45522`, `homeassistant/device/0AFFD2`,
`homeassistant/sensor/petunia`), or the topic below which its states come (`zigbee2mqtt/weather_sensor`),
whose configurations are then looked for in all discovery topics, or several of both with commas between. The
discovery prefix alone (`homeassistant`) is all that is announced below it, with each device as a channel.

State topics elsewhere are followed once a configuration has named them. Configurations are retained, and
remembered while the worker runs; `options.configs` ({topic: configuration}) keeps them for good, and is
needed where several workers share the messages. A template is never run (see _ha_template.py). A
configuration that cannot be read is refused, for staff to map its topic by hand; an empty one takes away.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import orjson

from devices.formats._ha_config import COMPONENTS, Availability, Entity, as_said, levels_of, read_config
from devices.formats._json import NOTHING, below, number, shown, text
from devices.formats._mapping_rules import MISSING, look_up
from devices.formats._own_topics import Topics, below_root
from devices.formats._tables import put, put_extra
from devices.readings import BadPayload, Decoded, NotMine, Source, StateChange

TITLE = "Home Assistant (MQTT discovery)"
ROOTS = ("homeassistant/+/0x0017880104e45522", "zigbee2mqtt/weather")
REMEMBERS = True
PREFIX = "homeassistant"
BIRTH = f"{PREFIX}/status"
"""Home Assistant's own, on which many publishers announce themselves again."""
CONFIG, CONFIG_OF_MANY, CONFIG_IF_BELOW, STATE = "config ", "config* ", "config? ", "state "
"""Beginnings of a suffix; the topic follows."""
APART = "\x00"
"""Between a topic and the root below which its states must come: no topic holds it."""
ANNOUNCED = "announced"
MOST_ENTITIES = 1_000
LONGEST_CHANNEL = 40


@dataclass(slots=True)
class Announced:
    """What a device has announced, and which of its availability topics has said what."""

    entities: dict[str, Entity] = field(default_factory=dict)
    by_topic: dict[str, list[Entity]] = field(default_factory=dict)
    by_availability: dict[str, list[tuple[Entity, Availability]]] = field(default_factory=dict)
    there: dict[str, str] = field(default_factory=dict)

    def put(self, config_topic: str, entities: list[Entity]) -> None:
        """Replaces what the configuration topic had announced."""
        for key in [key for key in self.entities if key.partition("#")[0] == config_topic]:
            del self.entities[key]
        for entity in entities[: MOST_ENTITIES - len(self.entities)]:
            self.entities[entity.key] = entity
        self.by_topic, self.by_availability = {}, {}
        for entity in self.entities.values():
            self.by_topic.setdefault(entity.topic, []).append(entity)
            for where in entity.availability:
                self.by_availability.setdefault(where.topic, []).append((entity, where))


def suffix(root: str, topic: str) -> str | None:
    """What a topic is for the device, with the topic itself behind it."""
    is_config = levels_of(topic) is not None
    states: list[str] = []
    for part in (one.strip().strip("/") for one in root.split(",")):
        wanted = part.split("/")
        if wanted[-1] == "config":
            wanted = wanted[:-1]
        levels = topic.split("/")
        if len(levels) >= len(wanted) and all(
            one in ("+", level) for one, level in zip(wanted, levels, strict=False)
        ):
            if not is_config:
                return STATE + topic
            return (CONFIG_OF_MANY if _is_of_many(wanted) else CONFIG) + topic
        if not _is_discovery(wanted):
            states.append(part)
        elif topic == BIRTH and wanted[0] == PREFIX:
            return STATE + topic
    return f"{CONFIG_IF_BELOW}{topic}{APART}{','.join(states)}" if is_config and states else None


def _is_discovery(wanted: list[str]) -> bool:
    return wanted[0] == PREFIX or "+" in wanted


def _is_of_many(wanted: list[str]) -> bool:
    return _is_discovery(wanted) and (
        len(wanted) == 1 or (len(wanted) == 2 and wanted[1] in {*COMPONENTS, "+"})
    )


def check_options(options: Mapping[str, Any]) -> None:
    """Raises ValueError, with a text for the person who wrote them, if `options` cannot be used."""
    configs = options.get("configs", {})
    if not isinstance(configs, Mapping):
        raise ValueError('options.configs: an object like {"homeassistant/sensor/x/config": {…}} is needed')
    for topic, config in configs.items():
        try:
            read_config(str(topic), orjson.dumps(config))
        except (BadPayload, TypeError) as reason:
            raise ValueError(f"options.configs.{topic}: {reason}") from None


def follow(source: Source, topic: str) -> str | None:
    """A state or availability topic that a configuration has named."""
    known = _announced(source)
    return STATE + topic if topic in known.by_topic or topic in known.by_availability else None


def topics(root: str) -> Topics:
    """What was registered. Topics that a configuration names are not among them: the device says those."""
    parts = [one.strip().strip("/").removesuffix("/config") for one in root.split(",")]
    own = [below_root(part) for part in parts if part]
    writes = tuple(one for topics in own for one in topics.writes)
    return Topics(writes, (*(one for topics in own for one in topics.commands), BIRTH))


def describes(suffix: str) -> bool:
    """True for a configuration."""
    return not suffix.startswith(STATE)


def decode(suffix: str, payload: bytes, source: Source) -> Decoded:
    """Learns a configuration, or reads a state by those that were learnt. Raises BadPayload."""
    if suffix.startswith(STATE):
        return _state(suffix.removeprefix(STATE), payload, source) if payload else []
    kind, _, topic = suffix.partition(" ")
    topic, _, states = topic.partition(APART)
    entities = _below(states.split(","), topic, payload) if states else read_config(topic, payload)
    if f"{kind} " == CONFIG_OF_MANY:
        entities = [replace(one, channel=one.device[:LONGEST_CHANNEL]) for one in entities]
    known = _announced(source)
    is_known = any(key.partition("#")[0] == topic for key in known.entities)
    if states and not entities and not is_known and payload:
        raise NotMine("no device listens to what it announces")
    if entities or is_known:
        known.put(topic, entities)
    return []


def _below(roots: list[str], topic: str, payload: bytes) -> list[Entity]:
    """The entities whose states come below one of the roots."""
    try:
        entities = read_config(topic, payload)
    except BadPayload:
        if any(root.encode() in payload for root in roots):
            raise
        return []
    return [one for one in entities if any(below(root, one.topic) is not None for root in roots)]


def _announced(source: Source) -> Announced:
    known: Announced | None = source.memory.get(ANNOUNCED)
    if known is None:
        known = source.memory[ANNOUNCED] = Announced()
        configs = source.options.get("configs")
        for topic, config in configs.items() if isinstance(configs, Mapping) else ():
            try:
                known.put(str(topic), read_config(str(topic), orjson.dumps(config)))
            except (BadPayload, TypeError):
                continue  # was checked when it was saved; one of a later version may be stricter
    return known


def _state(topic: str, payload: bytes, source: Source) -> Decoded:
    known = _announced(source)
    found = _there(known, topic, payload)
    entities = known.by_topic.get(topic)
    if not entities:
        if not known.entities and levels_of(f"{topic}/config") is None and topic != BIRTH:
            raise BadPayload("no configuration has named this topic yet")
        return found
    document = _document(payload)
    wrong = None
    for entity in entities:
        value = _value(entity, document, payload)
        if value is MISSING or value is None or as_said(value) in NOTHING:
            continue
        before = len(found)
        _say(found, entity, value)
        if len(found) == before and entity.field is not None:
            wrong = value
    if wrong is not None and not found:
        raise BadPayload(f"{shown(wrong)} is not what the configuration has announced")
    return found


def _document(payload: bytes) -> Any:
    try:
        return orjson.loads(payload)
    except orjson.JSONDecodeError:
        return MISSING


def _value(entity: Entity, document: Any, payload: bytes) -> Any:
    path = entity.template.path
    if path is None and entity.is_json_state:
        path = ("state",)
    return text(payload) if path is None else look_up(document, path)


def _say(found: Decoded, entity: Entity, value: Any) -> None:
    meant = entity.field
    if meant is None:
        amount = number(value)
        value = value if amount is None else amount / entity.template.per
        put_extra(found, entity.names, value, None, entity.channel)
    elif meant.words is not None:
        put(found, meant, as_said(value), None, entity.channel)
    elif number(value) is not None:
        put(found, meant, value, None, entity.channel)


def _there(known: Announced, topic: str, payload: bytes) -> Decoded:
    """Whether the device is there, from one of its availability topics."""
    entities = known.by_availability.get(topic, ())
    said: dict[str, str] = {}
    for entity, where in entities:
        path = where.template.path
        value = text(payload) if path is None else look_up(_document(payload), path)
        word = where.words.get(as_said(value))
        if word is None:
            continue
        known.there[topic] = word
        words = {known.there.get(one.topic) for one in entity.availability}
        if entity.mode == "all":
            word = "offline" if "offline" in words else "online" if words == {"online"} else ""
        elif entity.mode == "any":
            word = "online" if "online" in words else "offline" if words == {"offline"} else ""
        if word:
            said[entity.channel] = word
    return [StateChange("online", word, channel) for channel, word in said.items()]
