"""The worker: listens to the broker in one thread, and does what is due on time in others."""

from __future__ import annotations

import logging
import secrets
import signal
import threading
import time
from datetime import timedelta
from functools import partial

from flask import Flask, current_app
from sqlalchemy import delete
from sqlalchemy.exc import DBAPIError

from campus import clock, outbox
from campus.alarm import Alarm
from campus.bookings import jobs
from campus.bookings.letters import dispatch
from campus.collector import spare_the_batches
from campus.database import Database, wait_for_turn
from campus.errors import Unavailable
from campus.leases import leases
from campus.notes import beat, fall_silent, read_note, write_note
from campus.people import sessions, tickets
from campus.people.door import throttle
from campus.postman import Postman, tidy_folder
from campus.settings import Settings
from devices.history import upkeep
from devices.history.pace import unhurried
from devices.intake import described, inbox, quarantine, recent
from devices.intake.ingest import Ingest
from devices.intake.models import LiveBatch
from devices.intake.porter import Porter
from devices.rota import Rota
from devices.shift import LOOK_EVERY_S, Shift, find_place

log = logging.getLogger(__name__)

HEARTBEAT_S = 5
BOOKINGS_S = 20
"""How often holds, offers and those who did not come are looked at."""
LETTERS_S = 1
"""How often what was noted is written out."""
INBOX_S = 1
"""How often what was heard is taken to the inbox, what is looked at or was held back written down."""
POST_S = 3
"""How often the outbox is looked into."""
HISTORY_S = 60
"""How often days that are over are sealed, and the rollups brought up to date."""
LIVE_KEPT = timedelta(minutes=30)
"""How far back a page that lost its connection can resume."""
INSTALLATION_NOTE, INSTALLATION_TURN = "installation", 7


def work(settings: Settings, database: Database) -> None:
    """Run until SIGTERM or SIGINT."""
    spare_the_batches()
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    installation = _installation(database)
    store_alarm = Alarm(log, "the store takes what is written again")
    while not stopping.is_set():
        held = leases(database)
        try:
            place = find_place(settings, database, held, stopping)
            if place is not None:
                rota = Rota(store_alarm)
                shift = Shift(
                    settings,
                    database,
                    place,
                    held,
                    installation=installation,
                    store_alarm=store_alarm,
                    on_listening=partial(_beat_at_once, rota),
                )
                _do_a_shift(shift, rota, settings, database, stopping)
        except (DBAPIError, Unavailable) as error:
            store_alarm.met(f"the store: {error}", time.monotonic())
        finally:
            held.close()
        stopping.wait(LOOK_EVERY_S)


def _do_a_shift(
    shift: Shift, scheduler: Rota, settings: Settings, database: Database, stopping: threading.Event
) -> None:
    _schedule(scheduler, settings, database, shift)
    _look_after(scheduler, shift.ingest, Porter(database, shift.ingest.sightings, settings.zone), database)
    _keep_history(scheduler, shift, database, stopping, settings.keep_raw_days)
    scheduler.start()
    try:
        shift.run(stopping)
    finally:
        scheduler.shutdown(wait=False)


def _schedule(scheduler: Rota, settings: Settings, database: Database, shift: Shift) -> None:
    """What is due on time. All but the heartbeat is for the worker that leads."""
    common = {"coalesce": True, "max_instances": 1, "misfire_grace_time": 60, "replace_existing": True}

    def heartbeat() -> None:
        if shift.is_well:
            shift.beat()
            with database.write() as session:
                beat(session, "worker", clock.now())
                if shift.listens:
                    beat(session, "listener", clock.now())
                elif settings.workers == 1:  # else another one may listen
                    fall_silent(session, "listener")

    def tidy() -> None:
        with database.write() as session:
            session.execute(delete(LiveBatch).where(LiveBatch.at < clock.now() - LIVE_KEPT))
            quarantine.prune(session)
            inbox.prune(session, clock.now())
            described.prune(session)

    def tidy_people() -> None:
        now = clock.now()
        with database.write() as session:
            tickets.prune(session, now)
            throttle.prune(session, now)
            sessions.prune(session, settings.session_limits, now)
            outbox.prune(session, now)
        tidy_folder(settings, now)

    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]

    def bookings() -> None:
        jobs.minute(database, clock.now(), settings.zone)

    def letters() -> None:
        with app.app_context():  # they are written from templates
            dispatch.write_out(database, settings.zone, batches=1)  # who books goes before who is told

    postman = Postman(database, settings)

    def deliver() -> None:
        postman.go_round(clock.now())

    scheduler.add_job(
        heartbeat, "interval", seconds=HEARTBEAT_S, id="heartbeat", next_run_time=clock.now(), **common
    )
    scheduler.add_job(shift.led(tidy), "interval", minutes=1, id="tidy", **common)
    scheduler.add_job(shift.led(tidy_people), "interval", minutes=10, id="tidy-people", **common)
    scheduler.add_job(shift.led(bookings), "interval", seconds=BOOKINGS_S, id="bookings", **common)
    scheduler.add_job(shift.led(letters), "interval", seconds=LETTERS_S, id="letters", **common)
    scheduler.add_job(shift.led(deliver), "interval", seconds=POST_S, id="deliver", **common)


def _look_after(scheduler: Rota, ingest: Ingest, porter: Porter, database: Database) -> None:
    """What was heard goes to the inbox, what is looked at is written down, what was held back released."""

    def heard() -> None:
        porter.round(clock.now())

    def watched() -> None:
        recent.write_out(database, ingest.recent, clock.now())

    def settled() -> None:
        ingest.settle(clock.now())

    often = {"coalesce": True, "max_instances": 1, "misfire_grace_time": 60, "seconds": INBOX_S}
    scheduler.add_job(heard, "interval", id="heard", **often)
    scheduler.add_job(watched, "interval", id="watched", **often)
    scheduler.add_job(settled, "interval", id="settled", **often)


def _beat_at_once(rota: Rota) -> None:
    """Whether it listens is said at once: whoever waits for the campus waits for this."""
    rota.modify_job("heartbeat", next_run_time=clock.now())


def _keep_history(
    scheduler: Rota, shift: Shift, database: Database, stopping: threading.Event, keep_days: int | None
) -> None:
    """Days that are over are sealed, rolled up, given up when old; with a rest after every transaction."""
    pace = unhurried(stopping)

    def history() -> None:
        upkeep.go_round(database, clock.now(), pace, keep_days)

    scheduler.add_job(
        shift.led(history),
        "interval",
        seconds=HISTORY_S,
        id="history",
        coalesce=True,
        max_instances=1,
        misfire_grace_time=60,
    )


def _installation(database: Database) -> str:
    """A name for this installation, made once: two hubs on one broker must not share a session."""
    with database.write() as session:
        wait_for_turn(session, INSTALLATION_TURN)
        name = read_note(session, INSTALLATION_NOTE)
        if name is None:
            name = secrets.token_hex(4)
            write_note(session, INSTALLATION_NOTE, name)
    return name
