"""Who leaves the campus: every door closes, what is booked is free again, all who should know are told."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from campus import clock
from campus.audit import AuditEntry, Origin
from campus.bookings import desk
from campus.bookings.departure import let_go
from campus.bookings.desk import Wish, book
from campus.bookings.models import Booking, Occurrence
from campus.database import Database
from campus.errors import NotAllowed, NotFound
from campus.outbox import Mail
from campus.people import tickets
from campus.people.models import Invitation, Member
from campus.spaces.resources import Description, put_resource
from tests.doors import walk_in

ZONE = ZoneInfo("America/Ciudad_Juarez")
NOW = clock.now().replace(minute=0, second=0, microsecond=0)
HOUR = timedelta(hours=1)


def add_rooms(database: Database, *slugs: str) -> None:
    with database.write() as session:
        for slug in slugs:
            put_resource(session, slug, Description(slug.title(), "room"), NOW - 30 * 24 * HOUR)


def add_booking(database: Database, by: Member, hours: int, owner: Member | None = None) -> int:
    """One hour in the room `glass`, `hours` from now, booked two days before."""
    start = NOW + hours * HOUR
    wish = Wish("glass", start, start + HOUR, f"In {hours} h", member=owner.email if owner else None)
    with database.write() as session:
        return book(session, wish, by, start - 48 * HOUR, ZONE).booking.id


def go(app: APIFlask, database: Database, member: Member, by: Member | None = None) -> int:
    with app.app_context(), database.write() as session:
        return let_go(session, session.get_one(Member, member.id), Origin(by.id if by else None), NOW, ZONE)


def standings(database: Database) -> dict[str, str]:
    with database.read() as session:
        return {
            booking.title: booking.occurrences[0].status for booking in session.scalars(select(Booking)).all()
        }


def test_what_has_not_ended_is_free_again_and_the_history_stays(
    database: Database, app: APIFlask, member: Member, staff: Member
) -> None:
    add_rooms(database, "glass")
    for hours in (-5, 0, 5, 50):
        add_booking(database, member, hours)
    add_booking(database, staff, 7)
    assert go(app, database, member) == 3
    assert standings(database) == {
        "In -5 h": "confirmed",
        "In 0 h": "cancelled",
        "In 5 h": "cancelled",
        "In 50 h": "cancelled",
        "In 7 h": "confirmed",
    }
    add_booking(database, staff, 5)  # the time is free


def test_they_and_whoever_booked_for_them_are_told_which_bookings(
    sqlite_database: Database, app: APIFlask, member: Member, staff: Member
) -> None:
    add_rooms(sqlite_database, "glass")
    add_booking(sqlite_database, member, 5)
    add_booking(sqlite_database, staff, 7, owner=member)
    with sqlite_database.write() as session:
        session.get_one(Member, staff.id).locale = "es_MX"
    go(app, sqlite_database, member)
    with sqlite_database.read() as session:
        mails = {mail.recipient: mail for mail in session.scalars(select(Mail)).all()}
    assert set(mails) == {member.email, staff.email}
    assert "Glass" in mails[member.email].text
    assert "In 5 h" in mails[member.email].text
    assert "In 7 h" in mails[member.email].text
    assert "Ana Robles" in mails[staff.email].subject
    assert "In 7 h" in mails[staff.email].text
    assert "In 5 h" not in mails[staff.email].text
    assert "dejó el campus" in mails[staff.email].text


def test_who_lets_somebody_go_needs_no_mail_about_it(
    sqlite_database: Database, app: APIFlask, member: Member, admin: Member
) -> None:
    add_rooms(sqlite_database, "glass")
    add_booking(sqlite_database, admin, 7, owner=member)
    go(app, sqlite_database, member, by=admin)
    with sqlite_database.read() as session:
        assert session.scalars(select(Mail.recipient)).all() == [member.email]


def test_every_door_is_closed_at_once(
    sqlite_database: Database, app: APIFlask, client: FlaskClient, member: Member, member_token: str
) -> None:
    walk_in(client, member)
    bearer = {"Authorization": f"Bearer {member_token}"}
    with sqlite_database.write() as session:
        ticket = tickets.issue(session, "reset", HOUR, NOW, member_id=member.id)
        for email, inviter in (("new@hub.example", member.id), ("other@hub.example", None)):
            session.add(
                Invitation(
                    email=email, role="member", digest=email, invited_by_id=inviter,
                    created_at=NOW, expires_at=NOW + HOUR,
                )
            )  # fmt: skip
    assert client.get("/book").status_code == 200
    assert client.get("/api/v1/bookings", headers=bearer).status_code == 200
    go(app, sqlite_database, member)
    assert client.get("/book").status_code == 302
    assert app.test_client().get("/api/v1/bookings", headers=bearer).status_code == 401
    with sqlite_database.read() as session:
        assert tickets.peek(session, "reset", ticket, NOW) is None
        withdrawn = {one.email: one.withdrawn_at for one in session.scalars(select(Invitation)).all()}
    assert withdrawn == {"new@hub.example": NOW, "other@hub.example": None}


def test_letting_go_twice_is_letting_go_once(
    database: Database, app: APIFlask, member: Member, admin: Member
) -> None:
    add_rooms(database, "glass")
    add_booking(database, member, 5)
    assert [go(app, database, member, admin), go(app, database, member, admin)] == [1, 0]
    with database.read() as session:
        deeds = session.scalars(select(AuditEntry.action).where(AuditEntry.member_id == admin.id)).all()
        assert sorted(deeds) == ["bookings.free", "member.deactivate"]
        assert session.scalar(select(func.count(Mail.id))) == 1


def test_the_last_administrator_cannot_go(
    database: Database, app: APIFlask, member: Member, admin: Member
) -> None:
    with pytest.raises(NotAllowed):
        go(app, database, admin)
    with database.read() as session:
        assert session.get_one(Member, admin.id).active
    assert go(app, database, member) == 0


def test_nothing_is_booked_for_whoever_has_left(
    database: Database, app: APIFlask, member: Member, staff: Member
) -> None:
    add_rooms(database, "glass")
    go(app, database, member)
    with pytest.raises(NotFound):
        add_booking(database, staff, 5, owner=member)
    with pytest.raises(NotFound):
        add_booking(database, member, 5)  # a request that had begun before
    with database.read() as session:
        assert session.scalar(select(func.count(Occurrence.id))) == 0


def test_giving_back_all_is_one_statement_for_any_number(sqlite_database: Database, member: Member) -> None:
    add_rooms(sqlite_database, "glass")
    for hours in range(1, 30):
        add_booking(sqlite_database, member, hours)
    with sqlite_database.write() as session:
        freed = desk.give_back_all(session, member.id, NOW)
    assert [one.start for one in freed] == [NOW + hours * HOUR for hours in range(1, 30)]
    assert {one.status for one in freed} == {"cancelled"}


def test_a_token_stays_dead_when_its_member_is_brought_back(
    sqlite_database: Database, app: APIFlask, client: FlaskClient, member: Member, member_token: str
) -> None:
    bearer = {"Authorization": f"Bearer {member_token}"}
    go(app, sqlite_database, member)
    with sqlite_database.write() as session:
        session.get_one(Member, member.id).active = True
    assert client.get("/api/v1/resources", headers=bearer).status_code == 401
