"""The day page as a browser without JavaScript gets it: looked at, sent, refused, given back."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from html import escape, unescape
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient

from campus import clock
from campus.bookings import desk
from campus.bookings.desk import Wish
from campus.bookings.timeline.form import Typed, Unclear
from campus.database import Database
from campus.people.members import find_member
from campus.people.models import Member
from campus.spaces.hours import DAYS
from campus.spaces.resources import Description, put_resource
from tests.conftest import PASSWORD

JUAREZ = ZoneInfo("America/Ciudad_Juarez")
HOSTILE = "<img src=x onerror=alert(1)>"
DAY = (clock.now().astimezone(JUAREZ) + timedelta(days=2)).date()


class Visitor:
    """A browser that has signed in."""

    def __init__(self, client: FlaskClient, email: str) -> None:
        self._client = client
        sent = self._send("/sign-in", "/sign-in", email=email, password=PASSWORD)
        assert sent.status_code == 302

    def see(self, **query: Any) -> str:
        answer = self._client.get("/book", query_string={"date": DAY.isoformat(), **query})
        assert answer.status_code == 200
        return answer.get_data(as_text=True)

    def book(self, **typed: str) -> Any:
        form = {
            "resource": "glass",
            "date": DAY.isoformat(),
            "start": "10:00",
            "end": "11:00",
            "title": "Test",
        }
        return self._send("/book", "/book", **{**form, **typed})

    def cancel(self, number: int) -> Any:
        return self._send("/book", f"/book/{number}/cancel")

    def _send(self, page: str, to: str, **form: str) -> Any:
        text = self._client.get(page).get_data(as_text=True)
        token = re.search(r'name="csrf_token" value="([^"]+)"', text)
        assert token
        return self._client.post(to, data={"csrf_token": token[1], **form})


@pytest.fixture
def room(sqlite_database: Database, member: Member, staff: Member) -> None:
    with sqlite_database.write() as session:
        hours = {day: [["08:00", "20:00"]] for day in DAYS}
        described = Description("Sala Vidrio 1", "room", 4, hours, {"max_minutes": 120})
        put_resource(session, "glass", described, clock.now())
        put_resource(session, "printer", Description("Prusa", "printer"), clock.now())


@pytest.fixture
def ana(client: FlaskClient, room: None, member: Member) -> Visitor:
    return Visitor(client, member.email)


def hold(database: Database, email: str, first: float, last: float, title: str = "Held") -> int:
    """Somebody's booking of the room on DAY. Its number."""
    midnight = datetime.combine(DAY, datetime.min.time(), JUAREZ).astimezone(UTC)
    start, end = midnight + timedelta(hours=first), midnight + timedelta(hours=last)
    with database.write() as session:
        member = find_member(session, email)
        return desk.book(session, Wish("glass", start, end, title), member, clock.now(), JUAREZ).booking.id


