"""What the worker does for the history: seal days that are over, bring the rollups up to date."""

from __future__ import annotations

from datetime import datetime

from campus.database import Database
from devices.history.pace import Pace
from devices.history.sealing import seal


def go_round(database: Database, now: datetime, pace: Pace) -> None:
    """One round; what a round that was stopped left, the next one does."""
    from devices.history.rolling import roll  # noqa: PLC0415 - numpy, not before it is needed

    seal(database, now, pace)
    roll(database, now, pace)
