"""When the demo hub is loaded, and what the supervisor is told about who is there."""

from __future__ import annotations

import pytest

from campus.database import Database
from campus.errors import BadSetting
from campus.first_start import Inhabitants, fill, open_database
from campus.people.models import Member
from campus.settings import Settings

DEMO = "tests.campus.small_demo"
NOBODY = Inhabitants(is_demo=False, has_members=False)
DEMO_HUB = Inhabitants(is_demo=True, has_members=True)


def test_an_empty_campus_on_loopback_gets_the_demo_hub(database: Database, settings: Settings) -> None:
    assert fill(database, settings, DEMO) == DEMO_HUB


def test_the_demo_stays_away_where_it_is_not_wanted(database: Database, settings: Settings) -> None:
    assert fill(database, settings.model_copy(update={"demo": False}), DEMO) == NOBODY


def test_known_passwords_do_not_open_a_hub_that_others_reach(database: Database, settings: Settings) -> None:
    assert fill(database, settings.model_copy(update={"host": "192.0.2.1"}), DEMO) == NOBODY


def test_whoever_asks_for_the_demo_gets_it_everywhere(database: Database, settings: Settings) -> None:
    asked = settings.model_copy(update={"host": "192.0.2.1", "demo": True})
    assert fill(database, asked, DEMO) == DEMO_HUB


def test_a_campus_with_members_never_becomes_a_demo(
    database: Database, settings: Settings, member: Member
) -> None:
    asked = settings.model_copy(update={"demo": True})
    assert fill(database, asked, DEMO) == Inhabitants(is_demo=False, has_members=True)


def test_a_demo_hub_is_known_as_one_on_later_starts(database: Database, settings: Settings) -> None:
    fill(database, settings, DEMO)
    assert fill(database, settings, "a.module.that.is.not.needed") == DEMO_HUB


def test_a_database_from_a_newer_campus_is_refused_in_one_line(
    database: Database, settings: Settings
) -> None:
    with database.write() as session:
        session.connection().exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(BadSetting, match=r"^CAMPUS_DATABASE_URL: .*9999"):
        open_database(settings)
