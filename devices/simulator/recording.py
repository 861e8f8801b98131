"""Write down what a broker says: a capture, line by line, in the order in which it was heard."""

from __future__ import annotations

import gzip
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO

import click

from campus import clock
from campus.errors import BadRequest
from campus.settings import Settings
from devices.formats._own_topics import is_filter
from devices.simulator.capture import Captured, as_line
from devices.simulator.message import Message
from devices.simulator.radio import Receiver

FLUSHED_S = 1.0
"""So often what was heard is on the disk."""


def run(
    file: Path,
    settings: Settings,
    *,
    topics: Sequence[str],
    seconds: float | None = None,
    count: int | None = None,
) -> int:
    """Capture so many seconds or messages, or until SIGINT or SIGTERM; how many messages were heard.

    What was heard before something went wrong is kept. Raises BadRequest if `file` cannot be written or
    is there already, Unavailable if the broker is.
    """
    for topic in topics:
        if not is_filter(topic):
            raise BadRequest(f"{topic[:80]!r} is no topic filter.")
    end = None if seconds is None else time.monotonic() + seconds
    with _new(file) as lines, _ends() as stopping:
        notes = _Notes(lines, count)

        def is_over() -> bool:
            notes.keep()
            return stopping.is_set() or notes.is_full or (end is not None and time.monotonic() >= end)

        try:
            with closing(Receiver(settings, topics, notes.take)) as receiver:
                receiver.listen(is_over)
        except OSError as error:
            raise BadRequest(f"{file}: {error.strerror or error}.") from None
        finally:
            notes.tell(last=True)
        return notes.heard


class _Notes:
    """The open file, and how much is in it."""

    def __init__(self, lines: IO[bytes], most: int | None) -> None:
        self._lines, self._most = lines, most
        self.heard, self._kept_at = 0, time.monotonic()

    @property
    def is_full(self) -> bool:
        """True with as many messages as were asked for."""
        return self._most is not None and self.heard >= self._most

    def take(self, message: Message) -> None:
        if self.is_full:
            return
        self._lines.write(as_line(Captured(message, clock.now())))
        self.heard += 1

    def keep(self) -> None:
        """Now and then, hand what was heard to the disk, and say how much it is."""
        if time.monotonic() - self._kept_at >= FLUSHED_S:
            self._lines.flush()
            self._kept_at = time.monotonic()
            self.tell()

    def tell(self, *, last: bool = False) -> None:
        if sys.stderr.isatty():
            click.echo(f"\r{self.heard:,} messages", err=True, nl=last)


@contextmanager
def _new(file: Path) -> Iterator[IO[bytes]]:
    """A file that was not there before, for our eyes only. One in which nothing was written is gone again."""
    try:
        number = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise BadRequest(f"{file} is there already. Name a new file.") from None
    except OSError as error:
        raise BadRequest(f"{file}: {error.strerror or error}.") from None
    packed = file.suffix == ".gz"
    try:
        with os.fdopen(number, "wb") as plain:
            if packed:
                with gzip.open(plain, "wb") as lines:
                    yield lines  # type: ignore[misc]
            else:
                yield plain
    except BaseException:
        if file.stat().st_size == 0 or (packed and _is_empty(file)):
            file.unlink()
        raise


def _is_empty(file: Path) -> bool:
    with gzip.open(file, "rb") as lines:
        return not lines.read(1)


@contextmanager
def _ends() -> Iterator[threading.Event]:
    """Set by SIGINT and SIGTERM, where it is ours to listen to them."""
    stopping = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stopping
        return
    before = {
        number: signal.signal(number, lambda *_: stopping.set()) for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield stopping
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
