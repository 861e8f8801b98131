"""What the worker does for the history: seal days that are over, bring the rollups up to date, and give up
the values that are older than they are to be kept."""

from __future__ import annotations

from datetime import datetime

from campus.database import Database
from devices.history.forgetting import forget
from devices.history.pace import Pace
from devices.history.sealing import seal


def go_round(database: Database, now: datetime, pace: Pace, keep_days: int | None = None) -> None:
    """One round; what a round that was stopped left, the next one does.

    `keep_days`: for how long values are kept where their device does not say it; None is for ever.
    """
    from devices.history.rolling import roll  # noqa: PLC0415 - numpy, not before it is needed

    seal(database, now, pace)
    roll(database, now, pace)
    forget(database, now, keep_days, pace)
