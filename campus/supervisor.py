"""`python app.py`: the whole campus on this machine. Starts every process, and starts it again when it dies.

One thread and one selector: what the processes say, their deaths (SIGCHLD), the order to stop and the
answer of /readyz all arrive there. Why not honcho: docs/decisions/0002-own-supervisor.md.
"""

from __future__ import annotations

import os
import selectors
import signal
import socket
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import FrameType

from campus.console import Console
from campus.errors import BadSetting
from campus.groundwork import LoadDemo, Store, choose_ports, prepare_store, take_data_dir
from campus.processes import Part
from campus.readiness import ASK_EVERY_S, Probe
from campus.settings import PREFIX, Settings, load, unknown

HOUSE = Path(__file__).resolve().parent.parent
FLASK = (sys.executable, "-m", "flask", "--app", "app")
COMMANDS: Mapping[str, tuple[str, ...]] = {
    "broker": (*FLASK, "broker"),
    "worker": (*FLASK, "worker"),
    "web": (sys.executable, "-m", "gunicorn", "-c", "python:campus.web", "app:create_app()"),
    "simulator": (*FLASK, "simulate"),
}
SAY_EVERY_S = 10.0
"""How often a start that takes long says what it is waiting for."""
GRACE_S = 4.0
"""How long the processes have to end by themselves; then they are killed."""


def main(load_demo: LoadDemo) -> int:
    """Run the campus until SIGINT, SIGTERM or SIGHUP. Returns the exit code: 2 if it cannot start."""
    console = Console()
    try:
        settings = load()
        if names := unknown(os.environ):
            _complain(f"not a setting, so without effect: {', '.join(names)}. See docs/settings.md.")
        take_data_dir(settings.data_dir)
        chosen = choose_ports(settings)
        environment = {**os.environ, **_child_variables(), **chosen}
        supervisor = Supervisor(console, environment)
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # until the loop takes the signals over
        try:
            _say_moved_ports(console, settings, chosen)
            if settings.mqtt_url is None:
                supervisor.start("broker")
            store = prepare_store(settings, load_demo)
            supervisor.start("worker")
            supervisor.start("web")
            if settings.simulator if settings.simulator is not None else store.is_demo:
                supervisor.start("simulator")
            supervisor.run(_reachable(settings.host), int(chosen[f"{PREFIX}PORT"]), store)
        finally:
            supervisor.stop()
    except BadSetting as error:
        _complain(error.message)
        return 2
    except KeyboardInterrupt:
        return 130
    return 0


class Supervisor:
    """The processes of one campus, and the loop that looks after them."""

    def __init__(self, console: Console, environment: Mapping[str, str]) -> None:
        self._console = console
        self._environment = environment
        self._parts: list[Part] = []
        self._selector = selectors.DefaultSelector()
        self._stopping = False

    def start(self, name: str) -> None:
        """Add the process `name` and start it."""
        part = Part(name, COMMANDS[name], self._environment)
        self._parts.append(part)
        self._start(part)

    def run(self, host: str, port: int, store: Store) -> None:
        """Look after the processes until a signal says stop; say once when all is ready."""
        self._listen_to_signals()
        probe = Probe(self._selector, host, port)
        url = f"http://{f'[{host}]' if ':' in host else host}:{port}"
        ready, next_word_s = False, time.monotonic() + SAY_EVERY_S
        while not self._stopping:
            for key, events in self._selector.select(self._patience(ready)):
                if isinstance(key.data, Part):
                    self._pass_on(key.data)
                elif key.data is probe and probe.go_on(events) and not ready:
                    ready = True
                    self._console.ready(url, is_demo=store.is_demo, has_members=store.has_members)
                elif isinstance(key.data, socket.socket):
                    key.data.recv(4096)  # a signal came; its handler has done what there is to do
            self._look_after()
            if not ready:
                probe.ask(time.monotonic())
                if time.monotonic() > next_word_s:
                    next_word_s += SAY_EVERY_S
                    self._console.say("campus", f"not ready yet: {probe.body or 'no answer from web'}")
        probe.close()

    def stop(self) -> None:
        """End every process: ask, wait up to GRACE_S seconds in all, kill what is left."""
        signal.set_wakeup_fd(-1)
        lives = [part.life for part in self._parts if part.life]
        for life in lives:
            life.terminate()
        deadline = time.monotonic() + GRACE_S
        while any(life.goes_on for life in lives) and time.monotonic() < deadline:
            time.sleep(0.02)
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
            self._selector.unregister(part.life.words)

    def _look_after(self) -> None:
        """Bury the dead with their last words, start those whose time has come."""
        now_s = time.monotonic()
        for part in self._parts:
            if part.life is None:
                if now_s >= part.due_s:
                    self._start(part)
            elif not part.life.goes_on:
                if part.life.words in self._selector.get_map():
                    self._pass_on(part)
                if part.life.words in self._selector.get_map():
                    self._selector.unregister(part.life.words)
                self._console.say(part.name, part.bury(part.life, now_s))

    def _patience(self, ready: bool) -> float | None:
        """Seconds until something is due though nothing happens; None if nothing is."""
        due = [part.due_s - time.monotonic() for part in self._parts if part.life is None]
        due += [] if ready else [ASK_EVERY_S]
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

    def _on_stop(self, _number: int, _frame: FrameType | None) -> None:
        self._stopping = True


def _child_variables() -> dict[str, str]:
    """What every process needs besides the settings: to find the house, and to speak at once."""
    path = os.pathsep.join(filter(None, [str(HOUSE), os.environ.get("PYTHONPATH")]))
    return {"PYTHONPATH": path, "PYTHONUNBUFFERED": "1", "FLASK_SKIP_DOTENV": "1"}


def _say_moved_ports(console: Console, settings: Settings, chosen: Mapping[str, str]) -> None:
    for variable, port in chosen.items():
        wanted = getattr(settings, variable.removeprefix(PREFIX).lower())
        if int(port) != wanted:
            what = "the web server" if variable == f"{PREFIX}PORT" else "the broker"
            console.say("campus", f"port {wanted} is taken: {what} listens on {port}")


def _reachable(host: str) -> str:
    """The address where this machine reaches a server that listens on `host`."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared, not listened on


def _complain(line: str) -> None:
    sys.stderr.write(f"campus: {line}\n")
