"""Messages become rows: one transaction a batch, idempotent, committed before it is acknowledged."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import orjson
from sqlalchemy import Connection, insert, select
from sqlalchemy.exc import DataError, IntegrityError, OperationalError
from sqlalchemy.orm import Session

from campus import clock
from campus.database import Database, is_deadlock, upsert_many, wait_for_turn
from campus.moments import to_micros
from devices.history.marks import note_late
from devices.history.models import HotReading, HotState, LastKnown
from devices.intake import delivered, described, held_back, quarantine, relayed
from devices.intake.batch import Arrival, Batch, Fault
from devices.intake.directory import Directory, SeriesKey
from devices.intake.flow import Flow, write_out
from devices.intake.models import LiveBatch
from devices.intake.recent import Recent
from devices.intake.sightings import Sightings
from devices.metrics import unit_of
from devices.models import Series

SEEN_EVERY = timedelta(seconds=2)
"""How often a device's last_seen is written at most: it is a courtesy, not a reading."""

LIVE_TURN, SERIES_TURN, LAST_KNOWN_TURN = 1, 2, 3
"""The names of the turns in which live batches, new series and last known values are written.

Several workers take them, the quarantine's turn and rows in one and the same order: new series, values in
order of their keys, last known values, presences, quarantine, live. So none waits for another in a circle.
"""
SAME_CLOCK = 60_000_000
"""A last_seen that lies back is another worker's, which was slower; further back, a clock's that was set."""
NOT_EARLIER = (
    f"excluded.last_seen >= presence.last_seen OR presence.last_seen - excluded.last_seen > {SAME_CLOCK}"
)
TRIES, PAUSE_S = 3, 0.2
"""Of a transaction that the database has chosen to end a deadlock with: the other goes first."""
LIVE_FOR = timedelta(hours=1)
"""What is older than this on its arrival is history: kept, but not sent to live pages."""
_INSERT_LIVE = insert(LiveBatch.__table__)  # type: ignore[arg-type]


class Ingest:
    """Takes arrivals, writes batches. One thread at a time."""

    def __init__(
        self,
        database: Database,
        zone: ZoneInfo,
        client_id: str = "",
        *,
        is_shared: bool = False,
        may_write: Callable[[Session], None] | None = None,
        sightings: Sightings | None = None,
        recent: Recent | None = None,
    ) -> None:
        """`is_shared`: other workers listen too. `may_write` raises if this one must write no more."""
        self._database = database
        self._client_id = client_id
        self._is_shared, self._may_write = is_shared, may_write
        self.directory = Directory(zone, is_shared=is_shared)
        self.sightings = Sightings() if sightings is None else sightings
        """What was heard and is nobody's, for the inbox."""
        self.recent = Recent() if recent is None else recent
        """The last messages of each device, for whoever looks."""
        self.flow = Flow()
        """How much each device says, and who floods."""
        self._quarantined = 0
        """Bytes since the quarantine was pruned."""
        self._seen: dict[int, datetime] = {}
        self._runs_ahead: dict[int, bool] = {}

    def refresh(self) -> None:
        """Learn of devices that were registered meanwhile. Call before the first take of each batch."""
        with self._database.look() as session:
            if self.directory.is_current(session):
                return
        with self._database.read() as session:
            self.directory.refresh(session)

    def store(self, arrivals: Iterable[Arrival]) -> None:
        """Decode and write messages in one transaction."""
        self.refresh()
        batch = Batch()
        for arrival in arrivals:
            batch.take(arrival, self.directory)
        self.commit(batch, clock.now())

    def commit(self, batch: Batch, now: datetime) -> None:
        """Write a batch. When this returns it is durable; when it raises nothing of it was written.

        A message that the store refuses (its device was just deleted, a value it cannot hold) goes to
        the quarantine alone; the others of its batch are written.
        """
        try:
            self._commit(batch, now)
        except (IntegrityError, DataError):
            self.refresh()
            for arrival in batch.arrivals:
                self._commit_alone(arrival, now)

    def _commit(self, batch: Batch, now: datetime) -> None:
        for tries_left in reversed(range(TRIES)):
            try:
                with self._database.write() as session:
                    made = self.write(session, batch, now)
                break
            except OperationalError as error:
                if not tries_left or not is_deadlock(error):
                    raise
                time.sleep(PAUSE_S)
        self.committed(batch, made)

    def _commit_alone(self, arrival: Arrival, now: datetime) -> None:
        batch = Batch()
        batch.take(arrival, self.directory)
        try:
            self._commit(batch, now)
        except (IntegrityError, DataError) as error:
            refused = Batch(marks=batch.marks, from_relay=batch.from_relay)
            refused.faults.append(Fault(arrival, "store-refused", str(error.orig)))
            self._commit(refused, now)

    def write(self, session: Session, batch: Batch, now: datetime) -> dict[SeriesKey, int]:
        """The rows of a batch, in the caller's transaction. Gives the series that were made."""
        connection = session.connection()
        if self._may_write is not None:
            self._may_write(session)
        relayed.take_out(session, batch.from_relay)
        made = _make_series(session, batch.new_series)
        ids = {**self.directory.series, **made} if made else self.directory.series
        thinnings = self.directory.thinnings
        values = held_back.thin(session, batch, ids, thinnings=thinnings, flow=self.flow, now=now)
        numbers = [(ids[key], at, value) for key, at, value in values if not key[3]]
        words = [(ids[key], at, value) for key, at, value in values if key[3]]
        upsert_many(connection, "reading", ("series_id", "at"), ("value",), numbers)
        upsert_many(connection, "state", ("series_id", "at"), ("value",), words)
        note_late(session, numbers)
        _write_last_known(session, {ids[key]: said for key, said in batch.last_known.items()})
        _write_seen(connection, self._worth_writing(batch), batch.clocks)
        described.keep(connection, batch.described)
        self._quarantined += quarantine.hold(session, batch.faults, self.flow.flooding)
        if self._quarantined >= quarantine.PRUNED_EVERY:
            quarantine.prune(session)
            self._quarantined = 0
        relayed.hand_over(session, batch.for_relay)
        delivered.record(connection, self._client_id, batch.marks)
        _write_live(session, numbers + words, now)
        return made

    def settle(self, now: datetime) -> None:
        """Write what was held back and is due, and how floods stand. A job calls it, in its own thread."""
        if held_back.is_due(self._database, now):
            with self._database.write() as session:
                _write_live(session, held_back.release(session, now), now)
        self.flow.settle(self.directory.flood_limits, now)
        write_out(self._database, self.flow, self._client_id, now)

    def committed(self, batch: Batch, made: Mapping[SeriesKey, int]) -> None:
        """Remember what a transaction that has ended well wrote."""
        for key, series_id in made.items():
            self.directory.add_series(key, series_id)
        self.flow.count(batch, self.directory.flood_limits)
        self.sightings.take(batch.heard)
        self.recent.take(batch.of_device)
        self._seen.update(self._worth_writing(batch))
        for device_id in batch.left:
            self._seen.pop(device_id, None)
        self._runs_ahead.update((device_id, bool(ahead_s)) for device_id, ahead_s in batch.clocks.items())

    def _worth_writing(self, batch: Batch) -> dict[int, datetime]:
        """Sightings that say something new: SEEN_EVERY at most, sooner after a farewell or a clock fault."""
        news = {}
        for device_id, at in batch.seen.items():
            before = self._seen.get(device_id)
            ahead = bool(batch.clocks[device_id]) if device_id in batch.clocks else None
            clock_changed = ahead is not None and ahead != self._runs_ahead.get(device_id)
            if before is None or abs(at - before) >= SEEN_EVERY or clock_changed or device_id in batch.left:
                news[device_id] = at
        return news


