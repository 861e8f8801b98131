"""The quarantine is bounded: by rows, by bytes, and in what a flood of poison costs."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import event, func, select

from campus.database import Database
from devices.intake import quarantine
from devices.intake.batch import MAX_PAYLOAD
from devices.intake.ingest import Ingest
from devices.intake.models import QuarantinedMessage
from tests.devices.intake.things import NOON, register, said

ZONE = ZoneInfo("America/Ciudad_Juarez")
LARGE = b"x" * (MAX_PAYLOAD // 4)


def held(database: Database) -> tuple[int, int]:
    """Rows and bytes."""
    with database.read() as session:
        size = func.coalesce(func.sum(func.length(QuarantinedMessage.payload)), 0)
        rows, held_bytes = session.execute(select(func.count(), size).select_from(QuarantinedMessage)).one()
        return rows, held_bytes


def test_of_messages_the_newest_are_kept_up_to_so_many_bytes(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quarantine, "KEPT_BYTES", 5 * len(LARGE) + 1)
    ingest = Ingest(database, ZONE)
    for number in range(8):
        ingest.store([said(f"stranger/{number}", LARGE)])
    with database.write() as session:
        quarantine.prune(session)
    with database.read() as session:
        topics = session.scalars(select(QuarantinedMessage.topic).order_by(QuarantinedMessage.id)).all()
    assert topics == [f"stranger/{number}" for number in range(3, 8)]


def test_it_does_not_wait_for_the_job_when_much_comes(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quarantine, "KEPT_BYTES", 2 * 1024 * 1024)
    monkeypatch.setattr(quarantine, "PRUNED_EVERY", 1024 * 1024)
    ingest = Ingest(sqlite_database, ZONE)
    most = 0
    for number in range(0, 200, 10):
        ingest.store([said(f"stranger/{number + place}", LARGE) for place in range(10)])
        most = max(most, held(sqlite_database)[1])
    assert most <= (2 + 1) * 1024 * 1024


def test_so_many_rows_are_kept_however_small(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quarantine, "KEPT_IN_ALL", 100)
    ingest = Ingest(sqlite_database, ZONE)
    ingest.store([said(f"stranger/{number}", "1") for number in range(250)])
    with sqlite_database.write() as session:
        quarantine.prune(session)
    assert held(sqlite_database)[0] == 100


def test_an_empty_quarantine_is_pruned_too(database: Database) -> None:
    with database.write() as session:
        quarantine.prune(session)
    assert held(database) == (0, 0)


def test_a_large_message_of_a_stranger_is_not_read_to_be_replaced(sqlite_database: Database) -> None:
    ingest = Ingest(sqlite_database, ZONE)
    ingest.store([said("stranger", LARGE)])
    asked: list[str] = []
    event.listen(
        sqlite_database.engine,
        "before_cursor_execute",
        lambda _connection, _cursor, statement, *_rest: asked.append(statement),
    )
    ingest.store([said("stranger", LARGE + b"!", NOON + timedelta(seconds=1))])
    reads = [statement for statement in asked if statement.startswith("SELECT") and "quarantine" in statement]
    assert len(reads) == 1
    assert "payload" not in reads[0]
    with sqlite_database.read() as session:
        row = session.scalars(select(QuarantinedMessage)).one()
    assert (row.count, row.size, row.payload[-1:]) == (2, len(LARGE) + 1, b"!")


def test_poison_of_many_topics_is_held_in_a_few_statements(sqlite_database: Database) -> None:
    for number in range(40):
        register(sqlite_database, f"wall-{number}", f"hub/{number}")
    ingest = Ingest(sqlite_database, ZONE)
    ingest.store([said(f"hub/{number}", f"poison {n}") for n in range(60) for number in range(40)])
    asked: list[str] = []
    event.listen(
        sqlite_database.engine,
        "before_cursor_execute",
        lambda _connection, _cursor, statement, *_rest: asked.append(statement),
    )
    ingest.store([said(f"hub/{number}", f"more poison {n}") for n in range(10) for number in range(40)])
    assert len([statement for statement in asked if "quarantine" in statement]) <= 5
    assert held(sqlite_database)[0] == 40 * quarantine.KEPT_OF_ONE_TOPIC
