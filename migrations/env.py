"""Runs migrations on the database that campus.schema hands over."""

from __future__ import annotations

from importlib import import_module

from alembic import context

from campus.database import Base, Database

for tables in (
    "campus.notes",
    "campus.bookings",
    "campus.people",
    "devices",
    "devices.history",
    "devices.intake",
):
    import_module(tables if tables == "campus.notes" else f"{tables}.models")

database: Database = context.config.attributes["database"]

with database.engine.connect().execution_options(campus_write=True) as connection:
    context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
