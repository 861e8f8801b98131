"""Whether the campus is alive, and whether it is ready: for people, load balancers and the supervisor."""

from __future__ import annotations

import socket
from datetime import datetime
from urllib.parse import urlsplit

from flask import Blueprint, Flask, jsonify
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wrappers import Response

from campus import clock, outbox, workplaces
from campus.database import Database
from campus.errors import Unavailable
from campus.hub import Hub, hub
from campus.notes import last_beat
from campus.workplaces import BEAT_MAX_AGE

blueprint = Blueprint("health", __name__)

BROKER_PATIENCE_S = 1.0
STANDARD_PORTS = {"mqtt": 1883, "mqtts": 8883}


def register(app: Flask) -> None:
    app.register_blueprint(blueprint)


@blueprint.get("/healthz")
def alive() -> Response:
    """This process answers."""
    return jsonify(status="alive")


@blueprint.get("/readyz")
def ready() -> tuple[Response, int]:
    """200 if everything that the campus needs is there, else 503 and what is missing.

    One worker that listens is enough; how many do, of how many there are to be, stands beside it.
    """
    place, now = hub(), clock.now()
    missing = [part for part, fault in faults(place, now).items() if fault]
    workers = {"listening": workers_listening(place.database, now), "wanted": place.settings.workers}
    status = "not ready" if missing else "ready"
    return jsonify(status=status, missing=missing, workers=workers), 503 if missing else 200


@blueprint.get("/metrics")
def metrics() -> Response:
    """Prometheus text: what /readyz looks at, one gauge a part; and what is in the outbox."""
    lines = [
        "# HELP campus_up Whether a part of the campus is there (1) or missing (0).",
        "# TYPE campus_up gauge",
    ]
    lines += [
        f'campus_up{{part="{part}"}} {int(fault is None)}'
        for part, fault in faults(hub(), clock.now()).items()
    ]
    lines += _worker_gauges(hub())
    lines += _mail_gauges(hub().database)
    return Response("\n".join(lines) + "\n", content_type="text/plain; version=0.0.4; charset=utf-8")


def workers_listening(database: Database, now: datetime) -> int | None:
    """How many workers listen to the broker; None while the database cannot be read."""
    try:
        with database.read() as session:
            return workplaces.count_listening(session, now)
    except (SQLAlchemyError, Unavailable):
        return None


def _worker_gauges(place: Hub) -> list[str]:
    listening = workers_listening(place.database, clock.now())
    if listening is None:
        return []
    return [
        "# HELP campus_workers Workers that listen to the broker, and how many there are to be.",
        "# TYPE campus_workers gauge",
        f'campus_workers{{state="listening"}} {listening}',
        f'campus_workers{{state="wanted"}} {place.settings.workers}',
    ]


def _mail_gauges(database: Database) -> list[str]:
    """Nothing while the database cannot be read: no number is better than a wrong one."""
    try:
        with database.read() as session:
            counted = outbox.counts(session)
    except (SQLAlchemyError, Unavailable):
        return []
    return [
        "# HELP campus_mails Mails that wait to go out; those of the last 30 days that could not (failed).",
        "# TYPE campus_mails gauge",
        *(f'campus_mails{{state="{state}"}} {count}' for state, count in counted.items()),
    ]


def faults(place: Hub, now: datetime) -> dict[str, str | None]:
    """What is wrong with database, broker and worker, in words; None where nothing is."""
    database, worker = _store_faults(place.database, now)
    return {"database": database, "broker": _broker_fault(place.settings.broker_url), "worker": worker}


def _store_faults(database: Database, now: datetime) -> tuple[str | None, str | None]:
    """Of the database and of the worker, whose heartbeat is read from it."""
    try:
        with database.read() as session:
            beat = last_beat(session, "worker")
    except (SQLAlchemyError, Unavailable) as error:
        said = type(getattr(error, "orig", None) or error).__name__
        return f"cannot be read ({said})", "unknown while the database cannot be read"
    if beat is None:
        return None, "has never run"
    age = now - beat
    return None, None if age < BEAT_MAX_AGE else f"silent for {age.total_seconds():.0f} s"


def _broker_fault(url: str) -> str | None:
    parts = urlsplit(url)
    try:
        address = (parts.hostname or "", parts.port or STANDARD_PORTS[parts.scheme])
        socket.create_connection(address, BROKER_PATIENCE_S).close()
    except OSError as error:
        return f"cannot be reached ({error.strerror or error})"
    return None
