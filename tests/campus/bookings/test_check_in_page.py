"""The page behind the QR code, as a phone without JavaScript gets it: check in, book now, finish, wait."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from campus import clock
from campus.bookings import reception
from campus.database import Database
from campus.people.models import Member
from campus.spaces.spans import Span
from tests.campus.bookings.at_the_door import MINUTE, bookings, furnish, notices, put, time_of
from tests.campus.test_departure import ZONE
from tests.doors import csrf_token, walk_in

PAGE = "/check-in/glass"
BEGUN = 10 * MINUTE


@pytest.fixture
def ana(client: FlaskClient, sqlite_database: Database, member: Member, staff: Member) -> FlaskClient:
    furnish(sqlite_database, check_in_minutes=20)
    walk_in(client, member)
    return client


def send(client: FlaskClient, deed: str = "", **form: Any) -> TestResponse:
    path = f"{PAGE}/{deed}" if deed else PAGE
    return client.post(path, data={"csrf_token": csrf_token(client, PAGE), **form})


def buttons(client: FlaskClient) -> list[str]:
    page = client.get(PAGE).text.partition("<main")[2]
    found = re.findall(r'<button class="button big[^>]*>([^\n]+)</button>', page)
    return [label.partition("<")[0] for label in found]


def test_who_has_not_signed_in_comes_back_here_afterwards(client: FlaskClient, ana: FlaskClient) -> None:
    visitor = client.application.test_client()
    assert visitor.get(PAGE).location == f"/sign-in?next={PAGE}"


def test_who_comes_checks_in(ana: FlaskClient, sqlite_database: Database, member: Member) -> None:
    mine = put(sqlite_database, member.email, clock.now() - BEGUN, 60, title="Standup")
    assert buttons(ana) == ["Check in", "Finish early"]
    assert "Standup" in ana.get(PAGE).text
    assert "or the room is free again" in ana.get(PAGE).text
    answer = send(ana, occurrence=mine)
    assert (answer.status_code, answer.location) == (303, PAGE)
    assert "Checked in." in ana.get(PAGE).text
    assert time_of(sqlite_database, mine).checked_in_at is not None
    assert buttons(ana) == ["Finish early"]


def test_who_comes_early_checks_in_and_sooner_is_too_soon(
    ana: FlaskClient, sqlite_database: Database, member: Member
) -> None:
    soon = put(sqlite_database, member.email, clock.now() + 14 * MINUTE, 60)
    assert "Yours from " in ana.get(PAGE).text
    assert send(ana, occurrence=soon).status_code == 303
    later = put(sqlite_database, member.email, clock.now() + 16 * MINUTE, 60, "stone")
    answer = send(ana, occurrence=later)
    assert answer.status_code == 400
    assert time_of(sqlite_database, later).checked_in_at is None


def test_who_is_next_checks_in_while_others_are_still_there(
    ana: FlaskClient, sqlite_database: Database, member: Member, staff: Member
) -> None:
    put(sqlite_database, staff.email, clock.now() - BEGUN, 15)
    mine = put(sqlite_database, member.email, clock.now() + 6 * MINUTE, 60)
    assert buttons(ana) == ["Check in"]
    assert send(ana, occurrence=mine).status_code == 303
    assert time_of(sqlite_database, mine).checked_in_at is not None


def test_nobody_checks_others_in(
    ana: FlaskClient, sqlite_database: Database, member: Member, staff: Member
) -> None:
    theirs = put(sqlite_database, staff.email, clock.now() - BEGUN, 60)
    page = ana.get(PAGE).text
    assert "In use until " in page
    assert "Secret merger" not in page
    assert buttons(ana) == []
    for deed in ("", "finish"):
        assert send(ana, deed, occurrence=theirs).status_code == 400
    time = time_of(sqlite_database, theirs)
    assert (time.checked_in_at, time.finished_at) == (None, None)


def test_staff_finish_for_others(
    ana: FlaskClient, sqlite_database: Database, member: Member, staff: Member
) -> None:
    theirs = put(sqlite_database, member.email, clock.now() - BEGUN, 60)
    luis = ana.application.test_client()
    walk_in(luis, staff)
    assert buttons(luis) == ["Check in", "Finish for them"]
    assert send(luis, "finish", occurrence=theirs).status_code == 303
    assert time_of(sqlite_database, theirs).finished_at is not None


def test_a_free_room_is_booked_on_the_spot(
    ana: FlaskClient, sqlite_database: Database, member: Member
) -> None:
    assert buttons(ana) == ["15 min", "30 min", "60 min"]
    assert send(ana, "book", minutes=30).status_code == 303
    (made,) = bookings(sqlite_database)
    assert (made.member_id, made.source) == (member.id, "page")
    assert [(notice.kind, notice.member_id) for notice in notices(sqlite_database)] == [("booked", member.id)]
    assert "Yours until " in ana.get(PAGE).text
    assert buttons(ana) == ["Finish early"]  # and is checked in


def test_finishing_gives_the_rest_back(ana: FlaskClient, sqlite_database: Database, member: Member) -> None:
    mine = put(sqlite_database, member.email, clock.now() - BEGUN, 60)
    assert send(ana, "finish", occurrence=mine).status_code == 303
    assert "Finished. The room is free again." in ana.get(PAGE).text
    assert time_of(sqlite_database, mine).end <= clock.now()
    assert buttons(ana) == ["15 min", "30 min", "60 min"]


def test_a_room_that_went_meanwhile_is_said_so(
    ana: FlaskClient, sqlite_database: Database, member: Member, staff: Member
) -> None:
    put(sqlite_database, staff.email, clock.now(), 60)
    answer = send(ana, "book", minutes=15)
    assert answer.status_code == 409
    assert "That does not fit any more. In use until " in answer.text
    assert len(bookings(sqlite_database)) == 1


@pytest.mark.parametrize(
    ("deed", "name"), [("", "occurrence"), ("finish", "occurrence"), ("book", "minutes")]
)
@pytest.mark.parametrize("number", ["", "x", "-1", "9" * 40, "1.5"])
def test_numbers_that_are_none_are_refused(ana: FlaskClient, deed: str, name: str, number: str) -> None:
    assert send(ana, deed, **{name: number}).status_code in (400, 409)


def test_quotas_hold_on_the_spot_too(ana: FlaskClient, sqlite_database: Database) -> None:
    furnish(sqlite_database, max_open_bookings=0)
    answer = send(ana, "book", minutes=15)
    assert answer.status_code == 422
    assert bookings(sqlite_database) == []


def test_what_one_holds_oneself_is_free_to_book(
    ana: FlaskClient, sqlite_database: Database, member: Member, staff: Member
) -> None:
    now = clock.now()
    with ana.application.app_context(), sqlite_database.write() as store:
        span = Span(now + MINUTE, now + 60 * MINUTE)
        reception.hold(store, "glass", span, store.get_one(Member, member.id), now=now, zone=ZONE)
    luis = ana.application.test_client()
    walk_in(luis, staff)
    assert buttons(luis) == []
    assert buttons(ana) == ["15 min", "30 min", "60 min"]
    assert send(ana, "book", minutes=60).status_code == 303


def test_where_no_check_in_is_asked_for_none_is_offered(
    ana: FlaskClient, sqlite_database: Database, member: Member
) -> None:
    furnish(sqlite_database)
    put(sqlite_database, member.email, clock.now() - BEGUN, 60)
    assert buttons(ana) == ["Finish early"]


def test_a_room_that_there_is_not_is_not_found(ana: FlaskClient) -> None:
    assert ana.get("/check-in/nowhere").status_code == 404
    form = {"csrf_token": csrf_token(ana, PAGE), "minutes": "15"}
    assert ana.post("/check-in/nowhere/book", data=form).status_code == 404


def test_without_the_page_s_token_nothing_happens(ana: FlaskClient, sqlite_database: Database) -> None:
    assert ana.post(f"{PAGE}/book", data={"minutes": "15"}).status_code == 400
    assert bookings(sqlite_database) == []
