"""What devices and bridges announce of themselves, each in its own way. Pure.

Home Assistant's discovery is read whole (see formats/_ha_config.py): where what it announces speaks a
dialect that Campus knows by its topics (Tasmota, Shelly, Zigbee2MQTT), the device is proposed in that one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from devices.discovery.guess import lora_root, native_root, sparkplug_root
from devices.discovery.proposal import (
    ANNOUNCED,
    BRIDGED,
    RECOGNISED,
    Proposal,
    proposed,
    readable,
)
from devices.formats._ha_config import Entity, levels_of, read_config
from devices.formats._json import parse, parse_object
from devices.formats._tables import Field
from devices.formats._zigbee_keys import meaning
from devices.metrics import extra_name, label
from devices.readings import BadPayload, Source

MOST_OF_A_BRIDGE = 500
LARGEST_CONFIG = 8192
"""Bytes of a configuration of Home Assistant that a proposal keeps with it."""
TASMOTA = re.compile(r"tasmota/discovery/(?P<mac>[^/]+)/(?P<what>config|sensors)")
OPENEVSE = re.compile(r"openevse/announce/[^/]+")
SHELLY = re.compile(r"shellies/(?:[^/]+/)?announce")
HOMIE_5 = re.compile(r"(?P<root>[^/]+/5/[^/]+)/\$description")
HOMIE_4 = re.compile(r"(?P<root>[^/]+/[^/]+)/\$(?P<what>homie|name)")


def is_announcement(topic: str) -> bool:
    """True for a topic on which somebody tells what is there, whoever else listens to it."""
    return (
        (topic.endswith("/config") and levels_of(topic) is not None)
        or topic.endswith("/bridge/devices")
        or TASMOTA.fullmatch(topic) is not None
        or SHELLY.fullmatch(topic) is not None
        or OPENEVSE.fullmatch(topic) is not None
    )


def announced(topic: str, payload: bytes, zone: ZoneInfo) -> list[Proposal] | None:
    """The devices that a message announces, none where it announces nothing that is kept.

    None if it is no announcement at all. Raises BadPayload for one that cannot be read.
    """
    if topic.endswith("/config") and levels_of(topic) is not None and not TASMOTA.fullmatch(topic):
        return _of_home_assistant(topic, payload)
    base, of_bridge, what = topic.rpartition("/bridge/")
    if of_bridge and what == "devices":
        return list(_of_zigbee2mqtt(base, topic, payload))
    tasmota = TASMOTA.fullmatch(topic)
    if tasmota:
        return _of_tasmota(topic, tasmota["mac"], tasmota["what"], payload, zone)
    if SHELLY.fullmatch(topic):
        said = parse_object(payload)
        root = f"shellies/{_word(said.get('id'), 'id')}"
        speaks = (f"{root}/online",)
        return _one(proposed("shelly", root, (), sureness=ANNOUNCED, announcement=topic, speaks=speaks))
    if OPENEVSE.fullmatch(topic):
        said = parse_object(payload)
        name, root = said.get("name"), _word(said.get("mqtt"), "mqtt")
        return _one(
            proposed(
                "openevse",
                root,
                (),
                sureness=ANNOUNCED,
                announcement=topic,
                name=name if isinstance(name, str) else "",
                speaks=(f"{root}/power",),
            )
        )
    return _of_itself(topic, payload, zone)


def _of_itself(topic: str, payload: bytes, zone: ZoneInfo) -> list[Proposal] | None:
    """Births and descriptions that stand among a device's own topics."""
    place = lora_root(topic)
    if place:
        said = readable(*place, topic, payload, Source(zone, memory={})) or ()
        return _one(proposed(*place, said, sureness=RECOGNISED, name=_lora_name(payload), speaks=(topic,)))
    sparkplug = sparkplug_root(topic)
    if sparkplug and "BIRTH/" in topic:
        said = readable("sparkplug", sparkplug, topic, payload, Source(zone, memory={})) or ()
        return _one(
            proposed("sparkplug", sparkplug, said, sureness=ANNOUNCED, announcement=topic, speaks=(topic,))
        )
    homie = HOMIE_5.fullmatch(topic)
    if homie:
        name = parse_object(payload).get("name")
        name = name if isinstance(name, str) else ""
        return _one(
            proposed(
                "homie", homie["root"], (), sureness=ANNOUNCED, announcement=topic, name=name, speaks=(topic,)
            )
        )
    homie = HOMIE_4.fullmatch(topic)
    if homie:
        name = payload.decode("utf-8", "replace") if homie["what"] == "name" else ""
        return _one(
            proposed(
                "homie", homie["root"], (), sureness=ANNOUNCED, announcement=topic, name=name, speaks=(topic,)
            )
        )
    return None


