"""Looks after processes: passes on what they say, starts the dead again, ends them all.

One thread and one selector: words, deaths (SIGCHLD), the order to stop and the answer of /readyz all
arrive there, so nothing is polled and a campus at rest takes no time of the machine.
Why not honcho: docs/decisions/0002-own-supervisor.md.
"""

from __future__ import annotations

import selectors
import signal
import socket
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from types import FrameType

from campus.calling import SIGNAL
from campus.console import Console
from campus.processes import Life, Part
from campus.readiness import ASK_EVERY_S, Probe

SAY_EVERY_S = 10.0
"""How often a start that takes long says what it is waiting for."""
GRACE_S = 4.0
"""How long the processes have to end by themselves; then they are killed."""


class Caretaker:
    """The processes of one campus, and the loop that looks after them."""

    def __init__(self, console: Console, environment: Mapping[str, str]) -> None:
        self._console = console
        self._environment = environment
        self._parts: list[Part] = []
        self._selector = selectors.DefaultSelector()
        self._stopping = False
        self._called = False
        signal.signal(SIGNAL, self._on_call)  # before there is a process that may call

    def start(self, name: str, command: Sequence[str]) -> None:
        """Take the process `name` into care: it runs from now on, whatever becomes of it."""
        part = Part(name, command, self._environment)
        self._parts.append(part)
        self._start(part)

    def start_anew(self, name: str, command: Sequence[str]) -> None:
        """Start a process that is wanted from now on; one that runs ends, and begins again at once."""
        part = next((part for part in self._parts if part.name == name), None)
        if part is None:
            self.start(name, command)
        elif part.life:
            part.life.terminate()

    def watch(
        self, host: str, port: int, when_ready: Callable[[], None], when_called: Callable[[], None]
    ) -> None:
        """Look after the processes until a signal says stop.

        `when_ready` is called once: when the web process, at `host` and `port`, first says that all is
        ready. `when_called` each time that a process asks for it (see campus.calling).
        """
        self._listen_to_signals()
        probe: Probe | None = Probe(self._selector, host, port)
        next_word_s = time.monotonic() + SAY_EVERY_S
        while not self._stopping:
            for key, events in self._selector.select(self._patience(asking=probe is not None)):
                if isinstance(key.data, Part):
                    self._pass_on(key.data)
                elif isinstance(key.data, Probe) and key.data.go_on(events):
                    probe = None
                    when_ready()
                elif isinstance(key.data, socket.socket):
                    key.data.recv(4096)  # a signal came; its handler has done what there is to do
            self._look_after()
            if self._called:
                self._called = False
                when_called()
            if probe:
                probe.ask(time.monotonic())
                if time.monotonic() > next_word_s:
                    next_word_s += SAY_EVERY_S
                    self._console.say("campus", f"not ready yet: {probe.body or 'no answer from web'}")

    def stop(self) -> None:
        """End every process: ask, wait up to GRACE_S seconds in all, kill what is left.

        The first to be started is asked last, when the others, who stand on it, have said goodbye.
        """
        signal.set_wakeup_fd(-1)
        lives = [part.life for part in self._parts if part.life]
        for asked, patience_s in ((lives[1:], GRACE_S * 3 / 4), (lives[:1], GRACE_S / 4)):
            for life in asked:
                life.terminate()
            _wait_for(asked, patience_s)
        for life in lives:
            life.finish()

    def _start(self, part: Part) -> None:
        life = part.start(time.monotonic())
        self._selector.register(life.words, selectors.EVENT_READ, part)
        self._console.say(part.name, f"started (process {life.pid})")

    def _pass_on(self, part: Part) -> None:
        """Print what it said."""
        lines = part.life.read() if part.life else []
        for line in lines or ():
            self._console.say(part.name, line)
        if lines is None and part.life:
            with suppress(KeyError):
                self._selector.unregister(part.life.words)

    def _look_after(self) -> None:
        """Bury the dead with their last words, start those whose time has come."""
        now_s = time.monotonic()
        for part in self._parts:
            if part.life is None:
                if now_s >= part.due_s:
                    self._start(part)
            elif not part.life.goes_on:
                self._pass_on(part)
                with suppress(KeyError):
                    self._selector.unregister(part.life.words)
                self._console.say(part.name, part.bury(part.life, now_s))

    def _patience(self, *, asking: bool) -> float | None:
        """Seconds until something is due though nothing happens; None if nothing is."""
        due = [part.due_s - time.monotonic() for part in self._parts if part.life is None]
        due += [ASK_EVERY_S] if asking else []
        return max(0.0, min(due)) if due else None

    def _listen_to_signals(self) -> None:
        ours, wakeup = socket.socketpair()
        for end in (ours, wakeup):
            end.setblocking(False)
        self._selector.register(ours, selectors.EVENT_READ, ours)
        self._wakeup = wakeup  # held open for as long as the kernel writes to it
        signal.set_wakeup_fd(wakeup.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:  # nohup stays as asked
                signal.signal(number, self._on_stop)

    def _on_call(self, _number: int, _frame: FrameType | None) -> None:
        self._called = True

    def _on_stop(self, _number: int, _frame: FrameType | None) -> None:
        self._stopping = True


def _wait_for(lives: Iterable[Life], patience_s: float) -> None:
    """Return when all have ended, or after `patience_s` seconds."""
    deadline = time.monotonic() + patience_s
    while any(life.goes_on for life in lives) and time.monotonic() < deadline:
        time.sleep(0.02)
