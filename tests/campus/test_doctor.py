"""`doctor`: what it finds, and that it ends with 1 when something is wrong."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from apiflask import APIFlask
from sqlalchemy import text

from app import create_app
from campus import clock
from campus.database import Database
from campus.disks import MIB
from campus.doctor import Finding, ahead, engine, examine, space
from campus.hub import hub
from campus.notes import beat
from campus.settings import Settings
from tests.servers import free_port

NOON = datetime(2026, 3, 3, 19, 0, tzinfo=UTC)


def found(app: APIFlask, environment: dict[str, str] | None = None) -> dict[str, Finding]:
    with app.app_context():
        return {one.about: one for one in examine(hub(), environment or {}, clock.now())}


def test_a_campus_that_only_lacks_its_broker_is_told_so_and_the_command_ends_with_1(
    app: APIFlask, database: Database, settings: Settings
) -> None:
    with database.write() as session:
        beat(session, "worker", clock.now())
    lonely = create_app(settings.model_copy(update={"broker_port": free_port()}))
    said = lonely.test_cli_runner().invoke(args=["doctor"])
    assert said.exit_code == 1
    lines = {line.split()[1]: line.split()[0] for line in said.output.splitlines() if line[:1] not in "E"}
    assert lines["broker"] == "fault"
    assert lines["worker"] == lines["schema"] == lines["clock"] == lines["mails"] == lines["letters"] == "ok"
    assert said.output.splitlines()[-1] == "Error: 1 fault; see above."
    lonely.extensions["campus"].database.close()


def test_a_worker_that_never_ran_is_a_fault(app: APIFlask) -> None:
    assert found(app)["worker"] == Finding("worker", "fault", "has never run")


def test_a_setting_that_nobody_knows_is_named(app: APIFlask) -> None:
    assert found(app)["settings"].verdict == "ok"
    strange = found(app, {"CAMPUS_PROT": "8000", "CAMPUS_PORT": "8000"})["settings"]
    assert (strange.verdict, strange.words) == ("remark", "no setting of Campus: CAMPUS_PROT")


def test_a_database_of_another_version_is_told_with_the_way_out(app: APIFlask, database: Database) -> None:
    with database.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    schema = found(app)["schema"]
    assert schema.verdict == "fault"
    assert schema.words.startswith("is 0001, not ")
    assert schema.words.endswith("flask --app app db upgrade")


def test_a_store_that_cannot_be_read_is_one_fault_and_the_rest_is_looked_at(
    sqlite_database: Database, settings: Settings, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.db"
    broken.write_bytes(b"this is no database " * 100)
    app = create_app(settings.model_copy(update={"database_url": f"sqlite:///{broken}"}))
    looked_at = found(app)
    assert looked_at["database"] == Finding("database", "fault", "cannot be read: file is not a database")
    assert "versions" in looked_at
    app.extensions["campus"].database.close()


@pytest.mark.parametrize(
    ("free_mib", "verdict"), [(20_000, "ok"), (2048, "ok"), (2047, "remark"), (256, "remark"), (255, "fault")]
)
def test_the_less_room_there_is_the_louder_it_is_said(free_mib: int, verdict: str) -> None:
    assert space("data dir", Path("/srv"), free_mib * MIB, 50_000 * MIB).verdict == verdict


def test_an_old_sqlite_is_remarked_and_any_postgresql_is_well() -> None:
    assert engine("SQLite", (3, 51, 2)).verdict == "remark"
    assert engine("SQLite", (3, 51, 3)).verdict == "ok"
    assert engine("PostgreSQL", (15, 1)).words == "PostgreSQL 15.1"


def test_a_clock_behind_what_the_store_knows_is_a_fault() -> None:
    assert ahead(NOON + timedelta(seconds=59), NOON).verdict == "ok"
    assert ahead(NOON + timedelta(hours=1), NOON).verdict == "fault"
    assert ahead(None, NOON).verdict == "ok"
