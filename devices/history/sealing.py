"""Days that are over become blocks: one series and day a transaction, so that no writer waits for long.

A day is sealed two days after its end. The newest value of a series stays hot, where everybody looks for
it. What comes late for a sealed day is hot beside its block, and the day is sealed again with it. A block
is written and its hot rows are deleted in one transaction: whenever it ends, nothing is lost or doubled.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from campus.database import Database, wait_for_turn
from campus.moments import to_micros
from devices.history import blocks, hot
from devices.history.blocks import DAY, BrokenBlock
from devices.history.hot import Rows
from devices.history.pace import Pace, headlong
from devices.models import Series

if TYPE_CHECKING:
    from devices.history.codec import Packed

log = logging.getLogger(__name__)

STAYS_HOT = timedelta(days=2)
"""How long after its end a day stays hot."""
HISTORY_TURN = 2
"""The name of the turn in which blocks and rollups are written."""


def seal(database: Database, now: datetime, pace: Pace = headlong) -> int:
    """Seal every day that is due; the number of blocks that were written."""
    cutoff = to_micros(now - STAYS_HOT) // DAY * DAY
    with database.read() as session:
        due = list(_due(session, cutoff))
    sealed = 0
    for series_id, is_text in due:
        try:
            began = time.monotonic()
            while seal_oldest(database, series_id, is_text, cutoff):
                sealed += 1
                if not pace(time.monotonic() - began):
                    return sealed
                began = time.monotonic()
        except BrokenBlock as broken:
            log.error("not sealed: %s", broken.message)  # its late values stay hot, and are not lost
    return sealed


def seal_oldest(database: Database, series_id: int, is_text: bool, cutoff: int) -> bool:
    """Seal the oldest hot day of the series that ended before `cutoff`. False if there is none.

    The block is packed before the lock is taken, and again under it if something came in between.
    """
    with database.read() as session:
        there = hot.bounds(session, series_id, is_text)
        if there is None or there[0] >= min(cutoff, there[1]):
            return False
        day = there[0] // DAY
        begin, end = day * DAY, min((day + 1) * DAY, there[1])
        late = hot.between(session, series_id, is_text, begin, end)
        before = blocks.checksum(session, series_id, day)
        block = _packed(session, series_id, day, late)
    with database.write() as session:
        wait_for_turn(session, HISTORY_TURN)
        taken = hot.take(session, series_id, is_text, begin, end)
        if taken != late or blocks.checksum(session, series_id, day) != before:
            if not taken:
                return False  # another worker was quicker
            block = _packed(session, series_id, day, taken)
        device_id = session.scalars(select(Series.device_id).where(Series.id == series_id)).one()
        blocks.put(session, device_id, series_id, day, block)
    return True


def _packed(session: Session, series_id: int, day: int, late: Rows) -> Packed:
    """The block of the day with what came late for it."""
    rows = {**dict(blocks.find(session, series_id, day)), **dict(late)}
    return blocks.packed(series_id, day, sorted(rows.items()))


def _due(session: Session, cutoff: int) -> Iterator[tuple[int, bool]]:
    """Series with a hot row before `cutoff` that is not their newest."""
    for is_text in (False, True):
        table = hot.table_of(is_text)
        at = hot.instant(table)
        here = table.series_id == Series.id
        oldest = select(func.min(at)).where(here).correlate(Series).scalar_subquery()
        newest = select(func.max(at)).where(here).correlate(Series).scalar_subquery()
        query = select(Series.id).where(Series.is_text == is_text, oldest < cutoff, oldest < newest)
        for series_id in session.scalars(query.order_by(Series.id)):
            yield series_id, is_text
