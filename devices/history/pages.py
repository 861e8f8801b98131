"""A page of rollups as bytes: 768 buckets of one length, eight days of quarters or a month of hours. Pure."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

import numpy as np

from campus.moments import SECOND
from devices.history.cells import Cells, columns, empty
from devices.history.codec import Damaged, expand, shrink

VERSION = 1
QUARTER_S, HOUR_S = 900, 3600
STEPS_S = (QUARTER_S, HOUR_S)
BUCKETS = 768

_HEAD = struct.Struct("<HH7I")
"""First bucket, buckets, then the length of each column but `at`."""
_KINDS = (np.int64, np.float64, np.float64, np.float64, np.float64, np.int64, np.float64)


def page_of(at: int, step_s: int) -> int:
    """The number of the page on which the bucket of an instant lies."""
    return at // (BUCKETS * step_s * SECOND)


def pages_of(first: int, last: int, step_s: int) -> Iterator[tuple[int, int, int]]:
    """(page, from, until) for each page of [first, last), from and until within both."""
    length = BUCKETS * step_s * SECOND
    for page in range(first // length, (last - 1) // length + 1):
        yield page, max(first, page * length), min(last, (page + 1) * length)


def blank(page: int, step_s: int) -> Cells:
    """A page on which nothing is known."""
    step = step_s * SECOND
    return empty(np.arange(page * BUCKETS, (page + 1) * BUCKETS, dtype=np.int64) * step)


def with_part(page: Cells, part: Cells) -> Cells:
    """The page with the cells of `part` in the place of its own."""
    place = int(page.at.searchsorted(part.at[0]))
    changed = []
    for column, news in zip(columns(page), columns(part), strict=True):
        whole = column.copy()
        whole[place : place + len(part)] = news
        changed.append(whole)
    return Cells(*changed)


def pack(name: str, page: Cells) -> tuple[int, bytes]:
    """Checksum and bytes of a page. Buckets without anything, before and behind the others, take no room."""
    known = np.flatnonzero((page.held > 0) | (page.count > 0) | (page.delta != 0))
    first, last = (int(known[0]), int(known[-1]) + 1) if len(known) else (0, 0)
    packed = [shrink(column[first:last]) for column in columns(page)[1:]] if last else [b""] * 7
    data = _HEAD.pack(first, last - first, *map(len, packed)) + b"".join(packed)
    return _checksum(name, data), data


def unpack(name: str, page: int, step_s: int, *, version: int, checksum: int, data: bytes) -> Cells:
    """The page again, all of its buckets. Raises Damaged rather than give a value that was not packed."""
    if version != VERSION:
        raise Damaged(f"format {version} is not known")
    if checksum != _checksum(name, data):
        raise Damaged("the checksum does not fit")
    first, size, *lengths = _HEAD.unpack_from(data)
    whole = blank(page, step_s)
    if not size:
        return whole
    place, filled = _HEAD.size, [whole.at]
    for column, kind, length in zip(columns(whole)[1:], _KINDS, lengths, strict=True):
        full = column.copy()
        full[first : first + size] = expand(data[place : place + length], kind)
        place += length
        filled.append(full)
    return Cells(*filled)


def _checksum(name: str, data: bytes) -> int:
    return zlib.crc32(data, zlib.crc32(name.encode()))
