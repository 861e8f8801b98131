"""How long the listener waits for more before it writes a batch: not at all where nothing can come. Pure.

A broker sends so many messages (20, where nobody has said otherwise) and then waits for acknowledgements.
Who waits for more at that point waits in vain, once a batch. How many they are it does not say; it shows.
"""

from __future__ import annotations

QUIET_S = 0.003
"""No input for so long, and the batch is written: the broker may be waiting for acknowledgements."""
LEAST_HELD = 8
"""Messages. A lull after fewer is just a lull; no broker is known that sends so few at a time."""


class Pace:
    """Learns after how many messages the broker waits for us."""

    def __init__(self) -> None:
        self._before = 0
        self._held = 0

    def patience_s(self, unacknowledged: int) -> float:
        """For how long more may be waited for, with so many messages on our side."""
        if unacknowledged > self._held:
            self._held = 0
        return 0.0 if self._held and unacknowledged == self._held else QUIET_S

    def fell_silent(self, unacknowledged: int) -> None:
        """Nothing came in that time. Twice after the same number of messages, and it is the broker's."""
        if unacknowledged >= LEAST_HELD and unacknowledged == self._before:
            self._held = unacknowledged
        self._before = unacknowledged
