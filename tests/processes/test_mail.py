"""The worker delivers mail beside its other work, whatever the mail server does."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from campus import clock, outbox
from campus.database import Database
from campus.notes import last_beat
from campus.outbox import Mail
from tests.campus.mail_box import MailBox
from tests.running import Campus, StartCampus
from tests.servers import wait_until


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A port where somebody takes connections and never says a word."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        yield silent.getsockname()[1]


def store_of(campus: Campus) -> Database:
    return Database(f"sqlite:///{campus.data_dir / 'campus.db'}")


def post(database: Database) -> None:
    with database.write() as session:
        outbox.post(session, "ana@hub.example", "Hola", "¡Hola!\n", clock.now())


def test_what_is_posted_goes_out(start_campus: StartCampus) -> None:
    with MailBox() as box:
        campus = start_campus(CAMPUS_DEMO="0", CAMPUS_SMTP_URL=f"smtp://127.0.0.1:{box.port}")
        campus.wait_until_ready()
        database = store_of(campus)
        post(database)
        wait_until(lambda: bool(box.taken), "the mail")
        database.close()
    assert [str(mail["Subject"]) for mail in box.taken] == ["Hola"]


def test_a_mail_server_that_says_nothing_holds_up_mail_alone(
    start_campus: StartCampus, silent_port: int
) -> None:
    campus = start_campus(CAMPUS_DEMO="0", CAMPUS_SMTP_URL=f"smtp://127.0.0.1:{silent_port}")
    campus.wait_until_ready()
    database = store_of(campus)
    post(database)

    def is_being_tried() -> bool:
        with database.read() as session:
            return session.query(Mail).one().tries == 1

    wait_until(is_being_tried, "the postman")
    asked_at = clock.now()

    def has_beaten() -> bool:
        with database.read() as session:
            beat = last_beat(session, "worker")
        return beat is not None and beat > asked_at

    wait_until(has_beaten, "the worker to say that it is well")
    with database.read() as session:
        mail = session.query(Mail).one()
    database.close()
    assert mail.sent_at is None
    assert mail.text, "it is still to be sent"
