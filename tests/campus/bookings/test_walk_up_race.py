"""Many fingers at one door: whoever is first has the room, on both engines."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from apiflask import APIFlask

from campus import clock
from campus.audit import Origin
from campus.bookings.door import walk_up
from campus.bookings.door.walk_up import Caller
from campus.database import Database
from campus.errors import SlotTaken
from campus.people.models import Member
from tests.campus.bookings.at_the_door import MINUTE, bookings, furnish, put, time_of
from tests.campus.test_departure import ZONE

FINGERS = 8


@pytest.mark.parametrize("minutes", [15, 60])
def test_of_many_who_book_now_one_does(
    app: APIFlask, database: Database, member: Member, staff: Member, minutes: int
) -> None:
    furnish(database)
    now = clock.now()

    def press(number: int) -> bool:
        caller = Caller(member if number % 2 else staff)
        try:
            with app.app_context(), database.write() as store:
                walk_up.book_now(store, "glass", minutes, caller, Origin(), now=now, zone=ZONE)
        except SlotTaken:
            return False
        return True

    with ThreadPoolExecutor(FINGERS) as fingers:
        assert sum(fingers.map(press, range(FINGERS))) == 1
    assert len(bookings(database)) == 1


def test_a_room_that_is_finished_and_taken_at_once_is_nobody_s_twice(
    app: APIFlask, database: Database, member: Member, staff: Member
) -> None:
    furnish(database)
    now = clock.now()
    mine = put(database, member.email, now - 10 * MINUTE, 60)

    def press(number: int) -> str:
        how = {"now": now, "zone": ZONE}
        try:
            with app.app_context(), database.write() as store:
                if number == 0:
                    walk_up.finish(store, "glass", mine, Caller(member), Origin(), **how)  # type: ignore[arg-type]
                    return "finished"
                walk_up.book_now(store, "glass", 15, Caller(staff), Origin(), **how)  # type: ignore[arg-type]
        except SlotTaken:
            return "refused"
        return "booked"

    with ThreadPoolExecutor(FINGERS) as fingers:
        outcomes = list(fingers.map(press, range(FINGERS)))
    assert outcomes[0] == "finished"
    assert outcomes.count("booked") == len(bookings(database)) - 1 <= 1
    assert time_of(database, mine).end == now
