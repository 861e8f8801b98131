"""What is measured, told by a name in words and a unit: for formats whose names are free.

    quantity(("supply", "voltage"), "V")   voltage, channel "supply"
    quantity(("soil", "temp"), "°F")       soil_temperature, from °F
    quantity(("imported", "energy"), "Wh") energy_import, from Wh

The unit decides what kind of value it is, the words which metric of that kind, and what is left of the
words is the channel. Without a unit only words that leave no doubt count, in the vocabulary's unit.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from devices.formats._tables import (
    OCCUPIED_CLEAR,
    ON_OFF,
    ONLINE_OFFLINE,
    OPEN_CLOSED,
    Field,
    Words,
    truth,
)
from devices.formats._units import Unit, unit_called

SIGNS = {code: " " for code in range(128) if not chr(code).isalnum()}
"""They part words."""
NUMBERED = frozenset({"energy", "moisture", "batt", "bat"})
"""Words that carry a number behind them, beside those that leave no doubt."""
HEADS = ("soil", "daily", "hourly", "weekly", "monthly", "yearly")
"""With which words are grown together."""
MOST_WORDS, LONGEST_WORD, LONGEST_CHANNEL = 12, 40, 40


DOUBTLESS: Mapping[str, str] = {
    **dict.fromkeys(("voltage", "volts", "vrms"), "voltage"),
    **dict.fromkeys(("current", "amps", "irms"), "current"),
    **dict.fromkeys(("power", "watts", "apower"), "power"),
    **dict.fromkeys(("frequency", "freq"), "frequency"),
    **dict.fromkeys(("temperature", "temp"), "temperature"),
    **dict.fromkeys(("humidity", "hum"), "humidity"),
    **dict.fromkeys(("illuminance", "lux"), "illuminance"),
    **dict.fromkeys(("co2",), "ppm"),
    **dict.fromkeys(("moisture",), "percent"),
    **dict.fromkeys(("pm25",), "density"),
    **dict.fromkeys(("irradiance",), "irradiance"),
    **dict.fromkeys(("rssi",), "signal"),
    **dict.fromkeys(("soc", "battery"), "percent"),
    "ph": "ph",
}
"""Words that name a kind of value in the vocabulary's unit. `energy` does not: it is Wh as often as kWh."""
SOIL = frozenset({"soil", "substrate", "ground"})
BATTERY = frozenset({"battery", "batt", "bat"})
CAR = frozenset({"vehicle", "car", "ev"})
EXPORT = frozenset(
    {"export", "exported", "returned", "return", "reverse", "feed", "fed", "yield", "produced", "production"}
    | {"generated", "generation", "sold", "discharged", "out", "output"}
)
IMPORT = frozenset({"import", "imported", "forward", "consumed", "consumption", "used", "usage", "purchased"})
PERIOD = frozenset(
    {"today", "daily", "day", "yesterday", "month", "monthly", "year", "yearly", "week", "weekly", "hour"}
    | {"hourly", "etoday", "last", "period"}
)
"""What such an energy counts is no lifetime."""
PLAIN = frozenset(
    {"sensor", "value", "state", "status", "measurement", "total", "active", "real", "energy", "lifetime"}
    | {"level", "percentage", "percent", "relative", "air", "ambient", "current", "strength", "carbon"}
    | {"dioxide", "concentration", "atmospheric", "volume", "increasing", "in", "of", "the", "parts"}
    | {"volatile", "organic", "compounds", "storage", "rate", "sound", "measured", "instantaneous"}
    | {"content", "light", "rms", "apparent", "reactive", "speed"}
)
"""Words that tell nothing of where."""


@dataclass(frozen=True, slots=True)
class Rule:
    """The metric of a kind, '' if it has no name, where one of `needed` and one of `also` is in the words.

    `own` are the metric's other words, which are no channel either.
    """

    kind: str
    metric: str
    needed: frozenset[str] = frozenset()
    also: frozenset[str] = frozenset()
    own: frozenset[str] = frozenset()

    def fits(self, words: frozenset[str]) -> bool:
        return (not self.needed or bool(self.needed & words)) and (not self.also or bool(self.also & words))


def _rule(
    kind: str, metric: str, needed: str = "", also: frozenset[str] = frozenset(), own: str = ""
) -> Rule:
    return Rule(kind, metric, frozenset(needed.split()), also, frozenset(own.split()))


