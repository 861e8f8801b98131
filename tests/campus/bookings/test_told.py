"""What members and guests are told about bookings, and what their calendars make of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from email.message import EmailMessage, Message
from typing import Any

import pytest
from apiflask import APIFlask
from sqlalchemy import select
from sqlalchemy.orm import Session

from campus.audit import Origin
from campus.bookings import reception
from campus.bookings.changing import Change
from campus.bookings.departure import let_go
from campus.bookings.letters.dispatch import REASONS, write_out
from campus.bookings.letters.told import (
    Proposal,
    as_it_was,
    told_booked,
    told_cancelled,
    told_changed,
    told_decided,
    told_displaced,
    told_offered,
    told_reminder,
)
from campus.bookings.models import Booking, Occurrence
from campus.database import Database
from campus.outbox import Mail
from campus.people.members import add_member
from campus.people.models import Member
from campus.postman import Postman
from campus.settings import Settings
from campus.spaces.models import Resource
from campus.spaces.spans import Span
from tests.campus.bookings.calendars import JUAREZ, Read, by_icalendar, by_vobject, events_of
from tests.campus.mail_box import read_mail

HOUR, WEEK = timedelta(hours=1), timedelta(weeks=1)
NOW = datetime(2026, 10, 1, 18, tzinfo=JUAREZ)
FIRST = datetime(2026, 10, 18, 9, tzinfo=JUAREZ)
"""A Sunday: the third of its weeks has the change of the clocks before it."""
GUEST = "luis@elsewhere.example"
Act = Callable[[Session, Booking], object]


class Desk:
    """Bookings of Ana's, and what was written about them since one last looked."""

    def __init__(self, app: APIFlask, database: Database, member: Member) -> None:
        self.app, self.database, self.member = app, database, member
        self._seen = 0
        with database.write() as session:
            room = Resource(slug="glass", name="Glass 1", kind="room", policy={}, created_at=NOW)
            session.add(room)
            session.flush()
            self.room_id = room.id

    def add(self, *statuses: str, guests: list[str] | None = None, **more: Any) -> int:
        """A booking with a time every Sunday at nine."""
        times = []
        for week, status in enumerate(statuses):
            start = FIRST.replace(tzinfo=None) + week * WEEK
            begins = start.replace(tzinfo=JUAREZ)
            ends = begins + HOUR
            times.append(
                Occurrence(
                    resource_id=self.room_id, start=begins, end=ends, blocked_start=begins, blocked_end=ends,
                    status=status,
                )
            )  # fmt: skip
        told: dict[str, Any] = {
            "member_id": self.member.id,
            "made_by_id": self.member.id,
            "title": "Standup",
            "guests": guests or [],
            "version": 1,
            "repeat": f"FREQ=WEEKLY;COUNT={len(statuses)}" if len(statuses) > 1 else None,
        }
        booking = Booking(resource_id=self.room_id, created_at=NOW, occurrences=times, **{**told, **more})
        with self.database.write() as session:
            session.add(booking)
            session.flush()
            return booking.id

    def act(self, booking_id: int, what: Act) -> dict[str, list[Mail]]:
        """Do it; the new mails by recipient."""
        with self.app.app_context(), self.database.write() as session:
            what(session, session.get_one(Booking, booking_id))
        with self.app.app_context():
            write_out(self.database, JUAREZ)
        with self.database.read() as session:
            mails = session.query(Mail).where(Mail.id > self._seen).order_by(Mail.id).all()
        self._seen = max((mail.id for mail in mails), default=self._seen)
        found: dict[str, list[Mail]] = {}
        for mail in mails:
            found.setdefault(mail.recipient, []).append(mail)
        return found

    def prefer(self, **chosen: Any) -> None:
        with self.database.write() as session:
            mine = session.get_one(Member, self.member.id)
            for name, value in chosen.items():
                setattr(mine, name, value)


@pytest.fixture
def desk(app: APIFlask, sqlite_database: Database, member: Member) -> Iterator[Desk]:
    yield Desk(app, sqlite_database, member)


def booked(session: Session, booking: Booking) -> None:
    told_booked(session, booking, booking.member, now=NOW, zone=JUAREZ)


