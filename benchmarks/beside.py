"""The same values and the same questions, given to the databases of peers.py."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path

from benchmarks.peers import Peer, installed

ROUNDS = 20
Said = list[tuple[int, int, float]]
"""(series, microseconds, value) of one series."""


def lines(meter: int, total: Said, power: Said, voltage: Said) -> bytes:
    """What one meter said, in InfluxDB's line protocol with milliseconds."""
    return "\n".join(
        f"meter,d={meter} total={one[2]},power={other[2]},voltage={third[2]} {one[1] // 1000}"
        for one, other, third in zip(total, power, voltage, strict=True)
    ).encode()


def measure(said: Callable[[], Iterable[bytes]], values: int, start: datetime, end: datetime) -> None:
    """Sizes and answers of each peer that is installed; `values` is how many of them `said` holds."""
    first, last = round(start.timestamp() * 1000), round(end.timestamp() * 1000)
    for begin in installed():
        with tempfile.TemporaryDirectory() as folder:
            peer = begin(Path(folder))
            try:
                peer.load(said())
                peer.settle()
                print(f"  {peer.name:<31} {peer.bytes_on_disk() / values:6.2f} bytes a value")
                _answers(peer, first, last)
            finally:
                peer.stop()


def _answers(peer: Peer, first: int, last: int) -> None:
    hours = first + (last - first) // 3_600_000 * 3_600_000
    _time("10,000 raw values of one series", lambda: peer.raw(0, first, last))
    _time("the same as means of a minute", lambda: peer.means(0, first, last, 60))
    _time("every meter by the hour", lambda: peer.means(None, first, hours, 3600))
    _time("the newest of every series", peer.newest)


def _time(what: str, question: Callable[[], bytes]) -> None:
    took = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        assert question()
        took.append((time.perf_counter() - began) * 1000)
    print(f"    {what:<31} {statistics.median(took):6.1f} ms through HTTP")
