"""Rollups are made: what is new behind the horizon, what became dirty, all of it when the habits changed.

Everything is worked out in a read transaction, a day of one series at a time; only the result is written
under the lock, and only if nobody else was quicker. A counter that was dirty is followed onwards until it
stands where it stood before: from there on, what was made before is right.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from campus.database import Database, upsert_many, wait_for_turn
from campus.moments import to_micros
from devices.history import pages, rollups, stored
from devices.history.blocks import DAY, BrokenBlock
from devices.history.cells import Cells, cut, laid_together
from devices.history.columns import columns
from devices.history.counters import Correction, Register
from devices.history.habits import Habits, habits
from devices.history.hot import instant
from devices.history.ledger import BEGINNING, HOUR, Account, Mark, Span, accounts, standing
from devices.history.marks import move_horizon
from devices.history.models import Checkpoint, Corrected, Dirty, HotReading, Rolled, Rollup
from devices.history.pace import Pace, headlong
from devices.history.registers import dump, load
from devices.history.rollups import BrokenRollup, PageRow
from devices.history.sealing import HISTORY_TURN
from devices.history.series import SeriesRef
from devices.models import Device, Series

log = logging.getLogger(__name__)

SETTLES = timedelta(minutes=15)
"""How long after an hour its values may come without being late."""


@dataclass(frozen=True, slots=True)
class Piece:
    """At most a day of one series, worked out."""

    begin: int
    end: int
    until: int
    """How far the series is rolled up with this piece."""
    cells: Cells
    """Quarters of an hour."""
    told: list[tuple[int, Correction]]
    register: Register
    """Where a counter stands at `end`."""
    lasting: bool = True
    """It stands there at `until` too."""
    fresh: bool = False
    """Nothing that was made before is of use."""
    done: tuple[int, ...] = ()
    """Marks that are dealt with."""
    open: Mark | None = None
    """What is left of them: its span begins at the end of the piece, or later."""


def roll(database: Database, now: datetime, pace: Pace = headlong) -> int:
    """Bring all rollups up to date; the number of pieces that were made."""
    horizon = to_micros(now - SETTLES) // HOUR * HOUR
    with database.write() as session:
        move_horizon(session, horizon)
    with database.read() as session:
        due = _due(session, horizon)
    made = 0
    for ref, its_habits in due:
        try:
            began = time.monotonic()
            while roll_on(database, ref, its_habits, horizon):
                made += 1
                if not pace(time.monotonic() - began):
                    return made
                began = time.monotonic()
        except BrokenBlock as broken:
            log.error("not rolled up: %s", broken.message)
        except BrokenRollup as broken:
            log.error("to be made anew: %s", broken.message)
            _forget(database, ref.id)
    return made


def roll_on(database: Database, ref: SeriesRef, its_habits: Habits, horizon: int) -> bool:
    """Make the next piece of a series. False if there is none, or somebody else was quicker."""
    with database.read() as session:
        account = accounts(session, {ref.id: its_habits})[ref.id]
        piece = _next_piece(session, ref, its_habits, account, horizon)
        if piece is None:
            return False
        written = _pages(session, ref.id, piece)
    with database.write() as session:
        wait_for_turn(session, HISTORY_TURN)
        version = session.scalar(select(Rolled.version).where(Rolled.series_id == ref.id)) or 0
        if version != account.version:
            return False
        if piece.fresh:
            _clear(session, ref.id)
        rollups.put(session, written)
        _write(session, ref.id, its_habits, account, piece)
    return True


def _pages(session: Session, series_id: int, piece: Piece) -> list[PageRow]:
    """The pages of a piece, as they will be: only rollers change them, and see by the version if one did."""
    hours = laid_together(piece.cells, np.arange(piece.begin, piece.end + 1, HOUR, dtype=np.int64))
    steps = ((pages.QUARTER_S, piece.cells), (pages.HOUR_S, hours))
    found = [rollups.changed(session, series_id, step_s, cells, anew=piece.fresh) for step_s, cells in steps]
    return [row for rows in found for row in rows]


def _due(session: Session, horizon: int) -> list[tuple[SeriesRef, Habits]]:
    """The series of numbers that have something to be made, with their habits."""
    here = HotReading.series_id == Series.id
    newest = select(func.max(instant(HotReading))).where(here).correlate(Series).scalar_subquery()
    dirty = select(func.min(Dirty.first_at)).where(Dirty.series_id == Series.id).correlate(Series)
    query = (
        select(
            *(Series.id, Series.device_id, Device.slug, Series.metric),
            *(Series.channel, Series.unit, Series.is_text),
            *(Device.expected_interval_s, Device.rated_power_w),
            *(Rolled.until, Rolled.largest_gap, Rolled.rated_power_w, newest, dirty.scalar_subquery()),
        )
        .join(Device, Device.id == Series.device_id)
        .outerjoin(Rolled, Rolled.series_id == Series.id)
        .where(Series.is_text.is_(False))
        .order_by(Series.id)
    )
    due = []
    for *named, interval_s, power_w, until, gap, rated_w, newest_at, dirty_at in session.execute(query):
        ref = SeriesRef(*named)
        its = habits(ref, interval_s, power_w)
        changed = (gap, rated_w) != (its.largest_gap, its.rated_power_w)
        if newest_at is None:
            continue
        goes_on = until is None or until < min(horizon, newest_at + its.largest_gap)
        if goes_on or changed or dirty_at is not None:
            due.append((ref, its))
    return due


def _next_piece(
    session: Session, ref: SeriesRef, its: Habits, account: Account, horizon: int
) -> Piece | None:
    if account.until == BEGINNING:
        return _first_piece(session, ref, its, account, horizon)
    behind = [mark for mark in account.marks if mark.first_at < account.until]
    if behind:
        return _mended(session, ref, its, account, min(behind, key=lambda mark: mark.first_at))
    begin = account.until
    if begin >= horizon:
        return None
    if begin % DAY == 0:
        begin = _onward(session, ref, its, begin, horizon)
    end = min((begin // DAY + 1) * DAY, horizon)
    if begin >= end:
        return None
    piece = _worked_out(session, ref, its, account, (begin, end))
    ahead = tuple(mark.id for mark in account.marks)  # they were seen, and so was what they mark
    return replace(piece, until=end, done=ahead)


def _first_piece(
    session: Session, ref: SeriesRef, its: Habits, account: Account, horizon: int
) -> Piece | None:
    first = stored.next_instant(session, ref, BEGINNING)
    if first is None or first >= horizon:
        return None
    begin = first // DAY * DAY
    end = min(begin + DAY, horizon)
    piece = _worked_out(session, ref, its, Account(), (begin, end))
    return replace(piece, until=end, fresh=True, done=tuple(mark.id for mark in account.marks))


def _mended(session: Session, ref: SeriesRef, its: Habits, account: Account, first: Mark) -> Piece:
    """The day of the earliest mark, made anew."""
    begin = first.first_at // DAY * DAY
    end = min(begin + DAY, account.until)
    piece = _worked_out(session, ref, its, account, (begin, end))
    here = [mark for mark in account.marks if mark.first_at < end]
    last_at = max(mark.last_at for mark in here)
    moved = its.counts and piece.register != _stood(session, ref, account, end)
    onward = end
    if last_at + its.largest_gap <= end:
        onward = _onward(session, ref, its, end, account.until) if moved else account.until
    return replace(
        piece,
        until=account.until,
        lasting=moved and onward == account.until,
        done=tuple(mark.id for mark in here),
        open=Mark(0, onward, max(onward, last_at)) if onward < account.until else None,
    )


def _worked_out(session: Session, ref: SeriesRef, its: Habits, account: Account, span: Span) -> Piece:
    begin, end = span
    since, register = standing(session, ref.id, account, begin) if its.counts else (begin, Register())
    found = columns(session, ref, min(since, begin - its.largest_gap), end)
    told: list[tuple[int, Correction]] = []
    deltas: list[tuple[int, float]] = []
    if its.counts:
        before = its.follow(found.since(since).before(begin).rows(), register)
        run = its.follow(found.since(begin).rows(), before.register)
        register, deltas = run.register, run.steps
        told = list(zip(run.told, run.corrections, strict=True))
    held = found.since(begin - its.largest_gap)
    quarters = np.arange(begin, end + 1, pages.QUARTER_S * 1_000_000, dtype=np.int64)
    cells = cut(held.instants, held.values, quarters, largest_gap=its.largest_gap, deltas=deltas)
    return Piece(begin, end, end, cells, told, register)


def _onward(session: Session, ref: SeriesRef, its: Habits, begin: int, until: int) -> int:
    """The day on which there is something again, from the midnight `begin` on."""
    first = stored.next_instant(session, ref, begin - its.largest_gap)
    return until if first is None else min(max(begin, first // DAY * DAY), until)


def _stood(session: Session, ref: SeriesRef, account: Account, at: int) -> Register | None:
    """Where the counter stood at `at` when the rollups behind it were made, if that is known."""
    if at == account.until:
        return account.register
    query = select(Checkpoint.register).where(Checkpoint.series_id == ref.id, Checkpoint.at == at)
    found = session.scalar(query)
    return load(found) if found else None


def _write(session: Session, series_id: int, its: Habits, account: Account, piece: Piece) -> None:
    if its.counts:
        rollups.note_corrections(session, series_id, piece.begin, piece.end, piece.told)
        _note_checkpoint(session, series_id, piece)
    if piece.done:
        session.execute(delete(Dirty).where(Dirty.id.in_(piece.done)))
    if piece.open:
        mark = piece.open
        session.add(Dirty(series_id=series_id, first_at=mark.first_at, last_at=mark.last_at))
    keys, values = ("series_id",), ("until", "largest_gap", "rated_power_w", "register", "version")
    row = (
        series_id,
        piece.until,
        its.largest_gap,
        its.rated_power_w,
        dump(piece.register if piece.lasting else account.register) if its.counts else None,
        account.version + 1,
    )
    upsert_many(session.connection(), "rolled", keys, values, [row])


def _note_checkpoint(session: Session, series_id: int, piece: Piece) -> None:
    """Where the counter stands at midnight; what was noted for later nights is not known any more."""
    onward = piece.open.first_at if piece.open else piece.until if piece.lasting else piece.end
    stale = (Checkpoint.series_id == series_id, Checkpoint.at > piece.end, Checkpoint.at <= onward)
    session.execute(delete(Checkpoint).where(*stale))
    if piece.end % DAY == 0:
        row = (series_id, piece.end, dump(piece.register))
        upsert_many(session.connection(), "checkpoint", ("series_id", "at"), ("register",), [row])


def _clear(session: Session, series_id: int) -> None:
    for table in (Rollup, Checkpoint, Corrected):
        session.execute(delete(table).where(table.series_id == series_id))


def _forget(database: Database, series_id: int) -> None:
    """Have the rollups of a series made anew, from its first value on."""
    with database.write() as session:
        wait_for_turn(session, HISTORY_TURN)
        session.execute(
            update(Rolled)
            .where(Rolled.series_id == series_id)
            .values(until=BEGINNING, version=Rolled.version + 1)
        )
