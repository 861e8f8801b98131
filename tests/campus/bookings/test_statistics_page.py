"""The page of use and its CSV: for staff and analysts, of the days that the address names."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, insert

from campus import clock
from campus.bookings.models import Booking, Occurrence
from campus.bookings.usage import statistics, usage
from campus.bookings.usage.statistics_pages import Asked
from campus.database import Database
from campus.moments import day_bounds
from campus.people.models import Company, Member
from campus.spaces.hours import DAYS
from campus.spaces.models import Resource
from campus.spaces.resources import Description, put_resource
from campus.spaces.spans import Span
from tests.doors import walk_in

JUAREZ = ZoneInfo("America/Ciudad_Juarez")
DAY = datetime(2026, 3, 3, tzinfo=JUAREZ)
MARCH = {"from": "2026-03-02", "to": "2026-03-08"}
HOSTILE = '=HYPERLINK("https://evil.example","Room")'


@pytest.fixture
def used(sqlite_database: Database, member: Member, staff: Member) -> None:
    """A room with four bookings on 3 March 2026, one of them given back and one that nobody came to."""
    with sqlite_database.write() as session:
        company = Company(slug="nopal", name="=Nopal", created_at=clock.now())
        session.add(company)
        session.flush()
        session.get_one(Member, member.id).company_id = company.id
        hours = {day: [["08:00", "20:00"]] for day in DAYS}
        room, _new = put_resource(session, "glass", Description(HOSTILE, "room", 4, hours), clock.now())
        put_resource(session, "prusa", Description("Prusa", "printer", None, hours), clock.now())
        session.flush()
        for hour, status in ((9, "confirmed"), (10, "no-show"), (11, "cancelled"), (12, "confirmed")):
            booking = made(room, member, DAY + timedelta(hours=hour), status)
            booking.company_id = company.id
            session.add(booking)


def made(room: Resource, member: Member, start: datetime, status: str = "confirmed") -> Booking:
    end = start + timedelta(hours=1)
    hour = Occurrence(
        resource_id=room.id, start=start, end=end, blocked_start=start, blocked_end=end, status=status
    )
    told = {"title": "T", "member_id": member.id, "made_by_id": member.id, "created_at": start}
    return Booking(resource_id=room.id, occurrences=[hour], **told)


def test_staff_read_how_much_was_booked(client: FlaskClient, used: None, staff: Member) -> None:
    walk_in(client, staff)
    page = client.get("/bookings/statistics", query_string=MARCH).text.replace("\N{NO-BREAK SPACE}", " ")
    assert "1 % of the open hours were booked" in page  # 2 of 168
    assert "2 bookings" in page
    assert "1 of 3 that began were released again" in page
    assert 'class="shade-4"' in page  # one Tuesday's hour of one room of two
    assert "=HYPERLINK(&#34;" in page


def test_analysts_may_look_and_members_may_not(
    client: FlaskClient, used: None, analyst: Member, member: Member
) -> None:
    for somebody, status in ((analyst, 200), (member, 403)):
        walk_in(client, somebody)
        assert client.get("/bookings/statistics").status_code == status
        assert client.get("/bookings/statistics.csv").status_code == status


def rows(client: FlaskClient, **query: str) -> list[dict[str, str]]:
    answer = client.get("/bookings/statistics.csv", query_string={**MARCH, **query})
    assert answer.content_type == "text/csv; charset=utf-8"
    return list(csv.DictReader(StringIO(answer.text)))


def test_no_cell_of_the_csv_is_a_formula(client: FlaskClient, used: None, staff: Member) -> None:
    walk_in(client, staff)
    glass, prusa = rows(client, table="resources")
    assert glass["resource"] == f"'{HOSTILE}"
    assert (glass["booked_hours"], glass["open_hours"], glass["no_shows"]) == ("2.00", "84.00", "1")
    assert prusa["booked_hours"] == "0.00"
    assert [row["company"] for row in rows(client, table="companies")] == ["'=Nopal"]
    by_hour = {(row["weekday"], row["hour"]): row for row in rows(client, table="hours")}
    assert len(by_hour) == 168
    assert by_hour["2", "9"]["share_of_open"] == "0.5000"
    assert by_hour["2", "7"]["share_of_open"] == ""


def test_a_kind_alone_can_be_looked_at(client: FlaskClient, used: None, staff: Member) -> None:
    walk_in(client, staff)
    assert [row["resource"] for row in rows(client, kind="printer")] == ["Prusa"]
    page = client.get("/bookings/statistics", query_string={**MARCH, "kind": "printer"}).text
    assert "No booking in these days" in page
    page = client.get("/bookings/statistics", query_string={**MARCH, "kind": "amenity"}).text
    assert "There is nothing of this kind to book" in page


def test_a_table_that_there_is_not_is_not_found(client: FlaskClient, used: None, staff: Member) -> None:
    walk_in(client, staff)
    assert client.get("/bookings/statistics.csv?table=passwords").status_code == 404


@pytest.mark.parametrize(
    ("sent", "fault"),
    [
        ({"from": "garbage", "to": "2026-03-08"}, "Choose two days."),
        ({"from": "2026-03-08"}, "Choose two days."),
        ({"from": "2026-03-08", "to": "9999-12-31"}, "Choose two days."),
        ({"from": "2026-03-08", "to": "2026-03-01"}, "The last day is before the first."),
        ({"from": "2020-01-01", "to": "2026-03-01"}, "Two years are the most at once."),
    ],
)
def test_days_that_will_not_do_become_the_last_four_weeks(
    client: FlaskClient, used: None, staff: Member, sent: dict[str, str], fault: str
) -> None:
    walk_in(client, staff)
    page = client.get("/bookings/statistics", query_string=sent)
    assert page.status_code == 200
    assert fault in page.text
    today = clock.now().astimezone(JUAREZ).date()
    assert f'name="to" type="date" required value="{today}"' in page.text


def test_no_days_are_the_last_four_weeks_and_no_fault() -> None:
    today = date(2026, 3, 28)
    assert Asked.of({"kind": "castle"}, today) == Asked(date(2026, 3, 1), today)


def test_a_year_of_20_000_bookings_is_counted_by_three_questions(
    sqlite_database: Database, used: None, member: Member
) -> None:
    first = datetime(2025, 1, 1, 15, tzinfo=UTC)
    hours = {day: [["08:00", "20:00"]] for day in DAYS}
    with sqlite_database.write() as session:
        rooms = [
            put_resource(session, f"room-{number}", Description("R", "room", 4, hours), clock.now())[0]
            for number in range(50)
        ]
        session.flush()
        session.execute(insert(Booking), list(many_bookings(rooms, member, first)))
        session.execute(insert(Occurrence), list(many_hours(rooms, first)))
    bounds = Span(day_bounds(date(2025, 1, 1), JUAREZ)[0], day_bounds(date(2025, 12, 31), JUAREZ)[1])
    asked: list[str] = []
    event.listen(sqlite_database.engine, "before_cursor_execute", lambda *call: asked.append(call[2]))
    with sqlite_database.read() as session:
        places = usage.places(session, bounds, JUAREZ)
        found = statistics.tally(usage.uses(session, bounds), places, bounds, clock.now(), JUAREZ)
    assert found.bookings == 20_000
    assert len([question for question in asked if question.startswith("SELECT")]) <= 3


def many_bookings(rooms: list[Resource], member: Member, first: datetime) -> Iterator[dict[str, object]]:
    for number in range(20_000):
        told = {"member_id": member.id, "made_by_id": member.id, "title": "T", "created_at": first}
        yield {"id": 1000 + number, "resource_id": rooms[number % 50].id, **told}


def many_hours(rooms: list[Resource], first: datetime) -> Iterator[dict[str, object]]:
    for number in range(20_000):
        start = first + timedelta(hours=21 * (number // 50))
        end = start + timedelta(minutes=90)
        spans = {"start": start, "end": end, "blocked_start": start, "blocked_end": end}
        told = {"booking_id": 1000 + number, "resource_id": rooms[number % 50].id, "status": "confirmed"}
        yield {**told, **spans, "original_start": start}
