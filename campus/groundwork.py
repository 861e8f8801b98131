"""What must stand before any process starts: data dir, ports, a database up to date, perhaps the demo hub."""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from alembic.util import CommandError
from sqlalchemy import inspect, select
from sqlalchemy.exc import SQLAlchemyError

from campus import clock, ports
from campus.database import Database
from campus.errors import BadSetting
from campus.notes import read_note
from campus.people.models import Member
from campus.schema import upgrade
from campus.settings import PREFIX, Settings
from campus.spaces.models import Resource

LoadDemo = Callable[[Database, Settings, datetime], None]
"""Fills an empty database with the demo hub and notes `demo` in campus.notes."""


@dataclass(frozen=True)
class Store:
    """What the database holds when the processes start."""

    is_demo: bool
    has_members: bool


def take_data_dir(folder: Path) -> int:
    """Make the data dir, see that it can be written to, and hold its lock until this process ends.

    Returns the lock's file descriptor. Raises BadSetting.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
        lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise BadSetting(
            f"{PREFIX}DATA_DIR={str(folder)!r}: {(error.strerror or str(error)).lower()}. "
            f"Accepted: {Settings.model_fields['data_dir'].description}."
        ) from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        raise BadSetting(
            f"{PREFIX}DATA_DIR={str(folder)!r}: a campus is running on it. Accepted: a folder of its own."
        ) from None
    return lock


def choose_ports(settings: Settings) -> dict[str, str]:
    """The variables that tell every process where web and broker listen. Raises BadSetting."""
    web = ports.choose(settings, "port", settings.host)
    chosen = {f"{PREFIX}PORT": str(web)}
    if settings.mqtt_url is None:
        broker = ports.choose(settings, "broker_port", settings.broker_host, not_this=web)
        chosen[f"{PREFIX}BROKER_PORT"] = str(broker)
    return chosen


def prepare_store(settings: Settings, load_demo: LoadDemo) -> Store:
    """Bring the database up to date, and load the demo hub if it is wanted and nothing is there yet.

    Not asked for either way, the demo comes only to a hub that nobody else can reach: everybody
    knows its passwords. Raises BadSetting if there is no such database.
    """
    try:
        database = Database(settings.store_url)
        is_new = not inspect(database.engine).has_table("alembic_version")
        upgrade(database)
    except (SQLAlchemyError, CommandError, OSError, ValueError) as error:
        said = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        raise BadSetting(
            f"{PREFIX}DATABASE_URL: {said}. Accepted: {Settings.model_fields['database_url'].description}."
        ) from None
    wanted = settings.demo if settings.demo is not None else is_new and settings.on_loopback
    if wanted and _is_empty(database):
        load_demo(database, settings, clock.now())
    with database.read() as session:
        is_demo = read_note(session, "demo") is not None
        store = Store(is_demo, has_members=session.scalar(select(Member.id).limit(1)) is not None)
    database.close()
    return store


def _is_empty(database: Database) -> bool:
    with database.read() as session:
        return all(session.scalar(select(key).limit(1)) is None for key in (Member.id, Resource.id))
