"""Feeds: what a calendar program reads, and what it does not."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from campus import clock
from campus.audit import AuditEntry, Origin
from campus.bookings.departure import let_go
from campus.bookings.letters import feeds
from campus.bookings.models import Booking, Feed, Occurrence
from campus.database import Database
from campus.people.models import Company, Member
from campus.people.secrets import digest
from campus.spaces.models import Resource
from tests.campus.bookings.calendars import JUAREZ, by_icalendar, by_vobject, events_of
from tests.doors import csrf_token, walk_in

PAGE = "/account/feeds"
NOW = clock.now().replace(minute=0, second=0, microsecond=0)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def room(sqlite_database: Database) -> int:
    with sqlite_database.write() as store:
        glass = Resource(slug="glass", name="Glass 1", kind="room", policy={}, created_at=NOW)
        store.add(glass)
        store.flush()
        return glass.id


def add(
    database: Database, room: int, member: Member, *starts: datetime, status: str = "confirmed", **more: Any
) -> int:
    times = [
        Occurrence(
            resource_id=room, start=start, end=start + HOUR, blocked_start=start, blocked_end=start + HOUR,
            status=status,
        )
        for start in starts
    ]  # fmt: skip
    told: dict[str, Any] = {"title": "Standup", **more}
    booking = Booking(
        resource_id=room, member_id=member.id, made_by_id=member.id, created_at=NOW, occurrences=times, **told
    )
    with database.write() as store:
        booking.company_id = store.get_one(Member, member.id).company_id
        store.add(booking)
        store.flush()
        return booking.id


def add_feed(database: Database, member: Member, room: int | None = None) -> str:
    with database.write() as store:
        resource = store.get_one(Resource, room) if room else None
        return feeds.add_feed(store, member, resource, NOW)


def read(client: FlaskClient, secret: str) -> bytes:
    answer = client.get(f"/feeds/{secret}.ics")
    assert answer.status_code == 200
    assert answer.mimetype == "text/calendar"
    return bytes(answer.data)


def titles(text: bytes) -> list[str]:
    return [str(event["SUMMARY"]) for event in events_of(text)]


def test_one_s_own_feed_shows_one_s_own_times_to_two_programs(
    sqlite_database: Database, client: FlaskClient, member: Member, staff: Member, room: int
) -> None:
    """Over the next change of the clocks, whichever it is."""
    first = (NOW.astimezone(JUAREZ) + DAY).replace(hour=9, tzinfo=None)
    weeks = [(first + week * 7 * DAY).replace(tzinfo=JUAREZ).astimezone(UTC) for week in range(40)]
    assert len({start.hour for start in weeks}) == 2
    add(sqlite_database, room, member, *weeks, repeat="FREQ=WEEKLY;COUNT=40")
    add(sqlite_database, room, staff, weeks[0] + HOUR, title="Not Ana's")
    text = read(client, add_feed(sqlite_database, member))
    assert [one.start for one in by_vobject(text)] == weeks
    assert by_vobject(text) == by_icalendar(text)
    assert len(events_of(text)) == 1, "a series, not forty events"
    assert f"X-WR-CALNAME:Campus · {member.name}".encode() in text
    assert b"ATTENDEE" not in text


def test_a_feed_reaches_sixty_days_back_and_four_hundred_ahead(
    sqlite_database: Database, client: FlaskClient, member: Member, room: int
) -> None:
    for name, days in (("gone", -62), ("back", -59), ("ahead", 399), ("beyond", 402)):
        add(sqlite_database, room, member, NOW + days * DAY, title=name)
    assert titles(read(client, add_feed(sqlite_database, member))) == ["back", "ahead"]


def test_what_was_cancelled_is_marked_and_what_waits_in_line_is_not_there(
    sqlite_database: Database, client: FlaskClient, member: Member, room: int
) -> None:
    for status in ("cancelled", "waitlisted", "pending"):
        add(sqlite_database, room, member, NOW + DAY, status=status, title=status)
    events = events_of(read(client, add_feed(sqlite_database, member)))
    assert {str(event["SUMMARY"]): str(event["STATUS"]) for event in events} == {
        "cancelled": "CANCELLED",
        "pending": "TENTATIVE",
    }


@pytest.mark.parametrize(
    ("visibility", "same_company", "role", "shown"),
    [
        ("private", True, "member", "Taken"),
        ("company", True, "member", "Plans"),
        ("company", False, "member", "Taken"),
        ("everybody", False, "member", "Plans"),
        ("private", False, "staff", "Plans"),
    ],
)
def test_a_resource_s_feed_shows_what_its_member_may_see(
    *,
    sqlite_database: Database,
    client: FlaskClient,
    member: Member,
    staff: Member,
    room: int,
    visibility: str,
    same_company: bool,
    role: str,
    shown: str,
) -> None:
    with sqlite_database.write() as store:
        nopal = Company(slug="nopal", name="Nopal", created_at=NOW)
        store.add(nopal)
        store.flush()
        store.get_one(Member, member.id).role = role
        store.execute(update(Member).values(company_id=nopal.id))
        if not same_company:
            store.get_one(Member, member.id).company_id = None
    add(
        sqlite_database, room, staff, NOW + DAY, NOW + 8 * DAY, title="Plans", visibility=visibility,
        guests=["luis@elsewhere.example"], repeat="FREQ=WEEKLY;COUNT=2",
    )  # fmt: skip
    add(sqlite_database, room, staff, NOW + 3 * DAY, title="Plans", visibility=visibility, status="cancelled")
    text = read(client, add_feed(sqlite_database, member, room))
    assert set(titles(text)) == {shown}
    assert b"luis" not in text
    if shown == "Taken":
        assert (b"Plans" in text, staff.email.encode() in text, staff.name.encode() in text) == (False,) * 3
        assert b"RRULE" not in text, "whose times belong together is nobody's business"
        assert len(events_of(text)) == 2


def test_two_without_a_company_are_not_of_one_company(
    sqlite_database: Database, client: FlaskClient, member: Member, staff: Member, room: int
) -> None:
    add(sqlite_database, room, staff, NOW + DAY, visibility="company")
    assert titles(read(client, add_feed(sqlite_database, member, room))) == ["Taken"]


def test_a_feed_speaks_its_member_s_language(
    sqlite_database: Database, client: FlaskClient, member: Member, staff: Member, room: int
) -> None:
    with sqlite_database.write() as store:
        store.get_one(Member, member.id).locale = "es_MX"
    add(sqlite_database, room, staff, NOW + DAY)
    assert titles(read(client, add_feed(sqlite_database, member, room))) == ["Ocupado"]


def test_a_program_that_has_it_as_it_is_gets_nothing_twice(
    sqlite_database: Database, client: FlaskClient, member: Member, room: int
) -> None:
    booking = add(sqlite_database, room, member, NOW + DAY)
    address = f"/feeds/{add_feed(sqlite_database, member)}.ics"
    first = client.get(address)
    assert first.headers["Cache-Control"] == "private, no-cache"
    asks = {"If-None-Match": first.headers["ETag"]}
    again = client.get(address, headers=asks)
    assert (again.status_code, again.data) == (304, b"")
    assert client.head(address).headers["ETag"] == first.headers["ETag"]
    with sqlite_database.write() as store:
        store.get_one(Booking, booking).title = "Other"
    changed = client.get(address, headers=asks)
    assert changed.status_code == 200
    assert titles(changed.data) == ["Other"]


def test_a_feed_asks_for_no_cookie_and_gives_none(
    sqlite_database: Database, client: FlaskClient, member: Member
) -> None:
    answer = client.get(f"/feeds/{add_feed(sqlite_database, member)}.ics")
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("secret", ["x", "1" * 64, "../../etc/passwd", "ñ", "%00", "a" * 5000])
def test_a_secret_that_is_nobody_s_shows_nothing(
    sqlite_database: Database, client: FlaskClient, member: Member, secret: str
) -> None:
    add_feed(sqlite_database, member)
    assert client.get(f"/feeds/{secret}.ics").status_code == 404


def test_the_digest_in_the_store_opens_nothing(
    sqlite_database: Database, client: FlaskClient, member: Member
) -> None:
    secret = add_feed(sqlite_database, member)
    assert client.get(f"/feeds/{digest(secret)}.ics").status_code == 404


def test_the_feed_of_whoever_is_not_here_shows_nothing(
    sqlite_database: Database, client: FlaskClient, member: Member
) -> None:
    secret = add_feed(sqlite_database, member)
    with sqlite_database.write() as store:
        store.get_one(Member, member.id).active = False
    assert client.get(f"/feeds/{secret}.ics").status_code == 404


def test_whoever_left_and_comes_back_finds_their_feeds_gone(
    sqlite_database: Database, app: APIFlask, client: FlaskClient, member: Member
) -> None:
    secret = add_feed(sqlite_database, member)
    with app.app_context(), sqlite_database.write() as store:
        mine = store.get_one(Member, member.id)
        let_go(store, mine, Origin(None), NOW, ZoneInfo("UTC"))
        store.flush()
        store.execute(update(Member).where(Member.id == member.id).values(active=True))
    assert client.get(f"/feeds/{secret}.ics").status_code == 404


def test_a_feed_s_secret_signs_nobody_in(
    sqlite_database: Database, client: FlaskClient, member: Member
) -> None:
    secret = add_feed(sqlite_database, member)
    headers = {"Authorization": f"Bearer {secret}"}
    assert client.get("/api/v1/bookings", headers=headers).status_code == 401


def test_its_use_is_noted_now_and_then(
    sqlite_database: Database, client: FlaskClient, member: Member
) -> None:
    secret = add_feed(sqlite_database, member)
    read(client, secret)
    with sqlite_database.read() as store:
        (row,) = store.scalars(select(Feed)).all()
    assert row.last_used_at
    read(client, secret)
    with sqlite_database.read() as store:
        assert store.scalars(select(Feed.last_used_at)).all() == [row.last_used_at]


def make(client: FlaskClient, **form: str) -> Any:
    return client.post(PAGE, data={"csrf_token": csrf_token(client, PAGE), "nonce": "once", **form})


def address_in(page: str) -> str | None:
    found = re.search(r'value="http://[^/"]+(/feeds/[A-Za-z0-9_-]{43}\.ics)"', page)
    return found[1] if found else None


def test_an_address_is_shown_once_and_taken_back(
    database: Database, client: FlaskClient, member: Member
) -> None:
    walk_in(client, member)
    answer = make(client)
    address = address_in(answer.text)
    assert answer.status_code == 201
    assert address
    assert "webcal://" in answer.text
    assert address not in str(answer.headers)
    assert address_in(client.get(PAGE).text) is None
    outside = client.application.test_client()
    assert outside.get(address).status_code == 200
    assert make(client).status_code == 409, "sent twice makes one"
    with database.read() as store:
        (row,) = store.scalars(select(Feed)).all()
        assert row.digest not in address
    gone = client.post(f"{PAGE}/{row.id}/revoke", data={"csrf_token": csrf_token(client, PAGE)})
    assert gone.status_code == 303
    assert outside.get(address).status_code == 404
    with database.read() as store:
        deeds = store.scalars(select(AuditEntry.action).where(AuditEntry.action.like("feed.%"))).all()
    assert sorted(deeds) == ["feed.add", "feed.revoke"]


def test_a_feed_of_a_resource_is_made_by_its_name(
    sqlite_database: Database, client: FlaskClient, member: Member, room: int
) -> None:
    walk_in(client, member)
    assert make(client, of="glass").status_code == 201
    assert "Glass 1" in client.get(PAGE).text
    assert make(client, of="nothing", nonce="2").status_code == 404
    with sqlite_database.read() as store:
        assert store.scalars(select(Feed.resource_id)).all() == [room]


def test_nobody_has_more_feeds_than_they_can_look_after(
    sqlite_database: Database, client: FlaskClient, member: Member
) -> None:
    for _number in range(feeds.MOST):
        add_feed(sqlite_database, member)
    walk_in(client, member)
    assert make(client).status_code == 422
