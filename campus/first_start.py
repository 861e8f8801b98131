"""The database before the processes use it: up to date, and on a first start filled with the demo hub."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module

from alembic.util import CommandError
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from campus import clock
from campus.database import Database
from campus.errors import BadSetting
from campus.notes import read_note
from campus.people.models import Member
from campus.schema import upgrade
from campus.settings import PREFIX, Settings
from campus.spaces.models import Resource


@dataclass(frozen=True)
class Inhabitants:
    """Who is there when the campus opens."""

    is_demo: bool
    has_members: bool


def open_database(settings: Settings) -> Database:
    """The database, brought up to date. Raises BadSetting if it cannot be."""
    try:
        database = Database(settings.store_url)
        upgrade(database)
    except (SQLAlchemyError, CommandError, OSError, ValueError) as error:
        said = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        raise BadSetting(
            f"{PREFIX}DATABASE_URL: {said}. Accepted: {Settings.model_fields['database_url'].description}."
        ) from None
    return database


def fill(database: Database, settings: Settings, demo: str) -> Inhabitants:
    """Load the demo hub if it is wanted and nothing is there yet; tell who is there now.

    Not asked for either way, the demo comes only to a hub that nobody else can reach: everybody
    knows its passwords. `demo` names the module whose load_demo(database, settings, now) does it.
    """
    wanted = settings.demo if settings.demo is not None else settings.on_loopback
    if wanted and _is_empty(database):
        import_module(demo).load_demo(database, settings, clock.now())
    with database.read() as session:
        is_demo = read_note(session, "demo") is not None
        return Inhabitants(is_demo, has_members=session.scalar(select(Member.id).limit(1)) is not None)


def _is_empty(database: Database) -> bool:
    with database.read() as session:
        return all(session.scalar(select(key).limit(1)) is None for key in (Member.id, Resource.id))
