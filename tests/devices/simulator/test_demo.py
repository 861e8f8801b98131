"""The demo hub is whole, believable, and the same however often it is loaded."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from campus.bookings.models import Booking, Occurrence
from campus.database import Database
from campus.demo import DEMO_MEMBERS, sign_ins
from campus.moments import day_bounds
from campus.notes import read_note
from campus.people.door.passwords import is_right
from campus.people.members import add_member, find_member
from campus.people.models import Member
from campus.people.tenants.companies import list_companies
from campus.settings import Settings
from campus.spaces.models import Resource
from devices.history.models import HotReading, HotState
from devices.history.read import energy, read
from devices.history.series import SeriesRef, find_series, newest
from devices.intake.models import QuarantinedMessage
from devices.models import Device, Series
from devices.simulator import demo, memory
from devices.simulator.hub import things

NOW = datetime(2026, 11, 18, 20, 3, 17, tzinfo=UTC)
TABLES = (Member, Resource, Device, Series, Booking, Occurrence, HotReading, HotState, QuarantinedMessage)


def counts(database: Database) -> dict[str, int]:
    with database.read() as session:
        return {
            table.__tablename__: session.scalar(select(func.count()).select_from(table)) or 0
            for table in TABLES
        }


def the(database: Database, slug: str, metric: str) -> SeriesRef:
    with database.read() as session:
        (found,) = [ref for ref in find_series(session, slugs=[slug], metrics=[metric]) if ref.channel == ""]
        return found


@pytest.fixture
def loaded(sqlite_database: Database, settings: Settings) -> Database:
    demo.load_demo(sqlite_database, settings, NOW)
    return sqlite_database


def test_the_demo_hub_loads_once_on_either_engine(database: Database, settings: Settings) -> None:
    demo.load_demo(database, settings, NOW)
    once = counts(database)
    demo.load_demo(database, settings, NOW + timedelta(hours=1))
    assert counts(database) == once
    assert once["device"] == len(things())
    assert once["quarantine"] == 0
    assert once["reading"] > 20_000
    assert once["state"] > 500
    assert 40 < once["occurrence"] < 200


def test_its_members_sign_in_with_the_passwords_that_are_shown(loaded: Database) -> None:
    with loaded.read() as session:
        assert read_note(session, "demo")
        for email, name, role, password in DEMO_MEMBERS:
            member = find_member(session, email)
            assert is_right(member.password_hash, password)
            assert (member.name, member.role) == (name, role)
        assert find_member(session, "diego@startup.example").password_hash is None


def test_its_people_work_for_companies_that_one_of_them_runs(loaded: Database) -> None:
    with loaded.read() as session:
        found = {one.company.name: one.members for one in list_companies(session)}
        runs = {
            one.email: one.company.name
            for one in session.scalars(select(Member).where(Member.runs_company))
            if one.company
        }
    assert found == {"Bici Eléctrica": 2, "Luz Norte": 1, "Nopal Robotics": 3}
    assert runs == {
        "ana@hub.example": "Nopal Robotics",
        "priya@startup.example": "Luz Norte",
        "tom@startup.example": "Bici Eléctrica",
    }


@pytest.mark.parametrize("why", ["others could come", "somebody runs the campus"])
def test_an_administrator_whose_password_everybody_knows_is_left_out(
    sqlite_database: Database, why: str
) -> None:
    with sqlite_database.write() as session:
        if why == "somebody runs the campus":
            add_member(session, email="a@x.example", name="A", role="admin", password=None, now=NOW)
        demo.open_house(session, NOW, alone=why != "others could come")
    with sqlite_database.read() as session:
        assert [email for email, *_rest in sign_ins(session)] == [email for email, *_rest in DEMO_MEMBERS[:3]]


def test_rooms_are_booked_today_and_leave_time_for_others(loaded: Database, settings: Settings) -> None:
    start, end = day_bounds(NOW.astimezone(settings.zone).date(), settings.zone)
    with loaded.read() as session:
        spans = session.execute(
            select(Resource.slug, Occurrence.start, Occurrence.end)
            .join(Resource, Occurrence.resource_id == Resource.id)
            .where(Occurrence.start >= start, Occurrence.start < end, Resource.kind == "room")
        ).all()
    assert len({slug for slug, _start, _end in spans}) >= 4
    busy = sum((ends - starts for _slug, starts, ends in spans), timedelta())
    assert timedelta(hours=4) < busy < timedelta(hours=50)


def test_every_device_has_been_heard_from(loaded: Database) -> None:
    with loaded.read() as session:
        silent = session.scalars(
            select(Device.slug).where(Device.id.not_in(select(Series.device_id).distinct()))
        ).all()
        assert silent == []
        assert session.scalar(select(Device.space_id).where(Device.slug == "charger-2")) is not None


def test_three_days_of_power_add_up_to_the_energy_of_the_registers(loaded: Database) -> None:
    ref, power = the(loaded, "solar-roof", "energy_export"), the(loaded, "solar-roof", "power")
    with loaded.read() as session:
        found = energy(session, ref, NOW - timedelta(days=3), NOW, rated_power_w=50_000)
        means = [bucket.mean or 0.0 for bucket in read(session, power, NOW - timedelta(days=3), NOW, 600)]
        by_power = sum(means) / 6 / 1000
    assert found.kwh is not None
    assert found.corrections == []
    assert 150 < found.kwh < 1_000
    assert found.kwh == pytest.approx(by_power, rel=0.01)


def test_the_seeded_days_have_no_hole_up_to_the_first_live_value(
    loaded: Database, settings: Settings
) -> None:
    since = day_bounds(NOW.astimezone(settings.zone).date() - timedelta(days=demo.PAST_DAYS), settings.zone)[
        0
    ]
    with loaded.read() as session:
        refs = [ref for ref in find_series(session, metrics=["power"]) if ref.channel == ""]
        holes = {
            ref.device: bucket.at
            for ref in refs
            for bucket in read(session, ref, since, NOW, 600)
            if bucket.coverage < 0.999
        }
    assert {"grid-meter", "solar-roof", "battery", "charger-1", "charger-4"} <= {ref.device for ref in refs}
    assert holes == {}


def test_the_live_simulator_goes_on_where_the_history_ends(loaded: Database, settings: Settings) -> None:
    remembered = memory.recall(settings.data_dir)
    with loaded.read() as session:
        for slug, metric, register in (
            ("grid-meter", "energy_import", "grid.import_wh"),
            ("charger-4", "energy_import", "charger-4.wh"),
        ):
            ref = the(loaded, slug, metric)
            value = newest(session, [ref])[ref.id].value
            assert remembered[register] / 1000 == pytest.approx(float(value), abs=0.002)


def test_a_load_that_was_cut_short_is_taken_up_again(
    sqlite_database: Database, settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "no folder").touch()
    unwritable = settings.model_copy(update={"data_dir": tmp_path / "no folder"})
    with pytest.raises(OSError, match="no folder"):
        demo.load_demo(sqlite_database, unwritable, NOW)
    halfway = counts(sqlite_database)
    assert halfway["member"] == halfway["resource"] == 0, "the start still counts it as empty"
    demo.load_demo(sqlite_database, settings, NOW + timedelta(seconds=30))
    whole = counts(sqlite_database)
    assert whole["reading"] == halfway["reading"]
    assert whole["member"] > 0


def test_a_memory_that_cannot_be_read_is_none(tmp_path: Path) -> None:
    assert memory.recall(tmp_path) == {}
    (tmp_path / memory.NAME).write_text("{half")
    assert memory.recall(tmp_path) == {}
    (tmp_path / memory.NAME).write_text("[1]")
    assert memory.recall(tmp_path) == {}
    memory.keep(tmp_path, {"solar.wh": 1.5})
    assert memory.recall(tmp_path) == {"solar.wh": 1.5}
