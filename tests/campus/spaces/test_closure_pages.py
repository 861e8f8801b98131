"""The pages of closures and of trainings, as staff use them."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from campus import clock
from campus.bookings.desk import Wish, book
from campus.bookings.letters.dispatch import write_out
from campus.bookings.models import Booking
from campus.database import Database
from campus.outbox import Mail
from campus.people.models import Member
from campus.spaces.hours import instant_at
from campus.spaces.models import Closure, Training
from campus.spaces.resources import Description, put_resource
from tests.doors import csrf_token, walk_in

JUAREZ = ZoneInfo("America/Ciudad_Juarez")
DAY = clock.now().astimezone(JUAREZ).date() + timedelta(days=3)


@pytest.fixture
def hub(client: FlaskClient, sqlite_database: Database, member: Member, staff: Member) -> Database:
    """Two rooms; Ana has booked one of them; staff signed in."""
    now = clock.now()
    with sqlite_database.write() as session:
        for slug in ("glass", "steel"):
            put_resource(session, slug, Description(slug.title(), "room", 4), now)
        start = instant_at(DAY, 10 * 60, JUAREZ)
        wish = Wish("glass", start, start + timedelta(hours=1), "Talk <b>")
        book(session, wish, member, now, JUAREZ)
    walk_in(client, staff)
    return sqlite_database


def post(client: FlaskClient, path: str, **form: Any) -> TestResponse:
    return client.post(path, data={"csrf_token": csrf_token(client, "/closures"), **form})


def close(client: FlaskClient, **form: str) -> TestResponse:
    return post(client, "/closures", **{"first_day": DAY.isoformat(), "reason": "New floor", **form})


def ways(page: str) -> dict[str, str]:
    """The form of a closure's page: what is chosen for each booking."""
    return dict(re.findall(r'name="(way-\d+)" value="([^"]+)" checked', page))


def test_a_closure_leads_to_the_bookings_in_it_and_as_proposed_they_move(
    client: FlaskClient, hub: Database, member: Member
) -> None:
    answer = close(client, resource="glass")
    assert (answer.status_code, answer.location) == (303, "/closures/1")
    page = client.get("/closures/1").text
    assert "Talk &lt;b&gt;" in page
    assert "Move to Steel, at the same time" in page
    assert "1 booking lies in it" in client.get("/closures").text
    assert "Closed" in client.get("/resources/glass").text
    answer = post(client, "/closures/1", **ways(page))
    assert (answer.status_code, answer.location) == (303, "/closures")
    with client.application.app_context():
        write_out(hub, JUAREZ)
    with hub.read() as session:
        assert session.scalars(select(Booking)).one().resource.slug == "steel"
        mails = session.scalars(select(Mail).where(Mail.recipient == member.email)).all()
    assert ["New floor" in mail.text for mail in mails] == [True]


def test_a_proposal_that_is_gone_is_told_and_new_ones_are_made(
    client: FlaskClient, hub: Database, staff: Member
) -> None:
    close(client, resource="glass")
    chosen = ways(client.get("/closures/1").text)
    with hub.write() as session:
        start = instant_at(DAY, 10 * 60, JUAREZ)
        book(session, Wish("steel", start, start + timedelta(hours=1), "Quicker"), staff, clock.now(), JUAREZ)
    answer = post(client, "/closures/1", **chosen)
    assert answer.status_code == 409
    assert 'role="alert"' in answer.text
    assert ways(answer.text) != chosen


def test_staff_may_leave_a_booking_and_come_back_later(client: FlaskClient, hub: Database) -> None:
    close(client)
    names = ways(client.get("/closures/1").text)
    answer = post(
        client, "/closures/1", **dict.fromkeys(names, "leave"), **{"way-x": "cancel", "way-²": "cancel"}
    )
    assert answer.location == "/closures/1"
    assert len(ways(client.get("/closures/1").text)) == 1
    post(client, "/closures/1", **dict.fromkeys(names, "cancel"))
    assert "No booking lies in this closure" in client.get("/closures/1").text


def test_a_closure_over_nothing_is_simply_there_and_goes_again(client: FlaskClient, hub: Database) -> None:
    assert close(client, resource="steel", start="08:00", end="09:30").location == "/closures"
    assert "08:00–09:30" in client.get("/closures").text
    assert post(client, "/closures/1/remove").status_code == 303
    assert post(client, "/closures/1/remove").status_code == 404
    with hub.read() as session:
        assert session.scalars(select(Closure)).all() == []


@pytest.mark.parametrize(
    ("typed", "fault"),
    [
        ({"first_day": "soon"}, "first_day"),
        ({"reason": ""}, "reason"),
        ({"first_day": "2020-01-01"}, "last_day"),
    ],
)
def test_a_refused_closure_keeps_what_was_typed(
    client: FlaskClient, hub: Database, typed: dict[str, str], fault: str
) -> None:
    answer = close(client, **{"start": "09:30", "resource": "steel", **typed})
    assert answer.status_code == 422
    assert f'id="fault-{fault}"' in answer.text
    assert 'value="09:30"' in answer.text
    assert '<option value="steel" selected>' in answer.text


def test_late_forms_are_shown_again(client: FlaskClient, hub: Database) -> None:
    answer = client.post("/closures", data={"csrf_token": "stale", "reason": "Kept"})
    assert (answer.status_code, 'value="Kept"' in answer.text) == (400, True)
    answer = client.post("/trainings", data={"csrf_token": "stale", "name": "Kept"})
    assert (answer.status_code, 'value="Kept"' in answer.text) == (400, True)


def test_a_training_is_made_given_and_taken_back_on_its_pages(
    client: FlaskClient, hub: Database, member: Member, staff: Member
) -> None:
    answer = post(client, "/trainings", name="Saws & <drills>", valid_days="30")
    assert answer.location == "/trainings/saws-drills"
    answer = post(client, f"{answer.location}/grant", addresses=f"{member.email}\n{staff.email}")
    assert answer.status_code == 303
    page = client.get("/trainings/saws-drills").text
    assert "Saws &amp; &lt;drills&gt;" in page
    assert (member.name in page, staff.name in page) == (True, True)
    assert "2 members have it" in client.get("/trainings").text
    post(client, f"/trainings/saws-drills/revoke/{member.id}")
    assert "1 member has it" in client.get("/trainings").text
    post(client, "/trainings/saws-drills", name="Saws", valid_days="")
    assert "valid for ever" in client.get("/trainings").text
    assert post(client, "/trainings/saws-drills/remove").location == "/trainings"
    with hub.read() as session:
        assert session.scalars(select(Training)).all() == []


def test_who_is_not_known_is_named_and_the_addresses_are_kept(
    client: FlaskClient, hub: Database, member: Member
) -> None:
    post(client, "/trainings", name="Saws", valid_days="")
    answer = post(client, "/trainings/saws/grant", addresses=f"{member.email}\n<b>@x")
    assert answer.status_code == 422
    assert "Nobody here has this address: &lt;b&gt;@x" in answer.text
    assert f"{member.email}\n&lt;b&gt;@x</textarea>" in answer.text
    for days in ("many", "0", "-1", "1.5", "9" * 20):
        assert post(client, "/trainings/saws", name="Saws", valid_days=days).status_code == 422, days
