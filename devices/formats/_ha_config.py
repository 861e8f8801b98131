"""MQTT discovery of Home Assistant: what a configuration announces, as entities that can be decoded.

    <prefix>/<component>/[<node>/]<object>/config    one entity
    <prefix>/device/<object>/config                  a device with all of its components

Keys may be abbreviated, and `~` in a topic stands for the base. Components that are no readings (buttons,
numbers to be set, cameras) say nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from devices.formats._ha_keys import full_keys
from devices.formats._ha_template import Template, read_template
from devices.formats._json import json_type, number, parse_object, shown
from devices.formats._quantities import quantity, words_of
from devices.formats._tables import Field, Words
from devices.metrics import extra_name
from devices.readings import BadPayload

READ = frozenset(
    {"sensor", "binary_sensor", "switch", "light", "fan", "siren", "lock", "valve", "cover"}
    | {"alarm_control_panel", "humidifier"}
)
"""Components with a state that is kept."""
OTHERS = frozenset(
    {"button", "camera", "climate", "device_automation", "device_tracker", "event", "image", "lawn_mower"}
    | {"notify", "number", "scene", "select", "tag", "text", "update", "vacuum", "water_heater", "date"}
    | {"datetime", "time", "infrared", "todo"}
)
"""What is set, pressed or looked at, and no reading."""
COMPONENTS = READ | OTHERS | {"device"}
ID = re.compile(r"[a-zA-Z0-9_-]+")
SWITCHED = frozenset({"switch", "light", "fan", "siren", "humidifier"})
TRUE_WHEN_ON: Mapping[str, tuple[str, str, str]] = {
    **dict.fromkeys(("motion", "occupancy", "presence", "moving"), ("occupancy", "occupied", "clear")),
    **dict.fromkeys(("door", "window", "opening", "garage_door"), ("door", "open", "closed")),
    "lock": ("lock", "unlocked", "locked"),
    "connectivity": ("online", "online", "offline"),
}
"""By device class of a binary sensor: its state, and what on and off are in it."""
PAIRS: Mapping[str, tuple[tuple[str, str, str], ...]] = {
    "lock": (("state_locked", "LOCKED", "locked"), ("state_unlocked", "UNLOCKED", "unlocked")),
    "valve": (("state_open", "open", "open"), ("state_closed", "closed", "closed")),
}
"""(key of the payload, its default, what it is here)"""
LONGEST_PLACE = 40
NO_VALUE = frozenset({"timestamp", "date"})
MOST_COMPONENTS, MOST_TOPICS = 200, 10


@dataclass(frozen=True, slots=True)
class Availability:
    """A topic that says whether an entity is there."""

    topic: str
    template: Template
    words: Words


@dataclass(frozen=True, slots=True)
class Entity:
    """A value that a device announces: where it comes, how it is read, what it means."""

    key: str
    """Of the configuration topic and the component: what a later one replaces."""
    device: str
    device_name: str
    topic: str
    template: Template
    field: Field | None
    """None: kept under x_ and `names`."""
    names: tuple[str, ...]
    availability: tuple[Availability, ...] = ()
    mode: str = "latest"
    channel: str = ""
    """Of its device, where there are several."""
    is_json_state: bool = False
    """A light of the JSON schema: without a template its state stands in {"state": …}."""


def levels_of(topic: str) -> tuple[str, str, str] | None:
    """(component, node or '', object) of a configuration topic; None for any other topic."""
    levels = topic.split("/")
    if levels[-1] != "config":
        return None
    if len(levels) > 4 and levels[-4] in COMPONENTS:
        return levels[-4], levels[-3], levels[-2]
    return (levels[-3], "", levels[-2]) if len(levels) > 3 and levels[-3] in COMPONENTS else None


def read_config(topic: str, payload: bytes) -> list[Entity]:
    """The entities that a configuration announces; none for an empty one, which takes them away.

    Raises BadPayload for one that Home Assistant would refuse, or whose template is not run here.
    """
    place = levels_of(topic)
    if place is None:
        raise BadPayload(f"{shown(topic)} is no discovery topic")
    component, node, object_id = place
    if not ID.fullmatch(object_id) or (node and not ID.fullmatch(node)):
        raise BadPayload(f"{shown(topic)}: an id has letters, digits, _ and - only")
    if not payload.strip():
        return []
    config = full_keys(parse_object(payload))
    if component == "device":
        return _of_device(topic, config, object_id)
    entity = _entity(topic, component, config, node, object_id)
    return [] if entity is None else [entity]


def _of_device(topic: str, config: dict[str, Any], object_id: str) -> list[Entity]:
    device = config.get("device")
    if not isinstance(device, dict) or not (device.get("identifiers") or device.get("connections")):
        raise BadPayload("device: identifiers or connections are needed")
    components = config.get("components")
    if not isinstance(components, dict):
        raise BadPayload(f"components: a JSON object was expected, not {json_type(components)}")
    shared = {key: value for key, value in config.items() if key not in ("components", "origin", "o")}
    found = []
    refused = None
    for name, said in list(components.items())[:MOST_COMPONENTS]:
        own = full_keys(said) if isinstance(said, dict) else {}
        platform = own.get("platform")
        if not isinstance(platform, str):
            raise BadPayload(f"components: {shown(name)} has no platform")
        if own.keys() <= {"platform"}:
            continue  # taken away
        try:
            entity = _entity(f"{topic}#{name}", platform, {**shared, **own}, object_id, name)
        except BadPayload as reason:
            refused = refused or reason
            continue
        if entity is not None:
            found.append(entity)
    if refused is not None and not found:
        raise refused
    return found


def _entity(key: str, component: str, config: dict[str, Any], node: str, object_id: str) -> Entity | None:
    if component not in READ:
        return None
    qos = config.get("qos", 0)
    if number(qos) not in (0.0, 1.0, 2.0):
        raise BadPayload(f"qos: 0, 1 or 2 was expected, not {shown(qos)}")
    topic = config.get("state_topic")
    if not isinstance(topic, str) or not topic:
        if component in ("sensor", "binary_sensor"):
            raise BadPayload("state_topic is missing")
        return None  # only told what to do, never says what it does
    if config.get("device_class") in NO_VALUE:
        return None
    template = _template(config.get("value_template", config.get("state_value_template")))
    device, device_name = _device(config, node or object_id)
    field, names = _meaning(component, config, _words(config, node, object_id))
    if field is not None and not node and not isinstance(config.get("device"), dict):
        field = replace(field, channel="")  # it stands alone, and its id is its own
    if field is not None and field.words is None:
        field = replace(field, per=field.per * template.per)
    return Entity(
        key=key,
        device=device,
        device_name=device_name,
        topic=topic,
        template=template,
        field=field,
        names=names,
        availability=tuple(_availability(config)),
        mode=str(config.get("availability_mode", "latest")),
        is_json_state=component == "light" and config.get("schema") == "json",
    )


def _template(text: Any) -> Template:
    if text is None:
        return Template()
    if not isinstance(text, str):
        raise BadPayload(f"value_template: a text was expected, not {json_type(text)}")
    try:
        return read_template(text)
    except ValueError as reason:
        raise BadPayload(str(reason)) from None


def _device(config: Mapping[str, Any], otherwise: str) -> tuple[str, str]:
    """(identifier, name) of the device that an entity belongs to."""
    said = config.get("device")
    if not isinstance(said, dict):
        return otherwise[:64], ""
    ids = said.get("identifiers")
    first = ids[0] if isinstance(ids, list) and ids else ids
    name = said.get("name")
    return (str(first) if first else otherwise)[:64], name[:120] if isinstance(name, str) else ""


def _words(config: Mapping[str, Any], node: str, object_id: str) -> tuple[str, ...]:
    """The words of an entity's id without those of its device."""
    of_device = set(words_of(node)) if node != object_id else set()
    if isinstance(config.get("device"), dict):
        of_device |= {word for name in _device(config, "") for word in words_of(name)}
    names = (object_id, config.get("name"))
    said = [tuple(one for one in words_of(str(name or "")) if one not in of_device) for name in names]
    return said[0] or said[1]


