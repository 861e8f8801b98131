"""Bringing the database up to date, by Alembic."""

from __future__ import annotations

from pathlib import Path

from campus.database import Database

MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"


def upgrade(database: Database, to: str = "head") -> None:
    """Apply every migration that this database has not had yet, up to the one named `to`."""
    from alembic import command  # noqa: PLC0415 - a heavy import that only this needs
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["database"] = database
    command.upgrade(config, to)
