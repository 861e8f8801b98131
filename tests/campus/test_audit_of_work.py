"""What staff do to devices, resources and other people's bookings stands in the audit, once and by name."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from campus import clock
from campus.database import Database
from campus.moments import rfc3339
from campus.people.models import Member
from campus.people.tokens import add_token
from devices.intake.batch import Arrival
from devices.intake.ingest import Ingest
from devices.intake.quarantine import list_messages
from tests.campus.people.tenants import Walker, deeds

ROOM = {"name": "Glass", "kind": "room", "capacity": 4}
LAMP = {"name": "Lamp", "kind": "other", "format": "tasmota", "topic": "lamp"}


@pytest.fixture
def bearer(database: Database, staff: Member) -> dict[str, str]:
    """Luis's token as a header."""
    with database.write() as session:
        return {"Authorization": f"Bearer {add_token(session, staff, name='tests', now=clock.now())}"}


def test_a_resource_that_is_put_is_noted_with_what_changed(
    sqlite_database: Database, client: FlaskClient, bearer: dict[str, str], staff: Member
) -> None:
    for capacity in (4, 6, 6):
        client.put("/api/v1/resources/glass", json={**ROOM, "capacity": capacity}, headers=bearer)
    first, second = deeds(sqlite_database, "resource.put")
    assert (first.before, first.after["name"]) == ({}, "Glass")
    assert (second.before, second.after) == ({"capacity": 4}, {"capacity": 6})
    assert (second.member_id, second.target, second.via) == (staff.id, "resource glass", "token")


def test_a_device_is_noted_by_browser_and_by_token(
    sqlite_database: Database, client: FlaskClient, bearer: dict[str, str], staff: Member
) -> None:
    walker = Walker(client).enter(staff)
    assert walker.post("/devices/-/new", slug="lamp", **LAMP)[0] == 303
    answer = client.put("/api/v1/devices/lamp", json={**LAMP, "name": "Lamp 2"}, headers=bearer)
    assert answer.status_code == 200
    made, changed = deeds(sqlite_database, "device.put")
    assert (made.via, made.after["topic"], made.target) == ("browser", "lamp", "device lamp")
    assert (changed.via, changed.before, changed.after) == ("token", {"name": "Lamp"}, {"name": "Lamp 2"})


def test_a_device_that_is_refused_is_not_noted(
    sqlite_database: Database, client: FlaskClient, bearer: dict[str, str]
) -> None:
    assert (
        client.put("/api/v1/devices/lamp", json={**LAMP, "format": "nobody's"}, headers=bearer).status_code
        == 400
    )
    assert deeds(sqlite_database, "device.put") == []


def test_a_second_try_of_a_message_is_noted(
    sqlite_database: Database, client: FlaskClient, staff: Member
) -> None:
    walker = Walker(client).enter(staff)
    ingest = Ingest(sqlite_database, client.application.extensions["campus"].settings.zone)
    ingest.store([Arrival("nobody/knows", b"1", clock.now(), False)])
    with sqlite_database.read() as session:
        (message,) = list_messages(session, 5)
    assert walker.post(f"/devices/-/quarantine/{message.id}/retry")[0] == 303
    (noted,) = deeds(sqlite_database, "quarantine.retry")
    assert (noted.member_id, noted.target) == (staff.id, f"message {message.id}")
    assert noted.after == {"topic": "nobody/knows", "stored": False}


def test_bookings_for_others_are_noted_and_one_s_own_are_not(
    database: Database, client: FlaskClient, bearer: dict[str, str], staff: Member, member: Member
) -> None:
    client.put("/api/v1/resources/glass", json=ROOM, headers=bearer)
    start = clock.now().replace(minute=0, second=0, microsecond=0) + timedelta(days=1)
    made = [
        client.post(
            "/api/v1/bookings",
            json={
                "resource": "glass",
                "start": rfc3339(start + number * timedelta(hours=1)),
                "end": rfc3339(start + (number + 1) * timedelta(hours=1)),
                "title": "Secret plans",
                "member": owner.email,
            },
            headers=bearer,
        ).json["id"]  # type: ignore[index]
        for number, owner in enumerate((staff, member))
    ]
    walker = Walker(client).enter(staff)
    for number in made:
        assert walker.post(f"/book/{number}/cancel")[0] == 303
        assert walker.post(f"/book/{number}/cancel")[0] == 303  # twice
    (booked,), (cancelled,) = deeds(database, "booking.make"), deeds(database, "booking.cancel")
    assert (booked.target, booked.via) == (f"booking {made[1]}", "token")
    assert (cancelled.target, cancelled.via) == (f"booking {made[1]}", "browser")
    assert booked.after["member"] == f"member {member.id}"
    assert "Secret" not in str(booked.after) + str(cancelled.after)
