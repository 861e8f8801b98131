"""A mapping as it is typed in a form: rows that become `options.fields`, and what results. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from math import isfinite
from typing import Any

from devices.discovery.tree import WHOLE
from devices.formats import mapping
from devices.formats._json import number
from devices.formats._mapping_rules import look_up, read_path, read_rules
from devices.formats._quantities import quantity, words_of
from devices.metrics import METRICS, extra_name
from devices.readings import BadPayload, Decoded, Source

MOST_ROWS = 60
COLUMNS = ("path", "metric", "channel", "scale", "words", "at", "where")
LONGEST = 2_000
"""Characters of one field."""


@dataclass(frozen=True, slots=True)
class Row:
    """A value, as typed. `where`: the topic on which it was picked, '' for all of the device."""

    path: str
    metric: str = ""
    channel: str = ""
    scale: str = ""
    words: str = ""
    at: str = ""
    where: str = ""


def rows_of(columns: Mapping[str, Sequence[str]]) -> list[Row]:
    """The rows of a form that was sent, each field by its place."""
    every = zip_longest(*(columns.get(name, ())[:MOST_ROWS] for name in COLUMNS), fillvalue="")
    return [Row(*(one[:LONGEST].strip() for one in values)) for values in every]


def rows_as_saved(fields: object, root: str) -> list[Row]:
    """The rows of a device that is mapped already."""
    found = []
    for name, spec in fields.items() if isinstance(fields, Mapping) else ():
        if not isinstance(spec, Mapping):
            continue
        metric, _, channel = str(name).partition("@")
        topic = spec.get("topic")
        words = spec.get("map")
        found.append(
            Row(
                path=str(spec.get("path", "")) or WHOLE,
                metric=metric,
                channel=channel,
                scale="" if spec.get("scale") is None else f"{spec['scale']:.12g}",
                words=", ".join(f"{k}={v}" for k, v in words.items()) if isinstance(words, Mapping) else "",
                at=str(spec.get("at") or ""),
                where=f"{root}/{topic.strip('/')}".rstrip("/") if isinstance(topic, str) else "",
            )
        )
    return found[:MOST_ROWS]


def picked(path: str, document: Any, topic: str, there: Iterable[Row]) -> Row:
    """A value that was clicked, with a guess at what it is."""
    steps = [step for step in read_path(path, "") if isinstance(step, str)]
    words = words_of(*(steps or [topic.rpartition("/")[2]]))
    field = quantity(words)
    value = look_up(document, read_path(path, ""))
    if field is not None and field.words is None and number(value) is not None:
        scale = field.times / field.per
        row = Row(path, field.metric, field.channel, "" if scale == 1 else f"{scale:.12g}", where=topic)
    else:
        row = Row(path, _state(words) or extra_name(*words), where=topic)
    taken = {(one.metric, one.channel) for one in there}
    numbers = (str(n) for n in range(2, MOST_ROWS + 3))
    while (row.metric, row.channel) in taken:
        row = replace(row, channel=next(numbers))
    return row


def fields_of(rows: Sequence[Row], root: str) -> tuple[dict[str, Any], dict[int, str]]:
    """(`options.fields`, what is wrong by row)."""
    fields: dict[str, Any] = {}
    faults: dict[int, str] = {}
    for place, row in enumerate(rows):
        name = f"{row.metric}@{row.channel}" if row.channel else row.metric
        try:
            if name in fields:
                raise ValueError(f"{name}: there are two of this name; give one a channel")
            spec = _spec(row, root)
            read_rules({"fields": {name: spec}})
        except ValueError as reason:
            faults[place] = str(reason).removeprefix("options.fields.")
            continue
        fields[name] = spec
    return fields, faults


def outcome(fields: Mapping[str, Any], root: str, topic: str, payload: bytes, source: Source) -> Decoded:
    """What would be kept of a message. Raises BadPayload with the reason where nothing would."""
    suffix = mapping.suffix(root, topic)
    if suffix is None:
        raise BadPayload(f"the message came on {topic}, which is not below {root}")
    return mapping.decode(suffix, payload, replace(source, options={"fields": dict(fields)}, memory={}))


def _spec(row: Row, root: str) -> dict[str, Any]:
    spec: dict[str, Any] = {"path": "" if row.path == WHOLE else row.path}
    if row.where:
        topic = mapping.suffix(root, row.where)
        if topic is None:
            raise ValueError(f"{row.metric}: it was picked from {row.where}, which is not below {root}")
        if topic:
            spec["topic"] = topic
    if row.scale:
        scale = number(row.scale.replace(",", "."))
        if scale is None or not isfinite(scale):
            raise ValueError(f"{row.metric}.scale: a number such as 0.001 is needed")
        spec["scale"] = int(scale) if scale == int(scale) else scale
    if row.words:
        spec["map"] = _words(row)
    if row.at:
        spec["at"] = row.at
    return spec


def _words(row: Row) -> dict[str, Any]:
    """`1=charging, 2=available`: what the device says, and what it means."""
    known = METRICS.get(row.metric)
    found: dict[str, Any] = {}
    for pair in row.words.replace("\n", ",").split(","):
        if not pair.strip():
            continue
        said, equals, meant = (part.strip() for part in pair.partition("="))
        if not equals or not meant:
            raise ValueError(f"{row.metric}.map: pairs like 1=charging, 2=available are needed")
        amount = number(meant) if known is None or known.kind != "state" else None
        found[said] = meant if amount is None else amount
    return found


def _state(words: tuple[str, ...]) -> str:
    """A state of the vocabulary that is called so: door, valve, occupancy."""
    return next((word for word in reversed(words) if word in METRICS and METRICS[word].kind == "state"), "")
