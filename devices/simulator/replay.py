"""Publish a capture: every message with QoS 1, in order, until the broker has acknowledged them all."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path

import click

from campus.settings import Settings
from devices.simulator.capture import Captured, read_capture
from devices.simulator.radio import Courier


def run(file: Path, settings: Settings, *, speed: float) -> int:
    """Publish `file` and return how many messages it held. Shows progress on a terminal only.

    The whole file is read before the first message goes out, so a bad line stops the replay before
    it has begun. Raises BadRequest that names the line, Unavailable if the broker is.
    """
    length = sum(1 for _captured in read_capture(file))
    with closing(Courier(settings)) as courier:
        with click.progressbar(
            in_rhythm(read_capture(file), speed),
            length=length,
            label=file.name,
            file=sys.stderr,
            hidden=not sys.stderr.isatty(),
            update_min_steps=max(1, length // 200),
        ) as captured:
            for one in captured:
                courier.send(one.message)
        courier.finish()
    return length


def in_rhythm(
    captured: Iterable[Captured],
    speed: float,
    *,
    sleep: Callable[[float], object] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[Captured]:
    """The same messages, each held back until its time: `speed` times faster than they came. 0 holds none."""
    first: datetime | None = None
    began = clock()
    for one in captured:
        if speed and one.at:
            first = first or one.at
            wait_s = (one.at - first).total_seconds() / speed - (clock() - began)
            if wait_s > 0:
                sleep(wait_s)
        yield one
