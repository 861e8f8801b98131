"""The same pages for readers who count hours to 24 and to 12, in English and as Mexico writes it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from flask_babel import force_locale

from campus import clock
from campus.bookings.wording import at, from_to
from campus.database import Database
from campus.figures import clock_time, day_time, force_clock, hour_of_day, time_of_day, when
from campus.people.models import Member
from campus.spaces.models import Resource
from campus.spaces.spans import Span
from tests.campus.test_booking_axis import JUAREZ
from tests.doors import walk_in

MOMENT = datetime(2026, 3, 3, 21, 30, tzinfo=UTC)
"""Half past two in the afternoon of the campus."""


@pytest.fixture
def reader(sqlite_database: Database, app: APIFlask) -> Iterator[None]:
    with app.test_request_context("/"):
        yield


@pytest.mark.usefixtures("reader")
@pytest.mark.parametrize(
    ("language", "style", "texts"),
    [
        ("en", "24", ["14:30", "Tue 3 Mar 14:30", "14:30", "14"]),
        ("es_MX", "24", ["14:30", "mar 3 mar 14:30", "14:30", "14"]),
        ("en", "12", ["2:30 PM", "Tue 3 Mar 2:30 PM", "2:30 PM", "2 PM"]),
        ("es_MX", "12", ["2:30 p.m.", "mar 3 mar 2:30 p.m.", "2:30 p.m.", "2 p.m."]),
    ],
)
def test_every_time_is_written_as_the_reader_writes_it(language: str, style: str, texts: list[str]) -> None:
    with force_locale(language), force_clock(style):
        written = [clock_time(MOMENT), day_time(MOMENT), when(MOMENT, MOMENT)]
        written.append(hour_of_day(MOMENT.astimezone(JUAREZ)))
    assert [text.replace("\u00a0", " ") for text in written] == texts


@pytest.mark.usefixtures("reader")
@pytest.mark.parametrize(
    ("hours", "style", "text"),
    [
        (1, "24", "14:30–15:30"),
        (1, "12", "2:30–3:30 PM"),
        (-4, "12", "10:30 AM–2:30 PM"),
        (9.5, "12", "2:30 PM – Wed 4 Mar 12:00 AM"),
        (9.5, "24", "14:30 – Wed 4 Mar 00:00"),
    ],
)
def test_a_span_says_its_half_of_the_day_once(hours: float, style: str, text: str) -> None:
    ends = sorted((MOMENT, MOMENT + timedelta(hours=hours)))
    with force_clock(style):
        assert from_to(Span(*ends), JUAREZ).replace("\u00a0", " ") == text


@pytest.mark.usefixtures("reader")
@pytest.mark.parametrize(("hour", "text"), [(0, "12:05 AM"), (12, "12:05 PM"), (23, "11:05 PM")])
def test_noon_and_midnight_are_twelve(hour: int, text: str) -> None:
    with force_clock("12"):
        assert time_of_day(datetime(2026, 3, 3, hour, 5, tzinfo=JUAREZ)).replace("\u00a0", " ") == text


def test_a_time_and_its_half_of_the_day_are_never_torn_apart(reader: None) -> None:
    with force_clock("12"):
        assert clock_time(MOMENT) == "2:30\u00a0PM"
        assert at(MOMENT, JUAREZ) == "Tue 3 Mar 2:30\u00a0PM"


def test_a_letter_s_reader_does_not_change_the_writer_s_page(reader: None) -> None:
    with force_clock("12"):
        with force_clock(None):
            assert clock_time(MOMENT) == "14:30"
        assert clock_time(MOMENT) == "2:30\u00a0PM"
    assert clock_time(MOMENT) == "14:30"


@pytest.mark.parametrize(
    ("chosen", "hours"),
    [
        (("en", "24"), ["13", "14"]),
        (("es_MX", "24"), ["13", "14"]),
        (("en", "12"), ["1 PM", "2 PM"]),
        (("es_MX", "12"), ["1 p.m.", "2 p.m."]),
    ],
)
def test_the_pages_follow_the_member_s_choice(
    sqlite_database: Database, client: FlaskClient, member: Member, chosen: tuple[str, str], hours: list[str]
) -> None:
    with sqlite_database.write() as store:
        mine = store.get_one(Member, member.id)
        mine.locale, mine.clock = chosen
        store.add(Resource(slug="room-1", name="Room 1", kind="room", capacity=4, created_at=clock.now()))
    walk_in(client, member)
    for path in ("/", "/book"):
        page = unescape(client.get(path).text).replace("\u00a0", " ")
        assert ('data-clock="12"' in page) == (chosen[1] == "12")
    found = re.findall(r'class="hour f\d+[^>]*>(.+?)</span>(?=<|\s)', page)
    ruler = [re.sub("<[^>]+>", "", hour) for hour in found]
    assert [hour for hour in ruler if hour in hours] == hours
    assert 'type="time"' in page
