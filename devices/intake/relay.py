"""What has to be decoded in order, though several workers hear it: one of them does, from the store.

With a shared subscription two messages of one device reach two workers. Where the second cannot be understood
without the first (aliases after a birth, a sum of two registers, a sequence number), whoever hears one writes
it down as it came, in the transaction that its acknowledgement waits for. The worker that leads takes them
out in order of their arrival, decodes them, and stores the values in the transaction that removes them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select

from campus.database import Database
from devices.intake.batch import Arrival, Batch
from devices.intake.ingest import Ingest
from devices.intake.models import RelayedMessage
from devices.intake.recent import Recent
from devices.intake.sightings import Sightings

SETTLED = timedelta(milliseconds=300)
"""What came later than so long ago may still be overtaken by what another worker is about to write down."""
FROM_AHEAD = timedelta(seconds=5)
"""A message that is so far in the future came before the clock was set back: it waits for nothing."""
AT_ONCE = 2_000


class Relay:
    """The one that decodes, as long as its worker leads. `round` is called several times a second."""

    def __init__(self, database: Database, zone: ZoneInfo, sightings: Sightings) -> None:
        self._database = database
        self._ingest = Ingest(database, zone, sightings=sightings, recent=Recent())

    def store(self, arrivals: Sequence[Arrival]) -> None:
        """Decode and store messages that this worker has heard on the side."""
        self._ingest.store(arrivals)

    def round(self, now: datetime) -> int:
        """Decode what has settled. How many messages that were."""
        self._ingest.refresh()
        with self._database.read() as session:
            waiting = session.scalars(
                select(RelayedMessage)
                .where(or_(RelayedMessage.at <= now - SETTLED, RelayedMessage.at > now + FROM_AHEAD))
                .order_by(RelayedMessage.at, RelayedMessage.id)
                .limit(AT_ONCE)
            ).all()
        if not waiting:
            return 0
        batch = Batch()
        for row in waiting:
            arrival = Arrival(row.topic, row.payload, row.at, row.retained, relayed=row.id)
            batch.take(arrival, self._ingest.directory)
        self._ingest.commit(batch, now)
        return len(waiting)
