"""DSMR-reader: Dutch and Belgian smart meters. One JSON object, or one value a topic, or the raw telegram.

Root: the base topic (`dsmr`). `json` (or another topic with an object of the same names), `raw`,
`reading/<field>` and `telegram/<field>`, `consumption/gas/…`, `day-consumption/…`, `meter-stats/…`; the
topics can be renamed, so a field is known by its last level. Everything is retained, and unchanged values
are not sent again.

Registers are kWh by tariff (energy_import@t1, @t2) and their sum (energy_import); the sum needs both, so
that single topics say it once both are known. Power is kW in two registers of which one is 0: what is
delivered counts +, else what is returned -. Gas (x_gas_total, m³) is as old as its own timestamp.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from math import isfinite
from typing import Any

from devices.formats._json import NOTHING, below, number, parse_object, shown, text
from devices.formats._tables import LINES, LONGEST_KEY, Field, put, put_extra
from devices.formats._times import iso_time
from devices.formats._topics import read_topic
from devices.readings import BadPayload, Decoded, Reading, Source

TITLE = "DSMR-reader (P1)"
ROOTS = ("dsmr",)
REMEMBERS = True
W = 1000.0
"""In a kW."""
ENERGY = {"delivered": "energy_import", "returned": "energy_export"}
TARIFF = re.compile(r"electricity_(delivered|returned)_([1-4])")
POWER = re.compile(r"(?:electricity|phase)_currently_(delivered|returned)(?:_(l[123]))?")
PLAIN: Mapping[str, Field] = {
    **{f"phase_voltage_{line}": Field("voltage", line) for line in LINES},
    **{f"phase_power_current_{line}": Field("current", line) for line in LINES},
    "electricity_merged": Field("x_day_electricity"),
}
GAS = Field("x_gas_total")
GAS_TOPICS: Mapping[str, Field | None] = {
    "delivered": GAS,
    "currently_delivered": Field("x_gas_flow"),
    "read_at": None,
}
PEAK: Mapping[str, Field | None] = {"average_delivered": Field("x_power_quarter_hour", times=W)}
"""The quarter of an hour by which Belgians pay."""
APART = {"gas": GAS_TOPICS, "peak": PEAK}
"""By a part of the topic."""
TIMES = re.compile(r".*(timestamp|read_at)(_start|_end)?|id|day|last_.*")
PAPERS = frozenset({"dsmr_version", "rejected_telegrams", "latest_day", "version"})
GROUPS = ("day", "month", "year", "meter", "period")

OBIS: Mapping[str, str] = {
    "1-0:1.8.1": "electricity_delivered_1",
    "1-0:1.8.2": "electricity_delivered_2",
    "1-0:2.8.1": "electricity_returned_1",
    "1-0:2.8.2": "electricity_returned_2",
    "1-0:1.7.0": "electricity_currently_delivered",
    "1-0:2.7.0": "electricity_currently_returned",
    **{f"1-0:{n}1.7.0": f"phase_currently_delivered_{line}" for n, line in zip("246", LINES, strict=True)},
    **{f"1-0:{n}2.7.0": f"phase_currently_returned_{line}" for n, line in zip("246", LINES, strict=True)},
    **{f"1-0:{n}2.7.0": f"phase_voltage_{line}" for n, line in zip("357", LINES, strict=True)},
    **{f"1-0:{n}1.7.0": f"phase_power_current_{line}" for n, line in zip("357", LINES, strict=True)},
    "0-0:96.14.0": "electricity_tariff",
}
"""Codes of the P1 telegram."""
LINE_OF_RAW = re.compile(r"^([0-9]-[0-9]:[0-9]+\.[0-9]+\.[0-9]+)\(([^()*]*)(?:\*[^()]*)?\)\s*$", re.MULTILINE)
GAS_OF_RAW = re.compile(r"^0-[1-4]:24\.2\.[13]\(([0-9]{12}[SW])\)\(([0-9.]+)\*m3\)", re.MULTILINE)
TIME_OF_RAW = re.compile(r"^0-0:1\.0\.0\(([0-9]{12}[SW])\)", re.MULTILINE)
OFFSETS = {"S": "+02:00", "W": "+01:00"}
"""Of the meter's clock, in summer and winter."""


def suffix(root: str, topic: str) -> str | None:
    """What follows the base topic."""
    return below(root, topic)


def decode(suffix: str, payload: bytes, source: Source) -> Decoded:
    """Readings of one topic. Raises BadPayload."""
    if not payload:
        return []
    above, _, key = suffix.rpartition("/")
    if payload.lstrip()[:1] == b"{":
        return _object(parse_object(payload), source, _group(suffix))
    if payload.lstrip()[:1] == b"/":
        return _raw(text(payload), source)
    return _topic(above, key[:LONGEST_KEY], payload, source)


