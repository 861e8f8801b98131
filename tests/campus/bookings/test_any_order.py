"""Whatever members and staff do, in whatever order: no time is taken twice, and what people were told is so.

What a member was told is what their calendar makes of the mails that they got, newest version last.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import delete, select

from campus.bookings.models import HOLDING, Booking, Claim, Hold, Occurrence
from campus.errors import CampusError
from campus.outbox import Mail
from campus.people.models import Member
from campus.spaces.resources import find_resource
from tests.campus.bookings.calendars import by_icalendar, events_of
from tests.campus.bookings.front import NOW, Front, at

SATURDAY = date(2026, 3, 7)
"""The night after it the clocks go forward."""
ROOMS = ("glass", "steel", "printer", "workshop")
quarters = st.integers(0, 4 * 40).map(lambda number: number / 4)
lengths = st.sampled_from((0.25, 0.5, 1, 1.5, 3, 9))
repeats = st.sampled_from(
    (None, None, "FREQ=DAILY;COUNT=3", "FREQ=WEEKLY;COUNT=3", "FREQ=DAILY;INTERVAL=2;COUNT=4")
)
DEEDS = ("approve", "reject", "accept_offer", "decline_offer", "check_in", "finish")
scopes = st.sampled_from(("this", "following", "all"))
picks = st.integers(0, 10**6)


class AnyOrder(RuleBasedStateMachine):
    """Two members and one of staff, four rooms of which one blocks another; a clock that goes on."""

    front: Front
    people: list[Member]

    def __init__(self) -> None:
        super().__init__()
        self.front.now = NOW
        with self.front.database.write() as session:
            for table in (Hold, Occurrence, Booking, Mail):
                session.execute(delete(table))

    def attempt(self, deed: Callable[..., Any], *args: Any, **more: Any) -> None:
        """What is refused changes nothing; anything but a refusal is a fault."""
        try:
            deed(*args, **more)
        except CampusError as refused:
            assert refused.status in (400, 403, 404, 409, 422)

    @rule(
        who=picks,
        room=st.sampled_from(ROOMS),
        start=quarters,
        length=lengths,
        repeat=repeats,
        more=st.fixed_dictionaries(
            {"on_conflict": st.sampled_from(("fail", "skip")), "waitlist": st.booleans()}
        ),
    )
    def book(self, **drawn: Any) -> None:
        start, more = drawn["start"], {"resource": drawn["room"], "repeat": drawn["repeat"], **drawn["more"]}
        who = self.one_of(self.people, drawn["who"])
        self.attempt(self.front.book, who, start, start + drawn["length"], day=SATURDAY, **more)

    @rule(
        who=picks,
        which=picks,
        turn=picks,
        by=quarters,
        length=lengths,
        more=st.fixed_dictionaries(
            {
                "scope": scopes,
                "resource": st.sampled_from((None, None, *ROOMS)),
                "on_conflict": st.sampled_from(("fail", "skip")),
            }
        ),
    )
    def move(self, **drawn: Any) -> None:
        if booking := self.booking(drawn["which"]):
            time = booking.occurrences[drawn["turn"] % len(booking.occurrences)]
            start = time.start + timedelta(hours=drawn["by"] - 20)
            what = {"start": start, "end": start + timedelta(hours=drawn["length"]), **drawn["more"]}
            who = self.one_of(self.people, drawn["who"])
            self.attempt(self.front.change, who, booking, occurrence_id=time.id, **what)

    @rule(which=picks, turn=picks, length=lengths)
    def resize(self, which: int, turn: int, length: float) -> None:
        if booking := self.booking(which):
            time = booking.occurrences[turn % len(booking.occurrences)]
            end = time.start + timedelta(hours=length)
            self.attempt(
                self.front.change, booking.member, booking, scope="this", occurrence_id=time.id, end=end
            )

    @rule(which=picks, turn=picks, scope=scopes)
    def cancel(self, which: int, turn: int, scope: str) -> None:
        if booking := self.booking(which):
            time = booking.occurrences[turn % len(booking.occurrences)]
            self.attempt(self.front.do, "cancel", booking.member, booking, scope=scope, occurrence_id=time.id)

    @rule(
        which=picks,
        deed=st.sampled_from(("approve", "reject", "accept_offer", "decline_offer", "check_in", "finish")),
    )
    def do(self, which: int, deed: str) -> None:
        if booking := self.booking(which):
            who = self.people[-1] if deed in ("approve", "reject") else booking.member
            self.attempt(self.front.do, deed, who, booking)

    @rule(which=picks, title=st.sampled_from(("Retro", "Demo")), scope=scopes)
    def rename(self, which: int, title: str, scope: str) -> None:
        if booking := self.booking(which):
            self.attempt(self.front.change, booking.member, booking, title=title, scope=scope)

    @rule(minutes=st.sampled_from((1, 20, 45, 600)))
    @precondition(lambda self: self.front.now < at(0, date(2026, 3, 12)))
    def wait(self, minutes: int) -> None:
        self.front.now += timedelta(minutes=minutes)
        self.front.minute()

    @invariant()
    def no_time_is_taken_twice(self) -> None:
        with self.front.database.read() as session:
            rows = session.execute(select(Claim.resource_id, Claim.blocked_start, Claim.blocked_end)).all()
            held = session.scalars(select(Occurrence).where(Occurrence.status.in_(HOLDING))).all()
            claimed = set(session.scalars(select(Claim.occurrence_id)).all())
            printer, workshop = (find_resource(session, slug).id for slug in ("printer", "workshop"))
        for (room, _start, end), (next_room, start, _end) in pairwise(sorted(rows)):
            assert room != next_room or end <= start
        assert claimed == {time.id for time in held}
        taken = {(room, start, end) for room, start, end in rows}
        assert {(time.resource_id, time.blocked_start, time.blocked_end) for time in held} <= taken
        along = [time for time in held if time.resource_id == workshop]
        assert {(printer, time.blocked_start, time.blocked_end) for time in along} <= taken

    @invariant()
    def what_people_were_told_is_so(self) -> None:
        self.front.write_letters()
        with self.front.database.read() as session:
            mails = session.scalars(select(Mail).where(Mail.calendar.is_not(None)).order_by(Mail.id)).all()
            bookings = session.scalars(select(Booking)).all()
        for booking in bookings:
            told = self.calendar(booking.uid, booking.member.email, mails)
            stands = sorted((time.start, time.end) for time in booking.occurrences if time.status in HOLDING)
            assert told == stands, booking.id

    @staticmethod
    def calendar(uid: str, reader: str, mails: Any) -> list[tuple[datetime, datetime]]:
        """What the calendar of `reader` shows of one appointment after all of `mails`."""
        shown: dict[datetime, datetime] = {}
        for mail in mails:
            if mail.recipient == reader and f"UID:{uid}" in mail.calendar.replace("\r\n ", ""):
                if mail.calendar_method == "REQUEST":
                    shown = {read.start: read.end for read in by_icalendar(mail.calendar.encode())}
                else:
                    shown = {
                        start: end for start, end in shown.items() if not withdrawn(mail.calendar, start)
                    }
        return sorted(shown.items())

    def booking(self, which: int) -> Booking | None:
        with self.front.database.read() as session:
            ids = session.scalars(select(Booking.id).order_by(Booking.id)).all()
            return session.get(Booking, ids[which % len(ids)]) if ids else None

    @staticmethod
    def one_of(people: list[Member], number: int) -> Member:
        return people[number % len(people)]


def withdrawn(calendar: str, start: datetime) -> bool:
    """True if this CANCEL takes the time that begins at `start`: all of them where it names none."""
    named = [event for event in events_of(calendar.encode()) if "RECURRENCE-ID" in event]
    return not named or any(event["DTSTART"].dt.astimezone(UTC) == start for event in named)


@pytest.mark.slow
def test_whatever_is_done_in_whatever_order(front: Front, member: Member, eva: Member, staff: Member) -> None:
    front.add("glass", capacity=8, policy={"buffer_after_minutes": 15, "waitlist": "confirm"})
    front.add("steel", policy={"approval": True, "check_in_minutes": 15})
    front.add("printer", kind="printer", policy={"buffer_before_minutes": 10})
    front.add("workshop", blocks=("printer",))

    class Here(AnyOrder):
        pass

    Here.front, Here.people = front, [member, eva, staff]
    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=30, stateful_step_count=30, deadline=None, derandomize=True,
            suppress_health_check=list(HealthCheck), phases=(Phase.generate, Phase.shrink),
        ),
    )  # fmt: skip
