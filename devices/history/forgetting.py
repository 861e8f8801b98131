"""Values that are older than they are to be kept are given up, a series a transaction; their rollups stand.

A series gives up only what is rolled up and clean. From then on nothing that would need those values is done:
late values for the time before are not counted, and other habits hold from there on. A little more is kept
than is promised, so that the first value after the edge finds the one before it.
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from campus.database import Database, wait_for_turn
from campus.moments import to_micros
from devices.history import blocks, hot
from devices.history.blocks import DAY
from devices.history.habits import habits
from devices.history.ledger import BEGINNING, accounts
from devices.history.models import Dirty, Rolled
from devices.history.pace import Pace, headlong
from devices.history.retention import keep_days
from devices.history.sealing import HISTORY_TURN
from devices.history.series import SeriesRef, find_series
from devices.models import Device


def forget(database: Database, now: datetime, default_days: int | None, pace: Pace = headlong) -> int:
    """Give up what is old; the number of days of series that went."""
    gone = 0
    with database.read() as session:
        devices = {device.id: device for device in session.scalars(select(Device))}
        refs = find_series(session)
    for ref in refs:
        days = keep_days(devices[ref.device_id].options, ref.metric, default_days)
        if days is None:
            continue
        edge = to_micros(now - timedelta(days=days)) // DAY * DAY
        began = time.monotonic()
        dropped = _forget(database, ref, devices[ref.device_id], edge)
        gone += dropped
        if dropped and not pace(time.monotonic() - began):
            break
    return gone


def _forget(database: Database, ref: SeriesRef, device: Device, edge: int) -> int:
    its = habits(ref, device.expected_interval_s, device.rated_power_w)
    margin = max(DAY, -(-its.largest_gap // DAY) * DAY)
    with database.read() as session:
        if not _has_values_before(session, ref, edge - margin):
            return 0
    with database.write() as session:
        wait_for_turn(session, HISTORY_TURN)
        if not ref.is_text:
            account = accounts(session, {ref.id: its})[ref.id]
            edge = min(edge, account.sound_until // DAY * DAY)  # what is not rolled up, or came late, stays
            if edge <= account.kept_from:
                return 0
            session.execute(
                update(Rolled)
                .where(Rolled.series_id == ref.id)
                .values(kept_from=edge, version=Rolled.version + 1)
            )
            session.execute(delete(Dirty).where(Dirty.series_id == ref.id, Dirty.last_at < edge))
        there = hot.bounds(session, ref.id, ref.is_text)
        if there:  # the newest value of all stays, where everybody looks for it
            hot.take(session, ref.id, ref.is_text, BEGINNING, min(edge - margin, there[1]))
        return blocks.drop(session, ref.device_id, ref.id, (edge - margin) // DAY)


def _has_values_before(session: Session, ref: SeriesRef, edge: int) -> bool:
    sealed = blocks.next_instant(session, ref.id, BEGINNING)
    there = hot.bounds(session, ref.id, ref.is_text)
    return (sealed is not None and sealed < edge) or (there is not None and there[0] < min(edge, there[1]))
