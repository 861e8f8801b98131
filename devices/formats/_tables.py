"""How a dialect reads as a table: key -> metric, channel, unit, words. The walk is the same for all.

    PLUG: Fields = {
        "apower": Field("power"),
        "aenergy": {"total": Field("energy_import", per=1000), REST: None},
        "output": Field("switch", words=ON_OFF),
        "source": None,
    }

A table in a table reads an object in an object, a tuple reads a list by position; None stands for noise
that is not kept; a key that the table does not name is kept under `x_<snake_case>`, but for `REST: None`,
which drops all others. One bad value never loses the others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import isfinite
from typing import Any, Union

from devices.formats._json import NOTHING, number
from devices.metrics import extra_name
from devices.readings import Decoded, Reading, StateChange

REST = "*"
"""The key of a table that stands for all keys it does not name."""
LONGEST_WORD = 200
"""Characters. A longer text that no table names is no state."""
LONGEST_KEY = 80
"""Characters of a key that go into an x_ name."""
MOST_ITEMS = 16
"""Of a list of numbers without a name in the vocabulary."""
DEEPEST = 4
"""Levels of names that go into one x_ name."""

Moment = datetime | timedelta | None
"""As of a Reading: an instant, a span from the arrival, or None for the arrival itself."""
Words = Mapping[object, str]
"""What a payload says (texts in lower case) -> the vocabulary's word, '' where it tells nothing."""


def truth(yes: str, no: str, **more: str) -> Words:
    """Words for a yes or no, in all the ways that devices write it; `more` are words of the device's own.

    >>> truth("open", "closed", close="closed")["close"]
    'closed'
    """
    words: dict[object, str] = {True: yes, "true": yes, "1": yes, "on": yes, yes: yes}
    words |= {False: no, "false": no, "0": no, "off": no, no: no}
    words |= dict(more.items())
    return words


ON_OFF = truth("on", "off")
OPEN_CLOSED = truth("open", "closed", close="closed")
OCCUPIED_CLEAR = truth("occupied", "clear", trigger="occupied", idle="clear", normal="clear", vacant="clear")
ONLINE_OFFLINE = truth("online", "offline", connected="online", disconnected="offline")
TRUE_FALSE = truth("true", "false")
VERBATIM: Words = {}
"""For names: whatever the device says stands, digits too."""


@dataclass(frozen=True, slots=True)
class Field:
    """What a key means: a number, `times` over `per` of it in the metric's unit, or a state's `words`.

    Wh are kWh with `per=1000`: a division rounds once, a factor of 0.001 twice. °F are °C with
    `minus=32, per=1.8`: `minus` is taken off first.
    """

    metric: str
    channel: str = ""
    times: float = 1.0
    per: float = 1.0
    words: Words | None = None
    absent: frozenset[float | str] = frozenset()
    """Numbers as sent, or words in lower case, by which the device says that nothing is connected."""
    minus: float = 0.0


Meaning = Union[Field, tuple[Field | None, ...], "Fields", None]
"""What a key means: a value, a list by position, an object, or noise."""
Fields = Mapping[str, Meaning]
LINES = ("l1", "l2", "l3")
"""Channels of the three phases."""


def lines(metric: str, times: float = 1.0, per: float = 1.0) -> tuple[Field, ...]:
    """A list of three values, one for each phase."""
    return tuple(Field(metric, line, times, per) for line in LINES)


def take(
    found: Decoded,
    fields: Fields,
    values: Mapping[str, Any],
    at: Moment,
    channel: str = "",
    *,
    names: tuple[str, ...] = (),
) -> None:
    """Adds to `found` what `values` say by the table. `names` go before the key in x_ names."""
    for key, value in values.items():
        if value is None:
            continue
        field = fields.get(key)
        if isinstance(field, Field):
            put(found, field, value, at, channel)
        elif isinstance(field, tuple):
            put_list(found, field, value, at, channel)
        elif field is not None:
            if isinstance(value, dict):
                take(found, field, value, at, channel, names=(*names, key))
        elif key not in fields and REST not in fields:
            put_extra(found, (*names, key[:LONGEST_KEY]), value, at, channel)


