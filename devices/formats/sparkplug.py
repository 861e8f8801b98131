"""Sparkplug B: nodes and devices whose names are told at their birth and abbreviated afterwards.

Root: an edge node (`spBv1.0/<group>/<node>`), whose devices are channels; one device of it
(`spBv1.0/<group>/<node>/<device>`); or a group (`spBv1.0/<group>`), where the node is a channel too. The kind
of message may stand in the root as it does in topics, or a `+` for it.

Payloads are protobuf; the specification's JSON form is read too. Births tell names, types and units
(property `engUnit`) of all metrics and give each an alias, under which data may name it: data with aliases
of which no birth was heard is refused, to be tried again. Deaths are offline; a node's death takes its
devices with it, and one whose bdSeq is not that of the last birth is of an earlier connection. A gap in
`seq` is told as x_messages_lost. A metric's quantity follows from its unit and its name, what is left of the
name is the channel: `Supply Voltage` is voltage@supply. Control metrics and properties are no readings.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from devices.formats._json import number, parse_object, shown
from devices.formats._own_topics import Topics
from devices.formats._quantities import quantity, words_of, yes_or_no
from devices.formats._sparkplug_wire import DATETIME, STRING, Metric, Payload, read_payload, signed
from devices.formats._tables import put, put_extra
from devices.formats._times import unix_time
from devices.readings import BadPayload, Decoded, Reading, Source, StateChange

TITLE = "Sparkplug B"
ROOTS = ("spBv1.0/group/node", "spBv1.0/group/node/device")
REMEMBERS = True
NAMESPACE = "spBv1.0"
KINDS = frozenset(
    {"NBIRTH", "NDEATH", "NDATA", "NCMD", "DBIRTH", "DDEATH", "DDATA", "DCMD", "NRECORD", "DRECORD"}
)
PARENT = "^"
"""In a suffix: the message is of the node whose device was registered."""
HOUSEKEEPING = ("Node Control/", "Device Control/", "Properties/", "Node Info/", "bdSeq")
MOST_ALIASES, MOST_NODES, MOST_DEVICES = 20_000, 64, 500
LONGEST_CHANNEL = 40
SEQUENCES = 256
JSON_TYPES = {"Int8": 1, "Int16": 2, "Int32": 3, "Int64": 4, "String": STRING, "DateTime": DATETIME}


@dataclass(slots=True)
class Node:
    """What an edge node has said of itself since its birth."""

    aliases: dict[int, Metric] = field(default_factory=dict)
    named: dict[tuple[str, str], Metric] = field(default_factory=dict)
    """By device and name: their types and units, which data may leave out."""
    bd_seq: float | None = None
    seq: int | None = None
    channels: set[str] = field(default_factory=set)
    """Of the devices that were born."""


def suffix(root: str, topic: str) -> str | None:
    """`<kind>/<node>/<device>/<channel>` of a message."""
    levels = topic.split("/")
    wanted = [level for level in root.strip("/").split("/") if level not in (*KINDS, "+")]
    if levels[0] != NAMESPACE or wanted[:1] != [NAMESPACE]:
        return None
    if len(levels) == 3 and levels[1] == "STATE":
        return "STATE///"
    if len(levels) not in (4, 5) or levels[2] not in KINDS:
        return None
    kind, path = levels[2], [levels[1], *levels[3:]]
    own = wanted[1:]
    if path[: len(own)] == own:
        device = path[2] if len(path) > 2 else ""
        return "/".join([kind, path[1], device, "_".join(path[len(own) :])])
    if path == own[:2] and kind in ("NBIRTH", "NDEATH"):
        return f"{kind}/{path[1]}/{PARENT}/"
    return None


def topics(root: str) -> Topics:
    """By kinds of message: a node's for it and its devices, a device's for itself, a group's for all."""
    own = [level for level in root.strip("/").split("/") if level not in (*KINDS, "+")][1:]
    group, below = own[:1], own[1:]
    first = "D" if len(below) > 1 else ""  # a device is not its node
    said = [kind for kind in sorted(KINDS) if not kind.endswith("CMD") and kind.startswith(first)]
    asked = [f"{letter}CMD" for letter in "ND" if letter.startswith(first)]

    def filters(kinds: list[str]) -> tuple[str, ...]:
        return tuple("/".join([NAMESPACE, *group, kind, *below, "#"]) for kind in kinds)

    return Topics(filters(said), (*filters(asked), f"{NAMESPACE}/STATE/#"))


def describes(suffix: str) -> bool:
    """True for births: they are said once, and nobody retains them."""
    return suffix.startswith(("NBIRTH/", "DBIRTH/"))


def recall(suffix: str, payload: bytes, source: Source) -> None:
    """Learns a birth of the past. What came after it was not heard, which is no gap."""
    decode(suffix, payload, source)
    for node in source.memory.values():
        node.seq = None


