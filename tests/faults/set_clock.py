"""A worker whose clock on the wall may be set while it runs, as an administrator or NTP would do it.

    python -m tests.faults.set_clock FILE      FILE says how many seconds the clock is ahead

What has passed since the machine's start (the monotonic clock) goes on as it does.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import time_machine

from campus.processes import die_with_parent
from tests.faults.hub import Worker
from tests.running import HOUSE

LOOK_EVERY_S = 0.05


class WorkerWithSetClock(Worker):
    """`set_by` sets its clock."""

    def __init__(self, database_url: str, broker_url: str, data_dir: Path) -> None:
        self._file = data_dir / "clock"
        self.set_by(timedelta())
        super().__init__(database_url, broker_url, data_dir)

    def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.faults.set_clock", str(self._file)],
                cwd=HOUSE,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=partial(die_with_parent, os.getpid()),  # noqa: PLW1509 - threads here hold no lock that matters
            )

    def set_by(self, offset: timedelta) -> None:
        """From now on it is so far ahead of the right time."""
        self._offset = offset
        draft = self._file.with_suffix(".draft")
        draft.write_text(str(offset.total_seconds()))
        draft.rename(self._file)

    def now(self) -> datetime:
        """What its clock says, a moment after it was set."""
        return datetime.now(UTC) + self._offset


def _follow(file: Path, clock: time_machine.Traveller) -> None:
    """Set the clock as the file says, for ever."""
    ahead = 0.0
    while True:
        said = float(file.read_text())
        if said != ahead:
            clock.shift(said - ahead)
            ahead = said
        time.sleep(LOOK_EVERY_S)


def _run(file: Path) -> None:
    from app import create_app
    from devices.commands import _log_lines
    from devices.worker import work

    app = create_app()
    hub = app.extensions["campus"]
    _log_lines()
    with time_machine.travel(datetime.now(UTC), tick=True) as clock, app.app_context():
        threading.Thread(target=_follow, args=(file, clock), daemon=True).start()
        work(hub.settings, hub.database)


if __name__ == "__main__":
    _run(Path(sys.argv[1]))
