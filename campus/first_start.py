"""The database before the processes use it: up to date, and on a first start filled with the demo hub."""

from __future__ import annotations

from contextlib import ExitStack
from importlib import import_module

from alembic.util import CommandError
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from campus import clock
from campus.console import Inhabitants
from campus.database import Database
from campus.demo import sign_ins
from campus.errors import BadSetting, Unavailable
from campus.notes import read_note
from campus.people.models import Member
from campus.schema import upgrade
from campus.settings import PREFIX, Settings
from campus.spaces.models import Resource
from campus.welcome.first_run import awaits_demo, is_unfounded, new_code


def open_database(settings: Settings) -> Database:
    """The database, brought up to date. Raises BadSetting if it cannot be."""
    try:
        database = Database(settings.store_url)
        with ExitStack() as if_it_fails:
            if_it_fails.callback(database.close)
            upgrade(database)
            if_it_fails.pop_all()
    except (SQLAlchemyError, CommandError, OSError, ValueError) as error:
        said = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        raise BadSetting(
            f"{PREFIX}DATABASE_URL: {said}. Accepted: {Settings.model_fields['database_url'].description}."
        ) from None
    return database


def fill(database: Database, settings: Settings, demo: str) -> Inhabitants:
    """Load the demo hub if it is wanted and nothing is there yet; tell who is there now.

    Where nobody is a member there is a new code for the first page.

    Not asked for either way, the demo comes only to a hub that nobody else can reach: everybody
    knows its passwords. `demo` names the module whose load_demo(database, settings, now) does it.
    """
    wanted = settings.demo if settings.demo is not None else settings.on_loopback
    if wanted and _is_empty(database):
        import_module(demo).load_demo(database, settings, clock.now())
    with database.read() as session:
        is_demo, is_empty = read_note(session, "demo") is not None, is_unfounded(session)
        awaits = awaits_demo(session)
        shown = sign_ins(session) if is_demo else ()
    if not is_empty:
        return Inhabitants(is_demo, awaits, sign_ins=shown)
    with database.write() as session:
        return Inhabitants(is_demo, awaits, first_code=new_code(session, clock.now()))


def asks_for_demo(settings: Settings) -> bool:
    """True if somebody asked for the demo hub on the first page and it is to be loaded now."""
    database = Database(settings.store_url)
    try:
        with database.read() as session:
            return awaits_demo(session)
    except (SQLAlchemyError, Unavailable):  # whoever asked may ask again
        return False
    finally:
        database.close()


def _is_empty(database: Database) -> bool:
    with database.read() as session:
        return all(session.scalar(select(key).limit(1)) is None for key in (Member.id, Resource.id))
