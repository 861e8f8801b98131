"""The worker: listens to the broker in one thread, and does what is due on time in others."""

from __future__ import annotations

import logging
import secrets
import signal
import threading
from datetime import timedelta

from apscheduler.schedulers.background import BackgroundScheduler
from flask import Flask, current_app
from sqlalchemy import delete

from campus import clock, outbox
from campus.bookings import jobs
from campus.bookings.letters import dispatch
from campus.collector import spare_the_batches
from campus.database import Database
from campus.notes import beat, read_note, write_note
from campus.people import sessions, tickets
from campus.people.door import throttle
from campus.postman import Postman, tidy_folder
from campus.settings import Settings
from devices.intake import inbox, quarantine, recent
from devices.intake.ingest import Ingest
from devices.intake.listener import BrokerAddress, Listener
from devices.intake.models import LiveBatch
from devices.intake.porter import Porter

log = logging.getLogger(__name__)

HEARTBEAT_S = 5
BOOKINGS_S = 20
"""How often holds, offers and those who did not come are looked at."""
LETTERS_S = 1
"""How often what was noted is written out."""
INBOX_S = 1
"""How often what was heard is taken to the inbox, and what is looked at written down."""
POST_S = 3
"""How often the outbox is looked into."""
LIVE_KEPT = timedelta(minutes=30)
"""How far back a page that lost its connection can resume."""
INSTALLATION_NOTE = "installation"


def work(settings: Settings, database: Database) -> None:
    """Run until SIGTERM or SIGINT."""
    spare_the_batches()
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    client_id = f"campus-{_installation(database)}"
    ingest = Ingest(database, settings.zone, client_id)
    listener = Listener(
        ingest=ingest,
        database=database,
        address=BrokerAddress(settings.broker_url, settings.mqtt_ca, settings.mqtt_cert, settings.mqtt_key),
        client_id=client_id,
        topics=[topic.strip() for topic in settings.mqtt_topics.split(",") if topic.strip()],
        stopping=stopping,
    )
    ear = threading.Thread(target=listener.run, name="listener")
    scheduler = _scheduler(settings, database, ear)
    _look_after(scheduler, ingest, Porter(database, ingest.sightings, settings.zone), database)
    ear.start()
    scheduler.start()
    stopping.wait()
    scheduler.shutdown(wait=False)
    ear.join()


def _scheduler(settings: Settings, database: Database, ear: threading.Thread) -> BackgroundScheduler:
    scheduler = BackgroundScheduler(timezone="UTC")
    common = {"coalesce": True, "max_instances": 1, "misfire_grace_time": 60, "replace_existing": True}

    def heartbeat() -> None:
        if ear.is_alive():
            with database.write() as session:
                beat(session, "worker", clock.now())

    def tidy() -> None:
        with database.write() as session:
            session.execute(delete(LiveBatch).where(LiveBatch.at < clock.now() - LIVE_KEPT))
            quarantine.prune(session)
            inbox.prune(session, clock.now())

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
    scheduler.add_job(tidy, "interval", minutes=1, id="tidy", **common)
    scheduler.add_job(tidy_people, "interval", minutes=10, id="tidy-people", **common)
    scheduler.add_job(bookings, "interval", seconds=BOOKINGS_S, id="bookings", **common)
    scheduler.add_job(letters, "interval", seconds=LETTERS_S, id="letters", **common)
    scheduler.add_job(deliver, "interval", seconds=POST_S, id="deliver", **common)
    return scheduler


def _look_after(scheduler: BackgroundScheduler, ingest: Ingest, porter: Porter, database: Database) -> None:
    """What was heard goes to the inbox, what is looked at is written down."""

    def heard() -> None:
        porter.round(clock.now())

    def watched() -> None:
        recent.write_out(database, ingest.recent, clock.now())

    often = {"coalesce": True, "max_instances": 1, "misfire_grace_time": 60, "seconds": INBOX_S}
    scheduler.add_job(heard, "interval", id="heard", **often)
    scheduler.add_job(watched, "interval", id="watched", **often)


def _installation(database: Database) -> str:
    """A name for this installation, made once: two hubs on one broker must not share a session."""
    with database.write() as session:
        name = read_note(session, INSTALLATION_NOTE)
        if name is None:
            name = secrets.token_hex(4)
            write_note(session, INSTALLATION_NOTE, name)
    return name
