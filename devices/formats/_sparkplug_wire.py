"""Sparkplug B payloads off the wire: the parts of its protobuf schema that say something, read by hand.

Field numbers are those of sparkplug_b.proto (Eclipse Tahu). Protobuf on the wire is a sequence of (field,
wire type, value): varints, 32 and 64 bit numbers, and lengths of bytes. A reader of three functions is less
than a code generator, a compiled schema and the library that runs it.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from devices.readings import BadPayload

VARINT, BITS_64, BYTES, BITS_32 = 0, 1, 2, 5
MOST_METRICS = 5_000
LONGEST_VARINT = 10

INT8, INT16, INT32, INT64 = 1, 2, 3, 4
FLOAT, DOUBLE, BOOLEAN, STRING, DATETIME, TEXT, UUID = 9, 10, 11, 12, 13, 14, 15
SIGNED = {INT8: 8, INT16: 16, INT32: 32, INT64: 64}
"""Negative numbers come as large ones: two's complement of so many bits."""
WORDS = frozenset({STRING, TEXT})


@dataclass(slots=True)
class Metric:
    """One value. `name` is '' where only the alias is sent, `value` None for a null or what is no scalar."""

    name: str = ""
    alias: int | None = None
    timestamp_ms: int | None = None
    datatype: int = 0
    is_historical: bool = False
    value: Any = None
    unit: str = ""


@dataclass(slots=True)
class Payload:
    """A message: metrics in their order."""

    timestamp_ms: int | None = None
    seq: int | None = None
    metrics: list[Metric] = field(default_factory=list)


def read_payload(wire: bytes) -> Payload:
    """A payload. Raises BadPayload for bytes that are none."""
    payload = Payload()
    try:
        for number, kind, value in _fields(memoryview(wire)):
            if number == 1 and kind == VARINT:
                payload.timestamp_ms = value
            elif number == 3 and kind == VARINT:
                payload.seq = value
            elif number == 2 and kind == BYTES:
                if len(payload.metrics) >= MOST_METRICS:
                    raise BadPayload(f"more than {MOST_METRICS:,} metrics")
                payload.metrics.append(_metric(value))
    except (ValueError, struct.error, IndexError) as error:
        if isinstance(error, BadPayload):
            raise
        raise BadPayload(f"no Sparkplug B: {error}") from None
    return payload


def _fields(wire: memoryview) -> Iterator[tuple[int, int, Any]]:
    """(number, wire type, value) of each field. Raises ValueError where the bytes end too soon."""
    place, end = 0, len(wire)
    while place < end:
        key, place = _varint(wire, place)
        kind = key & 7
        if kind == VARINT:
            value, place = _varint(wire, place)
            yield key >> 3, kind, value
            continue
        if kind == BYTES:
            length, place = _varint(wire, place)
        elif kind in (BITS_32, BITS_64):
            length = 4 if kind == BITS_32 else 8
        else:
            raise ValueError(f"wire type {kind} is none of protobuf's")
        if length > end - place:
            raise ValueError(f"it ends {length - (end - place)} bytes too soon")
        yield key >> 3, kind, wire[place : place + length]
        place += length


def _varint(wire: memoryview, place: int) -> tuple[int, int]:
    value = 0
    for count in range(LONGEST_VARINT):
        if place + count >= len(wire):
            raise ValueError("it ends within a number")
        byte = wire[place + count]
        value |= (byte & 0x7F) << (7 * count)
        if byte < 0x80:
            return value & 0xFFFF_FFFF_FFFF_FFFF, place + count + 1
    raise ValueError("a number is too long")


def _metric(wire: memoryview) -> Metric:
    metric = Metric()
    is_null = False
    for number, kind, value in _fields(wire):
        if number == 1 and kind == BYTES:
            metric.name = bytes(value).decode("utf-8", "replace")
        elif number == 2 and kind == VARINT:
            metric.alias = value
        elif number == 3 and kind == VARINT:
            metric.timestamp_ms = value
        elif number == 4 and kind == VARINT:
            metric.datatype = value
        elif number == 5 and kind == VARINT:
            metric.is_historical = bool(value)
        elif number == 7 and kind == VARINT:
            is_null = bool(value)
        elif number == 9 and kind == BYTES:
            metric.unit = _unit(value)
        elif 10 <= number <= 15:
            metric.value = _value(number, kind, value)
    if is_null:
        metric.value = None
    return metric


def _value(number: int, kind: int, value: Any) -> Any:
    """The value of one of the fields of the oneof: 10 int, 11 long, 12 float, 13 double, 14 bool, 15 text."""
    if number in (10, 11) and kind == VARINT:
        return value
    if number == 12 and kind == BITS_32:
        return _shortest(struct.unpack("<f", value)[0])
    if number == 13 and kind == BITS_64:
        return struct.unpack("<d", value)[0]
    if number == 14 and kind == VARINT:
        return bool(value)
    if number == 15 and kind == BYTES:
        return bytes(value).decode("utf-8", "replace")
    raise ValueError(f"field {number} has wire type {kind}")


def _shortest(value: float) -> float:
    """A float of 32 bits as people write it: 12.3, not 12.300000190734863."""
    return float(f"{value:.7g}")


def _unit(wire: memoryview) -> str:
    """`engUnit` of a metric's properties; '' if there is none."""
    keys: list[str] = []
    values: list[str] = []
    for number, kind, value in _fields(wire):
        if number == 1 and kind == BYTES:
            keys.append(bytes(value).decode("utf-8", "replace").lower())
        elif number == 2 and kind == BYTES:
            texts = [inner for place, kind, inner in _fields(value) if place == 8 and kind == BYTES]
            values.append(bytes(texts[-1]).decode("utf-8", "replace") if texts else "")
    pairs = dict(zip(keys, values, strict=False))
    return pairs.get("engunit") or pairs.get("unit") or pairs.get("units") or ""


def signed(value: Any, datatype: int) -> Any:
    """An integer of a signed type as it is meant."""
    bits = SIGNED.get(datatype)
    if bits is None or type(value) is not int:
        return value
    value &= (1 << bits) - 1
    return value - (1 << bits) if value >> (bits - 1) else value
