"""The worker's jobs on time: patient with a store that refuses, and right again after the clock was set."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from apscheduler.schedulers.background import BackgroundScheduler

from campus import clock
from campus.alarm import Alarm
from campus.errors import Unavailable

SET_BACK_S = 2.0
"""By so much the clock was set, not slewed."""


class Rota(BackgroundScheduler):  # type: ignore[misc]
    """A scheduler whose jobs the store may refuse: that is told once, and each tries again in its next turn.

    APScheduler goes by the clock on the wall: set back an hour, it would do nothing for an hour.
    """

    def __init__(self, alarm: Alarm) -> None:
        super().__init__(timezone="UTC")
        self._alarm = alarm
        self._offset_s = _offset_s()

    def add_job(self, func: Callable[[], None], *arguments: Any, **options: Any) -> Any:
        def turn() -> None:
            try:
                func()
            except Unavailable as error:
                self._alarm.met(error.message, time.monotonic())

        return super().add_job(turn, *arguments, **options)

    def _process_jobs(self) -> Any:
        before, self._offset_s = self._offset_s, _offset_s()
        if before - self._offset_s > SET_BACK_S:
            self._pull_in(timedelta(seconds=before - self._offset_s))
        self._alarm.look(time.monotonic())
        return super()._process_jobs()

    def _pull_in(self, by: timedelta) -> None:
        """What was due at an instant of the old clock is due at the same instant of the new one."""
        for job in self.get_jobs():
            if job.next_run_time:
                job.modify(next_run_time=job.next_run_time - by)


def _offset_s() -> float:
    """How far the clock on the wall is ahead of the one that nobody sets."""
    return clock.now().timestamp() - time.monotonic()
