"""What only one process may have at a time: held until it lets go or dies, whichever is first.

On PostgreSQL an advisory lock of a connection that stays open; on SQLite, which lives on one machine, a lock
on a file beside the database. Both end with their process, however it ends, and never before.
"""

from __future__ import annotations

import fcntl
import zlib
from contextlib import suppress
from pathlib import Path
from typing import IO, Protocol

from sqlalchemy import Connection, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from campus.database import Database

OURS = 0x43414D50
"""The first half of every advisory lock's key: nobody else's locks are meant."""
PATIENCE_OF_THE_NETWORK = {
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
}
"""A holder whose machine has vanished is gone after 25 s, not after the two hours of the standard."""


class Leases(Protocol):
    """The leases of one process. Not for several threads at once."""

    def take(self, name: str) -> bool:
        """Have the lease from now on; False if somebody else has it. Raises DBAPIError."""

    def release(self, name: str) -> None:
        """Let go of one."""

    def holds(self) -> bool:
        """Whether what was taken is still ours; False for good when the connection has been lost."""

    def close(self) -> None:
        """Let go of all."""


def leases(database: Database) -> Leases:
    """For one process that wants to be the only one at something."""
    if database.engine.dialect.name != "sqlite":
        return _Advisory(database)
    path = make_url(database.url).database
    return _Files(Path(path) if path and path != ":memory:" else None)


class _Advisory:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._connection: Connection | None = None
        self._is_lost = False
        self._held = set[str]()

    def take(self, name: str) -> bool:
        if name in self._held:
            return True
        if self._connection is None:
            self._connection = self._database.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            for setting, value in PATIENCE_OF_THE_NETWORK.items():
                self._connection.execute(text("SELECT set_config(:n, :v, false)"), {"n": setting, "v": value})
        query = text("SELECT pg_try_advisory_lock(:ours, :name)")
        if not self._connection.scalar(query, {"ours": OURS, "name": _number(name)}):
            return False
        self._held.add(name)
        return True

    def release(self, name: str) -> None:
        if self._connection is not None and name in self._held:
            self._held.remove(name)
            query = text("SELECT pg_advisory_unlock(:ours, :name)")
            self._connection.execute(query, {"ours": OURS, "name": _number(name)})

    def holds(self) -> bool:
        if self._connection is None or self._is_lost:
            return not self._is_lost
        try:
            self._connection.execute(text("SELECT 1"))
        except DBAPIError:
            self._is_lost = True
        return not self._is_lost

    def close(self) -> None:
        if self._connection is not None:
            with suppress(DBAPIError):
                self._connection.invalidate()  # back in the pool it would hold the locks on
            self._connection.close()
            self._connection = None


class _Files:
    def __init__(self, database: Path | None) -> None:
        self._database = database
        self._held: dict[str, IO[bytes] | None] = {}

    def take(self, name: str) -> bool:
        if name in self._held:
            return True
        if self._database is None:  # in memory: nobody else is there
            self._held[name] = None
            return True
        file = self._database.with_name(f"{self._database.name}.{name}.lock").open("ab")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.close()
            return False
        self._held[name] = file
        return True

    def release(self, name: str) -> None:
        file = self._held.pop(name, None)
        if file is not None:
            file.close()

    def holds(self) -> bool:
        return True

    def close(self) -> None:
        for name in list(self._held):
            self.release(name)


def _number(name: str) -> int:
    """A signed integer of 32 bits, which is what a key's second half takes."""
    return zlib.crc32(name.encode()) - 2**31
