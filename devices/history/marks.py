"""The horizon, and the marks of what came behind it.

Rollups are made of what lies before the horizon. A transaction that stores values looks at it once, and
holds it where it is until its commit; values for instants before it are marked dirty in that same
transaction. So whoever makes rollups after the horizon was moved sees every value before it, or its mark.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from devices.history.blocks import DAY
from devices.history.models import Dirty, Horizon


def note_late(session: Session, numbers: Sequence[tuple[int, int, float | str]]) -> None:
    """Mark the days of those of (series id, instant, value) that lie before the horizon.

    Words have no rollups.
    """
    if not numbers:
        return
    # PostgreSQL lets the horizon move only between such transactions; on SQLite they take turns anyway.
    horizon = session.scalar(select(Horizon.at).with_for_update(read=True)) or 0
    if min(numbers, key=_instant)[1] >= horizon:
        return
    late: dict[tuple[int, int], list[int]] = {}
    for series_id, at, _value in numbers:
        if at < horizon:
            late.setdefault((series_id, at // DAY), []).append(at)
    session.execute(
        insert(Dirty),
        [
            {"series_id": series_id, "first_at": min(instants), "last_at": max(instants)}
            for (series_id, _day), instants in sorted(late.items())
        ],
    )


def move_horizon(session: Session, at: int) -> None:
    """To `at`, never back."""
    session.execute(update(Horizon).where(Horizon.at < at).values(at=at))


def _instant(row: tuple[int, int, float | str]) -> int:
    return row[1]
