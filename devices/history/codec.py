"""A day of one series as two strings of bytes, and back, bit for bit. Pure.

Instants and numbers are compressed by pcodec; words by their dictionary. Instants that lie on a grid
(every 10 s, give or take) are kept as their distance from it, in the coarsest unit that all of them share.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import orjson
from numpy.typing import NDArray
from pcodec import ChunkConfig, standalone

VERSION = 1
"""Of the format. A store may hold several; what is written is the newest."""
Codec = Literal["numbers", "words"]

Instants = NDArray[np.int64]
Numbers = NDArray[np.float64]

_GRID = struct.Struct("<qqq")
"""First instant, unit, steps of the grid in units."""
_CONFIG = ChunkConfig()


class Damaged(ValueError):
    """The bytes are not what was written, or in a format that this version does not know."""


@dataclass(frozen=True, slots=True)
class Packed:
    """What is stored. `checksum` covers all of it, and the `name` under which it was packed."""

    version: int
    codec: Codec
    count: int
    first_at: int
    last_at: int
    checksum: int
    timestamps: bytes
    values: bytes


def pack(name: str, instants: Sequence[int], values: Sequence[float] | Sequence[str]) -> Packed:
    """At least one value; instants rise. `name` says whose it is, so that none passes for another's."""
    codec: Codec = "words" if isinstance(values[0], str) else "numbers"
    data = _words(values) if codec == "words" else shrink(np.array(values, np.float64))
    count, first, last = len(instants), instants[0], instants[-1]
    timestamps = _instants(np.array(instants, np.int64))
    checksum = _checksum(name, VERSION, codec, count, first, last, timestamps, data)
    return Packed(VERSION, codec, count, first, last, checksum, timestamps, data)


def unpack(name: str, packed: Packed) -> tuple[Instants, Numbers | list[str]]:
    """Raises Damaged rather than give a value that was not packed."""
    if packed.version != VERSION:
        raise Damaged(f"format {packed.version} is not known")
    if packed.checksum != _checksum(
        name,
        packed.version,
        packed.codec,
        packed.count,
        packed.first_at,
        packed.last_at,
        packed.timestamps,
        packed.values,
    ):
        raise Damaged("the checksum does not fit")
    first, unit, step = _GRID.unpack_from(packed.timestamps)
    distances = expand(packed.timestamps[_GRID.size :], np.int64)
    instants = first + unit * (distances + step * np.arange(packed.count, dtype=np.int64))
    if packed.codec == "numbers":
        return instants, expand(packed.values, np.float64)
    words, places = orjson.loads(zlib.decompress(packed.values))
    return instants, [words[place] for place in places]


def shrink(values: NDArray[Any]) -> bytes:
    """One column of numbers, compressed."""
    packed: bytes = standalone.simple_compress(np.ascontiguousarray(values), _CONFIG)
    return packed


def expand(packed: bytes, kind: type[Any]) -> NDArray[Any]:
    """The column again. Raises Damaged."""
    try:
        values: NDArray[Any] | None = standalone.simple_decompress(packed)
    except RuntimeError as error:
        raise Damaged(str(error)) from error
    if values is None:  # nothing was packed
        return np.empty(0, kind)
    if values.dtype != kind:
        raise Damaged(f"{values.dtype} where {kind.__name__} was packed")
    return values


def _words(values: Sequence[Any]) -> bytes:
    """The distinct words, then the place of each value's among them."""
    words = {word: place for place, word in enumerate(dict.fromkeys(values))}
    return zlib.compress(orjson.dumps([list(words), [words[word] for word in values]]), 6)


def _instants(instants: Instants) -> bytes:
    """As distances from a grid, or from nothing where that is shorter."""
    first = int(instants[0])
    offsets = instants - first
    unit = int(np.gcd.reduce(offsets)) or 1
    units = offsets // unit
    step = round(int(units[-1]) / max(1, len(units) - 1))
    places = np.arange(len(units), dtype=np.int64)
    ways = [(way, shrink(units - way * places)) for way in {0, step}]
    step, shortest = min(ways, key=lambda way: (len(way[1]), way[0]))
    return _GRID.pack(first, unit, step) + shortest


def _checksum(name: str, *parts: str | int | bytes) -> int:
    checksum = zlib.crc32(name.encode())
    for part in parts:
        checksum = zlib.crc32(part if isinstance(part, bytes) else f"|{part}|".encode(), checksum)
    return checksum
