"""The store: engine, transactions, and every difference between SQLite and PostgreSQL.

A reader sees one snapshot. A writer on SQLite begins with BEGIN IMMEDIATE, so that it waits for its
turn at the start and never fails at the end; the wait is in Python, not in C, so that under gevent
the other greenlets go on.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from flask_babel import lazy_gettext
from sqlalchemy import (
    BigInteger,
    Connection,
    Engine,
    Integer,
    MetaData,
    create_engine,
    event,
    func,
    select,
)
from sqlalchemy.engine import Dialect, make_url
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.types import TypeDecorator

from campus.errors import CampusError, NoRoom, Unavailable
from campus.moments import from_micros, to_micros

BUSY_WAIT_S = 10.0
"""How long a writer waits for its turn, or a statement for another's lock, before Unavailable."""

AWAY = ("08", "53", "57")
"""Classes of what PostgreSQL says when it, its connection or what it needs is not there."""
ILL = ("SQLITE_IOERR", "SQLITE_CANTOPEN", "SQLITE_READONLY")
"""How SQLite's names begin for a disk or a folder that is not what it was."""
BUSY = lazy_gettext("The store is busy. Nothing was changed; try again in a moment.")
NO_ROOM = lazy_gettext("The disk of this campus is full. Nothing was saved: tell the people of the hub.")
GONE = lazy_gettext("The store is away. Nothing was saved; try again in a moment.")
ILL_DISK = lazy_gettext("The disk of this campus takes nothing. Nothing was saved.")
SLOT_TAKEN = "slot_taken"
"""What both engines call the rule that no two occurrences hold one resource at one time."""

BigId = BigInteger().with_variant(Integer, "sqlite")
"""A key that grows by itself on both engines (SQLite numbers only INTEGER keys)."""


class Base(DeclarativeBase):
    """All tables, with constraint names that migrations can rely on."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class Moment(TypeDecorator[datetime]):
    """An instant: aware datetime in Python, whole microseconds since the epoch in the store."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return None if value is None else to_micros(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        return None if value is None else from_micros(value)


class Database:
    """One engine and its two kinds of transaction."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = _engine(url)
        sqlite = self.engine.dialect.name == "sqlite"  # whose readers see one snapshot as it is
        self._reader = (
            self.engine if sqlite else self.engine.execution_options(isolation_level="REPEATABLE READ")
        )

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A transaction that only reads, rolled back at the end. Raises Unavailable."""
        with _refusals_in_words(), Session(self._reader, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A transaction that may write, committed at the end unless an error leaves it.

        Raises Unavailable if the store is away or its lock is not to be had in BUSY_WAIT_S, NoRoom if the
        disk is full. Then nothing of it is kept.
        """
        with _refusals_in_words(), Session(self.engine, expire_on_commit=False) as session:
            session.connection(execution_options={"campus_write": True})
            yield session
            session.commit()

    def close(self) -> None:
        self.engine.dispose()


def is_sqlite(connection: Connection | Session) -> bool:
    """True on SQLite, False on PostgreSQL."""
    bind = connection.get_bind() if isinstance(connection, Session) else connection
    return bind.dialect.name == "sqlite"


def engine_version(session: Session) -> tuple[int, ...]:
    """The version of the database that answers."""
    found: tuple[int, ...] = session.connection().dialect.server_version_info  # type: ignore[assignment]
    return found


def wait_for_turn(session: Session, turn: int) -> None:
    """From here to the commit only one transaction at a time, of those that name this `turn`.

    On SQLite a writer has the whole store to itself anyway.
    """
    if not is_sqlite(session):
        session.execute(select(func.pg_advisory_xact_lock(turn)))


def is_slot_taken(error: IntegrityError) -> bool:
    """True if the database refused an occurrence because another one holds its time (see migrations)."""
    diagnosis = getattr(error.orig, "diag", None)  # PostgreSQL names the constraint, SQLite's trigger says it
    refused: str = diagnosis.constraint_name if diagnosis else str(error.orig)
    return refused == SLOT_TAKEN


def upsert_many(
    connection: Connection,
    table: str,
    keys: Sequence[str],
    values: Sequence[str],
    rows: Sequence[tuple[Any, ...]],
) -> None:
    """Insert `rows` (keys first, then values); a row that exists takes the new values.

    The names are the caller's own, never a user's. Rows go to the driver in one call: this is the
    way of the readings, where the ORM's work for each row would cost more than the database's.
    """
    if not rows:
        return
    mark = "?" if is_sqlite(connection) else "%s"
    columns = (*keys, *values)
    updates = ", ".join(f"{name} = excluded.{name}" for name in values)
    statement = (
        f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join([mark] * len(columns))}) "  # noqa: S608
        f"ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {updates}"
    )
    connection.exec_driver_sql(statement, list(rows))


def _engine(url: str) -> Engine:
    if not url.startswith("sqlite"):
        waits = {"options": f"-c lock_timeout={BUSY_WAIT_S:.0f}s"}
        return create_engine(url, pool_pre_ping=True, pool_size=5, max_overflow=15, connect_args=waits)
    path = make_url(url).database
    if path and path != ":memory:":
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, connect_args={"timeout": 0.05, "check_same_thread": False})
    event.listen(engine, "connect", _on_sqlite_connect)
    event.listen(engine, "begin", _on_sqlite_begin)
    return engine


def _on_sqlite_connect(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # transactions are begun by us, below
    cursor = connection.cursor()
    _until_free(lambda: cursor.execute("PRAGMA journal_mode = WAL"))
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA cache_size = -8000")
    cursor.close()


def _on_sqlite_begin(connection: Connection) -> None:
    if connection.get_execution_options().get("campus_write"):
        _until_free(lambda: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    else:
        connection.exec_driver_sql("BEGIN")


def _until_free(step: Callable[[], object]) -> None:
    """Take `step` again until no other writer is in its way. The pauses grow from 1 to 50 ms."""
    pause, deadline = 0.001, time.monotonic() + BUSY_WAIT_S
    while True:
        try:
            step()
            return
        except (sqlite3.OperationalError, OperationalError) as error:
            if "database is locked" not in str(error) and "database is busy" not in str(error):
                raise
            if time.monotonic() > deadline:
                raise Unavailable(BUSY) from error
        time.sleep(pause)
        pause = min(pause * 2, 0.05)


@contextmanager
def _refusals_in_words() -> Iterator[None]:
    """What a store refuses for reasons of its machine, not of ours, is a CampusError."""
    try:
        yield
    except OperationalError as error:
        refusal = _refusal(error)
        if refusal is None:
            raise
        raise refusal from error


def _refusal(error: OperationalError) -> CampusError | None:
    """What whoever asked is told; None for a fault of our own, such as a table that is not there."""
    name = getattr(error.orig, "sqlite_errorname", None)  # PostgreSQL has codes, or none if it is not there
    state = getattr(error.orig, "sqlstate", None) if name is None else None
    if name == "SQLITE_FULL" or state == "53100":
        return NoRoom(NO_ROOM)
    if state == "55P03" or (name or "").startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return Unavailable(BUSY)
    if name is None and (state is None or state[:2] in AWAY):
        return Unavailable(GONE)
    if (name or "").startswith(ILL):
        return Unavailable(ILL_DISK)
    return None