def decode(suffix: str, payload: bytes, source: Source) -> Decoded:
    """What a message of a node or device says. Raises BadPayload."""
    kind, node_name, device, channel = suffix.split("/", 3)
    if kind == "STATE" or kind.endswith("CMD") or not payload:
        return []
    said = _from_json(parse_object(payload)) if payload[:1] == b"{" else read_payload(payload)
    node = _node(source, node_name)
    channel = channel[:LONGEST_CHANNEL]
    if kind == "NDEATH":
        return _death(node, said, device, channel)
    if kind == "DDEATH":
        return [StateChange("online", "offline", channel, unix_time(said.timestamp_ms))]
    found: Decoded = []
    if kind == "NBIRTH":
        source.memory[node_name] = node = Node(bd_seq=_bd_seq(said))
    if device != PARENT:
        if kind.endswith("BIRTH"):
            _learn(node, said, device, channel)
            found.append(StateChange("online", "online", channel, unix_time(said.timestamp_ms)))
        _metrics(found, node, said, (device, channel), source)
    _sequence(found, node, said, channel, is_whole=not device or bool(channel))
    return found


def _node(source: Source, name: str) -> Node:
    if len(source.memory) >= MOST_NODES and name not in source.memory:
        source.memory.clear()
    node: Node = source.memory.setdefault(name, Node())
    return node


def _death(node: Node, said: Payload, device: str, channel: str) -> Decoded:
    """The will of a node, unless it is that of an earlier connection. Its time is that of its connecting."""
    of = _bd_seq(said)
    if of is not None and node.bd_seq is not None and of != node.bd_seq:
        return []
    gone = {channel} if device == PARENT else {channel, *node.channels}
    return [StateChange("online", "offline", one) for one in sorted(gone)]


def _bd_seq(said: Payload) -> float | None:
    return next((number(metric.value) for metric in said.metrics if metric.name == "bdSeq"), None)


def _learn(node: Node, said: Payload, device: str, channel: str) -> None:
    if device and len(node.channels) < MOST_DEVICES:
        node.channels.add(channel)
    for metric in said.metrics:
        if len(node.named) >= MOST_ALIASES:
            return
        node.named[device, metric.name] = metric
        if metric.alias is not None:
            node.aliases[metric.alias] = metric


def _metrics(found: Decoded, node: Node, said: Payload, place: tuple[str, str], source: Source) -> None:
    device, channel = place
    unknown, known = None, 0
    for metric in said.metrics:
        born = node.named.get((device, metric.name)) if metric.name else None
        if not metric.name and metric.alias is not None:
            born = node.aliases.get(metric.alias)
            if born is None:
                unknown = metric.alias
                continue
        name = metric.name or (born.name if born else "")
        if not name:
            continue
        known += 1
        if metric.value is not None and not name.startswith(HOUSEKEEPING):
            at_ms = metric.timestamp_ms if metric.timestamp_ms is not None else said.timestamp_ms
            datatype = metric.datatype or (born.datatype if born else 0)
            unit = metric.unit or (born.unit if born else "")
            _say(found, Metric(name, None, at_ms, datatype, value=metric.value, unit=unit), channel, source)
    if unknown is not None and not known:
        raise BadPayload(f"alias {unknown} is not known: no birth of this node was heard")


def _say(found: Decoded, metric: Metric, channel: str, source: Source) -> None:
    value = signed(metric.value, metric.datatype)
    if metric.datatype == DATETIME:
        return
    at = unix_time(metric.timestamp_ms)
    words = words_of(metric.name)
    field = None
    if isinstance(value, bool):
        field = yes_or_no(words)
    elif isinstance(value, int | float):
        field = quantity(words, metric.unit or None, produces=source.produces)
    if field is not None:
        put(found, field, value, at, channel)
    else:
        put_extra(found, words or ("value",), value, at, channel)


def _sequence(found: Decoded, node: Node, said: Payload, channel: str, *, is_whole: bool) -> None:
    """A gap in the numbers that a node gives to its messages and those of its devices."""
    if said.seq is None:
        return
    before, node.seq = node.seq, said.seq
    if is_whole and before is not None and before != said.seq:
        lost = (said.seq - before - 1) % SEQUENCES
        if lost:
            found.append(Reading("x_messages_lost", float(lost), channel, unix_time(said.timestamp_ms)))


def _from_json(said: Mapping[str, Any]) -> Payload:
    """The form in which the specification prints payloads, and some gateways send them."""
    metrics = said.get("metrics", [])
    if not isinstance(metrics, list) or not ("metrics" in said or "seq" in said or "timestamp" in said):
        raise BadPayload(f"metrics: an array was expected, not {shown(metrics)}")
    seq = number(said.get("seq"))
    payload = Payload(_ms(said.get("timestamp")), int(seq) % SEQUENCES if seq is not None else None)
    for one in metrics:
        if not isinstance(one, dict):
            continue
        alias, value = one.get("alias"), one.get("value")
        payload.metrics.append(
            Metric(
                name=str(one.get("name") or ""),
                alias=alias if type(alias) is int else None,
                timestamp_ms=_ms(one.get("timestamp")),
                datatype=JSON_TYPES.get(str(one.get("dataType", one.get("type"))), 0),
                value=None if one.get("isNull") or one.get("is_null") else value,
                unit=_json_unit(one.get("properties")),
            )
        )
    return payload


def _ms(value: Any) -> int | None:
    moment = number(value)
    return None if moment is None else int(moment)


def _json_unit(properties: Any) -> str:
    unit = properties.get("engUnit") if isinstance(properties, dict) else None
    unit = unit.get("value") if isinstance(unit, dict) else unit
    return unit if isinstance(unit, str) else ""
