"""What the keys of an Ecowitt gateway mean, and the units in which it, or ecowitt2mqtt, tells them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from devices.formats._tables import Field, Words, truth
from devices.formats._units import Unit, unit_called

IMPERIAL = {"temperature": "°F", "pressure": "inHg", "speed": "mph", "rain": "in"}
METRIC = {"temperature": "°C", "pressure": "hPa", "speed": "km/h", "rain": "mm"}
"""The unit of each kind of value; what else there is has the vocabulary's unit in both."""
LEAST_HPA = 100.0
"""No barometer shows so many inches of mercury: a larger number is in hPa."""
BAR_PERCENT, MOST_BARS, MAINS_BARS, MAINS_PERCENT = 20.0, 5.0, 6.0, 120.0
"""A battery of 0 to 5 bars, 20 % each; 6 is the mains. ecowitt2mqtt tells per cents, 120 for the mains."""
LOW: Words = truth("true", "false")


@dataclass(frozen=True, slots=True)
class Key:
    """A key's metric and channel. `kind` is that of its unit, '' where there is only one."""

    metric: str
    channel: str = ""
    kind: str = ""
    unit: str = ""
    """Where the key's own ending names it (tempf, windspeedmph)."""
    words: Words | None = None
    is_bars: bool = False

    def field(self, unit: str | None) -> Field:
        """How a value in this unit is read."""
        known = unit_called(unit) if self.kind else None
        if known is None or known.kind != self.kind:
            known = Unit(self.kind)
        return Field(
            self.metric,
            self.channel,
            times=known.times,
            per=known.per,
            words=self.words,
            minus=known.minus,
        )


