"""Units as devices write them, and how their values come to the vocabulary's unit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

INHG_HPA, MMHG_HPA, PSI_HPA = 33.8638867, 1.33322387, 68.9475729
GALLON_L, CUBIC_FOOT_L = 3.785411784, 28.316846592


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of a kind of value; `(value - minus) * times / per` is in the vocabulary's unit."""

    kind: str
    times: float = 1.0
    per: float = 1.0
    minus: float = 0.0


def _same(kind: str, *units: str) -> dict[str, Unit]:
    return dict.fromkeys(units, Unit(kind))


UNITS: Mapping[str, Unit] = {
    **_same("power", "W", "watt", "watts"),
    "mW": Unit("power", per=1000),
    "kW": Unit("power", times=1000),
    "MW": Unit("power", times=1e6),
    **_same("energy", "kWh"),
    "Wh": Unit("energy", per=1000),
    "MWh": Unit("energy", times=1000),
    "GWh": Unit("energy", times=1e6),
    **dict.fromkeys(("J", "Ws"), Unit("energy", per=3.6e6)),
    "kJ": Unit("energy", per=3600),
    "MJ": Unit("energy", per=3.6),
    "GJ": Unit("energy", times=1000, per=3.6),
    **_same("voltage", "V", "volt", "volts"),
    "mV": Unit("voltage", per=1000),
    "kV": Unit("voltage", times=1000),
    **_same("current", "A", "amp", "amps", "ampere"),
    "mA": Unit("current", per=1000),
    **_same("frequency", "Hz"),
    "kHz": Unit("frequency", times=1000),
    "MHz": Unit("frequency", times=1e6),
    **_same("apparent_power", "VA"),
    "kVA": Unit("apparent_power", times=1000),
    **_same("reactive_power", "var", "VAr", "VAR"),
    "kvar": Unit("reactive_power", times=1000),
    **_same("temperature", "°C", "Cel", "C", "celsius", "degC", "℃"),
    **dict.fromkeys(("°F", "F", "degF", "fahrenheit", "℉"), Unit("temperature", minus=32, per=1.8)),
    "K": Unit("temperature", minus=273.15),
    **_same("percent", "%", "percent", "/100"),
    "%RH": Unit("humidity"),
    "%EL": Unit("battery"),
    "/": Unit("percent", times=100),
    **_same("illuminance", "lx", "lux"),
    "klx": Unit("illuminance", times=1000),
    **_same("irradiance", "W/m²", "W/m2"),
    **_same("pressure", "hPa", "mbar", "mb"),
    "Pa": Unit("pressure", per=100),
    "kPa": Unit("pressure", times=10),
    "bar": Unit("pressure", times=1000),
    "inHg": Unit("pressure", times=INHG_HPA),
    "mmHg": Unit("pressure", times=MMHG_HPA),
    "psi": Unit("pressure", times=PSI_HPA),
    **_same("ppm", "ppm"),
    **_same("ppb", "ppb"),
    **_same("density", "µg/m³", "µg/m3", "ug/m³", "ug/m3"),
    "mg/m³": Unit("density", times=1000),
    **_same("noise", "dB", "dBA", "dB(A)", "dBSPL"),
    **_same("signal", "dBm"),
    **_same("speed", "m/s"),
    "km/h": Unit("speed", per=3.6),
    "mph": Unit("speed", times=0.44704),
    **dict.fromkeys(("kn", "kt", "knots"), Unit("speed", times=1852, per=3600)),
    "ft/s": Unit("speed", times=0.3048),
    **_same("rain", "mm"),
    "cm": Unit("rain", times=10),
    "in": Unit("rain", times=25.4),
    **_same("flow", "L/min", "l/min"),
    **dict.fromkeys(("l/s", "L/s"), Unit("flow", times=60)),
    **dict.fromkeys(("L/h", "l/h"), Unit("flow", per=60)),
    **dict.fromkeys(("m³/h", "m3/h"), Unit("flow", times=1000, per=60)),
    "m3/s": Unit("flow", times=60_000),
    "gal/min": Unit("flow", times=GALLON_L),
    **_same("volume", "L", "l"),
    "mL": Unit("volume", per=1000),
    **dict.fromkeys(("m³", "m3"), Unit("volume", times=1000)),
    "gal": Unit("volume", times=GALLON_L),
    **dict.fromkeys(("ft³", "ft3"), Unit("volume", times=CUBIC_FOOT_L)),
    **_same("conductivity", "µS/cm", "uS/cm"),
    "mS/cm": Unit("conductivity", times=1000),
    "S/m": Unit("conductivity", times=10_000),
    **_same("ph", "pH"),
}
"""Units as devices write them."""
UNITS_ANY_CASE = {
    unit.lower(): meant
    for unit, meant in UNITS.items()
    if unit.lower() not in ("mw", "mwh", "mj", "mb", "mv")
}
"""Where capitals tell nothing: mW and MW are told apart by them only."""


def unit_called(name: str | None) -> Unit | None:
    """A unit by its name."""
    if not name:
        return None
    plain = name.strip().replace("μ", "µ").replace("\u00b5", "µ")
    return UNITS.get(plain) or UNITS_ANY_CASE.get(plain.lower())
