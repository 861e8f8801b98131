"""Who frees time locks its resource first, and then the booking: two never wait for each other."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from campus.audit import Origin
from campus.bookings import holds, jobs, reception, taking, waitlist
from campus.bookings.departure import let_go
from campus.bookings.models import Hold, Occurrence
from campus.database import Database, is_sqlite
from campus.people.models import Member
from campus.spaces.spans import Span
from tests.campus.bookings.front import JUAREZ, Front, at

Deed = Callable[[Front, Session, Member], object]
LATER = timedelta(hours=1, minutes=30)


def leave(front: Front, session: Session, member: Member) -> None:
    with front.app.app_context():
        let_go(session, session.get_one(Member, member.id), Origin(), front.here["now"], JUAREZ)


def release_hold(front: Front, session: Session, member: Member) -> None:
    held = session.scalars(select(Hold.id)).one()
    reception.release_hold(session, held, member, **front.here)


def hold_again(front: Front, session: Session, member: Member) -> None:
    holds.hold(session, "glass", Span(at(13), at(14)), member, **front.here)


def release_no_shows(front: Front, session: Session, member: Member) -> None:
    jobs.release_no_shows(session, front.here["now"] + LATER, JUAREZ)


def lapse(front: Front, session: Session, member: Member) -> None:
    waitlist.lapse(session, front.here["now"] + LATER)


@pytest.mark.parametrize("deed", [leave, release_hold, hold_again, release_no_shows, lapse])
def test_who_frees_time_waits_for_who_decides_on_it_and_keeps_nobody_waiting(
    front: Front, member: Member, eva: Member, deed: Deed
) -> None:
    front.add("glass", policy={"check_in_minutes": 10})
    taken = front.book(eva, 9, 10).booking
    offered = front.book(member, 9, 10, waitlist=True).booking
    front.do("cancel", eva, taken)
    front.book(member, 8, 9)
    with front.open() as session:
        reception.hold(session, "glass", Span(at(11), at(12)), member, **front.here)
    assert front.statuses(offered, member) == ["offered"]

    def run() -> None:
        with front.open() as session:
            deed(front, session, member)

    with ThreadPoolExecutor(1) as other:
        with front.open() as session:
            taking.begin(session, "glass", front.here["now"])
            running = other.submit(run)
            if not is_sqlite(session):  # which has one writer at a time as it is
                _until_it_waits(front.database)
            session.scalars(select(Occurrence).with_for_update(nowait=True)).all()
            session.scalars(select(Hold).with_for_update(nowait=True)).all()
        running.result(timeout=20)


def _until_it_waits(database: Database) -> None:
    """Somebody in this database waits for a lock."""
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE wait_event_type = 'Lock' AND datname = current_database()"
    )
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with database.read() as session:
            if session.scalar(waiting):
                return
        time.sleep(0.01)
    pytest.fail("nobody waited")
