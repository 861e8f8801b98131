"""What the scripts of the booking page call, and the page without them: filters, series, the waiting list."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from html import unescape
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select, update
from werkzeug.test import TestResponse

from campus import clock
from campus.bookings.models import Hold, HoldSpell, Occurrence
from campus.database import Database
from campus.people.models import Member
from campus.spaces.resources import Description, put_resource
from tests.doors import csrf_token, walk_in

JUAREZ = ZoneInfo("America/Ciudad_Juarez")
DAY = (clock.now().astimezone(JUAREZ) + timedelta(days=2)).date()
HOSTILE = '"><img src=x onerror=alert(1)>'


class Browser:
    """In which a member has signed in."""

    def __init__(self, client: FlaskClient, member: Member) -> None:
        self.client = client
        walk_in(client, member)
        self.token = csrf_token(client, "/book")

    def see(self, path: str = "/book", **query: Any) -> str:
        answer = self.client.get(path, query_string={"date": DAY.isoformat(), **query})
        assert answer.status_code == 200
        return answer.text

    def check(self, **typed: Any) -> Any:
        return self.client.get("/book/check", query_string=form(**typed)).get_json()

    def hold(self, **typed: Any) -> TestResponse:
        return self.client.post("/book/hold", data=form(**typed), headers={"X-CSRFToken": self.token})

    def send(self, path: str, **fields: Any) -> TestResponse:
        return self.client.post(path, data={"csrf_token": self.token, **fields})

    def book(self, query: str = "", **typed: Any) -> TestResponse:
        return self.send(f"/book{query}", title="Test", **form(**typed))


def form(**typed: Any) -> dict[str, Any]:
    usual = {"resource": "glass", "date": DAY.isoformat(), "start": "10:00", "end": "11:00"}
    return {**usual, **typed}


@pytest.fixture
def room(sqlite_database: Database) -> None:
    with sqlite_database.write() as session:
        for slug, equipment in (("glass", ["screen"]), ("stone", ["screen", "quiet"])):
            made, _new = put_resource(session, slug, Description(slug.title(), "room", 4), clock.now())
            made.equipment = equipment
        put_resource(session, "prusa", Description("Prusa", "printer"), clock.now())


@pytest.fixture
def ana(client: FlaskClient, room: None, member: Member) -> Browser:
    return Browser(client, member)


@pytest.fixture
def luis(client: FlaskClient, room: None, staff: Member) -> Browser:
    return Browser(client.application.test_client(), staff)


def rows_of(page: str) -> list[str]:
    return re.findall(r'data-row="([^"]+)"', page)


# The timeline


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ({}, ["glass", "stone", "prusa"]),
        ({"kind": "printer"}, ["prusa"]),
        ({"people": "4"}, ["glass", "stone"]),
        ({"equipment": ["screen", "quiet"]}, ["stone"]),
        ({"search": "GLA"}, ["glass"]),
        ({"people": "5"}, []),
    ],
)
@pytest.mark.parametrize("path", ["/book", "/book/lanes"])
def test_what_is_chosen_is_shown(ana: Browser, query: dict[str, Any], shown: list[str], path: str) -> None:
    page = ana.see(path, **query)
    assert rows_of(page) == shown
    assert ("Nothing is like that" in page) == (not shown)


def test_links_and_forms_take_along_what_is_chosen(ana: Browser) -> None:
    page = unescape(ana.see(people="3", equipment="screen"))
    for wanted in (r'rel="prev"', r'rel="next"', "Week"):
        (link,) = re.findall(rf'href="(/book\?[^"]*)"[^>]*>?(?=[^<]*{wanted}|[^>]*{wanted})', page)[:1]
        assert "people=3" in link and "equipment=screen" in link
    sent = ana.book("?people=3&equipment=screen")
    assert "people=3" in sent.location and "equipment=screen" in sent.location


def test_hostile_words_in_the_address_stay_words(ana: Browser) -> None:
    page = ana.see(search=HOSTILE, kind=HOSTILE, equipment=HOSTILE)
    assert HOSTILE not in page


def test_of_a_day_only_the_rows_that_changed_are_sent(ana: Browser) -> None:
    assert rows_of(ana.see("/book/lanes", only=["stone", "nobody-s"])) == ["stone"]
    assert rows_of(ana.see("/book/lanes", view="week", only="stone")) == ["glass", "stone", "prusa"]


def test_a_row_is_the_same_on_the_page_and_when_it_comes_anew(ana: Browser) -> None:
    """The script compares them: what is the same is left alone."""
    ana.book()
    rows = [
        re.findall(
            r'<div class="timeline-row" id="r-.*?(?=<div class="timeline-row|</section>|$)', page, re.S
        )
        for page in (ana.see(), ana.see("/book/lanes"))
    ]
    assert rows[0] == rows[1] != []


def test_the_week_leads_to_its_days(ana: Browser) -> None:
    page = unescape(ana.see(view="week"))
    assert len(re.findall(r'class="week-cell', page)) == 3 * 7
    assert f"/book?date={DAY}#r-glass" in page
    assert f"date={DAY + timedelta(days=7)}" in page


# What stands against the form


def test_the_open_form_is_told_what_stands_against_it_and_the_ways_out(ana: Browser, luis: Browser) -> None:
    luis.book()
    told = ana.check(start="10:30", end="11:30", title="")
    assert (told["ok"], told["free"], told["waitlist"]) == (False, False, True)
    assert told["reasons"] == ["That time is taken."]
    later = next(offer for offer in told["suggestions"] if offer["label"] == "30 min later")
    assert later["time"] == "11:00–12:00"
    assert ana.check(**later["fields"])["ok"]
    assert [offer["resource"] for offer in told["others"]] == ["stone"]
    assert datetime.fromisoformat(told["others"][0]["start"]).astimezone(JUAREZ).hour == 10


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ({"end": "09:00"}, "The end is not after the start."),
        ({"attendees": "9"}, "There is room for 4 people."),
        ({"attendees": "many"}, "A number of people, 1 or more."),
        ({"guests": "eva@hub.example, nobody"}, "These are not all mail addresses."),
        ({"resource": "nowhere"}, "There is no resource"),
        ({"member": "nobody@hub.example"}, "Only facilities staff may book for somebody else."),
        ({"repeat": "weekly"}, "Say until which day it repeats"),
        ({"repeat": HOSTILE}, "Choose how the booking repeats"),
        ({"date": "garbage"}, "This is not a date."),
    ],
)
def test_what_is_no_wish_yet_is_said_in_words(ana: Browser, typed: dict[str, str], reason: str) -> None:
    told = ana.check(**typed)
    assert not told["ok"] and not told["free"]
    assert any(reason in said for said in told["reasons"])


# Holds


def test_a_hold_keeps_the_time_for_five_minutes_and_one_at_a_time(
    ana: Browser, luis: Browser, sqlite_database: Database
) -> None:
    first = ana.hold().get_json()
    assert 290 <= first["seconds"] <= 300
    assert luis.hold().status_code == 409
    assert not luis.check()["ok"]
    assert "Held" in luis.see()
    second = ana.hold(start="12:00", end="13:00").get_json()
    assert luis.check()["ok"]
    with sqlite_database.read() as session:
        assert session.scalars(select(Hold.id)).all() == [second["id"]]
    assert ana.book(start="12:00", end="13:00").status_code == 303
    with sqlite_database.read() as session:
        assert session.scalar(select(func.count()).select_from(Hold)) == 0


def test_who_closes_the_form_lets_go_and_of_others_nothing(ana: Browser, luis: Browser) -> None:
    held = ana.hold().get_json()["id"]
    for browser, free in ((luis, False), (ana, True)):
        headers = {"X-CSRFToken": browser.token}
        assert browser.client.delete(f"/book/hold/{held}", headers=headers).status_code == 204
        assert luis.check()["ok"] == free


def test_who_has_held_it_for_half_an_hour_is_told_so_kindly_and_books_it(
    ana: Browser, sqlite_database: Database
) -> None:
    ana.hold()
    long_ago = {"since": clock.now() - timedelta(minutes=30), "held_until": clock.now()}
    with sqlite_database.write() as session:
        session.execute(update(HoldSpell).values(**long_ago))
    answer = ana.hold()
    assert answer.status_code == 429
    assert answer.get_json()["message"].startswith("This time was kept for half an hour.")
    assert ana.book().status_code == 303


def test_what_cannot_be_booked_is_not_held(ana: Browser) -> None:
    assert ana.hold(end="09:00").status_code == 400
    assert ana.hold(resource="nowhere").status_code == 404
    assert ana.hold(date="2020-01-01").status_code == 422
    assert ana.client.post("/book/hold", data=form()).status_code == 400  # no token of the page


# Without a script


def test_a_series_of_which_a_date_is_taken_is_refused_with_the_date_and_booked_without_it(
    ana: Browser, luis: Browser, sqlite_database: Database
) -> None:
    luis.book(date=(DAY + timedelta(days=7)).isoformat())
    weekly = {"repeat": "weekly", "repeat_times": "3"}
    refused = ana.book(**weekly)
    assert refused.status_code == 409
    assert "Book without this date" in refused.text
    assert 'value="weekly" selected' in refused.text
    assert 'name="repeat_times" value="3"' in refused.text
    assert ana.book(**weekly, on_conflict="skip").status_code == 303
    page = ana.see()
    assert "Booked 2 times" in page and "1 date was left out." in page


def test_what_is_taken_can_be_waited_for(ana: Browser, luis: Browser, sqlite_database: Database) -> None:
    luis.book()
    refused = ana.book()
    assert "Join the waiting list instead" in refused.text
    assert ana.book(waitlist="1").status_code == 303
    with sqlite_database.read() as session:
        assert sorted(session.scalars(select(Occurrence.status))) == ["confirmed", "waitlisted"]
    assert "You are on the waiting list" in ana.see()


def test_guests_and_who_may_read_it_are_kept(ana: Browser, luis: Browser) -> None:
    sent = ana.book(guests="eva@hub.example, eva@hub.example\nleo@hub.example", visibility="everybody")
    assert sent.status_code == 303
    refused = ana.book(resource="stone", guests="eva@hub.example nobody")
    assert refused.status_code == 400
    assert ">eva@hub.example nobody</textarea>" in refused.text


def test_of_a_series_one_date_is_given_back_or_all(
    ana: Browser, luis: Browser, sqlite_database: Database
) -> None:
    ana.book(repeat="weekly", repeat_times="3")
    page = unescape(ana.see(people="2"))
    deeds = re.findall(r'formaction="(/book/\d+/cancel\?[^"]*)"', page)
    assert [("scope=this" in deed, "scope=following" in deed) for deed in deeds] == [
        (True, False),
        (False, True),
        (False, False),
    ]
    sent = ana.send(deeds[0])
    assert sent.status_code == 303
    assert f"date={DAY}" in sent.location and "people=2" in sent.location
    with sqlite_database.read() as session:
        assert sorted(session.scalars(select(Occurrence.status))) == ["cancelled", "confirmed", "confirmed"]
