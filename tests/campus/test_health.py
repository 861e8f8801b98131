"""/healthz, /readyz and /metrics: what they look at and how they answer."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import timedelta

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app import create_app
from campus import clock, outbox
from campus.database import Database
from campus.health import faults
from campus.notes import beat
from campus.settings import Settings
from campus.workplaces import beat as beat_of_worker
from campus.workplaces import settle
from tests.servers import free_port


@pytest.fixture
def broker_port() -> Iterator[int]:
    """A port that somebody listens on, as a broker would."""
    with socket.socket() as broker:
        broker.bind(("127.0.0.1", 0))
        broker.listen()
        yield broker.getsockname()[1]


@pytest.fixture
def settings(settings: Settings, broker_port: int) -> Settings:
    return settings.model_copy(update={"broker_port": broker_port})


def standing(answer: TestResponse) -> tuple[int, str, list[str]]:
    """What /readyz answers, but for the number of workers."""
    told = answer.get_json()
    return answer.status_code, told["status"], told["missing"]


def worker_was_well(database: Database, seconds_ago: float) -> None:
    with database.write() as session:
        for process in ("worker", "listener"):
            beat(session, process, clock.now() - timedelta(seconds=seconds_ago))


def test_a_process_that_answers_is_alive(client: FlaskClient) -> None:
    assert client.get("/healthz").json == {"status": "alive"}


def test_ready_when_nothing_is_missing(client: FlaskClient, database: Database) -> None:
    worker_was_well(database, 3)
    assert standing(client.get("/readyz")) == (200, "ready", [])


def test_not_ready_before_the_worker_has_ever_run(client: FlaskClient) -> None:
    assert standing(client.get("/readyz")) == (503, "not ready", ["worker"])


def test_a_worker_that_fell_silent_is_missing(client: FlaskClient, database: Database) -> None:
    worker_was_well(database, 16)
    assert standing(client.get("/readyz")) == (503, "not ready", ["worker"])


def test_a_beat_of_a_clock_that_was_ahead_is_no_sign_of_life(client: FlaskClient, database: Database) -> None:
    worker_was_well(database, -3600)
    assert standing(client.get("/readyz")) == (503, "not ready", ["worker"])


def test_a_broker_that_the_worker_does_not_hear_is_missing(app: APIFlask, database: Database) -> None:
    worker_was_well(database, 20)
    with database.write() as session:
        beat(session, "worker", clock.now())
    told = faults(app.extensions["campus"], clock.now())
    assert told == {"database": None, "broker": "the worker does not hear it", "worker": None, "disk": None}


def test_faults_are_told_in_words(app: APIFlask, database: Database) -> None:
    worker_was_well(database, 0)
    told = faults(app.extensions["campus"], clock.now() + timedelta(minutes=2))
    assert told == {"database": None, "broker": None, "worker": "silent for 120 s", "disk": None}


def test_a_broker_that_nobody_reaches_is_missing(settings: Settings, database: Database) -> None:
    worker_was_well(database, 0)
    app = create_app(settings.model_copy(update={"broker_port": free_port()}))
    assert standing(app.test_client().get("/readyz")) == (503, "not ready", ["broker"])
    app.extensions["campus"].database.close()


def test_a_database_without_tables_is_missing(settings: Settings, sqlite_database: Database) -> None:
    with sqlite_database.write() as session:
        session.connection().exec_driver_sql("DROP TABLE heartbeat")
    app = create_app(settings)
    assert standing(app.test_client().get("/readyz")) == (503, "not ready", ["database", "worker"])
    app.extensions["campus"].database.close()


def test_it_is_told_how_many_workers_listen(client: FlaskClient, database: Database) -> None:
    now = clock.now()
    with database.write() as session:
        for number, seconds_ago, listens in ((1, 3, True), (2, 3, False), (3, 16, True)):
            place = settle(session, number, "a", "here", now)
            beat_of_worker(session, place, now - timedelta(seconds=seconds_ago), listens=listens)
    assert client.get("/readyz").get_json()["workers"] == {"listening": 1, "wanted": 1}
    assert 'campus_workers{state="listening"} 1' in client.get("/metrics").text.splitlines()


def test_metrics_are_prometheus_text(client: FlaskClient, database: Database) -> None:
    worker_was_well(database, 60)
    lines = client.get("/metrics").text.splitlines()
    assert "# TYPE campus_up gauge" in lines
    assert 'campus_up{part="database"} 1' in lines
    assert 'campus_up{part="worker"} 0' in lines


def test_metrics_count_the_mails_that_wait_and_those_that_failed(
    client: FlaskClient, database: Database
) -> None:
    now = clock.now()
    with database.write() as session:
        for recipient in ("ana@hub.example", "luis@hub.example", "gone@hub.example"):
            outbox.post(session, recipient, "Hola", "…", now)
    with database.write() as session:
        gone = next(mail for mail in outbox.due(session, now, 9) if mail.recipient.startswith("gone"))
        gone.due_at = None
    lines = client.get("/metrics").text.splitlines()
    assert 'campus_mails{state="waiting"} 2' in lines
    assert 'campus_mails{state="failed"} 1' in lines
