"""What a store refuses for reasons of its machine, not of ours: in words, on both engines."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from flask_babel import lazy_gettext
from sqlalchemy.exc import OperationalError

from campus.errors import CampusError, NoRoom, Unavailable

BUSY = lazy_gettext("The store is busy. Nothing was changed; try again in a moment.")
NO_ROOM = lazy_gettext("The disk of this campus is full. Nothing was saved: tell the people of the hub.")
GONE = lazy_gettext("The store is away. Nothing was saved; try again in a moment.")
ILL_DISK = lazy_gettext("The disk of this campus takes nothing. Nothing was saved.")
AWAY = ("08", "53", "57")
"""Classes of what PostgreSQL says when it, its connection or what it needs is not there."""
ILL = ("SQLITE_IOERR", "SQLITE_CANTOPEN", "SQLITE_READONLY")
"""How SQLite's names begin for a disk or a folder that is not what it was."""


@contextmanager
def in_words() -> Iterator[None]:
    """Raises Unavailable or NoRoom instead of what the driver says. Faults of our own stay as they are."""
    try:
        yield
    except (OperationalError, sqlite3.OperationalError) as error:
        refusal = refusal_of(error.orig if isinstance(error, OperationalError) else error)
        if refusal is None:
            raise
        raise refusal from error


def refusal_of(error: BaseException | None) -> CampusError | None:
    """What whoever asked is told; None for a fault of our own, such as a table that is not there."""
    if isinstance(error, sqlite3.OperationalError):
        return _of_sqlite(getattr(error, "sqlite_errorname", ""))
    return _of_postgres(getattr(error, "sqlstate", None))


def _of_sqlite(name: str) -> CampusError | None:
    if name == "SQLITE_FULL":
        return NoRoom(NO_ROOM)
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return Unavailable(BUSY)
    return Unavailable(ILL_DISK) if name.startswith(ILL) else None


def _of_postgres(state: str | None) -> CampusError | None:
    """A state that is not told is that of a server which is not there."""
    if state == "53100":
        return NoRoom(NO_ROOM)
    if state == "55P03":
        return Unavailable(BUSY)
    return Unavailable(GONE) if state is None or state[:2] in AWAY else None