def text_of(page: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


def test_the_page_is_for_members(client: FlaskClient, room: None) -> None:
    answer = client.get("/book?date=2026-03-03")
    assert answer.status_code == 302
    assert answer.location == "/sign-in?next=/book?date%3D2026-03-03"


def test_the_answer_comes_first(ana: Visitor) -> None:
    page = ana.see()
    headline = re.search(r"<h1[^>]*>([^<]+)</h1>", page)
    assert headline
    assert headline[1].startswith("1 room is free all")


def test_a_booking_is_made_by_form_and_seen(ana: Visitor) -> None:
    sent = ana.book(title="Design review")
    assert sent.status_code == 303
    assert f"date={DAY.isoformat()}" in sent.location
    page = text_of(ana.see())
    assert "Booked: Sala Vidrio 1," in page
    assert "Design review 10:00–11:00" in page


def test_a_form_that_is_sent_twice_books_once(ana: Visitor) -> None:
    assert ana.book().status_code == ana.book().status_code == 303
    page = ana.see()
    assert "This is booked already." in text_of(page)
    assert len(re.findall(r'class="block at', page)) == 1


def test_a_taken_time_keeps_what_was_typed_and_offers_others(ana: Visitor, sqlite_database: Database) -> None:
    hold(sqlite_database, "luis@hub.example", 10, 11)
    refused = ana.book(start="10:30", end="11:30", title="Clash & Co", attendees="3")
    page = refused.get_data(as_text=True)
    assert refused.status_code == 409
    assert "That time is taken." in page
    assert 'value="Clash &amp; Co"' in page
    assert 'value="3"' in page
    slots = re.findall(r'name="slot" value="([^"]+)">[^<]+<span class="quiet">([^<]+)<', page)
    assert ("11:00–12:00") in [time for _slot, time in slots]
    assert "30 min later" in page
    taken = ana.book(title="Clash & Co", slot=slots[0][0])
    assert taken.status_code == 303
    assert f"Clash & Co {slots[0][1]}" in text_of(ana.see())


def test_every_broken_rule_is_shown_beside_what_was_typed(ana: Visitor) -> None:
    refused = ana.book(start="18:00", end="21:00", attendees="9")
    page = refused.get_data(as_text=True)
    assert refused.status_code == 422
    for sentence in ("It is closed then", "lasts 2 h at most", "There is room for 4 people."):
        assert sentence in page
    assert 'value="18:00"' in page


@pytest.mark.parametrize(
    ("typed", "fault"),
    [
        ({"end": "10:00"}, "The end is not after the start."),
        ({"start": "11:00", "end": "10:00"}, "The end is not after the start."),
        ({"start": "noon"}, "This is not a time of day."),
        ({"date": "garbage"}, "This is not a date."),
        ({"date": "9999-12-31"}, "This is not a date."),
        ({"title": ""}, "A title is one line"),
        ({"title": "x" * 10_240}, "A title is one line"),
        ({"title": "a\x00b"}, "A title is one line"),
        ({"title": "a\nb"}, "A title is one line"),
        ({"attendees": "-1"}, "A number of people, 1 or more."),
        ({"attendees": "²"}, "A number of people, 1 or more."),
        ({"resource": ""}, "Choose what to book."),
    ],
)
def test_a_form_that_cannot_be_read_says_what_to_mend(room: None, typed: dict[str, str], fault: str) -> None:
    form = {"resource": "glass", "date": "2026-03-03", "start": "10:00", "end": "11:00", "title": "Test"}
    with pytest.raises(Unclear) as unclear:
        Typed.of({**form, **typed}, JUAREZ).wish(datetime(2026, 3, 1, tzinfo=UTC), JUAREZ)
    assert any(text.startswith(fault) for text in unclear.value.faults.values())


def test_a_faulty_form_comes_back_as_it_was_typed(ana: Visitor) -> None:
    refused = ana.book(start="noon", title=HOSTILE)
    page = refused.get_data(as_text=True)
    assert refused.status_code == 400
    assert 'aria-describedby="fault-start"' in page
    assert f'value="{escape(HOSTILE)}"' in page
    assert HOSTILE not in page


def test_an_unknown_resource_is_refused_on_the_page(ana: Visitor) -> None:
    assert ana.book(resource="nowhere").status_code == 404


def test_a_slot_that_is_none_is_ignored(ana: Visitor) -> None:
    assert ana.book(slot="yesterday/9999-12-31T00:00:00Z").status_code == 303


def test_a_hostile_title_is_shown_and_never_run(ana: Visitor) -> None:
    ana.book(title=HOSTILE)
    page = ana.see()
    assert HOSTILE not in page
    assert escape(HOSTILE) in page


def test_others_see_that_a_time_is_taken_and_no_more(
    ana: Visitor, sqlite_database: Database, client: FlaskClient
) -> None:
    number = hold(sqlite_database, "luis@hub.example", 10, 11, "Secret merger")
    page = ana.see()
    assert "Taken" in page
    assert "Secret merger" not in page
    assert "Luis" not in page
    assert ana.cancel(number).status_code == 404
    staff = Visitor(client.application.test_client(), "luis@hub.example")
    assert "Secret merger" in staff.see()


def test_ones_own_booking_is_given_back(ana: Visitor, sqlite_database: Database) -> None:
    number = hold(sqlite_database, "ana@hub.example", 10, 11, "Not needed")
    assert f"/book/{number}/cancel" in ana.see()
    assert ana.cancel(number).status_code == 303
    page = ana.see()
    assert "The time is free again." in text_of(page)
    assert "Not needed" not in page


def test_without_the_forms_token_nothing_is_booked(ana: Visitor, client: FlaskClient) -> None:
    assert client.post("/book", data={"resource": "glass"}).status_code == 400


@pytest.mark.parametrize("date", ["garbage", "2026-02-30", "9999-12-31", "0001-01-01", "", HOSTILE, "a\x00"])
def test_a_day_that_is_none_is_today(ana: Visitor, date: str) -> None:
    today = clock.now().astimezone(JUAREZ).date().isoformat()
    page = ana.see(date=date)
    assert f'name="date" value="{today}"' in page
    assert HOSTILE not in page


@pytest.mark.parametrize(("date", "hours"), [("2026-03-08", 23), ("2026-11-01", 25), ("2026-03-03", 24)])
def test_a_day_is_drawn_with_all_its_hours(ana: Visitor, date: str, hours: int) -> None:
    page = ana.see(date=date, hours="all")
    assert f"--span: {hours * 60};" in page
    assert len(re.findall(r'class="hour f', page)) == hours * 2  # a ruler over each kind


def test_a_night_is_booked_with_a_tick_and_drawn_on_both_days(ana: Visitor) -> None:
    assert ana.book(resource="printer", start="22:00", end="06:00").status_code == 400
    assert ana.book(resource="printer", start="22:00", end="06:00", next_day="1").status_code == 303
    assert "goes-on" in ana.see()
    assert "from-before" in ana.see(date=(DAY + timedelta(days=1)).isoformat())


def test_the_second_of_two_equal_hours_can_be_asked_for() -> None:
    form = {"resource": "x", "date": "2026-11-01", "start": "01:30", "end": "02:00", "title": "Night"}
    now = datetime(2026, 10, 1, tzinfo=UTC)
    assert Typed.of(form, JUAREZ).wish(now, JUAREZ).start == datetime(2026, 11, 1, 7, 30, tzinfo=UTC)
    again = Typed.of({**form, "start_again": "1"}, JUAREZ).wish(now, JUAREZ)
    assert again.start == datetime(2026, 11, 1, 8, 30, tzinfo=UTC)
    slot = Typed.of({**form, "slot": "2026-11-01T08:15:00Z/2026-11-01T08:45:00Z"}, JUAREZ).wish(now, JUAREZ)
    assert slot.span.start == datetime(2026, 11, 1, 8, 15, tzinfo=UTC)


def test_a_time_that_the_clock_change_leaves_out_is_refused() -> None:
    form = {"resource": "x", "date": "2026-03-08", "start": "02:30", "end": "04:00", "title": "Night"}
    with pytest.raises(Unclear) as unclear:
        Typed.of(form, JUAREZ).wish(datetime(2026, 3, 1, tzinfo=UTC), JUAREZ)
    assert list(unclear.value.faults) == ["start"]


def test_the_quarter_of_an_hour_that_is_running_can_be_booked_from_now() -> None:
    form = {"resource": "x", "date": "2026-03-03", "start": "10:00", "end": "11:00", "title": "Now"}
    typed = Typed.of(form, JUAREZ)
    running = datetime(2026, 3, 3, 10, 7, 31, tzinfo=JUAREZ)
    assert typed.wish(running, JUAREZ).start == datetime(2026, 3, 3, 10, 8, tzinfo=JUAREZ)
    over = datetime(2026, 3, 3, 10, 16, tzinfo=JUAREZ)
    assert typed.wish(over, JUAREZ).start == datetime(2026, 3, 3, 10, tzinfo=JUAREZ)
