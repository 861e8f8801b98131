"""The worker writes what was noted: in order, once, and past what cannot be written."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from campus import clock
from campus.bookings.letters import dispatch
from campus.bookings.letters.dispatch import MOST_TRIES
from campus.bookings.models import Notice
from campus.database import Database
from campus.doctor import Finding, examine
from campus.hub import hub
from campus.people.models import Member
from tests.campus.bookings.front import JUAREZ, Front


def spoil(front: Front, notice: int) -> None:
    """A notice that nobody can write."""
    with front.open() as session:
        session.execute(update(Notice).where(Notice.id == notice).values(kind="riddle"))


def waiting(front: Front) -> list[int]:
    with front.database.read() as session:
        return list(session.scalars(select(Notice.id).order_by(Notice.id)))


def subjects(front: Front, to: Member) -> list[str]:
    return [mail.subject.partition(":")[0] for mail in front.mails(to)]


def test_one_notice_that_cannot_be_written_holds_up_no_other_booking(
    front: Front, member: Member, eva: Member
) -> None:
    front.book(member, 8, 9)
    poison = front.book(eva, 9, 10).booking
    spoil(front, waiting(front)[-1])
    front.do("cancel", eva, poison)
    front.book(member, 10, 11)
    front.write_letters()
    assert subjects(front, member) == ["Booked", "Booked"]
    assert len(waiting(front)) == 2, "of its own booking nothing is told before it"


def test_after_so_many_tries_the_rest_of_its_booking_is_told(front: Front, member: Member) -> None:
    poison = front.book(member, 9, 10).booking
    spoil(front, waiting(front)[0])
    front.do("cancel", member, poison)
    for _round in range(MOST_TRIES - 1):
        front.write_letters()
    assert len(waiting(front)) == 2
    front.write_letters()
    assert subjects(front, member) == ["Your booking was cancelled"]
    assert len(waiting(front)) == 1


def test_doctor_names_what_could_not_be_written(front: Front, member: Member) -> None:
    booking = front.book(member, 9, 10).booking.id
    number = waiting(front)[0]
    spoil(front, number)
    for _round in range(MOST_TRIES):
        assert looked_at(front) == Finding("letters", "ok", "none is stuck")
        front.write_letters()
    assert looked_at(front).verdict == "fault"
    assert f": riddle {number} (booking {booking}); once mended: " in looked_at(front).words
    assert looked_at(front).words.endswith("letters try-again")


def looked_at(front: Front) -> Finding:
    with front.app.app_context():
        return next(one for one in examine(hub(), {}, clock.now()) if one.about == "letters")


def test_what_was_tried_before_is_still_told_before_what_followed(front: Front, member: Member) -> None:
    front.book(member, 8, 9)
    booking = front.book(member, 9, 10).booking
    front.do("cancel", member, booking)
    with front.open() as session:  # a worker was stopped while it wrote this one
        session.execute(update(Notice).where(Notice.id == waiting(front)[1]).values(tries=1))
    assert subjects(front, member) == ["Booked", "Booked", "Your booking was cancelled"]


class Slow(Database):
    """A store in which another worker is quicker: it writes all of it while this one looks for words."""

    other: Front | None = None

    @contextmanager
    def write(self) -> Iterator[Session]:
        if self.other:
            front, self.other = self.other, None
            front.write_letters()
        with super().write() as session:
            yield session


def test_two_workers_write_each_letter_once(front: Front, member: Member) -> None:
    front.book(member, 8, 9)
    front.do("cancel", member, front.book(member, 9, 10).booking)
    slow = Slow(front.database.url)
    slow.other = front
    with front.app.app_context():
        assert dispatch.write_out(slow, JUAREZ) == 0
    slow.close()
    assert subjects(front, member) == ["Booked", "Booked", "Your booking was cancelled"]


def test_what_was_given_up_is_written_once_it_is_mended_and_asked_for(front: Front, member: Member) -> None:
    front.book(member, 9, 10)
    number = waiting(front)[0]
    spoil(front, number)
    for _round in range(MOST_TRIES + 1):
        front.write_letters()
    with front.open() as session:
        session.execute(update(Notice).where(Notice.id == number).values(kind="booked"))
    assert subjects(front, member) == [], "nobody asked for it"
    said = front.app.test_cli_runner().invoke(args=["letters", "try-again"])
    assert said.output == "1 letter will be tried again.\n"
    assert subjects(front, member) == ["Booked"]
    assert front.app.test_cli_runner().invoke(args=["letters", "try-again"]).output.startswith("0 letters")