def _make_series(session: Session, keys: set[SeriesKey]) -> dict[SeriesKey, int]:
    """Rows for names that were never heard before; one that another worker made meanwhile is taken."""
    if not keys:
        return {}
    wait_for_turn(session, SERIES_TURN)
    columns = (Series.id, Series.device_id, Series.metric, Series.channel, Series.is_text)
    there = session.execute(select(*columns).where(Series.device_id.in_({key[0] for key in keys})))
    made = {(row.device_id, row.metric, row.channel, row.is_text): row.id for row in there}
    rows = [
        {
            "device_id": device_id,
            "metric": metric,
            "channel": channel,
            "is_text": is_text,
            "unit": unit_of(metric),
        }
        for device_id, metric, channel, is_text in sorted(keys - made.keys())
    ]
    if rows:
        for row in session.execute(insert(Series).returning(*columns), rows):
            made[row.device_id, row.metric, row.channel, row.is_text] = row.id
    return made


def _write_last_known(session: Session, said: Mapping[int, tuple[float | str, datetime]]) -> None:
    """A retained value without a time: kept as last known, unless the history ends with just that value.

    What was heard later stands: a message may be tried again long after.
    """
    if not said:
        return
    wait_for_turn(session, LAST_KNOWN_TURN)
    for series_id, (value, heard_at) in said.items():
        known = session.get(LastKnown, series_id)
        if known and known.heard_at > heard_at:
            continue
        table = HotState if isinstance(value, str) else HotReading
        newest = select(table.value).filter_by(series_id=series_id).order_by(table.at.desc()).limit(1)
        if session.scalar(newest) != value:
            word, number = (value, None) if isinstance(value, str) else (None, value)
            session.merge(LastKnown(series_id=series_id, word=word, number=number, heard_at=heard_at))
        elif known:
            session.delete(known)
    session.flush()


def _write_live(session: Session, rows: Sequence[tuple[int, int, float | str]], now: datetime) -> None:
    """The last thing before the commit, so that ids become visible in their order and no tail skips one."""
    since = to_micros(now - LIVE_FOR)
    fresh = [row for row in rows if row[1] >= since]
    if fresh:
        wait_for_turn(session, LIVE_TURN)
        session.connection().execute(_INSERT_LIVE, {"at": now, "body": orjson.dumps(fresh)})


def _write_seen(
    connection: Connection, seen: Mapping[int, datetime], clocks: Mapping[int, float | None]
) -> None:
    """In order of devices, so that two workers never wait for each other. No time, no word on the clock."""
    rows = [(device_id, to_micros(at)) for device_id, at in sorted(seen.items())]
    upsert_many(connection, "presence", ("device_id",), ("last_seen",), rows, only_if=NOT_EARLIER)
    timed = [(device_id, at, clocks[device_id]) for device_id, at in rows if device_id in clocks]
    both = ("last_seen", "clock_ahead_s")
    upsert_many(connection, "presence", ("device_id",), both, timed, only_if=NOT_EARLIER)