_RULES: tuple[tuple[str, Key], ...] = (
    # where {n} is the number of the sensor's channel
    (r"tempin(?P<f>f?)", Key("temperature", "indoor", "temperature")),
    (r"temp(?P<n>[0-9]*)(?P<f>f?)", Key("temperature", "{n}", "temperature")),
    (r"tf_?ch(?P<n>[0-9]+)c?", Key("temperature", "probe{n}", "temperature")),
    (r"tf_co2c?", Key("temperature", "co2", "temperature")),
    (r"soil_?temp(?P<n>[0-9]*)(?P<f>f?)", Key("soil_temperature", "{n}", "temperature")),
    (r"humidityin", Key("humidity", "indoor")),
    (r"humidity(?P<n>[0-9]*)", Key("humidity", "{n}")),
    (r"humi_co2", Key("humidity", "co2")),
    (r"soilmoisture(?P<n>[0-9]*)", Key("soil_moisture", "{n}")),
    (r"soilad(?P<n>[0-9]*)", Key("x_soil_ad", "{n}")),
    (r"leaf_?wetness_?(?:ch)?(?P<n>[0-9]*)", Key("x_leaf_wetness", "{n}")),
    (r"baromrel(?P<in>(?:in)?)", Key("pressure", "", "pressure")),
    (r"baromabs(?P<in>(?:in)?)", Key("pressure", "absolute", "pressure")),
    (r"windspeed(?P<mph>(?:mph)?)", Key("wind_speed", "", "speed")),
    (r"windgust(?P<mph>(?:mph)?)", Key("wind_speed", "gust", "speed")),
    (r"windspd(?P<mph>(?:mph)?)_avg(?P<n>[0-9]+)m", Key("wind_speed", "average_{n}m", "speed")),
    (r"maxdailygust", Key("x_max_daily_gust", "", "speed")),
    (r"winddir(?:_avg10m)?", Key("x_wind_direction")),
    (r"solarradiation", Key("irradiance")),
    (r"uv", Key("x_uv_index")),
    (r"totalrain(?P<in>(?:in)?)", Key("rain", "", "rain")),
    (r"yearlyrain(?P<in>(?:in)?)", Key("rain", "year", "rain")),
    (r"yrain_piezo", Key("rain", "piezo", "rain")),
    (
        r"(?P<what>[0-9]*hourly|24hour|daily|event|weekly|monthly)rain(?P<in>(?:in)?)",
        Key("x_rain", "", "rain"),
    ),
    (r"rainrate(?P<in>(?:in)?)", Key("x_rain_rate", "", "rain")),
    (r"rrain_piezo", Key("x_rain_rate", "piezo", "rain")),
    (r"(?P<what>[edhwm]|last24h)rain_piezo", Key("x_rain", "piezo", "rain")),
    (r"co2", Key("co2")),
    (r"co2in", Key("co2", "indoor")),
    (r"pm25_(?P<what>ch[0-9]+|co2)", Key("pm25", "{what}")),
    (r"pm25", Key("pm25")),
    (r"pm10_co2", Key("x_pm10")),
    (r"leak_?(?:ch)?(?P<n>[0-9]*)", Key("x_leak", "{n}", words=truth("true", "false"))),
    (r"lightning", Key("x_lightning_distance")),
    (r"lightning_num", Key("x_lightning_count")),
    (
        r"(?P<what>dew_?point|feelslike|heatindex|windchill|frostpoint|simmerindex)(?P<f>f?)",
        Key("x", "", "temperature"),
    ),
    (r"runtime", Key("x_uptime")),
    (r"(?P<what>soil|leaf_?|tf_?)batt(?:_?ch)?(?P<n>[0-9]*)", Key("x_battery_voltage", "{what}{n}")),
    (r"(?P<what>w[hns](?:34|40|68|80|85|90))_?batt(?P<n>[0-9]*)", Key("x_battery_voltage", "{what}{n}")),
    (r"(?P<what>w[hs][0-9]+)cap_?volt", Key("x_capacitor_voltage", "{what}")),
    (r"(?P<what>wh57|wh4[56]|leak|pm25|co2_)batt(?P<n>[0-9]*)", Key("battery", "{what}{n}", is_bars=True)),
    (r"(?P<what>wh(?:25|26|32|65)?|)batt(?P<n>[0-9]*)", Key("x_battery_low", "{what}{n}", words=LOW)),
)
RULES = tuple((re.compile(pattern), key) for pattern, key in _RULES)
IGNORED = frozenset(
    {"PASSKEY", "passkey", "stationtype", "dateutc", "freq", "model", "heap", "interval", "unique_id", "ID"}
    | {"PASSWORD", "action", "realtime", "rtfreq", "lightning_time", "lastrain", "mac", "MAC", "softwaretype"}
    | {"ws90_ver", "ws80_ver", "ws85_ver", "srain_piezo", "api", "indoortempf_"}
)
"""Secrets, settings and versions."""


@lru_cache(maxsize=2048)
def key_called(name: str) -> Key | None:
    """What a key means, None for one that has no name here."""
    for pattern, key in RULES:
        match = pattern.fullmatch(name.lower())
        if match is not None:
            return _filled(key, match.groupdict())
    return None


def _filled(key: Key, said: dict[str, str | None]) -> Key:
    what = (said.get("what") or "").strip("_")
    metric, channel = key.metric, key.channel.format(n=said.get("n") or "", what=what)
    if metric == "x_rain" and what:
        metric = f"x_{PERIODS.get(what, what)}_rain"
    elif metric == "x":
        metric = f"x_{NAMES.get(what, what)}"
    unit = "°F" if said.get("f") else "mph" if said.get("mph") else ""
    if said.get("in"):
        unit = IMPERIAL[key.kind]
    return Key(metric, channel, key.kind, unit, key.words, key.is_bars)


PERIODS = {"e": "event", "d": "daily", "h": "hourly", "w": "weekly", "m": "monthly", "24hour": "24_hour"}
NAMES = {
    "dewpoint": "dew_point",
    "feelslike": "feels_like",
    "heatindex": "heat_index",
    "windchill": "wind_chill",
    "frostpoint": "frost_point",
    "simmerindex": "simmer_index",
}
