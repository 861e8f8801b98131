"""One process of Campus, as its supervisor sees it: started, listened to, started again, ended."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial

PR_SET_PDEATHSIG = 1
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 30.0
STEADY_S = 60.0
"""A process that ran as long as this has proved itself: its next pause is the first one again."""
CHUNK, LONGEST_LINE = 65_536, 16_384


def die_with_parent(parent: int) -> None:
    """Called in a child before it becomes its program: the kernel kills it when process `parent` dies.

    Linux only; elsewhere nothing happens.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it died in the meantime
            os.kill(os.getpid(), signal.SIGKILL)


@dataclass
class Backoff:
    """How long to wait before a process is started again: twice as long each time, up to 30 s."""

    pause_s: float = FIRST_PAUSE_S

    def next_pause(self, ran_s: float) -> float:
        """The pause in seconds after a life of `ran_s` seconds."""
        if ran_s >= STEADY_S:
            self.pause_s = FIRST_PAUSE_S
        pause, self.pause_s = self.pause_s, min(self.pause_s * 2, LONGEST_PAUSE_S)
        return pause


class Life:
    """One run of a program, from start to end, in a session of its own.

    The session keeps a Ctrl-C at the terminal from reaching it, and holds whatever it starts itself.
    """

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], now_s: float) -> None:
        self.began_s = now_s
        self.words, its_end = os.pipe()
        os.set_blocking(self.words, False)
        self._rest = b""
        self._process = subprocess.Popen(  # noqa: S603 - our own commands
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=its_end,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=partial(die_with_parent, os.getpid()),  # noqa: PLW1509 - the supervisor has one thread
        )
        os.close(its_end)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def goes_on(self) -> bool:
        return self._process.poll() is None

    def read(self) -> list[str] | None:
        """The lines that it has said since the last call; None once there will be no more."""
        try:
            said = os.read(self.words, CHUNK)
        except BlockingIOError:
            return []
        whole, newline, self._rest = (self._rest + said).rpartition(b"\n")
        if not said or len(self._rest) > LONGEST_LINE:
            whole, newline, self._rest = whole + newline + self._rest, b"\n", b""
        if not said and not whole:
            return None
        return [printable(line) for line in whole.decode(errors="replace").splitlines()]

    def terminate(self) -> None:
        """Ask it to end."""
        if self.goes_on:
            self._process.terminate()

    def finish(self) -> str:
        """End it and all that it started, at once, if it has not ended; say how it ended."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        code = self._process.wait()
        os.close(self.words)
        return how_it_ended(code)


@dataclass
class Part:
    """A process that Campus needs, whether it lives at the moment or is about to be started again."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    backoff: Backoff = field(default_factory=Backoff)
    life: Life | None = None
    due_s: float = 0.0
    """When to start it if it does not live, by the monotonic clock."""

    def start(self, now_s: float) -> Life:
        self.life = Life(self.command, self.environment, now_s)
        return self.life

    def bury(self, life: Life, now_s: float) -> str:
        """After its end: leave nothing of it behind, set when to start it again, and say both."""
        self.life = None
        pause_s = self.backoff.next_pause(now_s - life.began_s)
        self.due_s = now_s + pause_s
        return f"{life.finish()}; starting again in {pause_s:g} s"


def how_it_ended(code: int) -> str:
    """The exit of a process in words: `ended with code 1`, `was killed by SIGKILL`."""
    if code >= 0:
        return f"ended with code {code}"
    try:
        return f"was killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"was killed by signal {-code}"


def printable(line: str) -> str:
    """`line` with its control characters made visible: a device's words must not steer a terminal."""
    if line.isprintable():
        return line
    return "".join(
        letter if letter.isprintable() or letter == "\t" else letter.encode("unicode_escape").decode()
        for letter in line
    )
