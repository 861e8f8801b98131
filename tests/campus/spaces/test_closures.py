"""Closures: added, listed, removed; and the form whose days and times become one half-open span."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from apiflask import APIFlask
from sqlalchemy import select

from campus.audit import AuditEntry, Origin
from campus.bookings.agenda import opening
from campus.database import Database
from campus.errors import BadRequest, NotFound
from campus.people.models import Member
from campus.spaces.closure_form import Typed
from campus.spaces.closures import add_closure, closures_of, find_closure, list_closures, remove_closure
from campus.spaces.models import Closure
from campus.spaces.resources import Description, find_resource, put_resource
from campus.spaces.spans import Span

JUAREZ = ZoneInfo("America/Ciudad_Juarez")
NOW = datetime(2026, 3, 3, 14, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def in_the_application(app: APIFlask) -> Iterator[None]:
    with app.test_request_context():
        yield


def close(
    database: Database, by: Member, span: Span, slug: str | None = None, reason: str = "Paint"
) -> Closure:
    with database.write() as session:
        return add_closure(session, span, reason, slug, by=by, origin=Origin(by.id), now=NOW)


def test_a_closure_closes_one_room_or_all_of_them(database: Database, staff: Member) -> None:
    with database.write() as session:
        for slug in ("glass", "stone"):
            put_resource(session, slug, Description(slug.title(), "room"), NOW)
    first, every = Span(NOW + DAY, NOW + 2 * DAY), Span(NOW + 3 * DAY, NOW + 4 * DAY)
    close(database, staff, every)
    close(database, staff, first, "glass")
    with database.read() as session:
        glass, stone = find_resource(session, "glass"), find_resource(session, "stone")
        listed = [
            (closure.start, resource and resource.slug) for closure, resource in list_closures(session, NOW)
        ]
        assert listed == [(first.start, "glass"), (every.start, None)]
        assert [closure.start for closure in closures_of(session, stone, NOW)] == [every.start]
        week = Span(NOW, NOW + 7 * DAY)
        assert list(opening(session, glass, week, JUAREZ).spans) == [
            Span(NOW, first.start),
            Span(first.end, every.start),
            Span(every.end, week.end),
        ]
        assert list(opening(session, stone, first, JUAREZ).spans) == [first]
        assert list_closures(session, every.end) == [], "half-open: at its end it is over"


def test_a_closure_that_is_removed_is_open_again_and_the_audit_has_both(
    database: Database, staff: Member
) -> None:
    made = close(database, staff, Span(NOW + DAY, NOW + 2 * DAY))
    with database.write() as session:
        remove_closure(session, made.id, Origin(staff.id), NOW)
    with database.read() as session:
        assert list_closures(session, NOW) == []
        with pytest.raises(NotFound):
            find_closure(session, made.id)
        entries = session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    assert [entry.action for entry in entries] == ["closure.add", "closure.remove"]
    assert entries[0].after == entries[1].before
    assert entries[0].after["reason"] == "Paint"


@pytest.mark.parametrize(
    ("start", "end", "reason"),
    [
        (DAY, DAY, "Paint"),
        (2 * DAY, DAY, "Paint"),
        (-2 * DAY, -DAY, "Paint"),
        (-2 * DAY, timedelta(0), "Paint"),
        (DAY, 800 * DAY, "Paint"),
        (DAY, 2 * DAY, " "),
        (DAY, 2 * DAY, "two\nlines"),
        (DAY, 2 * DAY, "x" * 201),
    ],
)
def test_a_closure_that_is_none_is_refused(
    sqlite_database: Database, staff: Member, start: timedelta, end: timedelta, reason: str
) -> None:
    with pytest.raises(BadRequest):
        close(sqlite_database, staff, Span(NOW + start, NOW + end), None, reason)
    with sqlite_database.read() as session:
        assert session.scalars(select(Closure)).all() == []


def test_nothing_is_closed_that_is_not_there(sqlite_database: Database, staff: Member) -> None:
    with pytest.raises(NotFound):
        close(sqlite_database, staff, Span(NOW + DAY, NOW + 2 * DAY), "nobody-s")


def span(**typed: str) -> list[str]:
    form = Typed.of({"reason": "Paint", **typed})
    assert form.faults(JUAREZ) == {}
    return [f"{moment.astimezone(UTC):%m-%d %H:%M}" for moment in form.span(JUAREZ)]


def test_days_and_times_become_a_span_of_campus_time(sqlite_database: Database) -> None:
    assert span(first_day="2026-03-03") == ["03-03 07:00", "03-04 07:00"]
    assert span(first_day="2026-03-03", last_day="2026-03-05") == ["03-03 07:00", "03-06 07:00"]
    assert span(first_day="2026-03-03", start="09:00", end="12:30") == ["03-03 16:00", "03-03 19:30"]
    assert span(first_day="2026-03-03", start="22:00", last_day="2026-03-04", end="02:00") == [
        "03-04 05:00",
        "03-04 09:00",
    ]


def test_the_day_of_the_clock_change_is_as_long_as_it_is(sqlite_database: Database) -> None:
    assert span(first_day="2026-03-08") == ["03-08 07:00", "03-09 06:00"]
    assert span(first_day="2026-03-08", start="02:30", end="04:00") == ["03-08 09:00", "03-08 10:00"]


@pytest.mark.parametrize(
    ("typed", "fault"),
    [
        ({}, "first_day"),
        ({"first_day": "tomorrow"}, "first_day"),
        ({"first_day": "1999-01-01"}, "first_day"),
        ({"first_day": "9999-12-31"}, "first_day"),
        ({"first_day": "2026-03-03", "last_day": "2026-02-30"}, "last_day"),
        ({"first_day": "2026-03-03", "last_day": "2026-03-02"}, "last_day"),
        ({"first_day": "2026-03-03", "start": "25:00"}, "start"),
        ({"first_day": "2026-03-03", "end": "9"}, "end"),
        ({"first_day": "2026-03-03", "start": "10:00", "end": "10:00"}, "end"),
        ({"first_day": "2026-03-03", "reason": ""}, "reason"),
    ],
)
def test_what_does_not_fit_is_named_by_field(
    sqlite_database: Database, typed: dict[str, str], fault: str
) -> None:
    assert set(Typed.of({"reason": "Paint", **typed}).faults(JUAREZ)) == {fault}