def _of_home_assistant(topic: str, payload: bytes) -> list[Proposal]:
    entities = read_config(topic, payload)
    if not entities:
        return []
    said = [_label(one) for one in entities]
    name = next((one.device_name for one in entities if one.device_name), "")
    speaks = [one.topic for one in entities]
    spoken = {native_root(one.topic) for one in entities}
    if len(spoken) == 1 and None not in spoken:
        (place,) = (one for one in spoken if one is not None)
        return _one(proposed(*place, said, sureness=BRIDGED, announcement=topic, name=name, speaks=speaks))
    prefix, component, node, object_id = _levels(topic)
    root = f"{prefix}/+/{node}" if node else f"{prefix}/{component}/{object_id}"
    config = parse_object(payload) if len(payload) <= LARGEST_CONFIG else None
    options = {"configs": {topic: config}} if config is not None else {}
    made = proposed(
        "homeassistant",
        root,
        said,
        sureness=BRIDGED,
        announcement=topic,
        name=name or entities[0].device,
        options=options,
        speaks=speaks,
    )
    return _one(made)


def _levels(topic: str) -> tuple[str, str, str, str]:
    component, node, object_id = levels_of(topic) or ("", "", "")
    behind = [component, *([node] if node else []), object_id, "config"]
    return topic.removesuffix("/" + "/".join(behind)), component, node, object_id


def _label(entity: Entity) -> str:
    if entity.field is None:
        return extra_name(*entity.names)
    return label(entity.field.metric, entity.field.channel)


def _of_zigbee2mqtt(base: str, topic: str, payload: bytes) -> Iterable[Proposal]:
    """`<base>/bridge/devices`: everything that has joined the network."""
    every = parse(payload)
    if not isinstance(every, list):
        raise BadPayload("bridge/devices: a list was expected")
    for one in every[:MOST_OF_A_BRIDGE]:
        if not isinstance(one, dict) or one.get("type") == "Coordinator" or one.get("disabled") is True:
            continue
        name = one.get("friendly_name")
        if not isinstance(name, str) or not name:
            continue
        made = proposed(
            "zigbee2mqtt",
            f"{base}/{name}",
            tuple(_exposed(one.get("definition"))),
            sureness=ANNOUNCED,
            announcement=topic,
            name=name,
            speaks=(f"{base}/{name}",),
        )
        if made:
            yield made


def _exposed(definition: object, levels: int = 3) -> Iterable[str]:
    """The labels of what a definition exposes, its features too."""
    several = definition.get("exposes", definition.get("features")) if isinstance(definition, dict) else None
    for one in several[:100] if isinstance(several, list) else ():
        if not isinstance(one, dict):
            continue
        key = one.get("property")
        field = meaning(key[:80], False) if isinstance(key, str) else None
        if isinstance(field, Field):
            yield label(field.metric, field.channel)
        if levels:
            yield from _exposed(one, levels - 1)


def _of_tasmota(topic: str, mac: str, what: str, payload: bytes, zone: ZoneInfo) -> list[Proposal]:
    if not payload:
        return []
    said = parse_object(payload)
    if what == "sensors":
        values = said.get("sn")
        if not isinstance(values, dict):
            return []
        read = _sensors(values, zone)
        of = f"tasmota/discovery/{mac}/config"
        return [Proposal("tasmota", "", "", metrics=read, of=of)] if read else []
    full, own = said.get("ft", "%prefix%/%topic%/"), said.get("t")
    if not isinstance(full, str) or not isinstance(own, str):
        raise BadPayload("ft and t: texts were expected")
    root = (
        full.replace("%topic%", own).replace("%hostname%", str(said.get("hn", ""))).replace("%id%", mac[-6:])
    )
    root = "/".join(level for level in root.split("/") if level and level != "%prefix%")
    names = said.get("fn")
    first = names[0] if isinstance(names, list) and names else None
    name = next((one for one in (said.get("dn"), first, said.get("hn")) if isinstance(one, str) and one), "")
    speaks = (f"tele/{root}/STATE",)
    return _one(
        proposed("tasmota", root, (), sureness=ANNOUNCED, announcement=topic, name=name, speaks=speaks)
    )


def _sensors(values: Mapping[str, Any], zone: ZoneInfo) -> tuple[str, ...]:
    wire = orjson.dumps(values)
    return readable("tasmota", "x", "tele/x/SENSOR", wire, Source(zone, memory={})) or ()


def _lora_name(payload: bytes) -> str:
    """As its network server calls it."""
    try:
        said = parse_object(payload)
    except BadPayload:
        return ""
    for holder, key in (("deviceInfo", "deviceName"), ("end_device_ids", "device_id")):
        about = said.get(holder)
        name = about.get(key) if isinstance(about, dict) else None
        if isinstance(name, str):
            return name
    return ""


def _word(value: object, key: str) -> str:
    if not isinstance(value, str) or not value:
        raise BadPayload(f"{key}: a text was expected")
    return value


def _one(made: Proposal | None) -> list[Proposal]:
    return [made] if made else []
