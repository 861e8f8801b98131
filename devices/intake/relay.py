"""What has to be decoded in order, though several workers hear it: one of them does, from the store.

With a shared subscription two messages of one device reach two workers. Where the second cannot be understood
without the first (aliases after a birth, a sum of two registers, a sequence number), whoever hears one writes
it down as it came, in the transaction that its acknowledgement waits for. The worker that leads takes them
out in order of their arrival, decodes them, and stores the values in the transaction that removes them.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select

from campus.database import Database
from devices.intake.batch import Arrival, Batch
from devices.intake.ingest import Ingest
from devices.intake.models import RelayedMessage
from devices.intake.recent import Recent
from devices.intake.sequence import Handed, in_order
from devices.intake.sightings import Sightings
from devices.intake.witness import Witness

SETTLED = timedelta(milliseconds=300)
"""What came later than so long ago may still be overtaken by what another worker is about to write down."""
FROM_AHEAD = timedelta(seconds=5)
"""A message that is so far in the future came before the clock was set back: it waits for nothing."""
AT_ONCE = 2_000


class Relay:
    """The one that decodes, as long as its worker leads. `round` is called several times a second."""

    def __init__(
        self, database: Database, zone: ZoneInfo, sightings: Sightings, witness: Witness | None = None
    ) -> None:
        self._database, self._witness = database, witness
        self._zone, self._sightings = zone, sightings
        self._ingest = self._fresh()
        self._numbers: dict[int, int] = {}
        """Of rows that are there and have not been decoded yet."""

    def store(self, arrivals: Sequence[Arrival]) -> None:
        """Decode and store messages that were heard on the side."""
        self._ingest.store(arrivals)

    def round(self, now: datetime) -> int:
        """Decode what has settled. How many messages that were."""
        self._ingest.refresh()
        if self._witness is not None:
            self._witness.heed(self._ingest.directory.in_order())
            retained = self._witness.retained()
            if retained:
                self.store(retained)
        with self._database.read() as session:
            query = select(RelayedMessage).order_by(RelayedMessage.at, RelayedMessage.id).limit(AT_ONCE)
            rows = {row.id: row for row in session.scalars(query)}
        if not rows:
            return 0
        batch = Batch()
        for number, at in self._settled(rows.values(), now):
            row = rows[number]
            arrival = Arrival(row.topic, row.payload, at, row.retained, relayed=number)
            batch.take(arrival, self._ingest.directory)
        if batch.from_relay:
            try:
                self._ingest.commit(batch, now)
            except BaseException:
                self._ingest = self._fresh()  # its decoders have learnt from what was not stored
                raise
            self._forget(batch.from_relay, rows)
        return len(batch.from_relay)

    def _fresh(self) -> Ingest:
        """Decoders that know what devices have said of themselves, and nothing else."""
        return Ingest(self._database, self._zone, sightings=self._sightings, recent=Recent())

    def _settled(self, rows: Iterable[RelayedMessage], now: datetime) -> list[tuple[int, datetime]]:
        handed = [Handed(row.id, row.at, self._number(row)) for row in rows]
        missing = self._witness.roll.missing(time.monotonic()) if self._witness else None
        return in_order(handed, now - SETTLED, now + FROM_AHEAD, missing)

    def _number(self, row: RelayedMessage) -> int | None:
        number = self._numbers.get(row.id)
        if number is None and self._witness is not None and not row.retained:
            number = self._witness.roll.find((row.topic, row.payload))
            if number is not None:
                self._numbers[row.id] = number
        return number

    def _forget(self, decoded: Iterable[int], rows: Mapping[int, RelayedMessage]) -> None:
        for one in decoded:
            if self._numbers.pop(one, None) is None and self._witness is not None and not rows[one].retained:
                self._witness.roll.passed((rows[one].topic, rows[one].payload))
