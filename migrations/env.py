"""Runs migrations on the database that campus.schema hands over."""

from __future__ import annotations

from importlib import import_module

from alembic import context

from campus.database import Base, Database

for tables in (
    "campus.notes",
    "campus.workplaces",
    "campus.audit",
    "campus.outbox",
    "campus.people.models",
    "campus.people.keychain",
    "campus.bookings.models",
    "devices.models",
    "devices.history.models",
    "devices.intake.models",
):
    import_module(tables)

database: Database = context.config.attributes["database"]

with database.engine.connect().execution_options(writes=True) as connection:
    context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
