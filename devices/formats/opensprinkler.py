"""OpenSprinkler: stations as valves, flow, sensors, and the analog sensors of its extended firmware.

Root: the topic that the controller publishes below (`opensprinkler`, or as it was set). A station is a
channel by its number, from 0 on.

Only changes are told: after a restart a valve's state is unknown until it moves. The flow of a station is
the mean of the run that has ended; the volume of `sensor/flow` is that of a program's run, no lifetime
register. Both are in the unit of the pulse rate that was set: L, or US gallons with
`options.volume_unit = "gal"`. Alerts for over and under current are in mA.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from devices.formats._json import below, number, parse_object, shown, text
from devices.formats._quantities import quantity, words_of
from devices.formats._tables import (
    LONGEST_KEY,
    ON_OFF,
    ONLINE_OFFLINE,
    OPEN_CLOSED,
    REST,
    Field,
    Fields,
    put,
    put_extra,
    take,
)
from devices.formats._times import unix_time
from devices.formats._units import GALLON_L, unit_called
from devices.readings import BadPayload, Decoded, Reading, Source, StateChange

TITLE = "OpenSprinkler"
ROOTS = ("opensprinkler",)
IN_VOLUME = frozenset({"water_flow", "x_run_volume", "x_flow_alert", "x_flow_alert_setpoint"})
"""In the unit of volume that is set, by the minute or as it is."""
MA = 1000.0
SWITCHED: Fields = {"state": Field("x_sensor", words=ON_OFF)}
RAIN_DELAY: Fields = {"state": Field("x_rain_delay", words=ON_OFF)}
FLOW: Fields = {"volume": Field("x_run_volume"), "count": Field("x_flow_pulses"), REST: None}
FLOW_ALERT: Fields = {
    "flow_rate": Field("x_flow_alert"),
    "alert_setpoint": Field("x_flow_alert_setpoint"),
    REST: None,
}
CURRENT_ALERT: Fields = {
    "curr_value": Field("x_current_alert", per=MA),
    "imin_threshold": Field("x_current_limit", per=MA),
    "imax_limit": Field("x_current_limit", per=MA),
    REST: None,
}


def suffix(root: str, topic: str) -> str | None:
    """What follows the root."""
    return below(root, topic)


def check_options(options: Mapping[str, Any]) -> None:
    """Raises ValueError, with a text for the person who wrote them, if `options` cannot be used."""
    if options.get("volume_unit", "L") not in ("L", "gal"):
        raise ValueError('options.volume_unit: "L" or "gal"')


def decode(suffix: str, payload: bytes, source: Source) -> Decoded:
    """Readings of one message. Raises BadPayload."""
    if not payload or not suffix:
        return []
    if suffix == "availability":
        word = ONLINE_OFFLINE.get(text(payload).lower())
        if word is None:
            raise BadPayload(f"availability: online or offline was expected, not {shown(text(payload))}")
        return [StateChange("online", word)]
    first, _, rest = suffix.partition("/")
    read = TOPICS.get(suffix) or TOPICS.get(first)
    found: Decoded = []
    if read is not None:
        read(found, parse_object(payload), rest)
    return _in_litres(found) if source.options.get("volume_unit") == "gal" else found


def _in_litres(found: Decoded) -> Decoded:
    for one in found:
        if isinstance(one, Reading) and one.metric in IN_VOLUME:
            one.value *= GALLON_L
    return [one for one in found if not isinstance(one, Reading) or abs(one.value) != float("inf")]


def _station(found: Decoded, said: dict[str, Any], rest: str) -> None:
    station, _, alert = rest.partition("/")
    channel = station[:16]
    if alert:
        fields = FLOW_ALERT if alert == "alert/flow" else CURRENT_ALERT
        take(found, fields, said, None, channel)
        return
    state = said.get("state")
    word = OPEN_CLOSED.get(state) if isinstance(state, bool | int | str) else None
    if word is None:
        raise BadPayload(f"state: 0 or 1 was expected, not {shown(state)}")
    found.append(StateChange("valve", word, channel))
    is_open = word == "open"
    duration = "x_planned_duration" if is_open else "x_run_duration"
    put(found, Field(duration), said.get("duration"), None, channel)
    put(found, Field("water_flow"), said.get("flow"), None, channel)


def _sensor(found: Decoded, said: dict[str, Any], rest: str) -> None:
    if rest == "flow":
        take(found, FLOW, said, None)
    else:
        take(found, SWITCHED, said, None, rest[:16])


def _switched(channel: str) -> Callable[[Decoded, dict[str, Any], str], None]:
    return lambda found, said, _rest: take(found, SWITCHED, said, None, channel)


def _program(found: Decoded, said: dict[str, Any], rest: str) -> None:
    state = said.get("state")
    word = "started" if number(state) == 1 else state if isinstance(state, str) else ""
    put_extra(found, ("program",), word, None, rest[:16])
    put(found, Field("x_water_level"), said.get("wl"), None)


def _weather(found: Decoded, said: dict[str, Any], _rest: str) -> None:
    level = said.get("water level", said.get("scale"))
    level = level.removesuffix("%") if isinstance(level, str) else level
    put(found, Field("x_water_level"), level, None)


def _system(found: Decoded, said: dict[str, Any], _rest: str) -> None:
    put_extra(found, ("reboot_cause",), said.get("cause"), None)


def _analog(found: Decoded, said: dict[str, Any], rest: str) -> None:
    """A sensor with a name and a unit of its own; its last value stands while it gives none."""
    if said.get("data_ok") not in (1, True) or number(said.get("value")) is None:
        return
    at = unix_time(said.get("time"))
    unit = said.get("unit")
    words = words_of(rest[:LONGEST_KEY])
    field = quantity(words, unit) if isinstance(unit, str) and unit_called(unit) else None
    if field is not None:
        put(found, field, said["value"], at)
    else:
        put_extra(found, words or ("analog",), said["value"], at)


TOPICS: Mapping[str, Callable[[Decoded, dict[str, Any], str], None]] = {
    "station": _station,
    "sensor": _sensor,
    "sensor1": _switched("1"),
    "sensor2": _switched("2"),
    "raindelay": lambda found, said, _rest: take(found, RAIN_DELAY, said, None),
    "program": _program,
    "overcurrent": lambda found, said, _rest: take(found, CURRENT_ALERT, said, None),
    "weather": _weather,
    "system": _system,
    "analogsensor": _analog,
}
"""A topic's first level, or all of it -> who reads it."""
