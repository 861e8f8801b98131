"""What happens every minute: each step does its part, and one that fails stops no other."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from campus.bookings import jobs, reception
from campus.bookings.jobs import CHANGES_KEPT, STEPS
from campus.bookings.models import Booking, BookingChange, Hold, HoldSpell, Notice
from campus.people.models import Member
from campus.spaces.spans import Span
from tests.campus.bookings.front import JUAREZ, Front, at


@pytest.fixture
def busy(front: Front, member: Member, eva: Member) -> Front:
    """At 10:00 there is something to do for each step; `checks` says what is done by then."""
    front.add("strict", policy={"check_in_minutes": 15})
    front.add("offering")
    with front.open() as session:
        session.execute(insert(BookingChange), [{"resource_id": 1} for _number in range(CHANGES_KEPT + 5)])
        reception.hold(session, "glass", Span(at(12), at(13)), member, **front.here)
    front.book(member, 9.5, 10.5, resource="strict", title="Nobody comes")
    front.book(member, 10.5, 11.5, title="Soon")
    booked = front.book(member, 11, 12, resource="offering").booking
    front.book(eva, 11, 12, resource="offering", waitlist=True, title="Offered")
    front.do("cancel", member, booked)
    with front.open() as session:
        other = session.scalars(select(Booking).where(Booking.title == "Soon")).one()
        other.created_at = at(1)
    front.write_letters()
    front.now = at(10)
    return front


def count(front: Front, what: type, *where: object) -> int:
    with front.database.read() as session:
        return session.scalar(select(func.count()).select_from(what).where(*where)) or 0  # type: ignore[arg-type]


def status(front: Front, title: str) -> str:
    with front.database.read() as session:
        booking = session.scalars(select(Booking).where(Booking.title == title)).one()
        return booking.occurrences[0].status


DONE: dict[str, Callable[[Front], bool]] = {
    "holds": lambda front: count(front, Hold) == 0,
    "changes": lambda front: count(front, BookingChange) <= CHANGES_KEPT + 50,
    "offers": lambda front: status(front, "Offered") == "lapsed",
    "no-shows": lambda front: status(front, "Nobody comes") == "no-show",
    "reminders": lambda front: count(front, Notice, Notice.kind == "reminder") == 1,
}


def test_every_step_does_its_part(busy: Front) -> None:
    busy.minute()
    assert [name for name, is_done in DONE.items() if not is_done(busy)] == []


@pytest.mark.parametrize("broken", list(STEPS))
def test_a_step_that_fails_is_named_and_stops_no_other(
    sqlite_database: object, busy: Front, caplog: pytest.LogCaptureFixture, broken: str
) -> None:
    def fail(session: Session, *_more: object) -> None:
        session.execute(delete(Booking))
        raise RuntimeError("The store is out of order.")

    assert jobs.minute(busy.database, busy.now, JUAREZ, {**STEPS, broken: fail}) == [broken]
    assert f"{broken} failed" in caplog.text
    left = {name for name, is_done in DONE.items() if not is_done(busy)}
    assert left <= {broken}, "nor is anything lost of what the step had begun"
    busy.minute()
    assert all(is_done(busy) for is_done in DONE.values()), "the next minute it is done"


def test_who_waits_is_served_when_a_hold_runs_out(front: Front, member: Member, eva: Member) -> None:
    with front.open() as session:
        reception.hold(session, "glass", Span(at(9), at(10)), member, **front.here)
    waits = front.book(eva, 9, 10, waitlist=True).booking
    front.now += timedelta(minutes=5)
    front.minute()
    assert front.statuses(waits, eva) == ["offered"]


def test_how_long_was_held_is_forgotten_after_the_pause(front: Front, member: Member) -> None:
    with front.open() as session:
        reception.hold(session, "glass", Span(at(9), at(10)), member, **front.here)
    front.now += timedelta(minutes=9)
    front.minute()
    assert count(front, HoldSpell) == 1
    front.now += timedelta(minutes=1)
    front.minute()
    assert count(front, HoldSpell) == 0
