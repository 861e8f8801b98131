"""A store of the version before: what was in it is still there after the way up, and works."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import column, func, insert, inspect, select, table, text
from sqlalchemy.exc import DBAPIError

from app import create_app
from campus import clock
from campus.audit import AuditEntry, Origin, record
from campus.bookings.models import Booking
from campus.database import Base, Database
from campus.moments import to_micros
from campus.people.door.passwords import hash_password, is_right
from campus.people.members import find_member
from campus.people.permissions import SCOPES
from campus.people.secrets import digest, new_secret
from campus.people.tokens import find_token
from campus.schema import MIGRATIONS, upgrade
from campus.settings import Settings
from devices.models import Device
from tests.conftest import PASSWORD
from tests.servers import Postgres

OLD_TOKEN = new_secret("campus_")
NOW = to_micros(clock.now())
HOUR = 3_600_000_000
# Ids from 101 on: PostgreSQL counts on from where it is, whatever a row was given.
ROWS: dict[str, list[dict[str, Any]]] = {
    "member": [
        {"id": 101, "email": "ana@hub.example", "name": "Ana", "role": "member", "locale": "es_MX",
         "active": True, "created_at": NOW},
        {"id": 102, "email": "iris@hub.example", "name": "Iris", "role": "admin", "locale": None,
         "active": True, "created_at": NOW},
    ],
    "api_token": [
        {"id": 101, "member_id": 102, "name": "old", "digest": digest(OLD_TOKEN), "created_at": NOW},
    ],
    "resource": [
        {"id": 101, "slug": "glass", "name": "Glass", "kind": "room", "policy": "{}", "created_at": NOW},
    ],
    "booking": [
        {"id": 101, "resource_id": 101, "member_id": 101, "made_by_id": 101, "title": "Kept",
         "created_at": NOW},
    ],
    "occurrence": [
        {"id": 101, "booking_id": 101, "resource_id": 101, "start_at": NOW + HOUR, "end_at": NOW + 2 * HOUR,
         "blocked_start": NOW + HOUR, "blocked_end": NOW + 2 * HOUR, "status": "confirmed"},
    ],
    "device": [
        {"id": 101, "slug": "lamp", "name": "Lamp", "kind": "other", "format": "tasmota", "topic": "lamp",
         "options": "{}", "created_at": NOW},
    ],
}  # fmt: skip
_numbers = itertools.count(1)


@pytest.fixture
def old(engine: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty store as the first migration left it, on both engines."""
    if engine == "sqlite":
        store = Database(f"sqlite:///{tmp_path / 'old.db'}")
        upgrade(store, "0001")
        yield store
        store.close()
        return
    server: Postgres = request.getfixturevalue("postgres")
    name = f"old_{next(_numbers)}"
    server.execute(f"CREATE DATABASE {name}")
    store = Database(server.url(name))
    upgrade(store, "0001")
    yield store
    store.close()
    server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def lived_in(old: Database) -> Database:
    """The same with people, a token, a booking and a device."""
    with old.write() as store:
        for name, rows in ROWS.items():
            for row in rows:
                store.execute(insert(table(name, *map(column, row))).values(row))
        kept = hash_password(PASSWORD)
        store.execute(text("UPDATE member SET password_hash = :kept WHERE id = 101"), {"kept": kept})
    return old


def configuration(database: Database) -> Config:
    made = Config()
    made.set_main_option("script_location", str(MIGRATIONS))
    made.attributes["database"] = database
    return made


def test_what_was_there_is_there_still(lived_in: Database) -> None:
    upgrade(lived_in)
    with lived_in.read() as store:
        for name, rows in ROWS.items():
            assert store.execute(select(func.count()).select_from(table(name))).scalar_one() == len(rows)
        ana = find_member(store, "ana@hub.example")
        assert (ana.name, ana.locale, ana.company_id, ana.runs_company) == ("Ana", "es_MX", None, False)
        assert ana.mails_bookings
        assert ana.mails_sign_ins
        assert is_right(ana.password_hash, PASSWORD)
        booking = store.get_one(Booking, 101)
        assert (booking.title, len(booking.occurrences)) == ("Kept", 1)
        assert store.get_one(Device, 101).slug == "lamp"


def test_who_waited_before_keeps_their_place_in_line(lived_in: Database) -> None:
    with lived_in.write() as store:
        store.execute(text("UPDATE occurrence SET status = 'waitlisted' WHERE id = 101"))
    upgrade(lived_in)
    with lived_in.read() as store:
        booking = store.get_one(Booking, 101)
        assert booking.occurrences[0].waiting_since == booking.created_at


def test_an_old_token_may_what_it_might(lived_in: Database, tmp_path: Path) -> None:
    upgrade(lived_in)
    with lived_in.read() as store:
        token = find_token(store, OLD_TOKEN, clock.now())
        assert token
        assert (token.scopes, token.expires_at) == (" ".join(SCOPES), None)
    app = create_app(Settings(data_dir=tmp_path, database_url=lived_in.url, secret_key="only for the tests"))
    headers = {"Authorization": f"Bearer {OLD_TOKEN}"}
    said = {"name": "New", "kind": "room"}
    assert app.test_client().put("/api/v1/resources/new", json=said, headers=headers).status_code == 201
    assert app.test_client().get("/api/v1/bookings", headers=headers).status_code == 200
    app.extensions["campus"].database.close()


def test_the_tables_are_as_the_models_say(old: Database) -> None:
    upgrade(old)
    with old.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


@pytest.mark.parametrize(
    "statement", ["UPDATE audit_entry SET action = 'nothing'", "DELETE FROM audit_entry"]
)
def test_the_store_lets_nobody_change_the_audit(database: Database, statement: str) -> None:
    with database.write() as store:
        record(store, Origin(), "tests", "nobody", clock.now())
    with pytest.raises(DBAPIError, match="append_only"), database.write() as store:
        store.execute(text(statement))
    with database.read() as store:
        assert store.scalars(select(func.count()).select_from(AuditEntry)).one() == 1


def test_the_way_back_from_an_empty_store_leads_where_it_came_from(old: Database) -> None:
    def tables() -> dict[str, set[str]]:
        found = inspect(old.engine)
        return {
            name: {column["name"] for column in found.get_columns(name)} for name in found.get_table_names()
        }

    before = tables()
    upgrade(old)
    assert tables() != before
    command.downgrade(configuration(old), "0001")
    assert tables() == before
    upgrade(old)


def test_a_second_way_up_changes_nothing(sqlite_template: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    shutil.copyfile(sqlite_template, copy)
    store = Database(f"sqlite:///{copy}")
    upgrade(store)
    store.close()
