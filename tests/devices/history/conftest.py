"""Stores for the history: PostgreSQL alone, for what SQLite does not allow, and another process's."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from campus.database import Database
from tests.servers import Postgres


@pytest.fixture
def on_postgres(postgres: Postgres) -> Iterator[Database]:
    name = "history_alone"
    postgres.execute(f"CREATE DATABASE {name} TEMPLATE template")
    store = Database(postgres.url(name))
    yield store
    store.close()
    postgres.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def elsewhere(sqlite_database: Database) -> Iterator[Database]:
    """The same store as another process sees it."""
    store = Database(sqlite_database.url)
    yield store
    store.close()