def cancel_first(by: Member | None = None, **more: Any) -> Act:
    def act(session: Session, booking: Booking) -> None:
        before = as_it_was(booking)
        gone = booking.occurrences[0]
        gone.status, booking.version = "cancelled", booking.version + 1
        told_cancelled(
            session, booking, [gone], by or booking.member, now=NOW, zone=JUAREZ, before=before, **more
        )

    return act


def times_of(mail: Mail) -> list[Read]:
    """What two calendar programs see in it."""
    assert mail.calendar is not None
    seen = by_vobject(mail.calendar.encode())
    assert seen == by_icalendar(mail.calendar.encode())
    return seen


def test_a_booking_is_confirmed_to_its_member_and_its_guests(desk: Desk) -> None:
    series = desk.add("confirmed", "confirmed", "confirmed", guests=[GUEST])
    mails = desk.act(series, booked)
    assert set(mails) == {desk.member.email, GUEST}
    for (mail,) in mails.values():
        assert mail.calendar_method == "REQUEST"
        starts = [one.start for one in times_of(mail)]
        assert starts == [
            (FIRST.replace(tzinfo=None) + week * WEEK).replace(tzinfo=JUAREZ) for week in range(3)
        ]
        assert "Sun 18 Oct 09:00–10:00: Standup" in mail.text
        assert "Sun 1 Nov 09:00–10:00: Standup" in mail.text
        assert mail.html is not None
    (mine,), (theirs,) = mails[desk.member.email], mails[GUEST]
    assert mine.subject == "Booked: Glass 1, Sun 18 Oct 09:00–10:00"
    assert theirs.subject == "Ana Robles asks you along: Glass 1, Sun 18 Oct 09:00–10:00"
    assert "http" in mine.text
    assert "http" not in theirs.text, "no link of a guest does anything"
    assert "URL" not in (theirs.calendar or "")


def test_each_guest_sees_themselves_and_whose_it_is(desk: Desk) -> None:
    mails = desk.act(desk.add("confirmed", guests=[GUEST, "eva@elsewhere.example", GUEST.upper()]), booked)
    assert len(mails[GUEST]) == 1
    assert "eva@" not in (mails[GUEST][0].calendar or "")
    (event,) = events_of((mails[GUEST][0].calendar or "").encode())
    assert [str(one) for one in event["ATTENDEE"]] == [f"mailto:{desk.member.email}", f"mailto:{GUEST}"]
    assert event["ORGANIZER"] == "mailto:campus@localhost"


def test_guests_hear_of_it_once_it_is_approved(desk: Desk, staff: Member) -> None:
    asked = desk.add("pending", guests=[GUEST])
    mails = desk.act(asked, booked)
    assert set(mails) == {desk.member.email}
    assert mails[desk.member.email][0].subject.startswith("Asked for: ")
    assert "STATUS:TENTATIVE" in (mails[desk.member.email][0].calendar or "")

    def approve(session: Session, booking: Booking) -> None:
        booking.occurrences[0].status, booking.version = "confirmed", 2
        booking.decision = "Enjoy\n- it"
        told_decided(session, booking, staff, now=NOW, zone=JUAREZ)

    mails = desk.act(asked, approve)
    assert set(mails) == {desk.member.email, GUEST}
    assert mails[desk.member.email][0].subject.startswith("Approved: ")
    assert "The reason: Enjoy - it" in mails[desk.member.email][0].text
    assert "SEQUENCE:2" in (mails[GUEST][0].calendar or "")


def test_who_is_refused_is_told_why_and_their_calendar_forgets_it(desk: Desk, staff: Member) -> None:
    def refuse(session: Session, booking: Booking) -> None:
        booking.occurrences[0].status, booking.decision = "rejected", "The room is being painted"
        told_decided(session, booking, staff, now=NOW, zone=JUAREZ)

    mails = desk.act(desk.add("pending", guests=[GUEST]), refuse)
    ((mail,),) = mails.values()
    assert mail.subject.startswith("Not approved: ")
    assert "The reason: The room is being painted" in mail.text
    assert mail.calendar_method == "CANCEL"


def test_who_waits_in_line_gets_no_appointment(desk: Desk) -> None:
    ((mail,),) = desk.act(desk.add("waitlisted", guests=[GUEST]), booked).values()
    assert mail.subject.startswith("In line for: ")
    assert (mail.calendar, mail.calendar_method) == (None, None)