def _meaning(
    component: str, config: Mapping[str, Any], words: tuple[str, ...]
) -> tuple[Field | None, tuple[str, ...]]:
    """(field, words of its x_ name)"""
    named = config.get("device_class")
    of_class = words_of(named) if isinstance(named, str) else ()
    names = words or of_class or ("value",)
    own = tuple(word for word in words if word not in of_class)
    if component == "sensor":
        unit = config.get("unit_of_measurement")
        unit = unit if isinstance(unit, str) else None
        # the class says what it is, the id where it is and in which direction
        return (quantity((*of_class, *own), unit) if unit or of_class else None), names
    place = "_".join(word for word in own if word not in (component, "state", "status"))
    return _state_field(component, str(named), place[:LONGEST_PLACE], names, config), names


def _state_field(
    component: str, device_class: str, place: str, names: tuple[str, ...], config: Mapping[str, Any]
) -> Field | None:
    """The state of what is not a number, on a channel for its place; None for words of its own."""
    if component in PAIRS:
        said = {config.get(key, default): word for key, default, word in PAIRS[component]}
        return Field(component, place, words=_said(said))
    if component in SWITCHED:
        metric, yes, no = "switch", "on", "off"
    elif component != "binary_sensor":
        return None
    elif device_class in TRUE_WHEN_ON:
        metric, yes, no = TRUE_WHEN_ON[device_class]
    else:
        metric, yes, no, place = extra_name(*names), "true", "false", ""
    on = config.get("state_on", config.get("payload_on", "ON"))
    off = config.get("state_off", config.get("payload_off", "OFF"))
    return Field(metric, place, words=_said({on: yes, off: no}))


def _said(words: Mapping[Any, str]) -> Words:
    """Payloads as they are compared: as text in lower case, whatever their type."""
    return {as_said(payload): word for payload, word in words.items() if not isinstance(payload, list | dict)}


def as_said(value: Any) -> str:
    """A value as a template would print it, in lower case."""
    return str(value).strip().lower()


def _availability(config: Mapping[str, Any]) -> Iterable[Availability]:
    several = config.get("availability")
    one = config.get("availability_topic")
    said = several if isinstance(several, list) else []
    if isinstance(one, str):
        said = [{**config, "topic": one, "value_template": config.get("availability_template")}]
    for where in said[:MOST_TOPICS]:
        topic = where.get("topic")
        if isinstance(topic, str) and topic:
            there = where.get("payload_available", "online")
            gone = where.get("payload_not_available", "offline")
            try:
                template = _template(where.get("value_template"))
            except BadPayload:
                continue
            yield Availability(topic, template, _said({there: "online", gone: "offline"}))
