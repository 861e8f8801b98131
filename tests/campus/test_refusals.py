"""What the store refuses becomes a word for whoever asked; a fault of our own stays one."""

from __future__ import annotations

import sqlite3
from typing import Any

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError, ProgrammingError

from campus.database import Database
from campus.errors import NoRoom, Unavailable
from campus.refusals import in_words


def of_sqlite(name: str) -> OperationalError:
    orig: Any = sqlite3.OperationalError("as the driver says it")
    orig.sqlite_errorname = name
    return OperationalError("INSERT", {}, orig)


def of_postgres(error: type[psycopg.Error]) -> OperationalError:
    return OperationalError("INSERT", {}, error("as the driver says it"))


@pytest.mark.parametrize(
    ("error", "refusal"),
    [
        (of_sqlite("SQLITE_FULL"), NoRoom),
        (of_sqlite("SQLITE_BUSY_SNAPSHOT"), Unavailable),
        (of_sqlite("SQLITE_IOERR_WRITE"), Unavailable),
        (of_sqlite("SQLITE_CANTOPEN"), Unavailable),
        (of_postgres(psycopg.errors.DiskFull), NoRoom),
        (of_postgres(psycopg.errors.LockNotAvailable), Unavailable),
        (of_postgres(psycopg.errors.AdminShutdown), Unavailable),
        (of_postgres(psycopg.OperationalError), Unavailable),
    ],
)
def test_a_machine_that_refuses_is_told_in_words(error: OperationalError, refusal: type[Unavailable]) -> None:
    with pytest.raises(Unavailable) as raised, in_words():
        raise error
    assert type(raised.value) is refusal
    assert raised.value.__cause__ is error
    assert "driver" not in raised.value.message


@pytest.mark.parametrize("error", [of_sqlite("SQLITE_ERROR"), of_postgres(psycopg.errors.DeadlockDetected)])
def test_a_fault_of_our_own_and_a_deadlock_stay_what_they_are(error: OperationalError) -> None:
    with pytest.raises(OperationalError), in_words():
        raise error


def test_a_table_that_is_not_there_is_no_refusal(database: Database) -> None:
    with pytest.raises((OperationalError, ProgrammingError)), database.read() as session:
        session.execute(text("SELECT 1 FROM nowhere"))
