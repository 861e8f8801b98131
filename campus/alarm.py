"""A trouble is told when it begins and when it is over, however often it is met in between."""

from __future__ import annotations

import logging
import threading

CALM_S = 30.0
"""After so long without it a trouble is over: longer than anybody waits between two tries."""


class Alarm:
    """Of one thing that may fail. For any thread; `now_s` is the monotonic time."""

    def __init__(self, log: logging.Logger, over: str) -> None:
        """`over` is what is said when the trouble has gone."""
        self._log, self._over = log, over
        self._lock = threading.Lock()
        self._said: set[str] = set()
        self._last_s = 0.0

    @property
    def is_on(self) -> bool:
        """True from the first time that the trouble was met until it is over."""
        return bool(self._said)

    def met(self, words: str, now_s: float) -> None:
        """The trouble is there. Told unless these words were said since it began."""
        with self._lock:
            self._last_s = now_s
            if words in self._said:
                return
            self._said.add(words)
        self._log.error("%s", words)

    def look(self, now_s: float) -> None:
        """Say so if the trouble has not been met for CALM_S."""
        with self._lock:
            if not self._said or now_s - self._last_s < CALM_S:
                return
            self._said.clear()
        self._log.info("%s", self._over)