def move_first(session: Session, booking: Booking) -> None:
    before = as_it_was(booking)
    first = booking.occurrences[0]
    first.start, first.end = first.start + 2 * HOUR, first.end + 3 * HOUR
    first.blocked_start, first.blocked_end = first.start, first.end
    booking.version += 1
    told_changed(session, booking, before, booking.member, now=NOW, zone=JUAREZ)


def test_a_change_says_what_was_and_what_is(desk: Desk) -> None:
    series = desk.add("confirmed", "confirmed", guests=[GUEST])
    desk.act(series, booked)
    mails = desk.act(series, move_first)
    for (mail,) in mails.values():
        assert "Sun 18 Oct 11:00–13:00 (it was Sun 18 Oct 09:00–10:00): Standup" in mail.text
        assert "25 Oct" not in mail.text, "what stays is not told again"
        assert [one.start for one in times_of(mail)] == [FIRST + 2 * HOUR, FIRST + WEEK]
        assert "SEQUENCE:2" in (mail.calendar or "")


def test_a_part_that_goes_its_own_way_leaves_the_calendar_of_the_rest(desk: Desk) -> None:
    """By the real reception. No time stands in a calendar twice."""
    series = desk.add(*["confirmed"] * 4, guests=[GUEST], attendees=2)
    desk.act(series, booked)

    def part(session: Session, booking: Booking) -> None:
        third = booking.occurrences[2]
        start, end = third.start + HOUR, third.end + HOUR
        wanted = Change(start, end, scope="following", occurrence_id=third.id)
        by = booking.member
        made = reception.change(session, booking.id, wanted, by, Origin(None), now=NOW, zone=JUAREZ)
        assert made.split_from is not None

    mails = desk.act(series, part)
    assert set(mails) == {desk.member.email, GUEST}
    with desk.database.read() as session:
        held = sorted(session.scalars(select(Occurrence.start)))
    for told in mails.values():
        assert (
            len({event["UID"] for mail in told for event in events_of((mail.calendar or "").encode())}) == 2
        )
        assert sorted(one.start for mail in told for one in times_of(mail)) == held
    assert "The rest is a booking of its own now" in mails[desk.member.email][0].text


def test_of_a_series_one_time_is_refused(desk: Desk, staff: Member) -> None:
    """What is not decided stays as it was told."""

    def refuse(session: Session, booking: Booking) -> None:
        booking.occurrences[1].status = "rejected"
        told_decided(session, booking, staff, now=NOW, zone=JUAREZ, decided=[booking.occurrences[1]])

    mails = desk.act(desk.add("confirmed", "pending", guests=[GUEST]), refuse)
    assert mails[desk.member.email][0].subject.startswith("Not approved: Glass 1, Sun 25 Oct")
    assert [one.start for one in times_of(mails[desk.member.email][0])] == [FIRST]
    (event,) = events_of((mails[GUEST][0].calendar or "").encode())
    assert event["RECURRENCE-ID"].dt == FIRST + WEEK


def test_a_reason_of_ours_is_in_the_reader_s_language(desk: Desk) -> None:
    desk.prefer(locale="es_MX")

    def release(session: Session, booking: Booking) -> None:
        gone = booking.occurrences
        gone[0].status = "no-show"
        told_cancelled(session, booking, gone, None, now=NOW, zone=JUAREZ, reason=REASONS["nobody-came"])

    ((mail,),) = desk.act(desk.add("confirmed"), release).values()
    assert "El motivo: Nadie se registró." in mail.text


def test_a_change_that_nobody_sees_is_not_told(desk: Desk) -> None:
    def nothing(session: Session, booking: Booking) -> None:
        told_changed(session, booking, as_it_was(booking), booking.member, now=NOW, zone=JUAREZ)

    assert desk.act(desk.add("confirmed", guests=[GUEST]), nothing) == {}


