"""A whole campus as its own process group, started as people start it: `python app.py`."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from functools import partial
from pathlib import Path
from typing import Protocol

import psutil

from campus.processes import die_with_parent
from tests.servers import PATIENCE_S, free_port, wait_until

HOUSE = Path(__file__).resolve().parent.parent
READY = "Campus is ready at "


class Campus:
    """`python app.py` on free ports: what it says, which processes it has, how it ends."""

    def __init__(self, data_dir: Path, environment: dict[str, str]) -> None:
        self.data_dir = data_dir
        self.broker_port = int(environment.get("CAMPUS_BROKER_PORT") or free_port())
        self.port = int(environment.get("CAMPUS_PORT") or free_port())
        self.url = f"http://127.0.0.1:{self.port}"
        self.mqtt_url = environment.get("CAMPUS_MQTT_URL") or f"mqtt://127.0.0.1:{self.broker_port}"
        self.lines: list[str] = []
        ours = {
            "CAMPUS_DATA_DIR": str(data_dir),
            "CAMPUS_PORT": str(self.port),
            "CAMPUS_BROKER_PORT": str(self.broker_port),
            **environment,
        }
        self.process = subprocess.Popen(
            [sys.executable, "app.py"],
            cwd=HOUSE,
            env={**os.environ, **{name: value for name, value in ours.items() if value}},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            preexec_fn=partial(die_with_parent, os.getpid()),  # noqa: PLW1509 - this process has one thread when it starts servers
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def wait_until_ready(self, patience_s: float = 60.0) -> None:
        """Return when the start-up says that all is ready; fail with what it said if it does not."""
        try:
            wait_until(lambda: self.says(READY) or self.process.poll() is not None, "Campus", patience_s)
            assert self.says(READY)
        except AssertionError as error:
            raise AssertionError(f"Campus did not start. It said:\n{self.output}") from error

    @property
    def output(self) -> str:
        """All that was printed so far, standard output and error together."""
        return "\n".join(self.lines)

    def says(self, words: str) -> bool:
        """True if `words` were printed."""
        return any(words in line for line in self.lines.copy())

    def pid(self, name: str) -> int:
        """The process id of broker, worker, web or simulator, as it was last said."""
        said = [line for line in self.lines.copy() if line.startswith(f"{name} ") and "started" in line]
        return int(re.findall(r"\d+", said[-1])[0])

    def has_restarted(self, name: str, before: int) -> bool:
        """True if `name` is no longer the process `before`."""
        return self.pid(name) != before

    def processes(self) -> list[psutil.Process]:
        """Every process of this campus: the supervisor's own, and all below it."""
        top = psutil.Process(self.process.pid)
        return [top, *top.children(recursive=True)]

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """End it, wait for the end, and return the exit code. Harmless if it has ended already."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        code = self.process.wait(PATIENCE_S)
        self._reader.join(PATIENCE_S)
        if self.process.stdout:
            self.process.stdout.close()
        return code

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))


class StartCampus(Protocol):
    """The `start_campus` fixture: names and values of settings in, a campus that is starting out."""

    def __call__(self, **environment: str) -> Campus: ...