def put(found: Decoded, field: Field, value: Any, at: Moment, channel: str = "") -> None:
    """Adds what one value says, or each of a list; nothing if it is null, no number, or not finite."""
    kind = type(value)
    if kind is dict:  # {"value": 21.5, "unit": "°C"} or {"state": "on"} as several codecs write it
        value = value.get("value", value.get("state"))
        kind = type(value)
    if kind is list:  # several sensors of a kind under one key
        for index, one in enumerate(value[:MOST_ITEMS], 1):
            if type(one) is not list:
                put(found, field, one, at, joined(channel, str(index)) if len(value) > 1 else channel)
        return
    if field.channel:
        channel = joined(channel, field.channel)
    if field.words is not None:
        _put_word(found, field, value, at, channel)
        return
    if kind is not float and kind is not int:
        value = number(value)
        if value is None:
            return
    if value in field.absent:
        return
    scaled = (value - field.minus) * field.times / field.per or 0.0  # no -0
    if isfinite(scaled):
        found.append(Reading(field.metric, scaled, channel, at))


def put_list(
    found: Decoded, fields: tuple[Field | None, ...], values: Any, at: Moment, channel: str = ""
) -> None:
    """Adds what a list says by position; what is no list, or goes beyond the table, says nothing."""
    if type(values) is list:
        for field, value in zip(fields, values, strict=False):
            if field is not None and type(value) is not list:
                put(found, field, value, at, channel)


def _put_word(found: Decoded, field: Field, value: Any, at: Moment, channel: str) -> None:
    words = field.words
    if words is VERBATIM:
        name = str(value).strip() if isinstance(value, str | int) else ""
        if name.lower() not in NOTHING:
            found.append(StateChange(field.metric, name, channel, at))
        return
    if type(value) is str:
        said: object = value.strip().lower()
    elif isinstance(value, bool | int | float):
        said = value
    else:
        return
    word = words.get(said) if words else None
    if word:
        found.append(StateChange(field.metric, word, channel, at))
    elif word is None and type(value) is str and not field.metric.startswith("x_"):
        put_extra(found, (field.metric,), value, at, channel)  # a word that the vocabulary has not


def put_extra(found: Decoded, names: tuple[str, ...], value: Any, at: Moment, channel: str = "") -> None:
    """Adds what has no name in the vocabulary, under x_: numbers, words, and those inside of it."""
    kind = type(value)
    if kind is bool:
        found.append(StateChange(extra_name(*names), "true" if value else "false", channel, at))
    elif kind is float or kind is int:
        if isfinite(value):
            found.append(Reading(extra_name(*names), float(value), channel, at))
    elif kind is str:
        as_number = number(value)
        if as_number is not None:
            found.append(Reading(extra_name(*names), as_number, channel, at))
        else:
            word = value.strip()
            if len(word) <= LONGEST_WORD and word.lower() not in NOTHING:
                found.append(StateChange(extra_name(*names), word, channel, at))
    elif kind is dict and len(names) < DEEPEST:
        for key, inner in value.items():
            put_extra(found, (*names, key[:LONGEST_KEY]), inner, at, channel)
    elif kind is list:
        for index, item in enumerate(value[:MOST_ITEMS], 1):
            if number(item) is not None:
                put_extra(found, names, item, at, joined(channel, str(index)))


def joined(outer: str, inner: str) -> str:
    """One channel inside another: the first phase of the second meter is `1_l1`."""
    return f"{outer}_{inner}" if outer and inner else outer or inner


def producing(fields: Fields) -> Fields:
    """The same table for a meter that looks at production: import and export change places."""
    other = {"energy_import": "energy_export", "energy_export": "energy_import"}
    swapped: dict[str, Meaning] = {}
    for key, field in fields.items():
        if isinstance(field, Field):
            swapped[key] = replace(field, metric=other.get(field.metric, field.metric))
        elif isinstance(field, tuple):
            swapped[key] = tuple(
                one and replace(one, metric=other.get(one.metric, one.metric)) for one in field
            )
        else:
            swapped[key] = field if field is None else producing(field)
    return swapped