HUMID = "humidity hum rh"
RULES = (
    _rule("power", "power", own="power watts watt apower load"),
    _rule("current", "current", own="current amps irms amperage"),
    _rule("frequency", "frequency", own="frequency freq"),
    _rule("apparent_power", "apparent_power", own="power"),
    _rule("reactive_power", "reactive_power", own="power"),
    _rule("voltage", "x_battery_voltage", "battery batt bat", own="voltage volts volt"),
    _rule("voltage", "voltage", own="voltage volts volt vrms"),
    Rule("energy", "", PERIOD),
    _rule("energy", "", "reactive apparent"),
    _rule("energy", "session_energy", "session charged", own="kwh wh"),
    Rule("energy", "energy_export", EXPORT, own=frozenset({"kwh", "wh"})),
    Rule("energy", "energy_import", own=frozenset({"kwh", "wh"}) | IMPORT),
    Rule("temperature", "soil_temperature", SOIL, own=frozenset({"temperature", "temp"})),
    _rule("temperature", "temperature", own="temperature temp"),
    _rule("percent", "soil_moisture", "moisture vwc", own="soil substrate ground humidity"),
    _rule("percent", "soil_moisture", HUMID, SOIL),  # some announce it so
    _rule("percent", "humidity", HUMID),
    _rule("percent", "vehicle_soc", "soc", CAR),
    _rule("percent", "battery_soc", "soc", own="battery"),
    Rule("percent", "battery", BATTERY),
    _rule("percent", "tank_level", "tank reservoir"),
    _rule("percent", "print_progress", "progress"),
    Rule("humidity", "soil_moisture", SOIL, own=frozenset({*HUMID.split(), "moisture"})),
    _rule("humidity", "humidity", own=HUMID),
    Rule("battery", "battery", own=BATTERY),
    _rule("illuminance", "illuminance", own="illuminance lux illumination brightness"),
    _rule("irradiance", "irradiance", own="irradiance solar radiation"),
    _rule("signal", "signal", own="rssi signal wifi"),
    _rule("flow", "water_flow", own="flow water"),
    _rule("conductivity", "soil_conductivity", own="conductivity fertility soil ec"),
    _rule("ph", "soil_ph", own="ph soil"),
    _rule("ppm", "co2", "co2 carbon"),
    _rule("ppb", "tvoc", "tvoc voc volatile"),
    _rule("density", "pm25", "pm25"),
    _rule("speed", "wind_speed", "wind"),
    Rule("rain", "", PERIOD | {"event"}),
    _rule("rain", "rain", "rain precipitation rainfall"),
    _rule("volume", "water_total", "water"),
    _rule("noise", "", "rssi signal snr gain"),
    _rule("noise", "noise", own="noise sound pressure spl"),
    _rule("pressure", "", "water pipe tire tyre oil"),
    _rule("pressure", "pressure", own="pressure barometric baro barometer"),
)
"""The first that fits counts."""
PHASES = {"a": "l1", "b": "l2", "c": "l3", "1": "l1", "2": "l2", "3": "l3"}

YES_NO: Mapping[str, tuple[str, Words]] = {
    **dict.fromkeys(("motion", "occupancy", "presence", "occupied", "pir"), ("occupancy", OCCUPIED_CLEAR)),
    **dict.fromkeys(("door", "window", "opening", "garage"), ("door", OPEN_CLOSED)),
    **dict.fromkeys(
        ("power", "switch", "relay", "outlet", "plug", "socket", "onoff", "pump", "lamp", "light"),
        ("switch", ON_OFF),
    ),
    "valve": ("valve", OPEN_CLOSED),
    "lock": ("lock", truth("locked", "unlocked")),
    **dict.fromkeys(("online", "connectivity"), ("online", ONLINE_OFFLINE)),
}
"""What a word means where the value is true or false."""


def words_of(*names: str) -> tuple[str, ...]:
    """The words of names, in lower case: `Supply Voltage`, `supplyVoltage` and `supply_voltage` are the same.

    >>> words_of("Supply Voltage"), words_of("soilTemp2")
    (('supply', 'voltage'), ('soil', 'temp', '2'))
    """
    text = re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", " ".join(names)[:400]).replace("PM2.5", "pm25")
    found: list[str] = []
    for word in re.sub(r"pm2[._]5", "pm25", text.lower()).translate(SIGNS).split():
        base = word.rstrip("0123456789")
        if base and base != word and (base in DOUBTLESS or base in NUMBERED):
            found += [base, word[len(base) :]]
        elif (head := next((one for one in HEADS if word.startswith(one) and word != one), "")) != "":
            found += [head, *words_of(word[len(head) :])]  # soilmoisture1, dailyrain
        else:
            found.append(word[:LONGEST_WORD])
    return tuple(found[:MOST_WORDS])


@lru_cache(maxsize=4096)
def quantity(words: tuple[str, ...], unit: str | None = None, *, produces: bool = False) -> Field | None:
    """The metric that words and a unit name, with its channel; None if the vocabulary has no name for it.

    An energy of which nothing tells its direction is production for a meter that `produces`.
    """
    known = unit_called(unit)
    if known is None:
        if unit and unit.strip():
            return None
        if "factor" in words:
            return _factor(words)
        kind = next((DOUBTLESS[word] for word in reversed(words) if word in DOUBTLESS), None)
        if kind is None or not PERIOD.isdisjoint(words):
            return None
        known = Unit(kind)
    said = frozenset(words)
    rule = next((rule for rule in RULES if rule.kind == known.kind and rule.fits(said)), None)
    if rule is None or not rule.metric:
        return _factor(words, 100.0) if known.kind == "percent" and "factor" in words else None
    metric = rule.metric
    if metric == "energy_import" and produces and IMPORT.isdisjoint(said):
        metric = "energy_export"
    used = rule.needed | rule.also | rule.own | PLAIN
    channel = _channel([word for word in words if word not in used])
    return Field(metric, channel, times=known.times, per=known.per, minus=known.minus)


def _factor(words: tuple[str, ...], per: float = 1.0) -> Field | None:
    rest = [word for word in words if word not in ("power", "factor")]
    return Field("power_factor", _channel(rest), per=per) if "power" in words else None


@lru_cache(maxsize=1024)
def yes_or_no(words: tuple[str, ...]) -> Field | None:
    """The state that words name where the value is true or false; None if the vocabulary has none."""
    word = next((word for word in reversed(words) if word in YES_NO), None)
    if word is None:
        return None
    metric, said = YES_NO[word]
    rest = [other for other in words if other not in YES_NO and other not in PLAIN]
    return Field(metric, _channel(rest), words=said)


def _channel(rest: list[str]) -> str:
    left = [word for word in rest if word != "phase"]
    if len(left) == 1 and left != rest:  # phase 1, phase a
        return PHASES.get(left[0], left[0])
    return "_".join(left)[:LONGEST_CHANNEL]
