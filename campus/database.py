"""The store: transactions, and (with campus/engines.py) every difference between SQLite and PostgreSQL.

A reader sees one snapshot. A writer on SQLite begins with BEGIN IMMEDIATE, so that it waits for its
turn at the start and never fails at the end; the wait is in Python, not in C, so that under gevent
the other greenlets go on. Writers of one process stand in line: the first of them alone asks for
SQLite's lock, which knows no line.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import lru_cache
from itertools import chain
from operator import itemgetter
from typing import Any

from sqlalchemy import (
    BigInteger,
    Connection,
    CursorResult,
    Executable,
    Float,
    Integer,
    MetaData,
    func,
    select,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.types import TypeDecorator

from campus.engines import BUSY_WAIT_S, engine_of
from campus.errors import Unavailable
from campus.moments import from_micros, to_micros
from campus.refusals import BUSY, in_words

ROWS_AT_ONCE = 100
"""Rows in one statement of SQLite: half the cost of one row each, and more would not be less."""

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
        self.engine = engine_of(url)
        self._writer = self.engine.execution_options(writes=True)
        sqlite = self.engine.dialect.name == "sqlite"  # whose readers see one snapshot as it is
        self._reader = (
            self.engine if sqlite else self.engine.execution_options(isolation_level="REPEATABLE READ")
        )
        self._onlooker = (
            self.engine.execution_options(looks=True)
            if sqlite
            else self.engine.execution_options(isolation_level="AUTOCOMMIT")
        )
        self._line = threading.Lock() if sqlite else None

    @contextmanager
    def look(self) -> Iterator[Session]:
        """As read(), for a single question: it is a transaction by itself, without a beginning and an end."""
        with in_words(), Session(self._onlooker, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A transaction that only reads, rolled back at the end. Raises Unavailable."""
        with in_words(), Session(self._reader, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A transaction that may write, committed at the end unless an error leaves it.

        Raises Unavailable if the store is away or its lock is not to be had in BUSY_WAIT_S, NoRoom if the
        disk is full. Then nothing of it is kept.
        """
        with in_words(), self._in_line(), Session(self._writer, expire_on_commit=False) as session:
            session.connection()  # begins
            yield session
            session.commit()

    @contextmanager
    def _in_line(self) -> Iterator[None]:
        if self._line is None:
            yield
            return
        if not self._line.acquire(timeout=BUSY_WAIT_S):
            raise Unavailable(BUSY)
        try:
            yield
        finally:
            self._line.release()

    def close(self) -> None:
        self.engine.dispose()


def ask(
    session: Session,
    statement: Executable,
    values: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None,
) -> CursorResult[*tuple[Any, ...]]:
    """The rows of a statement that was put together once, when its module was loaded.

    For the ways that are walked most: to build a statement and to hand it through the session takes
    five times as long as the store's answer. What the session has not written yet goes first.
    """
    session.flush()
    return session.connection().execute(statement, values)


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


def is_deadlock(error: DBAPIError) -> bool:
    """True if the database gave up this transaction so that another, which waited for it, goes on."""
    return getattr(error.orig, "sqlstate", None) in ("40P01", "40001")


def upsert_many(
    connection: Connection,
    table: str,
    keys: Sequence[str],
    values: Sequence[str],
    rows: Sequence[tuple[Any, ...]],
    *,
    only_if: str = "",
) -> None:
    """Insert `rows` (keys first, then values); a row that exists takes the new values.

    With `only_if`, a condition in SQL on `excluded` (the new row) and the table's, it does so only if it
    holds. Of rows with the same keys the last one stands. The names are the caller's own, never a user's.
    This is the way of the readings, where the ORM's work for each row would cost more than the database's:
    SQLite gets a hundred rows in a statement, PostgreSQL a column in an array. In the order of the keys,
    for neighbours lie on one page.
    """
    if not rows:
        return
    columns, names = (*keys, *values), ", ".join((*keys, *values))
    updates = ", ".join(f"{name} = excluded.{name}" for name in values)
    conflict = f"ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {updates}"
    if only_if:
        conflict += f" WHERE {only_if}"
    if not is_sqlite(connection):
        last = {row[: len(keys)]: row for row in rows}
        arrays = zip(*(last[key] for key in sorted(last)), strict=True)
        types = _types(connection.dialect, table, columns)
        given = tuple([kind(one) for one in array] for array, (_, kind) in zip(arrays, types, strict=True))
        marks = ", ".join(f"%b::{name}[]" for name, _ in types)
        connection.exec_driver_sql(
            f"INSERT INTO {table} ({names}) SELECT * FROM unnest({marks}) {conflict}",  # noqa: S608
            given,
        )
        return
    ordered = sorted(rows, key=itemgetter(0))
    whole = len(ordered) // ROWS_AT_ONCE * ROWS_AT_ONCE
    pieces = [ordered[at : at + ROWS_AT_ONCE] for at in range(0, whole, ROWS_AT_ONCE)]
    row = f"({', '.join('?' * len(columns))})"
    for size, some in ((ROWS_AT_ONCE, pieces), (1, [[one] for one in ordered[whole:]])):
        if some:
            connection.exec_driver_sql(
                f"INSERT INTO {table} ({names}) VALUES {', '.join([row] * size)} {conflict}",  # noqa: S608
                [tuple(chain.from_iterable(piece)) for piece in some],
            )


@lru_cache(maxsize=64)
def _types(dialect: Dialect, table: str, columns: Sequence[str]) -> list[tuple[str, Callable[[Any], Any]]]:
    """PostgreSQL's names of the columns' types, and what a value has to become: a list holds one type."""
    types = [Base.metadata.tables[table].c[name.strip('"')].type for name in columns]
    return [(one.compile(dialect), _float_or_none if isinstance(one, Float) else _as_it_is) for one in types]


def _float_or_none(value: Any) -> float | None:
    return None if value is None else float(value)


def _as_it_is(value: Any) -> Any:
    return value


def plain_rows(session: Session, statement: Executable) -> list[tuple[Any, ...]]:
    """All rows as the driver gives them: for a great many rows of numbers and text, in a third of the time.

    Of types that the ORM would convert (Moment, JSON) they hold what is stored.
    """
    result = session.connection().execute(statement)
    rows = result.cursor.fetchall()
    result.close()
    return list(rows)