def test_guests_come_and_go(desk: Desk) -> None:
    def swap(session: Session, booking: Booking) -> None:
        before = as_it_was(booking)
        booking.guests, booking.version = ["eva@elsewhere.example", "stays@elsewhere.example"], 2
        told_changed(session, booking, before, booking.member, now=NOW, zone=JUAREZ)

    mails = desk.act(desk.add("confirmed", guests=[GUEST, "stays@elsewhere.example"]), swap)
    methods = {recipient: mail.calendar_method for recipient, (mail,) in mails.items()}
    assert methods == {desk.member.email: "REQUEST", GUEST: "CANCEL", "eva@elsewhere.example": "REQUEST"}


def test_of_a_series_one_time_is_taken_out(desk: Desk) -> None:
    mails = desk.act(desk.add("confirmed", "confirmed", guests=[GUEST]), cancel_first())
    assert set(mails) == {desk.member.email, GUEST}
    for (mail,) in mails.values():
        assert mail.calendar_method == "CANCEL"
        (event,) = events_of((mail.calendar or "").encode())
        assert event["RECURRENCE-ID"].dt == FIRST


def test_with_its_last_time_all_of_it_goes(desk: Desk) -> None:
    mails = desk.act(desk.add("confirmed", "cancelled", guests=[GUEST]), cancel_first(reason="Full"))
    for (mail,) in mails.values():
        (event,) = events_of((mail.calendar or "").encode())
        assert "RECURRENCE-ID" not in event
    assert "The reason: Full" in mails[desk.member.email][0].text


def test_what_the_campus_does_by_itself_is_nobody_s_deed(desk: Desk) -> None:
    def release(session: Session, booking: Booking) -> None:
        booking.occurrences[0].status = "no-show"
        told_cancelled(
            session, booking, booking.occurrences, None, now=NOW, zone=JUAREZ, reason="No check-in"
        )

    ((mail,),) = desk.act(desk.add("confirmed"), release).values()
    assert "a booking of yours was cancelled:" in mail.text
    assert "staff" not in mail.text
    assert mail.calendar_method == "CANCEL"


def test_guests_who_were_never_asked_hear_nothing_of_its_end(desk: Desk) -> None:
    assert set(desk.act(desk.add("pending", guests=[GUEST]), cancel_first())) == {desk.member.email}


@pytest.mark.parametrize(("own", "preference"), [(True, "mails_confirmations"), (False, "mails_bookings")])
def test_members_are_told_as_they_chose(desk: Desk, staff: Member, own: bool, preference: str) -> None:
    by = None if own else staff
    desk.prefer(mails_confirmations=not own, mails_bookings=own)
    assert desk.act(desk.add("confirmed"), cancel_first(by)) == {}
    desk.prefer(**{preference: True})
    ((mail,),) = desk.act(desk.add("confirmed"), cancel_first(by)).values()
    assert ("you gave this back" in mail.text) is own


def test_an_offer_says_until_when_and_asks_nobody_else(desk: Desk) -> None:
    def offer(session: Session, booking: Booking) -> None:
        one = booking.occurrences[0]
        one.status, one.offered_until = "offered", NOW + timedelta(minutes=30)
        told_offered(session, one, now=NOW, zone=JUAREZ)

    ((mail,),) = desk.act(desk.add("waitlisted", guests=[GUEST]), offer).values()
    assert mail.subject == "Free for you until Thu 1 Oct 18:30: Glass 1, Sun 18 Oct 09:00–10:00"
    assert mail.calendar is None, "it is not theirs yet"


def test_who_moves_up_by_themselves_has_it_and_their_guests_too(desk: Desk) -> None:
    def confirm(session: Session, booking: Booking) -> None:
        booking.occurrences[0].status = "confirmed"
        told_offered(session, booking.occurrences[0], now=NOW, zone=JUAREZ)

    mails = desk.act(desk.add("waitlisted", guests=[GUEST]), confirm)
    assert {recipient: mail.calendar_method for recipient, (mail,) in mails.items()} == {
        desk.member.email: "REQUEST",
        GUEST: "REQUEST",
    }
    assert mails[desk.member.email][0].subject.startswith("You moved up: ")


