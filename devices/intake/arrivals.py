"""When messages came: each later than the one before, and no two ever at one instant.

A clock that was set back goes through an hour twice. What came the first time is in the store, a value by its
series and instant; so the second time takes other microseconds.
"""

from __future__ import annotations

from datetime import datetime

from devices.intake.batch import SET_BACK, next_arrival

TIMES = 4
"""An instant can be lived through so often before two arrivals might share it."""


class Arrivals:
    """Gives each message its instant. `whose`: among several workers which one this is, of how many."""

    def __init__(self, now: datetime, whose: tuple[int, int] = (0, 1)) -> None:
        self._last = now
        self._which, self._many = whose
        self._time = 0

    def next(self, now: datetime) -> datetime:
        """The instant of a message that comes now."""
        if self._last - now > SET_BACK:
            self._time = (self._time + 1) % TIMES
        whose = self._which + self._time * self._many, self._many * TIMES
        self._last = next_arrival(self._last, now, whose)
        return self._last
