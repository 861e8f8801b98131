"""How jobs that write a lot leave room for those who wait. One transaction, then a rest."""

from __future__ import annotations

import threading
from collections.abc import Callable

Pace = Callable[[float], bool]
"""Told how many seconds a transaction took, it rests, and says whether to go on."""

LEAST_REST_S = 0.02


def unhurried(stopping: threading.Event) -> Pace:
    """Rest as long as one has worked: a writer that waits gets its turn. Until `stopping` is set."""

    def rest(took_s: float) -> bool:
        return not stopping.wait(max(LEAST_REST_S, took_s))

    return rest


def headlong(_took_s: float) -> bool:
    """No rest: nobody waits."""
    return True
