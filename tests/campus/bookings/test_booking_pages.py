"""The page of one booking, without JavaScript: looked at, changed by scope, cancelled, taken along."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from campus import clock
from campus.bookings.models import Booking
from campus.database import Database
from campus.people.models import Member
from tests.campus.bookings.calendars import Read, by_icalendar, by_vobject, events_of
from tests.campus.bookings.desk_of import Browser, Desk, at, fields, headline, put, text_of

HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture
def desk(client: FlaskClient, database: Database) -> Desk:
    put(database, "glass")
    put(database, "stone", capacity=8)
    put(database, "printer", kind="printer", capacity=None)
    return Desk(client, database)


@pytest.fixture
def ana(desk: Desk, member: Member) -> Browser:
    return Browser(desk.client, member)


@pytest.fixture
def luis(desk: Desk, staff: Member) -> Browser:
    return Browser(desk.client.application.test_client(), staff)


def edited(browser: Browser, booking: int, occurrence: int | None = None, **typed: str) -> dict[str, str]:
    """The form as it stands on the page, with what is typed into it."""
    page = f"/bookings/{booking}" + (f"?occurrence={occurrence}" if occurrence else "")
    return {**browser.form_of(page, f"/bookings/{booking}/edit"), **typed}


def save(browser: Browser, booking: int, form: dict[str, str], **more: str) -> tuple[int, str]:
    answer = browser.client.post(f"/bookings/{booking}/edit", data={**form, **more})
    return answer.status_code, answer.text


def starts(booking: Booking) -> list[str]:
    return [f"{time.start.astimezone(at(9).tzinfo):%d %H:%M}" for time in booking.occurrences]


def test_it_says_what_where_when_and_who(ana: Browser, desk: Desk, member: Member) -> None:
    booking = desk.book(member, 14, "Design review", attendees=3, guests=("zoe@guest.example",))
    page = ana.see(f"/bookings/{booking}")
    assert headline(page).startswith("Glass · ")
    for said in (
        "Design review",
        "14:00–15:00",
        "3 people",
        "zoe@guest.example",
        "only me and facilities staff",
    ):
        assert said in text_of(page)


@pytest.mark.parametrize("path", ["", ".ics"])
def test_another_s_booking_does_not_exist(desk: Desk, member: Member, analyst: Member, path: str) -> None:
    booking = desk.book(member, 14)
    Browser(desk.client, analyst).see(f"/bookings/{booking}{path}", status=404)


@pytest.mark.parametrize("deed", ["edit", "cancel", "check-in", "finish", "accept", "decline", "leave"])
def test_nobody_does_anything_to_another_s(desk: Desk, member: Member, analyst: Member, deed: str) -> None:
    booking = desk.book(member, 14)
    answer = Browser(desk.client, analyst).send(f"/bookings/{booking}/{deed}", title="Mine now")
    assert answer.status_code == 404
    assert desk.states(booking) == ["confirmed"]
    assert desk.row(booking).title == "Standup"


def test_what_a_member_typed_stays_text(ana: Browser, desk: Desk, member: Member) -> None:
    booking = desk.book(member, 14, HOSTILE)
    for page in (f"/bookings/{booking}", "/bookings"):
        assert HOSTILE not in ana.see(page)
        assert "&lt;img src=x" in ana.see(page)


def test_staff_see_who_booked_and_what_others_did(
    luis: Browser, desk: Desk, member: Member, staff: Member
) -> None:
    booking = desk.book(member, 14, by=staff, member=member.email)
    page = text_of(luis.see(f"/bookings/{booking}"))
    assert "Ana Robles" in page
    assert "(booked by Luis Ortega)" in page
    assert "What others did" in page
    assert "Booked for somebody else Luis Ortega" in page


class TestChanging:
    def test_words_are_changed_and_times_stay(self, ana: Browser, desk: Desk, member: Member) -> None:
        booking = desk.book(member, 14)
        form = edited(ana, booking, title="Retro", visibility="everybody", guests="a@x.example, b@x.example")
        assert save(ana, booking, form)[0] == 303
        row = desk.row(booking)
        assert (row.title, row.visibility, row.guests) == (
            "Retro",
            "everybody",
            ["a@x.example", "b@x.example"],
        )
        assert row.occurrences[0].start == at(14)

    def test_it_moves_in_time_and_place(self, ana: Browser, desk: Desk, member: Member) -> None:
        booking = desk.book(member, 14)
        form = edited(ana, booking, start="16:00", end="17:30", resource="stone")
        assert save(ana, booking, form)[0] == 303
        row = desk.row(booking)
        assert row.resource.slug == "stone"
        assert (row.occurrences[0].start, row.occurrences[0].end) == (at(16), at(17.5))

    def test_what_is_emptied_is_said_no_longer(self, ana: Browser, desk: Desk, member: Member) -> None:
        booking = desk.book(member, 14, attendees=3, guests=("zoe@guest.example",))
        assert save(ana, booking, edited(ana, booking, attendees="", guests=""))[0] == 303
        row = desk.row(booking)
        assert (row.attendees, row.guests) == (None, [])

    def test_saving_what_is_there_changes_nothing(self, ana: Browser, desk: Desk, member: Member) -> None:
        booking = desk.book(member, 14)
        before = desk.row(booking).version
        assert save(ana, booking, edited(ana, booking))[0] == 303
        assert desk.row(booking).version == before

    def test_a_taken_time_keeps_what_was_typed_and_offers_others(
        self, ana: Browser, desk: Desk, member: Member, staff: Member
    ) -> None:
        booking = desk.book(member, 14)
        desk.book(staff, 16)
        form = edited(ana, booking, start="16:00", end="17:00", title="Retro & co")
        status, page = save(ana, booking, form)
        assert status == 409
        assert 'value="Retro &amp; co"' in page
        slots = re.findall(r'name="slot" value="([^"]+)">([^<]+)<', page)
        assert "17:00–18:00" in [label for _slot, label in slots]
        again = fields(page, f"/bookings/{booking}/edit")
        by_label = {label: slot for slot, label in slots}
        assert save(ana, booking, again, slot=by_label["17:00–18:00"])[0] == 303
        assert desk.row(booking).occurrences[0].start == at(17)
        assert desk.row(booking).title == "Retro & co"

    def test_another_room_at_the_same_time_is_a_click_away(
        self, ana: Browser, desk: Desk, member: Member, staff: Member
    ) -> None:
        booking = desk.book(member, 14)
        desk.book(staff, 16)
        _status, page = save(ana, booking, edited(ana, booking, start="16:00", end="17:00", title="Retro"))
        assert "Stone, same time" in text_of(page)
        again = fields(page, f"/bookings/{booking}/edit")
        assert save(ana, booking, again, instead="stone")[0] == 303
        row = desk.row(booking)
        assert (row.resource.slug, row.title, row.occurrences[0].start) == ("stone", "Retro", at(16))

    @pytest.mark.parametrize(
        ("typed", "said"),
        [
            ({"end": "13:00"}, "The end is not after the start."),
            ({"title": ""}, "A title is one line"),
            ({"attendees": "many"}, "A number of people, 1 or more."),
            ({"guests": "no address"}, "a name, one @ and a domain"),
            ({"guests": "a@x.example " * 900, "title": "x"}, ""),
            ({"visibility": "nobody"}, "Choose one of these."),
            ({"date": "9999-12-31"}, "This is not a date."),
            ({"attendees": "9"}, "There is room for 4 people."),
            ({"resource": "nowhere"}, "There is no resource"),
        ],
    )
    def test_what_cannot_be_read_is_named_beside_what_was_typed(
        self, ana: Browser, desk: Desk, member: Member, typed: dict[str, str], said: str
    ) -> None:
        booking = desk.book(member, 14)
        status, page = save(ana, booking, {**edited(ana, booking), **typed})
        assert status in (303, 400, 404, 422)
        assert (status == 303) == (said == "")
        assert said in text_of(page)
        if said:
            assert desk.row(booking).title == "Standup"

    def test_too_many_guests_are_refused(self, ana: Browser, desk: Desk, member: Member) -> None:
        booking = desk.book(member, 14)
        many = " ".join(f"g{number}@x.example" for number in range(210))
        status, page = save(ana, booking, edited(ana, booking, guests=many))
        assert status == 400
        assert "200 guests at most." in page

    def test_a_running_booking_gets_a_new_title_without_moving(
        self, ana: Browser, desk: Desk, member: Member, database: Database
    ) -> None:
        booking = desk.book(member, 14)
        start = (clock.now() - timedelta(minutes=20)).replace(second=7, microsecond=0)
        with database.write() as session:
            time = session.get_one(Booking, booking).occurrences[0]
            time.start = time.blocked_start = start
            time.end = time.blocked_end = start + timedelta(hours=1)
        later = f"{(start + timedelta(hours=1, minutes=5)).astimezone(at(9).tzinfo):%H:%M}"
        if later > f"{start.astimezone(at(9).tzinfo):%H:%M}":  # not over midnight
            assert save(ana, booking, edited(ana, booking, end=later))[0] == 303
        assert save(ana, booking, edited(ana, booking, title="Retro"))[0] == 303
        assert desk.row(booking).occurrences[0].start == start
        assert desk.row(booking).title == "Retro"

    def test_a_page_that_was_open_too_long_keeps_what_was_typed(
        self, ana: Browser, desk: Desk, member: Member
    ) -> None:
        booking = desk.book(member, 14)
        form = edited(ana, booking, title="Typed long ago")
        del form["csrf_token"]
        status, page = save(ana, booking, form)
        assert status == 400
        assert 'value="Typed long ago"' in page
        assert desk.row(booking).title == "Standup"


class TestTwoTabs:
    def test_the_second_is_told_nothing_is_overwritten_and_nothing_typed_is_lost(
        self, ana: Browser, desk: Desk, member: Member
    ) -> None:
        booking = desk.book(member, 14)
        first, second = (edited(ana, booking) for _tab in range(2))
        assert save(ana, booking, first, title="First tab", start="13:00")[0] == 303
        status, page = save(ana, booking, second, title="Second tab")
        assert status == 409
        assert desk.row(booking).title == "First tab"
        assert "This booking was changed meanwhile" in text_of(page)
        assert 'value="Second tab"' in page
        assert "It is now: First tab" in text_of(page)
        assert "13:00–15:00" in text_of(page)

    def test_who_looked_at_it_may_save_over_it(self, ana: Browser, desk: Desk, member: Member) -> None:
        booking = desk.book(member, 14)
        first, second = (edited(ana, booking) for _tab in range(2))
        save(ana, booking, first, title="First tab")
        _status, page = save(ana, booking, second, title="Second tab")
        again = fields(page, f"/bookings/{booking}/edit")
        assert again["title"] == "Second tab"
        assert save(ana, booking, again)[0] == 303
        assert desk.row(booking).title == "Second tab"

    def test_what_only_the_first_tab_changed_is_kept_if_the_second_is_saved_over_it(
        self, ana: Browser, desk: Desk, member: Member
    ) -> None:
        """The second tab shows the old start: it stands beside the new one, for who saves to see."""
        booking = desk.book(member, 14)
        first, second = (edited(ana, booking) for _tab in range(2))
        save(ana, booking, first, start="13:00")
        _status, page = save(ana, booking, second, title="Second tab")
        assert re.search(r'id="edit-start" name="start" value="14:00"', page)
        assert "It is now:" in text_of(page)
        assert desk.row(booking).occurrences[0].start == at(13)

    def test_a_cancel_in_a_tab_that_is_behind_is_refused(
        self, ana: Browser, desk: Desk, member: Member
    ) -> None:
        booking = desk.book(member, 14)
        form = ana.form_of(f"/bookings/{booking}", f"/bookings/{booking}/cancel")
        save(ana, booking, edited(ana, booking, start="13:00"))
        assert ana.client.post(f"/bookings/{booking}/cancel", data=form).status_code == 409
        assert desk.states(booking) == ["confirmed"]

    @pytest.mark.parametrize("version", ["", "x", "-1", "9" * 30])
    def test_a_version_that_nobody_has_is_an_old_one(
        self, ana: Browser, desk: Desk, member: Member, version: str
    ) -> None:
        booking = desk.book(member, 14)
        assert save(ana, booking, edited(ana, booking, title="Blind", version=version))[0] == 409
        assert desk.row(booking).title == "Standup"

    def test_a_fault_in_the_form_does_not_make_an_old_version_a_new_one(
        self, ana: Browser, desk: Desk, member: Member
    ) -> None:
        booking = desk.book(member, 14)
        first, second = (edited(ana, booking) for _tab in range(2))
        save(ana, booking, first, title="First tab")
        _status, page = save(ana, booking, second, title="Second tab", attendees="many")
        again = fields(page, f"/bookings/{booking}/edit")
        assert save(ana, booking, again, attendees="2")[0] == 409
        assert desk.row(booking).title == "First tab"


class TestSeries:
    @pytest.fixture
    def weekly(self, desk: Desk, member: Member) -> int:
        return desk.book(member, 10, "Weekly", repeat="FREQ=WEEKLY;COUNT=4")

    def test_every_date_stands_on_the_page_with_how_it_stands(
        self, ana: Browser, desk: Desk, weekly: int
    ) -> None:
        second = desk.row(weekly).occurrences[1].id
        ana.send(f"/bookings/{weekly}/cancel", occurrence=str(second), scope="this")
        page = text_of(ana.see(f"/bookings/{weekly}"))
        assert "4 dates 3 to come" in page
        assert "Every week" in page
        assert page.count("10:00–11:00") >= 4
        assert "cancelled" in page

    def test_one_is_cancelled_and_the_others_stay(self, ana: Browser, desk: Desk, weekly: int) -> None:
        second = desk.row(weekly).occurrences[1].id
        ana.send(f"/bookings/{weekly}/cancel", occurrence=str(second), scope="this")
        assert desk.states(weekly) == ["confirmed", "cancelled", "confirmed", "confirmed"]

    def test_cancelling_asks_for_one_date_unless_told_otherwise(self, ana: Browser, weekly: int) -> None:
        form = ana.form_of(f"/bookings/{weekly}", f"/bookings/{weekly}/cancel")
        assert form["scope"] == "this"

    def test_the_rest_of_it_is_cancelled(self, ana: Browser, desk: Desk, weekly: int) -> None:
        third = desk.row(weekly).occurrences[2].id
        ana.send(f"/bookings/{weekly}/cancel", occurrence=str(third), scope="following")
        assert desk.states(weekly) == ["confirmed", "confirmed", "cancelled", "cancelled"]

    def test_what_follows_moves(self, ana: Browser, desk: Desk, weekly: int) -> None:
        third = desk.row(weekly).occurrences[2].id
        form = edited(ana, weekly, third, scope="following", start="11:00", end="12:00")
        answer = ana.client.post(f"/bookings/{weekly}/edit", data=form)
        assert answer.status_code == 303
        moved = int(re.search(r"/bookings/(\d+)", answer.location)[1])  # type: ignore[index]
        assert [start[-5:] for start in starts(desk.row(moved))] == ["11:00", "11:00"]
        kept = [time for time in desk.row(weekly).occurrences if time.status == "confirmed"]
        assert {f"{time.start.astimezone(at(9).tzinfo):%H:%M}" for time in kept} == {"10:00"}

    def test_only_one_gets_a_title_of_its_own(self, ana: Browser, desk: Desk, weekly: int) -> None:
        second = desk.row(weekly).occurrences[1].id
        assert save(ana, weekly, edited(ana, weekly, second, title="Special"))[0] == 303
        assert [time.title for time in desk.row(weekly).occurrences] == [None, "Special", None, None]
        assert "Special" in ana.see(f"/bookings/{weekly}?occurrence={second}")

    def test_dates_that_clash_are_listed_and_left_as_they_are_by_consent(
        self, ana: Browser, desk: Desk, staff: Member, weekly: int
    ) -> None:
        desk.book(staff, 12, days=9)
        form = edited(ana, weekly, scope="all", start="12:00", end="13:00")
        status, page = save(ana, weekly, form)
        assert status == 409
        assert "1 date cannot be so:" in text_of(page)
        assert "Leave this date as it is" in text_of(page)
        assert starts(desk.row(weekly))[0].endswith("10:00")
        again = fields(page, f"/bookings/{weekly}/edit")
        assert again["scope"] == "all"
        assert save(ana, weekly, again, on_conflict="skip")[0] == 303
        assert "Dates that stay as they were: 1." in text_of(ana.see("/bookings"))
        assert [start[-5:] for start in starts(desk.row(weekly))] == ["12:00", "10:00", "12:00", "12:00"]


class TestCalendarFile:
    def test_it_is_downloaded_with_its_times(self, ana: Browser, desk: Desk, member: Member) -> None:
        booking = desk.book(member, 14, "Design review")
        answer = ana.client.get(f"/bookings/{booking}.ics")
        assert answer.mimetype == "text/calendar"
        assert f'filename="booking-{booking}.ics"' in answer.headers["Content-Disposition"]
        assert by_icalendar(answer.data) == by_vobject(answer.data) == [Read(at(14), at(15), "Design review")]
        (event,) = events_of(answer.data)
        assert str(event["URL"]).endswith(f"/bookings/{booking}")

    def test_what_only_waits_in_line_is_nothing_for_a_calendar(
        self, ana: Browser, desk: Desk, member: Member, staff: Member
    ) -> None:
        desk.book(staff, 14)
        booking = desk.book(member, 14, waitlist=True)
        ana.see(f"/bookings/{booking}.ics", status=404)
        assert "Add to calendar" not in ana.see(f"/bookings/{booking}")


def test_what_is_over_offers_no_change(ana: Browser, desk: Desk, member: Member) -> None:
    booking = desk.book(member, 14)
    ana.send(f"/bookings/{booking}/cancel", scope="all")
    page = ana.see(f"/bookings/{booking}")
    assert "Nothing is booked here any more." in text_of(page)
    assert f"/bookings/{booking}/edit" not in page
    assert "Book it again" in page
