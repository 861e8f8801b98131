"""Workers that start in milliseconds: a process that has imported everything forks one whenever it is told.

Each is a process of its own, on its own connections, and is killed for real. Only the imports are spared,
which take longer than all that a worker does between two kills.

    python -m tests.faults.nursery      reads "start" and "bury" lines; answers each with a process id
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from campus.processes import die_with_parent
from tests.faults.hub import Worker
from tests.running import HOUSE
from tests.servers import PATIENCE_S


class QuickWorker(Worker):
    """A worker out of the nursery."""

    def __init__(self, database_url: str, broker_url: str, data_dir: Path, **environment: str) -> None:
        self._nursery: subprocess.Popen[str] | None = None
        self._pid = 0
        super().__init__(database_url, broker_url, data_dir, **environment)

    def start(self) -> None:
        if self._nursery is None:
            with self._log.open("ab") as log:
                self._nursery = subprocess.Popen(
                    [sys.executable, "-m", "tests.faults.nursery", str(os.getpid())],
                    cwd=HOUSE,
                    env=self._environment,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=log,
                    text=True,
                )
        self._pid = int(self._ask("start"))

    def end(self, how: signal.Signals = signal.SIGKILL) -> None:
        if self._pid:
            os.kill(self._pid, how)
            self._ask("bury")
            self._pid = 0

    def close(self) -> None:
        """End the worker and the nursery."""
        self.end()
        if self._nursery:
            assert self._nursery.stdin and self._nursery.stdout
            self._nursery.stdin.close()
            self._nursery.stdout.close()
            self._nursery.wait(PATIENCE_S)

    def _ask(self, word: str) -> str:
        assert self._nursery and self._nursery.stdin and self._nursery.stdout
        print(word, file=self._nursery.stdin, flush=True)
        return self._nursery.stdout.readline()


def _run(parent: int) -> None:
    from app import create_app
    from devices.commands import _log_lines
    from devices.worker import work

    die_with_parent(parent)
    app = create_app()  # opens no connection
    hub = app.extensions["campus"]
    child = 0
    for line in sys.stdin:
        if line.strip() == "start":
            nursery = os.getpid()
            child = os.fork()
            if child == 0:
                die_with_parent(nursery)
                os.dup2(os.open(os.devnull, os.O_RDWR), 0)
                os.dup2(2, 1)
                _log_lines()
                with app.app_context():
                    work(hub.settings, hub.database)
                os._exit(0)
        else:
            os.waitpid(child, 0)
        print(child, flush=True)
    os._exit(0)


if __name__ == "__main__":
    _run(int(sys.argv[1]))
