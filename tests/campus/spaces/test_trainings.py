"""Trainings: who has which, until when, and who took it back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from apiflask import APIFlask
from sqlalchemy import select, update

from campus.audit import AuditEntry, Origin
from campus.database import Database
from campus.errors import BadRequest, NotFound
from campus.people.models import Member
from campus.spaces import trainings
from campus.spaces.models import TrainingRecord
from campus.spaces.resources import Description, put_resource
from campus.spaces.trainings import Unknown

JUAREZ = ZoneInfo("America/Ciudad_Juarez")
NOW = datetime(2026, 3, 3, 14, tzinfo=UTC)
ORIGIN = Origin()


@pytest.fixture(autouse=True)
def in_the_application(app: APIFlask) -> Iterator[None]:
    with app.test_request_context():
        yield


@pytest.fixture
def saws(database: Database) -> str:
    """A training that is valid for thirty days."""
    with database.write() as session:
        return trainings.add_training(session, "Saws", 30, ORIGIN, NOW).slug


def grant(database: Database, slug: str, addresses: str, by: Member, now: datetime = NOW) -> int:
    with database.write() as session:
        return trainings.grant(session, slug, addresses, by=by, origin=ORIGIN, now=now, zone=JUAREZ)


def held(database: Database, slug: str) -> dict[str, datetime | None]:
    with database.read() as session:
        found = trainings.trained(session, trainings.find_training(session, slug))
        return {one.member.email: one.expires_at for one in found}


def test_several_get_it_at_once_and_have_it_through_its_last_day(
    database: Database, saws: str, member: Member, staff: Member
) -> None:
    typed = f"  {member.email.upper()} ;\n\n{staff.email},\n{member.email}\n"
    assert grant(database, saws, typed, staff) == 2
    last = datetime(2026, 4, 3, 6, tzinfo=UTC)  # the midnight after 2 April, in summer time
    assert held(database, saws) == {member.email: last, staff.email: last}
    with database.read() as session:
        assert [one.members for one in trainings.list_trainings(session, last)] == [0]
        assert [one.members for one in trainings.list_trainings(session, last - timedelta(seconds=1))] == [2]


def test_who_gets_it_again_has_it_anew(database: Database, saws: str, member: Member, staff: Member) -> None:
    grant(database, saws, member.email, staff)
    grant(database, saws, member.email, staff, NOW + timedelta(days=10))
    assert held(database, saws) == {member.email: datetime(2026, 4, 13, 6, tzinfo=UTC)}


def test_one_for_ever_never_expires(database: Database, member: Member, staff: Member) -> None:
    with database.write() as session:
        slug = trainings.add_training(session, "Fire drill", None, ORIGIN, NOW).slug
    grant(database, slug, member.email, staff)
    assert (slug, held(database, slug)) == ("fire-drill", {member.email: None})


@pytest.mark.parametrize(
    "wrong", ["nobody@hub.example", "not an address", "=HYPERLINK(1)", "gone@hub.example"]
)
def test_all_of_them_get_it_or_none(
    sqlite_database: Database, saws: str, member: Member, staff: Member, wrong: str
) -> None:
    with pytest.raises(Unknown) as refused:
        grant(sqlite_database, saws, f"{member.email}\n{wrong}", staff)
    assert refused.value.lines == (wrong,)
    assert held(sqlite_database, saws) == {}


def test_who_has_left_gets_nothing_and_is_not_counted(
    sqlite_database: Database, saws: str, member: Member, staff: Member
) -> None:
    grant(sqlite_database, saws, member.email, staff)
    with sqlite_database.write() as session:
        session.execute(update(Member).where(Member.id == member.id).values(active=False))
    assert held(sqlite_database, saws) == {}
    with sqlite_database.read() as session:
        assert [one.members for one in trainings.list_trainings(session, NOW)] == [0]
    with pytest.raises(Unknown):
        grant(sqlite_database, saws, member.email, staff)


@pytest.mark.parametrize("typed", ["", " \n ;", "\n".join(f"m{n}@hub.example" for n in range(501))])
def test_nobody_and_too_many_are_refused(
    sqlite_database: Database, saws: str, staff: Member, typed: str
) -> None:
    with pytest.raises(BadRequest):
        grant(sqlite_database, saws, typed, staff)


def test_it_is_taken_back_once(database: Database, saws: str, member: Member, staff: Member) -> None:
    grant(database, saws, member.email, staff)
    with database.write() as session:
        trainings.revoke(session, saws, member.id, ORIGIN, NOW)
    assert held(database, saws) == {}
    with pytest.raises(NotFound), database.write() as session:
        trainings.revoke(session, saws, member.id, ORIGIN, NOW)


def test_another_length_counts_for_those_who_get_it_from_then_on(
    database: Database, saws: str, member: Member, staff: Member
) -> None:
    grant(database, saws, member.email, staff)
    with database.write() as session:
        trainings.change_training(session, saws, "Saws and drills", 1, origin=ORIGIN, now=NOW)
    grant(database, saws, staff.email, staff)
    assert held(database, saws) == {
        member.email: datetime(2026, 4, 3, 6, tzinfo=UTC),
        staff.email: datetime(2026, 3, 5, 7, tzinfo=UTC),
    }


def test_a_training_that_is_asked_for_stays(
    database: Database, saws: str, member: Member, staff: Member
) -> None:
    grant(database, saws, member.email, staff)
    with database.write() as session:
        put_resource(session, "workshop", Description("Workshop", "room", policy={"training": saws}), NOW)
    with pytest.raises(BadRequest, match="Workshop"), database.write() as session:
        trainings.remove_training(session, saws, ORIGIN, NOW)
    with database.write() as session:
        put_resource(session, "workshop", Description("Workshop", "room"), NOW)
        trainings.remove_training(session, saws, ORIGIN, NOW)
    with database.read() as session:
        assert trainings.list_trainings(session, NOW) == []
        assert session.scalars(select(TrainingRecord)).all() == []


@pytest.mark.parametrize(
    ("name", "days"),
    [
        ("", 1),
        ("two\nlines", 1),
        ("x" * 121, 1),
        ("¿?", 1),
        ("Saws", 1),
        ("saws!", 1),
        ("New", 0),
        ("New", 99_999),
    ],
)
def test_a_training_that_is_none_is_refused(
    sqlite_database: Database, saws: str, name: str, days: int | None
) -> None:
    with pytest.raises(BadRequest), sqlite_database.write() as session:
        trainings.add_training(session, name, days, ORIGIN, NOW)


def test_the_audit_knows_people_by_number(
    database: Database, saws: str, member: Member, staff: Member
) -> None:
    grant(database, saws, member.email, staff)
    with database.read() as session:
        text = " ".join(
            f"{entry.action} {entry.target} {entry.before} {entry.after}"
            for entry in session.scalars(select(AuditEntry).order_by(AuditEntry.id))
        )
    assert f"training.grant member {member.id}" in text
    assert "@" not in text
