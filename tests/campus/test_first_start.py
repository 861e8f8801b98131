"""When the demo hub is loaded, and what the supervisor is told about who is there."""

from __future__ import annotations

from io import StringIO

import pytest

from campus import clock
from campus.console import Console, Inhabitants
from campus.database import Database
from campus.errors import BadSetting
from campus.first_start import asks_for_demo, fill, open_database
from campus.notes import write_note
from campus.people.models import Member
from campus.settings import Settings
from campus.welcome.first_run import DEMO_WANTED, is_code

DEMO = "tests.campus.small_demo"
DEMO_HUB = Inhabitants(is_demo=True)


def is_nobody_there(who: Inhabitants) -> bool:
    return not who.is_demo and who.first_code is not None


def test_an_empty_campus_on_loopback_gets_the_demo_hub(database: Database, settings: Settings) -> None:
    assert fill(database, settings, DEMO) == DEMO_HUB


def test_the_demo_stays_away_where_it_is_not_wanted(database: Database, settings: Settings) -> None:
    assert is_nobody_there(fill(database, settings.model_copy(update={"demo": False}), DEMO))


def test_known_passwords_do_not_open_a_hub_that_others_reach(database: Database, settings: Settings) -> None:
    assert is_nobody_there(fill(database, settings.model_copy(update={"host": "192.0.2.1"}), DEMO))


def test_whoever_asks_for_the_demo_gets_it_everywhere(database: Database, settings: Settings) -> None:
    asked = settings.model_copy(update={"host": "192.0.2.1", "demo": True})
    assert fill(database, asked, DEMO) == DEMO_HUB


def test_a_campus_with_members_never_becomes_a_demo(
    database: Database, settings: Settings, member: Member
) -> None:
    asked = settings.model_copy(update={"demo": True})
    assert fill(database, asked, DEMO) == Inhabitants(is_demo=False)


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


def test_each_start_without_members_makes_a_new_code(sqlite_database: Database, settings: Settings) -> None:
    empty = settings.model_copy(update={"demo": False})
    first, second = (fill(sqlite_database, empty, DEMO).first_code for _ in range(2))
    with sqlite_database.read() as session:
        assert not is_code(session, first or "", clock.now())
        assert is_code(session, second or "", clock.now())


def test_a_demo_hub_that_was_asked_for_is_waited_for_until_it_is_there(
    sqlite_database: Database, settings: Settings, member: Member
) -> None:
    assert not asks_for_demo(settings)
    with sqlite_database.write() as session:
        write_note(session, DEMO_WANTED, "now")
    assert asks_for_demo(settings)
    assert fill(sqlite_database, settings, DEMO) == Inhabitants(is_demo=False, awaits_demo=True)
    with sqlite_database.write() as session:
        write_note(session, "demo", "now")
    assert not asks_for_demo(settings)


def test_a_database_that_is_away_asks_for_nothing(sqlite_database: Database, settings: Settings) -> None:
    with sqlite_database.write() as session:
        session.connection().exec_driver_sql("DROP TABLE note")
    assert not asks_for_demo(settings)


def test_the_start_says_where_to_begin_and_with_which_code() -> None:
    said = StringIO()
    Console(said).ready("http://127.0.0.1:8000", Inhabitants(is_demo=False, first_code="ABCD-EFGH"))
    assert "http://127.0.0.1:8000/welcome " in said.getvalue()
    assert said.getvalue().endswith(": ABCD-EFGH\n")
