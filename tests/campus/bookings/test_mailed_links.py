"""Links in mails: a scanner that opens them decides nothing, a person answers once, signed in or not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select, update
from werkzeug.test import TestResponse

from campus import clock
from campus.audit import AuditEntry, Origin
from campus.bookings import reception
from campus.bookings.changing import Change
from campus.bookings.letters.mailed_links import LIFETIME, decision_link, offer_link
from campus.bookings.models import Booking, Occurrence
from campus.database import Database
from campus.people.keychain import Ticket
from campus.people.models import Member
from tests.campus.bookings.desk_of import JUAREZ, Desk, at, fields, put, text_of
from tests.campus.people.letter_box import link_in
from tests.doors import csrf_token


@pytest.fixture
def desk(client: FlaskClient, database: Database) -> Desk:
    put(database, "hall", policy={"approval": True}, capacity=40)
    put(database, "glass")
    return Desk(client, database)


def link(desk: Desk, booking: int, approver: Member | None) -> str:
    """The path of the link in a mail: to decide, or (nobody) to answer the offer."""
    with desk.client.application.app_context(), desk.database.write() as session:
        row, now = session.get_one(Booking, booking), clock.now()
        made = decision_link(session, row, approver, now) if approver else offer_link(session, row, now)
    path = made.partition("//")[2].partition("/")[2]
    return f"/{path}"


def answer(client: FlaskClient, page: str, **form: str) -> TestResponse:
    """Send the form that stands on `page`, with this in it."""
    there = fields(client.get(page).text, page)
    return client.post(page, data={**there, **form})


@pytest.fixture
def request_(desk: Desk, member: Member) -> int:
    """Ana asks for the hall."""
    return desk.book(member, 10, "All hands", resource="hall", attendees=30)


def opened(client: FlaskClient, path: str) -> str:
    """Where the link leads, as somebody who is not signed in."""
    led = client.get(path)
    assert led.status_code == 303
    return str(led.location)


class TestDecisions:
    PAGE = "/bookings/decide"

    def test_the_secret_is_not_in_the_address_of_the_page(
        self, desk: Desk, staff: Member, request_: int
    ) -> None:
        assert opened(desk.client, link(desk, request_, staff)) == self.PAGE

    def test_opening_it_decides_nothing_however_often(self, desk: Desk, staff: Member, request_: int) -> None:
        path = link(desk, request_, staff)
        for scanner in (desk.client.application.test_client() for _time in range(3)):
            page = scanner.get(path, follow_redirects=True).text
            assert "All hands" in page
        assert desk.states(request_) == ["pending"]
        assert desk.client.head(path).status_code == 303
        assert desk.states(request_) == ["pending"]

    def test_who_is_not_signed_in_says_yes(self, desk: Desk, staff: Member, request_: int) -> None:
        opened(desk.client, link(desk, request_, staff))
        said = answer(desk.client, self.PAGE, answer="yes", reason="Enjoy")
        assert said.status_code == 303
        assert "Approved. Ana Robles is told by mail." in desk.client.get(said.location).text
        assert desk.states(request_) == ["confirmed"]
        row = desk.row(request_)
        assert (row.decided_by_id, row.decision) == (staff.id, "Enjoy")
        with desk.database.read() as session:
            (deed,) = session.scalars(select(AuditEntry).where(AuditEntry.action == "booking.approve"))
            assert (deed.member_id, deed.target) == (staff.id, f"booking {request_}")

    def test_a_no_needs_a_reason(self, desk: Desk, staff: Member, request_: int) -> None:
        opened(desk.client, link(desk, request_, staff))
        refused = answer(desk.client, self.PAGE, answer="no")
        assert refused.status_code == 422
        assert "Say why: they read it." in refused.text
        assert desk.states(request_) == ["pending"]
        assert answer(desk.client, self.PAGE, answer="no", reason="Waxed floor").status_code == 303
        assert desk.states(request_) == ["rejected"]

    def test_a_link_is_good_once(self, desk: Desk, staff: Member, request_: int) -> None:
        path = link(desk, request_, staff)
        opened(desk.client, path)
        answer(desk.client, self.PAGE, answer="yes")
        again = desk.client.get(path, follow_redirects=True)
        assert again.status_code == 410
        assert "Nothing was changed by opening it." in text_of(again.text)

    def test_what_somebody_else_decided_is_said_kindly(
        self, desk: Desk, staff: Member, admin: Member, request_: int
    ) -> None:
        mine, hers = link(desk, request_, staff), link(desk, request_, admin)
        opened(desk.client, hers)
        sent = fields(desk.client.get(self.PAGE).text, self.PAGE)
        other = desk.client.application.test_client()
        opened(other, mine)
        answer(other, self.PAGE, answer="yes")
        late = desk.client.post(self.PAGE, data={**sent, "answer": "no", "reason": "No"})
        assert late.status_code == 200
        assert "This is decided already" in late.text
        assert "Luis Ortega did" in text_of(late.text)
        assert desk.states(request_) == ["confirmed"]

    def test_a_request_that_was_changed_is_shown_before_it_is_decided(
        self, desk: Desk, staff: Member, request_: int
    ) -> None:
        opened(desk.client, link(desk, request_, staff))
        sent = fields(desk.client.get(self.PAGE).text, self.PAGE)
        with desk.database.write() as session:
            session.execute(update(Booking).values(version=Booking.version + 1, title="Party"))
        shown = desk.client.post(self.PAGE, data={**sent, "answer": "yes"})
        assert shown.status_code == 422
        assert "The request was changed a moment ago." in shown.text
        assert "Party" in shown.text
        assert desk.states(request_) == ["pending"]

    @pytest.mark.parametrize("became", [{"role": "member"}, {"active": False}])
    def test_who_may_not_decide_any_more_does_not(
        self, desk: Desk, staff: Member, request_: int, became: dict[str, object]
    ) -> None:
        opened(desk.client, link(desk, request_, staff))
        sent = fields(desk.client.get(self.PAGE).text, self.PAGE)
        with desk.database.write() as session:
            session.execute(update(Member).where(Member.id == staff.id).values(**became))
        assert desk.client.post(self.PAGE, data={**sent, "answer": "yes"}).status_code == 410
        assert desk.states(request_) == ["pending"]

    def test_it_is_good_for_a_week(
        self, desk: Desk, staff: Member, request_: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path, made = link(desk, request_, staff), clock.now()
        with desk.database.write() as session:
            session.execute(
                update(Occurrence).values(
                    end=made + timedelta(days=30), blocked_end=made + timedelta(days=30)
                )
            )
        monkeypatch.setattr(clock, "now", lambda: made + LIFETIME - timedelta(minutes=1))
        assert desk.client.get(path, follow_redirects=True).status_code == 200
        monkeypatch.setattr(clock, "now", lambda: made + LIFETIME + timedelta(minutes=1))
        assert desk.client.get(path, follow_redirects=True).status_code == 410

    @pytest.mark.parametrize("secret", ["nonsense", "x" * 5000, "%00", "é"])
    def test_a_secret_that_nobody_has_opens_nothing(self, desk: Desk, secret: str) -> None:
        assert desk.client.get(f"/bookings/decide/{secret}", follow_redirects=True).status_code == 410

    def test_a_post_without_the_page_s_token_decides_nothing(
        self, desk: Desk, staff: Member, request_: int
    ) -> None:
        opened(desk.client, link(desk, request_, staff))
        late = desk.client.post(self.PAGE, data={"answer": "yes", "version": "1"})
        assert late.status_code == 400
        assert "This page was open too long." in late.text
        assert desk.states(request_) == ["pending"]

    def test_a_link_to_an_offer_decides_no_request(self, desk: Desk, request_: int) -> None:
        secret = link(desk, request_, None).rpartition("/")[2]
        assert desk.client.get(f"{self.PAGE}/{secret}", follow_redirects=True).status_code == 410

    def test_only_the_digest_of_a_secret_is_stored(self, desk: Desk, staff: Member, request_: int) -> None:
        secret = link(desk, request_, staff).rpartition("/")[2]
        with desk.database.read() as session:
            tickets = session.scalars(select(Ticket).where(Ticket.purpose == "booking.decide")).all()
        assert tickets
        assert not [ticket for ticket in tickets if secret in f"{ticket.digest} {ticket.data}"]


class TestOffers:
    PAGE = "/bookings/offer"

    @pytest.fixture
    def offer(self, desk: Desk, member: Member, staff: Member) -> int:
        """Ana waited, and the glass room is free for her now."""
        first = desk.book(staff, 10, "Taken")
        waits = desk.book(member, 10, "In line", waitlist=True)
        with desk.database.write() as session:
            session.execute(
                update(Occurrence).where(Occurrence.booking_id == first).values(status="cancelled")
            )
            until = clock.now() + timedelta(minutes=30)
            waiting = update(Occurrence).where(Occurrence.booking_id == waits)
            session.execute(waiting.values(status="offered", offered_until=until))
        return waits

    def test_it_is_taken_by_who_is_not_signed_in(self, desk: Desk, offer: int) -> None:
        assert opened(desk.client, link(desk, offer, None)) == self.PAGE
        assert "What you waited for is free" in desk.client.get(self.PAGE).text
        assert desk.states(offer) == ["offered"]
        said = answer(desk.client, self.PAGE, answer="yes")
        assert "It is yours: Glass" in text_of(desk.client.get(said.location).text)
        assert desk.states(offer) == ["confirmed"]

    def test_it_is_let_go(self, desk: Desk, offer: int) -> None:
        opened(desk.client, link(desk, offer, None))
        assert answer(desk.client, self.PAGE, answer="no").status_code == 303
        assert desk.states(offer) == ["lapsed"]

    def test_one_that_ran_out_says_how_it_stands(self, desk: Desk, offer: int) -> None:
        opened(desk.client, link(desk, offer, None))
        with desk.database.write() as session:
            session.execute(update(Occurrence).where(Occurrence.booking_id == offer).values(status="lapsed"))
        token = csrf_token(desk.client, "/sign-in")
        late = desk.client.post(self.PAGE, data={"csrf_token": token, "answer": "yes"})
        assert late.status_code == 200
        assert "This offer stands no more" in late.text
        assert "offer ran out" in text_of(late.text)

    def test_a_link_to_decide_takes_no_offer(self, desk: Desk, staff: Member, offer: int) -> None:
        secret = link(desk, offer, staff).rpartition("/")[2]
        assert desk.client.get(f"{self.PAGE}/{secret}", follow_redirects=True).status_code == 410


def test_an_answer_uses_up_its_own_link_and_no_other(
    desk: Desk, staff: Member, admin: Member, request_: int
) -> None:
    def good() -> int:
        with desk.database.read() as session:
            return session.scalar(select(func.count()).where(Ticket.purpose == "booking.decide")) or 0

    path = link(desk, request_, staff)
    link(desk, request_, admin)
    before = good()
    opened(desk.client, path)
    answer(desk.client, "/bookings/decide", answer="yes")
    assert good() == before - 1


class TestTheMails:
    def test_everybody_who_may_decide_gets_a_link_of_their_own(
        self, desk: Desk, staff: Member, admin: Member, analyst: Member, request_: int
    ) -> None:
        paths = []
        for one in (staff, admin):
            (mail,) = desk.letters_to(one.email)
            assert mail.subject.startswith("To decide: Hall, ")
            assert mail.subject.endswith("for Ana Robles")
            assert "30 people come." in mail.text
            assert mail.html
            assert "All hands" in mail.html
            paths.append(link_in(mail))
        assert len(set(paths)) == 2
        assert desk.letters_to(analyst.email) == []
        assert "/bookings/decide/" not in desk.letters_to("ana@hub.example")[-1].text
        assert opened(desk.client, paths[1]) == "/bookings/decide"
        assert answer(desk.client, "/bookings/decide", answer="yes").status_code == 303
        assert desk.row(request_).decided_by_id == admin.id

    def test_they_read_it_in_their_own_language(self, desk: Desk, staff: Member, member: Member) -> None:
        with desk.database.write() as session:
            session.get_one(Member, staff.id).locale = "es_MX"
        desk.book(member, 10, "All hands", resource="hall")
        (mail,) = desk.letters_to(staff.email)
        assert mail.subject.startswith("Por decidir: Hall, ")

    def test_nobody_is_asked_about_what_needs_no_approval(
        self, desk: Desk, staff: Member, member: Member
    ) -> None:
        desk.book(member, 10)
        assert desk.letters_to(staff.email) == []

    @pytest.mark.parametrize(
        ("change", "asked"), [({"title": "Party"}, 1), ({"start": at(9), "end": at(12)}, 2)]
    )
    def test_after_a_yes_they_are_asked_again_only_if_it_is_enlarged(
        self, desk: Desk, staff: Member, request_: int, change: dict[str, Any], asked: int
    ) -> None:
        opened(desk.client, link(desk, request_, staff))
        answer(desk.client, "/bookings/decide", answer="yes")
        with desk.client.application.app_context(), desk.database.write() as session:
            mine = session.get_one(Booking, request_).member
            by, now = Origin(mine.id), clock.now()
            reception.change(session, request_, Change(**change), mine, by, now=now, zone=JUAREZ)
        assert len(desk.letters_to(staff.email)) == asked

    def test_an_offer_s_mail_takes_it(self, desk: Desk, member: Member, staff: Member) -> None:
        first = desk.book(staff, 10, "Taken")
        waits = desk.book(member, 10, "In line", waitlist=True)
        with desk.client.application.app_context(), desk.database.write() as session:
            boss = session.get_one(Member, staff.id)
            reception.cancel(session, first, boss, Origin(staff.id), now=clock.now(), zone=JUAREZ)
        mail = desk.letters_to(member.email)[-1]
        assert mail.subject.startswith("Free for you until")
        assert opened(desk.client, link_in(mail)) == "/bookings/offer"
        assert answer(desk.client, "/bookings/offer", answer="yes").status_code == 303
        assert desk.states(waits) == ["confirmed"]
