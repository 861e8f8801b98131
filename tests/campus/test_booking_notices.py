"""Whose booking somebody else cancelled hears of it, once, unless they want no such mail."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from campus import clock
from campus.bookings.desk import Wish, book
from campus.bookings.letters.dispatch import write_out
from campus.database import Database
from campus.outbox import Mail
from campus.people.models import Member
from campus.spaces.resources import Description, put_resource
from tests.campus.people import letter_box
from tests.campus.test_departure import ZONE
from tests.doors import csrf_token, walk_in

START = clock.now().replace(minute=0, second=0, microsecond=0) + timedelta(days=1)


@pytest.fixture
def booking(sqlite_database: Database, member: Member) -> int:
    """Ana's hour tomorrow."""
    with sqlite_database.write() as store:
        put_resource(store, "glass", Description("Glass 1", "room"), clock.now())
        wish = Wish("glass", START, START + timedelta(hours=1), "Standup")
        return book(store, wish, member, clock.now(), ZONE).booking.id


def letters_to(database: Database, client: FlaskClient, recipient: str) -> list[Mail]:
    """What stands in the outbox once the worker has written out what was noted."""
    with client.application.app_context():
        write_out(database, ZONE)
    return letter_box.letters_to(database, recipient)


def cancel(client: FlaskClient, member: Member, booking: int) -> int:
    walk_in(client, member)
    form = {"csrf_token": csrf_token(client, "/book")}
    return client.post(f"/book/{booking}/cancel", data=form).status_code


def test_a_booking_that_staff_cancel_is_told_to_whose_it_is(
    sqlite_database: Database, client: FlaskClient, member: Member, staff: Member, booking: int
) -> None:
    with sqlite_database.write() as store:
        mine = store.get_one(Member, member.id)
        mine.clock, mine.locale = "12", "es_MX"
    assert cancel(client, staff, booking) == 303
    (mail,) = letters_to(sqlite_database, client, member.email)
    assert mail.subject.startswith("Se canceló tu reservación: Glass 1, ")
    assert ".m." in mail.text
    assert "Standup" in mail.text
    assert letters_to(sqlite_database, client, staff.email) == []


def test_cancelling_twice_is_told_once(
    sqlite_database: Database, client: FlaskClient, member: Member, staff: Member, booking: int
) -> None:
    assert [cancel(client, staff, booking) for _time in range(2)] == [303, 303]
    assert len(letters_to(sqlite_database, client, member.email)) == 1


@pytest.mark.parametrize("wanted", [True, False])
def test_who_cancels_their_own_booking_is_told_for_their_calendar_if_they_want(
    sqlite_database: Database, client: FlaskClient, member: Member, booking: int, wanted: bool
) -> None:
    with sqlite_database.write() as store:
        store.get_one(Member, member.id).mails_confirmations = wanted
    assert cancel(client, member, booking) == 303
    assert [mail.calendar_method for mail in letters_to(sqlite_database, client, member.email)] == [
        "CANCEL"
    ] * wanted


def test_the_api_tells_it_too(
    sqlite_database: Database, client: FlaskClient, member: Member, staff_token: str, booking: int
) -> None:
    headers = {"Authorization": f"Bearer {staff_token}"}
    assert client.delete(f"/api/v1/bookings/{booking}", headers=headers).status_code == 204
    assert len(letters_to(sqlite_database, client, member.email)) == 1


def test_who_wants_no_such_mail_gets_none(
    sqlite_database: Database, client: FlaskClient, member: Member, staff: Member, booking: int
) -> None:
    with sqlite_database.write() as store:
        store.get_one(Member, member.id).mails_bookings = False
    assert cancel(client, staff, booking) == 303
    assert letters_to(sqlite_database, client, member.email) == []
