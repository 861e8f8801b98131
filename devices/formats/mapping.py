"""Any JSON, or plain values, by a mapping that staff write into `options.fields`.

    {"power": {"path": "meter.w[0]"},
     "energy_import": {"path": "meter.wh", "scale": 0.001, "at": "time"},
     "charger_status@2": {"path": "state", "topic": "status", "map": {"1": "charging"}}}

Root: the topic under which the device speaks. A field with a `topic` is looked for in messages on that
sub-topic of the root only, any other in every message of the device. A path of "" is the whole payload,
which then may be plain text. `at` names a Unix time (s or ms) or an ISO time (without an offset: in the
source's zone). What a message does not hold is unchanged; a message that holds nothing of what is
mapped for its topic is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from devices.formats._json import NOTHING, below, number, shown, text
from devices.formats._mapping_rules import MISSING, Rule, look_up, read_rules
from devices.formats._tables import VERBATIM, Field, put
from devices.formats._times import any_time
from devices.metrics import METRICS
from devices.readings import BadPayload, Decoded, Source

ASKING = frozenset({"set", "get", "cmd", "command"})
"""Last levels of topics on which others speak to the device."""
RULES = "rules"
Rules = dict[str | None, tuple[Rule, ...]]
"""By sub-topic; None for a sub-topic that no field names."""


def suffix(root: str, topic: str) -> str | None:
    """What follows the root."""
    return below(root, topic)


def check_options(options: Mapping[str, Any]) -> None:
    """Raises ValueError, with a text for the person who wrote them, if `options` cannot be used."""
    read_rules(options)


def decode(suffix: str, payload: bytes, source: Source) -> Decoded:
    """Readings of what is mapped for this topic."""
    if not payload:
        return []
    rules = source.memory.get(RULES) or _compiled(source)
    meant = suffix in rules or not suffix
    here: tuple[Rule, ...] = rules.get(suffix, rules[None])
    if not here or (not meant and suffix.rpartition("/")[2] in ASKING):
        return []
    try:
        document = orjson.loads(payload)
    except orjson.JSONDecodeError as error:
        if all(rule.path for rule in here):
            if meant:
                raise BadPayload(f"not JSON: {error}") from None
            return []
        document = text(payload)
    return _read(document, here, source, meant)


def _read(document: Any, rules: tuple[Rule, ...], source: Source, meant: bool) -> Decoded:
    found: Decoded = []
    reached = False
    unread: object = None
    for rule in rules:
        value = look_up(document, rule.path)
        if value is MISSING:
            continue
        reached = True
        before = len(found)
        at = any_time(look_up(document, rule.at), source.zone) if rule.at is not None else None
        if rule.numbers is not None:
            value = rule.numbers.get(value.strip().lower() if isinstance(value, str) else _plain(value))
        put(found, _field(rule.field, value), value, at)
        if len(found) == before and value is not None:
            unread = value
    if not reached and meant:
        raise BadPayload("none of the mapped paths is in it")
    if not found and unread is not None and not (isinstance(unread, str) and unread.lower() in NOTHING):
        raise BadPayload(f"no mapped value could be read, for one {shown(unread)}")
    return found


def _field(field: Field, value: Any) -> Field:
    """A name outside the vocabulary takes words as well as numbers."""
    if field.words is None and field.metric not in METRICS and number(value) is None:
        word = ("true" if value else "false") if isinstance(value, bool) else None
        return Field(field.metric, field.channel, words=VERBATIM if word is None else {value: word})
    return field


def _plain(value: Any) -> object:
    return value if isinstance(value, bool | int | float) else None


def _compiled(source: Source) -> Rules:
    """The rules of a device, which remembers them: reading the options takes longer than a message."""
    try:
        every = read_rules(source.options)
    except ValueError as error:
        raise BadPayload(str(error)) from None
    rules: Rules = {None: tuple(rule for rule in every if rule.topic is None)}
    for topic in {rule.topic for rule in every if rule.topic is not None}:
        rules[topic] = tuple(rule for rule in every if rule.topic in (topic, None))
    source.memory[RULES] = rules
    return rules
