"""Takes out what waits for a session that no worker uses any more, then has the broker forget it.

A session that is subscribed goes on to collect its part of the messages, and a broker keeps only so many.
So when a worker has been away for long, or there are to be fewer, the one that leads reads such a session
out.
"""

from __future__ import annotations

import logging
import secrets
import threading
from datetime import datetime, timedelta

from campus import clock, workplaces
from campus.database import Database
from campus.leases import Leases
from campus.settings import Settings
from campus.workplaces import Workplace, lease_of
from devices.intake import delivered
from devices.intake.connection import BrokerAddress, forget_session
from devices.intake.group import arrivals_of, client_id, filters
from devices.intake.ingest import Ingest
from devices.intake.listener import Listener
from devices.intake.subscriptions import Leaving

log = logging.getLogger(__name__)

ABANDONED_FOR = timedelta(seconds=15)
"""A worker that died is started anew by then, and takes its place again itself."""


class Farewell:
    """Reads out one session after another, each in a thread of its own. Called by the worker that leads."""

    def __init__(self, database: Database, settings: Settings, installation: str, leases: Leases) -> None:
        self._database, self._settings, self._installation = database, settings, installation
        self._leases = leases
        self._ending = threading.Event()
        self._thread: threading.Thread | None = None
        self._number = 0
        self._since: datetime | None = None
        self._is_done = False

    def look(self, own: int, now: datetime) -> None:
        """Finish with one that has been read out; begin with the next. Called every second.

        `own` is the place that must not be touched: this worker's.
        """
        if self._is_done:
            return
        self._since = self._since or now
        if self._thread is not None:
            if self._thread.is_alive():
                return
            self._thread = None
            self._leases.release(lease_of(self._number))
        with self._database.read() as session:
            rows = workplaces.all_places(session)
        self._is_done = self._settings.workers == 1 and [row.number for row in rows] == [own]
        for row in rows:
            if row.number != own and self._is_abandoned(row, now) and self._leases.take(lease_of(row.number)):
                self._begin(row.number)
                return

    def stop(self) -> None:
        """Leave the rest to whoever leads next."""
        self._ending.set()
        if self._thread is not None:
            self._thread.join()

    def _is_abandoned(self, row: Workplace, now: datetime) -> bool:
        if row.number > self._settings.workers:
            return True
        return now - max(row.beat_at, self._since or now) > ABANDONED_FOR

    def _begin(self, number: int) -> None:
        self._number, self._ending = number, threading.Event()
        self._thread = threading.Thread(target=self._read_out, args=(number,), name=f"leaving {number}")
        self._thread.start()

    def _read_out(self, number: int) -> None:
        log.info("place %d has no worker: what waits for it at the broker is read out", number)
        settings, database = self._settings, self._database
        try:
            with database.write() as session:
                place = workplaces.settle(session, number, secrets.token_hex(8), "read out", clock.now())
                held = session.get_one(Workplace, number).filters
            topics = settings.topics
            leaving = Leaving(held or [*topics, *filters(topics, 2)])
            address = BrokerAddress.of(settings)
            name = client_id(self._installation, number)
            listener = Listener(
                ingest=Ingest(
                    database,
                    settings.zone,
                    name,
                    is_shared=True,
                    may_write=lambda session: workplaces.stand_by(session, place),
                ),
                database=database,
                address=address,
                client_id=name,
                subscriptions=leaving,
                stopping=self._ending,
                arrivals=arrivals_of(number),
            )
            listener.run()
            if leaving.is_empty:
                forget_session(address, name)
                with database.write() as session:
                    delivered.forget(session, name)
                    workplaces.clear(session, place)
                log.info("place %d is cleared", number)
        except Exception:
            log.exception("place %d could not be read out; it is tried again", number)