def test_a_closure_says_why_and_what_is_free_instead(desk: Desk, staff: Member) -> None:
    def close(session: Session, booking: Booking) -> None:
        gone = booking.occurrences[0]
        gone.status = "cancelled"
        elsewhere = Proposal("Glass 2", Span(FIRST, FIRST + HOUR))
        told_displaced(
            session, booking, [gone], staff, now=NOW, zone=JUAREZ, reason="Painting", proposals=[elsewhere]
        )

    mails = desk.act(desk.add("confirmed", guests=[GUEST]), close)
    (mail,) = mails[desk.member.email]
    assert mail.subject == "Closed: Glass 1, Sun 18 Oct 09:00–10:00"
    assert "The reason: Painting" in mail.text
    assert "- Glass 2, Sun 18 Oct 09:00–10:00" in mail.text
    assert {one.calendar_method for (one,) in mails.values()} == {"CANCEL"}


def test_a_reminder_goes_to_who_wants_it(desk: Desk) -> None:
    def remind(session: Session, booking: Booking) -> None:
        told_reminder(session, booking.occurrences[0], now=NOW, zone=JUAREZ)

    ((mail,),) = desk.act(desk.add("confirmed", guests=[GUEST]), remind).values()
    assert mail.subject == "Soon: Glass 1, Sun 18 Oct 09:00–10:00"
    desk.prefer(mails_reminders=False)
    assert desk.act(1, remind) == {}


def test_whoever_leaves_takes_their_invitations_back(desk: Desk) -> None:
    """What was never confirmed, guests never heard of."""
    desk.add("pending", guests=["never@elsewhere.example"])
    with desk.database.write() as session:
        session.get_one(Booking, 1).occurrences[0].status = "cancelled"
    desk.add("confirmed", "confirmed", guests=[GUEST])

    def leave(session: Session, booking: Booking) -> None:
        let_go(session, booking.member, Origin(None), NOW, JUAREZ)

    mails = desk.act(1, leave)
    assert set(mails) == {desk.member.email, GUEST}
    (mail,) = mails[GUEST]
    assert mail.calendar_method == "CANCEL"
    (event,) = events_of((mail.calendar or "").encode())
    assert "RECURRENCE-ID" not in event


def test_a_guest_who_is_a_member_reads_it_in_their_own_words(desk: Desk, staff: Member) -> None:
    with desk.database.write() as session:
        somebody = session.get_one(Member, staff.id)
        somebody.locale, somebody.clock = "es_MX", "12"
        gone = add_member(
            session, email="gone@hub.example", name="Gone", role="member", password=None, now=NOW
        )
        gone.active = False
    mails = desk.act(desk.add("confirmed", guests=[staff.email, "gone@hub.example"]), booked)
    assert set(mails) == {desk.member.email, staff.email}
    (mail,) = mails[staff.email]
    assert "te invita" in mail.subject
    assert ".m." in mail.text
    assert f"CN={staff.name}" in (mail.calendar or "").replace("\r\n ", "").replace('"', "")


@pytest.mark.parametrize("locale", ["en", "es_MX"])
def test_nobody_s_words_are_markup_lines_or_headers(desk: Desk, settings: Settings, locale: str) -> None:
    desk.prefer(locale=locale)
    nasty = "<script>x</script>\r\nBcc: x@evil.example\r\n- https://evil.example/ 🌵 \\u202e"
    desk.act(desk.add("confirmed", guests=[GUEST], title=nasty), booked)
    carried: list[EmailMessage] = []

    class Pigeon:
        def carry(self, message: EmailMessage, recipient: str) -> None:
            carried.append(read_mail(message.as_bytes()))

        def close(self) -> None:
            pass

    Postman(desk.database, settings, Pigeon()).go_round(NOW)
    assert len(carried) == 2
    for message in carried:
        text, html, calendar, _file = [part for part in message.walk() if not part.is_multipart()]
        assert message["Bcc"] is None
        assert "<script>" not in html.get_content()
        assert "&lt;script&gt;" in html.get_content()
        assert "evil.example/" not in str(
            [line for line in text.get_content().splitlines() if line.startswith("- h")]
        )
        (read,) = by_icalendar(as_bytes(calendar))
        assert read.title == nasty.replace("\r\n", "\n")


def test_long_series_are_counted_not_listed(desk: Desk) -> None:
    (mail,) = desk.act(desk.add(*["confirmed"] * 40), booked)[desk.member.email]
    assert "- and 28 more" in mail.text
    assert len(times_of(mail)) == 40


def as_bytes(part: Message) -> bytes:
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    return content
