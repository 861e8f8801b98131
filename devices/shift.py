"""A worker's shift: from the place that it found to the end, or until the place is lost.

Every worker listens, looks after what it has heard itself and says that it is well. One of them leads: it
does what is due on time, decodes what has to be decoded in order, and reads out what is left of workers that
are gone. Who leads holds a lease; when it dies another has it within a second.
"""

from __future__ import annotations

import logging
import os
import secrets
import socket
import threading
from collections.abc import Callable

from sqlalchemy.exc import DBAPIError

from campus import clock, workplaces
from campus.database import Database
from campus.leases import Leases
from campus.notes import read_note, write_note
from campus.settings import Settings
from campus.workplaces import Place, lease_of
from devices.intake.connection import BrokerAddress, forget_session
from devices.intake.group import arrivals_of, client_id
from devices.intake.ingest import Ingest
from devices.intake.leaving import Farewell
from devices.intake.listener import Listener
from devices.intake.membership import Membership
from devices.intake.relay import Relay
from devices.intake.subscriptions import Joining
from devices.intake.witness import Witness

log = logging.getLogger(__name__)

LEADER = "leader"
WITNESS_NOTE = "witness"
"""The session at the broker that hears in order, as long as there is one."""
LOOK_EVERY_S = 1.0
RELAY_EVERY_S = 0.1


def find_place(
    settings: Settings, database: Database, leases: Leases, stopping: threading.Event
) -> Place | None:
    """The lowest place that is free; waits for one. None when we are to stop. Raises DBAPIError."""
    has_said = False
    while not stopping.is_set():
        for number in range(1, settings.workers + 1):
            if leases.take(lease_of(number)):
                with database.write() as session:
                    return workplaces.settle(session, number, secrets.token_hex(8), _who(), clock.now())
        if not has_said:
            has_said = True
            log.warning(_all_taken(settings, database))
        stopping.wait(LOOK_EVERY_S)
    return None


class Shift:
    """What a worker does in its place. `over` ends it."""

    def __init__(
        self, settings: Settings, database: Database, place: Place, leases: Leases, installation: str
    ) -> None:
        self._settings, self._database, self._leases = settings, database, leases
        self.place = place
        self._over, self._listens, self._leads = threading.Event(), threading.Event(), threading.Event()
        membership = Membership(database, place, settings.topics, settings.workers)
        self._installation, name = installation, client_id(installation, place.number)
        is_shared = settings.workers > 1
        self.ingest = Ingest(
            database, settings.zone, name, is_shared=is_shared, may_write=membership.may_write
        )
        listener = Listener(
            ingest=self.ingest,
            database=database,
            address=BrokerAddress.of(settings),
            client_id=name,
            subscriptions=Joining(membership),
            stopping=self._over,
            on_listening=lambda listening: self._listens.set() if listening else self._listens.clear(),
            arrivals=arrivals_of(place.number) if is_shared else (0, 1),
        )
        self._ear = threading.Thread(target=listener.run, name="listener")
        self._farewell = Farewell(database, settings, installation, leases)
        self._relay = threading.Thread(target=self._decode_in_order, name="relay")

    @property
    def leads(self) -> bool:
        return self._leads.is_set()

    @property
    def is_well(self) -> bool:
        return self._ear.is_alive()

    def beat(self) -> None:
        """Say that this worker is well."""
        with self._database.write() as session:
            workplaces.beat(session, self.place, clock.now(), listens=self._listens.is_set())

    def led(self, job: Callable[[], None]) -> Callable[[], None]:
        """The job, which only the worker that leads does."""

        def done() -> None:
            if self.leads:
                job()

        return done

    def run(self, stopping: threading.Event) -> None:
        """Listen until `stopping`, or until the place is lost."""
        log.info("worker %d of %d", self.place.number, self._settings.workers)
        self._ear.start()
        self._relay.start()
        try:
            self._look()
            while not stopping.wait(LOOK_EVERY_S):
                if not self._leases.holds():
                    log.warning("the store was away, and with it place %d: looking again", self.place.number)
                    return
                if not self.is_well:
                    return
                self._look()
        finally:
            self._leads.clear()
            self._over.set()
            self._farewell.stop()
            self._relay.join()
            self._ear.join()

    def _look(self) -> None:
        """Lead if nobody does; look for those who are gone."""
        try:
            if self._leases.take(LEADER):
                if not self.leads:
                    log.info("worker %d leads", self.place.number)
                    self._leads.set()
                self._farewell.look(self.place.number, clock.now())
        except DBAPIError as error:
            log.warning("looking around failed: %s", error)

    def _decode_in_order(self) -> None:
        """Decode what workers have handed over, for as long as this one leads."""
        while not self._leads.wait(RELAY_EVERY_S):
            if self._over.is_set():
                return
        try:
            witness = self._witness()
        except (OSError, DBAPIError) as error:
            log.warning("the session of who heard in order: %s", error)
            witness = None
        relay = Relay(self._database, self._settings.zone, self.ingest.sightings, witness)
        while not self._over.wait(RELAY_EVERY_S):
            try:
                if not relay.round(clock.now()) and self._is_alone():
                    break
            except Exception:
                log.exception("decoding in order failed")
                self._over.wait(LOOK_EVERY_S)
        if witness is not None:
            witness.stop()

    def _witness(self) -> Witness | None:
        """Several workers need one; what is left from when there were several is ordered without it."""
        address, name = BrokerAddress.of(self._settings), f"{client_id(self._installation, 1)}-order"
        if self._settings.workers > 1:
            with self._database.write() as session:
                write_note(session, WITNESS_NOTE, name)
            return Witness(address, name, self._settings.topics)
        with self._database.read() as session:
            has_had_one = read_note(session, WITNESS_NOTE)
        if has_had_one:
            forget_session(address, name)
            with self._database.write() as session:
                write_note(session, WITNESS_NOTE, "")
        return None

    def _is_alone(self) -> bool:
        """True if nobody hands anything over any more."""
        if self._settings.workers > 1:
            return False
        with self._database.read() as session:
            return [row.number for row in workplaces.all_places(session)] == [self.place.number]


def _who() -> str:
    return f"{socket.gethostname()}, process {os.getpid()}"


def _all_taken(settings: Settings, database: Database) -> str:
    with database.read() as session:
        rows = workplaces.all_places(session)
    who = "; ".join(row.who for row in rows if row.number <= settings.workers)
    many = settings.workers
    taken = "Another worker has the only place" if many == 1 else f"All {many} places have a worker"
    return f"{taken} (CAMPUS_WORKERS={many}): {who}. This one waits, and takes over when one ends."
