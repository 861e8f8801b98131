"""Bringing the database up to date, by Alembic."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy.orm import Session

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


def newest_revision() -> str | None:
    """The last migration that this version of Campus has."""
    from alembic.script import ScriptDirectory  # noqa: PLC0415 - as above

    return ScriptDirectory(str(MIGRATIONS)).get_current_head()


def revision_of(session: Session) -> str | None:
    """The last migration that this database has had; None for an empty one."""
    from alembic.migration import MigrationContext  # noqa: PLC0415 - as above

    return MigrationContext.configure(session.connection()).get_current_revision()
