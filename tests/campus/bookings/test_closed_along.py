"""What a booking takes along has to be open: a closed printer stops the workshop, on every door."""

from __future__ import annotations

from datetime import timedelta

import pytest

from campus.bookings import agenda, displacement, reception
from campus.bookings.finding import vacancies
from campus.bookings.finding.finding import Need
from campus.errors import RulesBroken, SlotTaken
from campus.people.models import Member
from campus.spaces.closures import find_closure
from campus.spaces.resources import find_resource
from campus.spaces.spans import Span
from tests.campus.bookings.front import Front, at
from tests.campus.bookings.test_checking import verdict
from tests.campus.bookings.test_displacement import close
from tests.campus.bookings.test_lanes import row

HOUR = timedelta(hours=1)
SENTENCE = "A booking takes Printer along, which is closed then."


@pytest.fixture
def workshop(front: Front, staff: Member) -> Front:
    """A workshop that takes its printer along; on TUESDAY the printer is closed from 9 to 12."""
    front.add("printer", kind="printer")
    front.add("workshop", blocks=("printer",), opening_hours={"tue": [["08:00", "20:00"]]})
    return front


def test_it_is_not_booked_and_the_other_is_named(workshop: Front, member: Member, staff: Member) -> None:
    close(workshop, staff, 9, 12, "printer")
    with pytest.raises(RulesBroken) as refused:
        workshop.book(member, 11, 13, resource="workshop")
    (reason,) = refused.value.extra["reasons"]
    assert (reason["code"], reason["along"], reason["message"]) == ("closed", ["Printer"], SENTENCE)
    workshop.book(member, 12, 13, resource="workshop")
    with pytest.raises(RulesBroken) as refused:
        workshop.book(member, 7, 10, resource="workshop")
    assert "along" not in refused.value.extra["reasons"][0], "it would be closed all the same"


def test_the_other_way_round_nothing_is_closed(workshop: Front, member: Member, staff: Member) -> None:
    close(workshop, staff, 9, 12, "workshop")
    workshop.book(member, 9, 10, resource="printer")


def test_opening_hours_of_what_is_taken_along_do_not_count(front: Front, member: Member) -> None:
    front.add("printer", kind="printer", opening_hours={"tue": [["09:00", "17:00"]]})
    front.add("workshop", blocks=("printer",))
    front.book(member, 18, 19, resource="workshop")


def test_it_is_not_moved_there(workshop: Front, member: Member, staff: Member) -> None:
    booking = workshop.book(member, 14, 15, resource="workshop").booking
    close(workshop, staff, 9, 12, "printer")
    with pytest.raises(RulesBroken) as refused:
        workshop.change(member, booking, start=at(9), end=at(10))
    assert refused.value.extra["broken"] == ["closed"]


def test_of_a_series_those_dates_are_left_out(workshop: Front, member: Member, staff: Member) -> None:
    close(workshop, staff, 9, 12, "printer")
    series = {"resource": "workshop", "repeat": "FREQ=WEEKLY;COUNT=3"}
    with pytest.raises(RulesBroken) as refused:
        workshop.book(member, 9, 10, **series)
    assert len(refused.value.extra["clashes"]) == 1
    made = workshop.book(member, 9, 10, **series, on_conflict="skip")
    assert [span.start for span in made.skipped] == [at(9)]


def test_it_is_not_held_nor_waited_for(workshop: Front, member: Member, staff: Member) -> None:
    close(workshop, staff, 9, 12, "printer")
    with pytest.raises(RulesBroken), workshop.open() as session:
        reception.hold(session, "workshop", Span(at(9), at(10)), member, **workshop.here)
    with pytest.raises(RulesBroken):
        workshop.book(member, 9, 10, resource="workshop", waitlist=True)


def test_who_waits_is_not_served_then(workshop: Front, member: Member, eva: Member, staff: Member) -> None:
    booking = workshop.book(member, 9, 10, resource="workshop").booking
    waits = workshop.book(eva, 9, 10, resource="workshop", waitlist=True).booking
    close(workshop, staff, 9, 12, "printer")
    workshop.do("cancel", member, booking)
    assert workshop.statuses(waits, eva) == ["waitlisted"]


def test_it_is_nowhere_proposed(workshop: Front, member: Member, eva: Member, staff: Member) -> None:
    workshop.book(eva, 13, 14, resource="workshop")
    close(workshop, staff, 9, 13, "printer")
    with pytest.raises(SlotTaken) as refused:
        workshop.book(member, 13, 14, resource="workshop")
    starts = sorted(span["start"] for span in refused.value.extra["suggestions"])
    assert starts == ["2026-03-03T15:00:00Z", "2026-03-03T21:00:00Z"], "8 and 14 o'clock"
    assert all(offer.span.end <= at(9) or offer.span.start >= at(13)
               for offer in verdict(workshop, member, 11, 12, resource="workshop").suggestions)  # fmt: skip


def test_it_is_not_free_nor_found(workshop: Front, member: Member, staff: Member) -> None:
    close(workshop, staff, 9, 12, "printer")
    day = Span(at(8), at(20))
    with workshop.database.read() as session:
        free = agenda.bookable(session, find_resource(session, "workshop"), day, HOUR, **workshop.here)
        assert free == [Span(at(8), at(9)), Span(at(12), at(20))]
        hits = vacancies.find(session, Need(HOUR), [Span(at(9), at(20))], member, **workshop.here)
    assert next(hit.span.start for hit in hits if hit.place.slug == "workshop") == at(12)


def test_the_timeline_shows_it_closed_and_why(workshop: Front, member: Member, staff: Member) -> None:
    close(workshop, staff, 9, 12, "printer")
    lane = row(workshop, member, "workshop")
    assert [shut.reason for shut in lane.shut] == ["Printer: New floor"]
    assert lane.free_spans == [Span(at(8), at(9)), Span(at(12), at(20))]
    assert [shut.reason for shut in row(workshop, member, "printer").shut] == ["New floor"]
    assert row(workshop, member, "glass").shut == []


def test_its_bookings_lie_in_the_closure_too(workshop: Front, member: Member, staff: Member) -> None:
    workshop.book(member, 10, 11, resource="workshop", title="In it")
    workshop.book(member, 9, 10, title="Elsewhere")
    number = close(workshop, staff, 9, 12, "printer")
    with workshop.database.read() as session:
        closure = find_closure(session, number)
        assert [one.booking.title for one in displacement.displaced(session, closure, at(7))] == ["In it"]
        (found,) = displacement.proposals(session, closure, **workshop.here)
    ways = {way.resource.slug: way.span for way in found.proposals}
    assert ways == {"glass": Span(at(10), at(11)), "workshop": Span(at(12), at(13))}
