"""SenML, RFC 8428, in JSON: a pack of records with names, units and times.

Root: the topic on which the packs come. Where several devices share it, `options.name` is how the names of
this one begin (`urn:dev:ow:10e2073a01080063`); other records are left to others.

A record's quantity is told by its unit (also the secondary units of RFC 8798) and by the last part of its
name; what is left of the name behind the base name, the device's URN or `options.name` is the channel.
Base fields carry forward; a time below 2^28 s counts from now. `s` is the integral over time: of W it is
energy (in J), of m³/s or l/s it is volume. A text value or a truth is a state. The older draft's form
`{"bn": …, "e": […]}` is read too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from devices.formats._json import below, json_type, number, parse, shown
from devices.formats._quantities import quantity, words_of, yes_or_no
from devices.formats._tables import put, put_extra
from devices.formats._times import unix_time
from devices.readings import BadPayload, Decoded, NotMine, Source

TITLE = "SenML (RFC 8428)"
ROOTS = ("channels/lab/messages",)
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9\-:./_;]*")
"""As RFC 8428 §4.5.1 has it, and with the semicolon that senders of older drafts put behind a URN."""
URN = re.compile(r"urn:dev:[a-z0-9]+:[A-Za-z0-9.\-]+[:;_/]?")
KNOWN_VERSION = 10
RELATIVE_BELOW = 2.0**28
"""s. An absolute time is not smaller (RFC 8428 §4.5.3)."""
MOST_RECORDS = 2_000
BASES = ("bn", "bt", "bu", "bv", "bs", "bver")
VALUES = ("v", "vs", "vb", "vd", "s")
GIVEN_NAMES: Mapping[str, tuple[str, ...]] = {
    "lat": ("latitude",),
    "lon": ("longitude",),
    "EL": ("battery", "minutes"),
    "beat/min": ("heart", "rate"),
}
"""Units that say what is measured, and are none of ours."""
SUMS: Mapping[str, str] = {
    **{"W": "J", "kW": "kJ", "m3/s": "m3", "l/s": "l", "L/s": "l"},
    **{unit: unit for unit in ("J", "Wh", "kWh", "m3", "l")},  # as some senders give it, the sum's own
}
"""The unit of a sum over time, by the unit of what is summed."""
FLOWS = frozenset({"power", "flow"})
SEPARATORS = re.compile(r"[:;./_\-]")


@dataclass(frozen=True, slots=True)
class Record:
    """A record with its base fields resolved."""

    base: str
    name: str
    unit: str
    time: float
    value: Any
    total: float | None


def suffix(root: str, topic: str) -> str | None:
    """What follows the root."""
    return below(root, topic)


def decode(suffix: str, payload: bytes, source: Source) -> Decoded:
    """Readings of a pack. Raises BadPayload where RFC 8428 has it refused as a whole."""
    if not payload or suffix.rpartition("/")[2] in ("set", "get", "req"):
        return []
    found: Decoded = []
    prefix = source.options.get("name")
    prefix = prefix if isinstance(prefix, str) else ""
    pack = list(records(parse(payload)))
    own = [record for record in pack if (record.base + record.name).startswith(prefix)]
    if pack and not own:
        raise NotMine(f"no name in it begins with {shown(prefix)}")
    for record in own:
        _say(found, record, words_of(SEPARATORS.sub(" ", _own_name(record, prefix))), source)
    return found


def records(pack: Any) -> Iterable[Record]:
    """The records of a pack, resolved. Raises BadPayload."""
    base: dict[str, Any] = {}
    if isinstance(pack, dict):  # the draft of 2013
        base = {key: pack[key] for key in BASES if key in pack}
        pack = pack.get("e", [pack])
    if not isinstance(pack, list):
        raise BadPayload(f"a JSON array was expected, not {json_type(pack)}")
    if len(pack) > MOST_RECORDS:
        raise BadPayload(f"more than {MOST_RECORDS:,} records")
    found = []
    for raw in pack:
        if not isinstance(raw, dict):
            raise BadPayload(f"a record: a JSON object was expected, not {json_type(raw)}")
        _check(raw)
        base |= {key: raw[key] for key in BASES if key in raw}
        if any(key in raw for key in VALUES) or "sv" in raw or "bv" in base:
            found.append(_resolved(raw, base))
    return found


def _check(raw: Mapping[str, Any]) -> None:
    must = next((key for key in raw if key.endswith("_")), None)
    if must is not None:
        raise BadPayload(f"{shown(must)} must be understood, and is not")
    version = number(raw.get("bver", KNOWN_VERSION))
    if version is None or version > KNOWN_VERSION:
        raise BadPayload(f"bver: {shown(raw.get('bver'))} is no version that is known")
    for key in ("bn", "n", "bu", "u"):
        if not isinstance(raw.get(key, ""), str):
            raise BadPayload(f"{key}: a text was expected, not {json_type(raw[key])}")


def _resolved(raw: Mapping[str, Any], base: Mapping[str, Any]) -> Record:
    own, above = raw.get("n", ""), base.get("bn", "")
    if not NAME.fullmatch(above + own) and (above + own):
        raise BadPayload(f"{shown(above + own)} is no name that RFC 8428 allows")
    value = raw.get("v")
    plain = number(value) if not isinstance(value, str) else None
    if plain is None and "bv" in base and not any(key in raw for key in ("vs", "vb", "vd", "s")):
        plain = 0.0
    if plain is not None:
        value = plain + (number(base.get("bv")) or 0.0)
    elif "vs" in raw or "sv" in raw:
        value = raw.get("vs", raw.get("sv"))
    elif "vb" in raw:
        value = raw["vb"]
    total = number(raw.get("s"))
    if total is not None:
        total += number(base.get("bs")) or 0.0
    return Record(
        base=above,
        name=own,
        unit=raw.get("u", base.get("bu", "")),
        time=(number(base.get("bt")) or 0.0) + (number(raw.get("t")) or 0.0),
        value=value,
        total=total,
    )


def _own_name(record: Record, prefix: str) -> str:
    """The name without what stands for the device."""
    full = record.base + record.name
    if prefix:
        return full.removeprefix(prefix)
    return URN.sub("", record.name if record.base and record.name else full)


def _say(found: Decoded, record: Record, words: tuple[str, ...], source: Source) -> None:
    at = _moment(record.time)
    value, unit = record.value, record.unit.strip()
    words = (*words, *(word for word in GIVEN_NAMES.get(unit, ()) if word not in words))
    names = words or (unit or "value",)
    if isinstance(value, bool):
        field = yes_or_no(words)
    elif isinstance(value, float):
        field = quantity(words, unit, produces=source.produces)
    else:
        field = None
    if field is not None:
        put(found, field, value, at)
    elif value is not None:
        put_extra(found, names, value, at)
    if record.total is not None:
        of = SUMS.get(unit, "")
        plain = (*(word for word in words if word not in FLOWS), *(("water",) if of in ("m3", "l") else ()))
        field = quantity(plain, of, produces=source.produces) if of else None
        if field is None:
            put_extra(found, (*names, "sum"), record.total, at)
        else:
            put(found, field, record.total, at)


def _moment(time: float) -> datetime | timedelta | None:
    """An absolute time, or how far from now; None for now."""
    return unix_time(time) if abs(time) >= RELATIVE_BELOW else timedelta(seconds=time) if time else None
