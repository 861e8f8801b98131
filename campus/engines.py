"""The engines: connections to SQLite and PostgreSQL, and how a writer gets SQLite's lock."""

from __future__ import annotations

import math
import sqlite3
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import Dialect, make_url
from sqlalchemy.exc import InvalidatePoolError

from campus.errors import Unavailable
from campus.refusals import BUSY

BUSY_WAIT_S = 10.0
"""How long a writer waits for its turn, or a statement for another's lock, before Unavailable."""
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.0005, 0.01
"""Between two looks whether SQLite's lock is free: a booking holds it for a few milliseconds."""
BUSY_TIMEOUT_MS = 50
"""How long SQLite itself waits for the rare locks that readers meet."""
CHECKPOINT_PAGES = 8_000
"""Of SQLite's log (32 MB), before they are copied to their places. A page that every batch of the ingest
writes to is copied once for all of them; at SQLite's own 1,000 it is once for each batch or two."""
RESTED_S = 1.0
"""A connection that nobody used for so long is asked whether its server is still there."""


def engine_of(url: str) -> Engine:
    """The engine of a store. Two options of its connections: `writes`, and `looks` for one question alone."""
    if not url.startswith("sqlite"):
        waits = {"options": f"-c lock_timeout={BUSY_WAIT_S:.0f}s"}
        engine = create_engine(url, pool_size=5, max_overflow=15, connect_args=waits)
        event.listen(engine, "checkin", _on_checkin)
        event.listen(engine, "checkout", partial(_on_checkout, engine.dialect))
        return engine
    path = make_url(url).database
    if path and path != ":memory:":
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, connect_args={"timeout": BUSY_TIMEOUT_MS / 1000, "check_same_thread": False})
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
    cursor.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
    cursor.close()


def _on_sqlite_begin(connection: Connection) -> None:
    """Waiting in C would stop every greenlet of the process, so a writer asks without patience."""
    options, store = connection.get_execution_options(), connection.connection.cursor()
    if options.get("writes"):
        store.execute("PRAGMA busy_timeout = 0")
        try:
            _until_free(lambda: store.execute("BEGIN IMMEDIATE"))
        finally:
            store.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
    elif not options.get("looks"):
        store.execute("BEGIN")
    store.close()


def _on_checkin(_connection: Any, record: Any) -> None:
    record.info["used_at"] = time.monotonic()


def _on_checkout(dialect: Dialect, connection: Any, record: Any, _proxy: Any) -> None:
    """The server may have been started anew while this connection rested. SQLAlchemy's own pre-ping asks
    every time, which is one round trip more for each transaction."""
    if time.monotonic() - record.info.get("used_at", math.inf) <= RESTED_S:
        return
    try:
        dialect.do_ping(connection)
    except dialect.loaded_dbapi.Error as error:
        raise InvalidatePoolError from error


def _until_free(step: Callable[[], object]) -> None:
    """Take `step` again until no other writer is in its way."""
    pause, deadline = FIRST_PAUSE_S, time.monotonic() + BUSY_WAIT_S
    while True:
        try:
            step()
            return
        except sqlite3.OperationalError as error:
            if "database is locked" not in str(error) and "database is busy" not in str(error):
                raise
            if time.monotonic() > deadline:
                raise Unavailable(BUSY) from error
        time.sleep(pause)
        pause = min(pause * 1.2, LONGEST_PAUSE_S)
