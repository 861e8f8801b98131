"""`options.fields` of a mapped device, read and checked: what stands where, and what it means."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any, Final

from devices.formats._tables import (
    OCCUPIED_CLEAR,
    ON_OFF,
    ONLINE_OFFLINE,
    OPEN_CLOSED,
    VERBATIM,
    Field,
    Words,
    truth,
)
from devices.metrics import METRICS

Path = tuple[str | int, ...]
MISSING: Final = object()
KEYS = frozenset({"path", "topic", "scale", "map", "at"})
YES_NO: Mapping[str, Words] = {
    "switch": ON_OFF,
    "valve": OPEN_CLOSED,
    "door": OPEN_CLOSED,
    "occupancy": OCCUPIED_CLEAR,
    "online": ONLINE_OFFLINE,
    "lock": truth("locked", "unlocked"),
}
"""States that a device may say as true or false without a map."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One field: where it stands in a message and what it means."""

    field: Field
    path: Path
    topic: str | None
    """Below the root; None for every message of the device."""
    at: Path | None
    numbers: Mapping[object, float] | None = None
    """For a measurement that is sent as a word: what the word stands for."""


def read_rules(options: Mapping[str, Any]) -> tuple[Rule, ...]:
    """The fields of a mapped device. Raises ValueError with a text for the person who wrote them."""
    fields = options.get("fields")
    if not isinstance(fields, Mapping) or not fields:
        raise ValueError('options.fields: an object like {"power": {"path": "meter.w"}} is needed')
    return tuple(_rule(str(name), spec) for name, spec in fields.items())


def read_path(path: object, where: str) -> Path:
    """The steps of `a.b[0].c`; none for "" or "$", the whole payload. Raises ValueError."""
    if not isinstance(path, str):
        raise ValueError(f'{where}: a path like "a.b[0].c" is needed')
    steps = path.strip().removeprefix("$").removeprefix(".")
    if not steps:
        return ()
    if not re.fullmatch(r"(?:[^.\[\]]+|\[[0-9]{1,6}\])(?:\.[^.\[\]]+|\[[0-9]{1,6}\])*", steps):
        raise ValueError(f'{where}: "{path}" is no path like "a.b[0].c"')
    return tuple(
        int(index) if index else key for index, key in re.findall(r"\[([0-9]+)\]|([^.\[\]]+)", steps)
    )


def look_up(document: Any, path: Path) -> Any:
    """What stands at a path, MISSING where nothing does."""
    for step in path:
        if isinstance(step, str):
            if not isinstance(document, dict) or step not in document:
                return MISSING
        elif not isinstance(document, list) or step >= len(document):
            return MISSING
        document = document[step]
    return document


def _rule(name: str, spec: object) -> Rule:
    where = f"options.fields.{name}"
    metric, _, channel = name.partition("@")
    if metric not in METRICS and not re.fullmatch(r"x_[a-z0-9_]{1,78}", metric):
        raise ValueError(f"{where}: {metric} is not in the vocabulary; a name of your own begins with x_")
    if not re.fullmatch(r"[A-Za-z0-9_.:-]{0,64}", channel):
        raise ValueError(f"{where}: a channel has letters, digits and _ . : - only, 64 at most")
    if not isinstance(spec, Mapping):
        raise ValueError(f'{where}: an object with a "path" is needed')
    unknown = spec.keys() - KEYS
    if unknown:
        raise ValueError(
            f"{where}: {sorted(map(str, unknown))[0]} is unknown; known are {', '.join(sorted(KEYS))}"
        )
    topic = spec.get("topic")
    if topic is not None and not isinstance(topic, str):
        raise ValueError(f"{where}.topic: the sub-topic is needed as a text")
    is_state = metric in METRICS and METRICS[metric].kind == "state"
    words, numbers = _meanings(where, metric, spec.get("map"), is_state)
    scale = spec.get("scale", 1)
    if isinstance(scale, bool) or not isinstance(scale, int | float) or not isfinite(scale) or scale == 0:
        raise ValueError(f"{where}.scale: a number other than 0 is needed")
    if scale != 1 and words is not None:
        raise ValueError(f"{where}.scale: {metric} is a state, which has no scale")
    return Rule(
        Field(metric, channel, *_fraction(float(scale)), words=words),
        read_path(spec.get("path"), f"{where}.path"),
        topic.strip("/") if topic is not None else None,
        read_path(spec["at"], f"{where}.at") if spec.get("at") is not None else None,
        numbers,
    )


def _fraction(scale: float) -> tuple[float, float]:
    """(times, per): 0.001 as a division by 1000, which rounds once."""
    inverse = 1 / scale
    return (1.0, inverse) if abs(scale) < 1 and inverse == round(inverse) else (scale, 1.0)


def _meanings(
    where: str, metric: str, meant: object, is_state: bool
) -> tuple[Words | None, Mapping[object, float] | None]:
    """(words of a state, numbers of a measurement), from the map or from the vocabulary."""
    allowed = _allowed_words(metric) if is_state else ()
    if meant is None:
        if not is_state:
            return None, None
        return YES_NO.get(metric) or {word: word for word in allowed} or VERBATIM, None
    if not isinstance(meant, Mapping) or not meant:
        raise ValueError(f'{where}.map: an object like {{"1": "charging"}} is needed')
    if not is_state and all(isinstance(value, int | float) for value in meant.values()):
        return None, {said: float(value) for key, value in meant.items() for said in _ways_to_say(str(key))}
    for value in meant.values():
        if not isinstance(value, str) or not value:
            raise ValueError(f"{where}.map: every meaning must be a word")
        if allowed and value not in allowed:
            raise ValueError(f"{where}.map: {value} is no {metric}; the words are {', '.join(allowed)}")
        if not is_state and metric in METRICS:
            raise ValueError(f"{where}.map: {metric} is a number, so every meaning must be one")
    return {said: str(value) for key, value in meant.items() for said in _ways_to_say(str(key))}, None


def _ways_to_say(key: str) -> tuple[object, ...]:
    """A key of a map as a payload may hold it: "1" also as the number 1, "true" also as true."""
    plain = key.strip().lower()
    if plain in ("true", "false"):
        return plain, plain == "true"
    try:
        return plain, float(plain)
    except ValueError:
        return (plain,)


def _allowed_words(metric: str) -> tuple[str, ...]:
    """The words of an enumerated state, as the vocabulary lists them; none for names."""
    meaning = METRICS[metric].meaning.partition(",")[0]
    return tuple(word.strip() for word in meaning.split("|")) if "|" in meaning else ()