def _topic(above: str, key: str, payload: bytes, source: Source) -> Decoded:
    for part, table in APART.items():
        if part in above:
            return read_topic(table, key, payload, names=(part,))
    if TIMES.fullmatch(key) or key in PAPERS:
        return []
    if TARIFF.fullmatch(key) or POWER.fullmatch(key) or key == "extra_device_delivered":
        said = text(payload)
        if said.lower() in NOTHING:
            return []
        if number(said) is None:
            raise BadPayload(f"{key}: {shown(said)} is no number")
        return _object({key: said}, source)
    group = _group(above)
    if key in PLAIN and not group:
        return read_topic({key: PLAIN[key]}, key, payload)
    return read_topic({}, key, payload, names=(group,) if group else ())


def _group(above: str) -> str:
    """The span that a topic's counts are of; '' for the meter's own."""
    return next((group for group in GROUPS if group in above), "")


def _object(values: Mapping[str, Any], source: Source, group: str = "") -> Decoded:
    found: Decoded = []
    at = iso_time(values.get("timestamp"), source.zone)
    for key, value in values.items():
        if value is None or TIMES.fullmatch(key) or key in PAPERS:
            continue
        tariff, power = TARIFF.fullmatch(key), POWER.fullmatch(key)
        amount = number(value)
        if tariff or power or key in PLAIN or key == "extra_device_delivered":
            if amount is None or group:
                continue
            if tariff:
                _tariff(found, tariff[1], tariff[2], amount, source)
            elif power:
                _known(source, ("power", power[2] or ""))[power[1]] = amount
            elif key in PLAIN:
                found.append(Reading(PLAIN[key].metric, amount, PLAIN[key].channel, at))
            else:
                gas_at = iso_time(values.get("extra_device_timestamp"), source.zone)
                found.append(Reading(GAS.metric, amount, "", gas_at or at))
        else:
            put_extra(found, (group, key[:LONGEST_KEY]) if group else (key[:LONGEST_KEY],), value, at)
    for line in {power[2] or "" for key in values if (power := POWER.fullmatch(key))}:
        _power(found, line, values, source)
    return _at(found, at)


def _known(source: Source, what: tuple[str, str]) -> dict[str, float]:
    """What the meter has said last of something that comes in parts."""
    known: dict[str, float] = source.memory.setdefault(what, {})
    return known


def _tariff(found: Decoded, way: str, tariff: str, amount: float, source: Source) -> None:
    """A register, and the sum of both as soon as both are known."""
    registers = _known(source, ("energy", way))
    registers[tariff] = amount
    found.append(Reading(ENERGY[way], amount, f"t{tariff}"))
    if "1" in registers and "2" in registers:
        total = round(sum(registers.values()), 6)  # registers have three decimals, sums of floats noise
        if not isfinite(total):
            return
        for one in found:
            if one.metric == ENERGY[way] and not one.channel:
                one.value = total
                return
        found.append(Reading(ENERGY[way], total))


def _power(found: Decoded, line: str, values: Mapping[str, Any], source: Source) -> None:
    """+ what is delivered, - what is returned; nothing while the other one is not known to be 0."""
    known = _known(source, ("power", line))
    taken, given = known.get("delivered"), known.get("returned")
    if taken or given:
        put(found, Field("power", line, times=W), taken or -(given or 0.0), None)
    elif taken is not None:
        found.append(Reading("power", 0.0, line))


def _at(found: Decoded, at: datetime | None) -> Decoded:
    for one in found:
        one.at = one.at or at
    return found


def _raw(telegram: str, source: Source) -> Decoded:
    """The meter's own telegram."""
    values: dict[str, Any] = {
        OBIS[code]: value for code, value in LINE_OF_RAW.findall(telegram) if code in OBIS
    }
    gas = GAS_OF_RAW.search(telegram)
    if gas:
        values["extra_device_timestamp"], values["extra_device_delivered"] = _iso(gas[1]), gas[2]
    if not values:
        raise BadPayload("no line of the telegram is one of electricity or gas")
    moment = TIME_OF_RAW.search(telegram)
    if moment:
        values["timestamp"] = _iso(moment[1])
    return _object(values, source)


def _iso(digits: str) -> str:
    """`260503120000S` as ISO 8601."""
    pairs = [digits[place : place + 2] for place in range(0, 12, 2)]
    return f"20{pairs[0]}-{pairs[1]}-{pairs[2]}T{pairs[3]}:{pairs[4]}:{pairs[5]}{OFFSETS[digits[-1]]}"
