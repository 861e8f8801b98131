"""A real web process, as the supervisor starts it: gunicorn with its own settings, on a free port."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

from campus.processes import die_with_parent
from tests.running import HOUSE
from tests.servers import PATIENCE_S, answers, free_port, wait_until


class WebProcess:
    """Serves the store in `data_dir`: `.url`, `.output()`, `.stop()`."""

    def __init__(self, data_dir: Path, **environment: str) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 - closed by stop()
        ours = {"CAMPUS_DATA_DIR": str(data_dir), "CAMPUS_PORT": str(self.port), **environment}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "-c", "python:campus.web", "app:create_app()"],
            cwd=HOUSE,
            env={**os.environ, **ours},
            stdin=subprocess.DEVNULL,
            stdout=self._said,
            stderr=subprocess.STDOUT,
            preexec_fn=partial(die_with_parent, os.getpid()),  # noqa: PLW1509 - this process has one thread when it starts servers
        )
        wait_until(lambda: answers(self.port) or self._process.poll() is not None, "the web process")
        assert self._process.poll() is None, self.output()

    def output(self) -> str:
        """All that it has printed."""
        self._said.seek(0)
        return self._said.read().decode()

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(PATIENCE_S)
        self._said.close()
