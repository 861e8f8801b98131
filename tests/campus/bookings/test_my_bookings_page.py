"""My bookings as a browser without JavaScript gets them: what is next, what waits, what is over."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from campus import clock
from campus.bookings.models import Occurrence
from campus.database import Database
from campus.people.models import Member
from tests.campus.bookings.desk_of import Browser, Desk, headline, put, text_of


@pytest.fixture
def desk(client: FlaskClient, database: Database) -> Desk:
    put(database, "glass", name="Sala Vidrio 2")
    put(database, "hall", policy={"approval": True}, capacity=40)
    return Desk(client, database)


@pytest.fixture
def ana(desk: Desk, member: Member) -> Browser:
    return Browser(desk.client, member)


def now_running(database: Database, booking: int) -> None:
    """The booking began ten minutes ago, for an hour."""
    start = clock.now() - timedelta(minutes=10)
    end = start + timedelta(hours=1)
    with database.write() as session:
        session.execute(
            update(Occurrence)
            .where(Occurrence.booking_id == booking)
            .values(start=start, end=end, blocked_start=start, blocked_end=end)
        )


def test_what_is_next_comes_first(ana: Browser, desk: Desk, member: Member) -> None:
    desk.book(member, 16, "Later")
    desk.book(member, 14, "Sooner")
    page = ana.see("/bookings")
    assert headline(page).startswith("Next: Sala Vidrio 2 · ")
    assert headline(page).endswith("14:00–15:00")
    assert page.index("Sooner") < page.index("Later")


def test_nothing_booked_says_so_and_leads_on(ana: Browser) -> None:
    page = ana.see("/bookings")
    assert headline(page) == "Nothing is booked"
    assert 'href="/book/find"' in page


def test_what_goes_on_can_be_checked_in_and_finished_at_once(
    ana: Browser, desk: Desk, database: Database, member: Member
) -> None:
    put(database, "booth", policy={"check_in_minutes": 15})
    booking = desk.book(member, 14, "Call", resource="booth")
    now_running(database, booking)
    page = ana.see("/bookings")
    assert headline(page).startswith("Now: Booth, until ")
    assert ana.send(f"/bookings/{booking}/check-in", back="list").location == "/bookings"
    assert "You are checked in." in text_of(ana.see("/bookings"))
    assert desk.row(booking).occurrences[0].checked_in_at
    assert ana.send(f"/bookings/{booking}/finish", back="list").status_code == 303
    assert desk.row(booking).occurrences[0].end <= clock.now()
    assert headline(ana.see("/bookings")) == "Nothing is booked"


def test_a_series_is_one_line_that_says_how_many_follow(ana: Browser, desk: Desk, member: Member) -> None:
    desk.book(member, 10, "Weekly", repeat="FREQ=WEEKLY;COUNT=5")
    page = ana.see("/bookings")
    listed = text_of(page.partition('id="list-coming"')[2])
    assert listed.count("Weekly") == 1
    assert "Every week" in listed
    assert "and 4 more" in listed


def test_requests_offers_and_the_line_stand_apart(
    ana: Browser, desk: Desk, member: Member, staff: Member
) -> None:
    desk.book(staff, 10, "Taken", days=3)
    desk.book(member, 10, "In line", days=3, waitlist=True)
    desk.book(member, 10, "Asked", resource="hall")
    page = text_of(ana.see("/bookings"))
    assert "Nothing is certain yet" in page
    assert "Waits for a yes" in page
    assert "You hear from us when it becomes free." in page


def test_a_freed_time_is_offered_and_taken_with_one_button(
    ana: Browser, desk: Desk, member: Member, staff: Member
) -> None:
    first = desk.book(staff, 10, "Taken", days=3)
    waits = desk.book(member, 10, "In line", days=3, waitlist=True)
    boss = Browser(desk.client.application.test_client(), staff)
    assert boss.send(f"/bookings/{first}/cancel", scope="all").status_code == 303
    assert desk.states(waits) == ["offered"]
    assert "Free for you until" in text_of(ana.see("/bookings"))
    assert ana.send(f"/bookings/{waits}/accept", back="list").location == "/bookings"
    assert desk.states(waits) == ["confirmed"]
    assert "It is yours: Sala Vidrio 2" in text_of(ana.see("/bookings"))


def test_an_offer_is_let_go(ana: Browser, desk: Desk, member: Member, staff: Member) -> None:
    first = desk.book(staff, 10, "Taken", days=3)
    waits = desk.book(member, 10, "In line", days=3, waitlist=True)
    Browser(desk.client.application.test_client(), staff).send(f"/bookings/{first}/cancel", scope="all")
    assert ana.send(f"/bookings/{waits}/decline").status_code == 303
    assert desk.states(waits) == ["lapsed"]


def test_who_waits_no_longer_leaves_the_line(ana: Browser, desk: Desk, member: Member, staff: Member) -> None:
    desk.book(staff, 10, "Taken", days=3)
    waits = desk.book(member, 10, "In line", days=3, waitlist=True)
    assert f'action="/bookings/{waits}/leave"' in ana.see("/bookings")
    assert ana.send(f"/bookings/{waits}/leave", back="list").location == "/bookings"
    assert "You have left the line." in text_of(ana.see("/bookings"))
    assert desk.states(waits) == ["cancelled"]


def test_who_is_too_late_for_an_offer_is_told_how_it_stands(ana: Browser, desk: Desk, member: Member) -> None:
    booking = desk.book(member, 10, "Booked")
    answer = ana.send(f"/bookings/{booking}/accept")
    assert answer.status_code == 404
    assert "Booked" in answer.text


def test_the_list_is_of_one_resource_if_asked(ana: Browser, desk: Desk, member: Member) -> None:
    desk.book(member, 10, "Here")
    desk.book(member, 12, "There", resource="hall")
    page = text_of(ana.see("/bookings?resource=hall"))
    assert "There" in page
    assert "Here" not in page


def test_what_is_over_stands_behind_a_link_the_newest_first(
    ana: Browser, desk: Desk, database: Database, member: Member
) -> None:
    gone = desk.book(member, 10, "Given back", days=5)
    ana.send(f"/bookings/{gone}/cancel", scope="all")
    old = desk.book(member, 12, "Old one")
    with database.write() as session:
        start = clock.now() - timedelta(days=9)
        end = start + timedelta(hours=1)
        session.execute(
            update(Occurrence)
            .where(Occurrence.booking_id == old)
            .values(start=start, end=end, blocked_start=start, blocked_end=end)
        )
    assert "Old one" not in ana.see("/bookings")
    page = ana.see("/bookings?past=1")
    assert page.index("Given back") < page.index("Old one")
    assert "cancelled" in text_of(page)


def test_a_long_past_comes_in_pages(ana: Browser, desk: Desk, member: Member) -> None:
    booking = desk.book(member, 10, "Daily", repeat="FREQ=DAILY;COUNT=60")
    ana.send(f"/bookings/{booking}/cancel", scope="all")
    page = ana.see("/bookings?past=1")
    assert page.count('class="booking-line"') == 50
    older = page.partition('rel="next" href="')[2].partition('"')[0].replace("&amp;", "&")
    assert ana.see(older).count('class="booking-line"') == 10


@pytest.mark.parametrize(
    "query", ["past=1&before=x", "past=1&before=99999999999999999-1", "resource=%00", "member="]
)
def test_what_cannot_be_read_in_an_address_is_left_out(ana: Browser, query: str) -> None:
    assert ana.see(f"/bookings?{query}")


def test_nobody_looks_at_another_s_list(ana: Browser, staff: Member) -> None:
    ana.see(f"/bookings?member={staff.email}", status=404)


def test_staff_look_at_a_member_s(ana: Browser, desk: Desk, member: Member, staff: Member) -> None:
    desk.book(member, 10, "Ana's own")
    page = Browser(desk.client.application.test_client(), staff).see(f"/bookings?member={member.email}")
    assert "Bookings of Ana Robles" in text_of(page)
    assert "Ana's own" in text_of(page)


class TestToDecide:
    @pytest.fixture
    def luis(self, desk: Desk, staff: Member) -> Browser:
        return Browser(desk.client.application.test_client(), staff)

    def test_it_is_for_staff(self, ana: Browser) -> None:
        ana.see("/bookings/to-decide", status=403)
        assert "To decide" not in ana.see("/bookings")

    def test_what_waits_is_listed_with_who_asks(self, luis: Browser, desk: Desk, member: Member) -> None:
        desk.book(member, 10, "All hands", resource="hall", attendees=30)
        page = luis.see("/bookings/to-decide")
        assert headline(page) == "1 booking waits for you"
        for said in ("Ana Robles", "All hands", "30 people"):
            assert said in text_of(page)
        assert "To decide (1)" in luis.see("/bookings")

    def test_a_yes_books_it_and_is_told(
        self, luis: Browser, desk: Desk, member: Member, database: Database
    ) -> None:
        booking = desk.book(member, 10, "All hands", resource="hall")
        assert luis.send(f"/bookings/{booking}/approve", reason="Enjoy").status_code == 303
        assert desk.states(booking) == ["confirmed"]
        assert desk.row(booking).decision == "Enjoy"
        assert desk.letters_to(member.email)[-1].subject.startswith("Approved: Hall")

    def test_a_no_needs_a_reason_and_keeps_the_page(self, luis: Browser, desk: Desk, member: Member) -> None:
        booking = desk.book(member, 10, "All hands", resource="hall")
        refused = luis.send(f"/bookings/{booking}/reject", reason=" ")
        assert refused.status_code == 422
        assert "Say why: they read it." in refused.text
        assert desk.states(booking) == ["pending"]
        assert luis.send(f"/bookings/{booking}/reject", reason="The floor is waxed").status_code == 303
        assert desk.states(booking) == ["rejected"]

    def test_a_reason_is_one_line_that_can_be_stored(self, luis: Browser, desk: Desk, member: Member) -> None:
        booking = desk.book(member, 10, "All hands", resource="hall")
        assert luis.send(f"/bookings/{booking}/reject", reason="\x00").status_code == 422
        assert (
            luis.send(f"/bookings/{booking}/reject", reason="Wax\x00ed\r\nfloor " + "x" * 999).status_code
            == 303
        )
        kept = desk.row(booking).decision
        assert kept
        assert kept.startswith("Wax ed floor xxx")
        assert len(kept) == 500

    def test_what_was_decided_meanwhile_is_said_kindly(
        self, luis: Browser, desk: Desk, member: Member
    ) -> None:
        booking = desk.book(member, 10, "All hands", resource="hall")
        luis.send(f"/bookings/{booking}/approve")
        again = luis.send(f"/bookings/{booking}/reject", reason="No")
        assert again.status_code == 400
        assert "Nothing of this booking waits for a decision any more." in text_of(again.text)
        assert desk.states(booking) == ["confirmed"]
