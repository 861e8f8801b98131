"""A closure over bookings: which it displaces, where they could go, and what staff decide about them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select

from campus.audit import AuditEntry, Origin
from campus.bookings import displacement
from campus.bookings.displacement import Settled
from campus.bookings.models import Booking, Occurrence
from campus.errors import BadRequest, CampusError, RulesBroken, SlotTaken, TooManyTries
from campus.people.keychain import Failures
from campus.people.models import Member
from campus.spaces.closures import add_closure, find_closure
from campus.spaces.spans import Span
from tests.campus.bookings.front import JUAREZ, TUESDAY, Front, at

WEDNESDAY = TUESDAY + timedelta(days=1)


def close(front: Front, staff: Member, start: float = 0, end: float = 24, slug: str | None = "glass") -> int:
    """Close from hour to hour of TUESDAY; the closure's id."""
    with front.open() as session:
        made = add_closure(
            session,
            Span(at(start), at(end)),
            "New floor",
            slug,
            by=staff,
            origin=Origin(staff.id),
            now=front.here["now"],
        )
        return made.id


def proposed(front: Front, closure_id: int) -> dict[str, list[str]]:
    """By title: where each displaced booking could go, as `glass 03-04 09:00`."""
    with front.open() as session:
        rows = displacement.proposals(session, find_closure(session, closure_id), **front.here)
        return {
            row.occurrence.booking.title: [
                f"{way.resource.slug} {way.span.start.astimezone(JUAREZ):%m-%d %H:%M}"
                for way in row.proposals
            ]
            for row in rows
        }


def settle(front: Front, staff: Member, closure_id: int, **choices: str) -> Settled:
    """By title: `first` or `second` proposal, or what the form would send."""
    with front.open() as session:
        closure = find_closure(session, closure_id)
        said: dict[int, str] = {}
        for row in displacement.proposals(session, closure, **front.here):
            choice = choices.get(row.occurrence.booking.title, "")
            number = {"first": 0, "second": 1}.get(choice)
            said[row.occurrence.id] = choice if number is None else row.proposals[number].key
        return displacement.settle(session, closure, said, by=staff, origin=Origin(staff.id), **front.here)


def test_only_what_holds_time_in_it_and_has_not_begun_is_displaced(
    front: Front, member: Member, staff: Member
) -> None:
    front.add("stone")
    front.book(member, 7.5, 8.5, title="Before")
    front.book(member, 8.5, 9.5, title="Into it")
    cancelled = front.book(member, 10, 11, title="Cancelled").booking
    front.do("cancel", member, cancelled)
    front.book(member, 10, 11, title="In it")
    front.book(member, 12, 13, title="After")
    front.book(member, 10, 11, title="Elsewhere", resource="stone")
    front.now = at(9)
    closure = close(front, staff, 9, 12)
    assert list(proposed(front, closure)) == ["In it"], "what has begun is over soon anyway"


def test_a_closed_campus_displaces_in_every_room(front: Front, member: Member, staff: Member) -> None:
    front.add("stone")
    front.book(member, 9, 10, title="Here")
    front.book(member, 9, 10, title="There", resource="stone")
    assert set(proposed(front, close(front, staff, slug=None))) == {"Here", "There"}


def test_another_room_at_the_same_time_is_proposed_first_and_then_the_same_room_tomorrow(
    front: Front, member: Member, staff: Member
) -> None:
    front.add("steel", capacity=8)
    front.book(member, 9, 10, title="Talk")
    assert proposed(front, close(front, staff)) == {"Talk": ["steel 03-03 09:00", "glass 03-04 09:00"]}


def test_later_the_same_day_is_less_of_a_change_than_tomorrow(
    front: Front, member: Member, staff: Member
) -> None:
    front.book(member, 9, 10, title="Talk")
    front.book(member, 12, 12.5, title="Lunch")
    assert proposed(front, close(front, staff, 8, 12))["Talk"] == ["glass 03-03 12:30"]


@pytest.mark.parametrize(
    "other",
    [
        {"capacity": 3},
        {"equipment": ("screen",)},
        {"kind": "amenity"},
        {"policy": {"roles": ["staff"]}},
        {"policy": {"training": "saws"}},
        {"policy": {"approval": True}},
        {"policy": {"max_minutes": 30}},
        {"opening_hours": {}},
    ],
    ids=str,
)
def test_a_room_that_would_not_do_is_not_proposed(
    front: Front, member: Member, staff: Member, other: dict[str, Any]
) -> None:
    front.add("glass", capacity=4, equipment=("screen", "camera"))
    front.add("other", **{"capacity": 9, "equipment": ("screen", "camera"), **other})
    front.book(member, 9, 10, title="Talk")
    assert proposed(front, close(front, staff)) == {"Talk": ["glass 03-04 09:00"]}


def test_who_comes_counts_and_not_how_many_could(front: Front, member: Member, staff: Member) -> None:
    front.add("small", capacity=3)
    front.book(member, 9, 10, title="Three", attendees=3)
    front.book(member, 10, 11, title="Eight")
    found = proposed(front, close(front, staff))
    assert "small 03-03 09:00" in found["Three"]
    assert "small 03-03 10:00" not in found["Eight"]


def test_what_is_proposed_to_one_is_not_proposed_to_another(
    front: Front, member: Member, staff: Member
) -> None:
    front.add("steel", policy={"buffer_after_minutes": 30})
    front.add("stone")
    front.book(member, 9, 10, title="One")
    front.book(member, 9, 10, title="Two", resource="stone")
    found = proposed(front, close(front, staff, 8, 18, slug=None))
    assert found["One"] == ["glass 03-04 09:00", "steel 03-04 09:00"]
    assert found["Two"] == ["stone 03-04 09:00", "glass 03-04 08:00"]


def test_where_nothing_is_free_nothing_is_proposed(front: Front, member: Member, staff: Member) -> None:
    front.add("glass", policy={"max_advance_days": 1})
    front.book(member, 9, 10, title="Talk")
    assert proposed(front, close(front, staff, 0, 24 * 20)) == {"Talk": []}


def test_each_goes_where_staff_chose_and_its_member_is_told_why(
    front: Front, member: Member, eva: Member, staff: Member
) -> None:
    front.add("steel", capacity=8, policy={"buffer_after_minutes": 15})
    moved = front.book(member, 9, 10, title="Moved").booking
    gone = front.book(eva, 11, 12, title="Gone").booking
    left = front.book(eva, 13, 14, title="Left").booking
    before = {who.email: len(front.mails(who)) for who in (member, eva)}
    closure = close(front, staff)
    assert settle(front, staff, closure, Moved="first", Gone="cancel") == Settled(moved=1, cancelled=1)
    assert front.found(moved, member).resource.slug == "steel"
    assert (front.times(moved, member), front.claims("steel")) == (["03-03 09:00-10:00"], ["03 09:00-10:15"])
    assert (front.statuses(gone, eva), front.statuses(left, eva)) == (["cancelled"], ["confirmed"])
    assert list(proposed(front, closure)) == ["Left"]
    to_ana, to_eva = front.mails(member)[before[member.email] :], front.mails(eva)[before[eva.email] :]
    assert (len(to_ana), len(to_eva)) == (1, 1)
    assert "Steel" in to_ana[0].text
    assert all("New floor" in mail.text for mail in (*to_ana, *to_eva))


def test_all_of_it_is_done_or_nothing(front: Front, member: Member, eva: Member, staff: Member) -> None:
    first = front.book(member, 9, 10, title="First").booking
    front.book(member, 11, 12, title="Second")
    closure = close(front, staff)
    front.book(eva, 9, 10, day=WEDNESDAY)
    mails = len(front.mails(member))
    with pytest.raises(SlotTaken):
        settle(front, staff, closure, First="cancel", Second=f"glass/{at(9.5, WEDNESDAY).isoformat()}")
    assert front.statuses(first, member) == ["confirmed"]
    assert len(front.mails(member)) == mails
    assert list(proposed(front, closure)) == ["First", "Second"]


def test_one_may_take_the_time_that_another_gives_up(front: Front, member: Member, staff: Member) -> None:
    front.add("steel")
    front.book(member, 9, 10, title="Goes")
    front.book(member, 9, 10, title="Stops", resource="steel")
    closure = close(front, staff, 0, 9.5, slug=None)
    assert settle(front, staff, closure, Goes=f"steel/{at(9.5).isoformat()}", Stops="cancel") == Settled(
        moved=1, cancelled=1
    )


def test_into_the_closure_nobody_is_moved(front: Front, member: Member, staff: Member) -> None:
    front.book(member, 9, 10, title="Talk")
    closure = close(front, staff)
    with pytest.raises(RulesBroken) as refused:
        settle(front, staff, closure, Talk=f"glass/{at(15).isoformat()}")
    assert refused.value.extra["broken"] == ["closed"]


@pytest.mark.parametrize(
    "choice", ["glass", "glass/soon", "glass/2026-03-04T09:00:00", "nobody-s/2026-03-04T09:00Z"]
)
def test_a_choice_that_is_none_is_refused(front: Front, member: Member, staff: Member, choice: str) -> None:
    booking = front.book(member, 9, 10, title="Talk").booking
    closure = close(front, staff)
    with pytest.raises(CampusError) as refused:
        settle(front, staff, closure, Talk=choice)
    assert isinstance(refused.value, BadRequest) or refused.value.status == 404
    assert front.times(booking, member) == ["03-03 09:00-10:00"]


def test_what_is_no_longer_displaced_is_left_alone(front: Front, member: Member, staff: Member) -> None:
    outside = front.book(member, 9, 10, day=WEDNESDAY, title="Outside").booking
    closure = close(front, staff)
    with front.open() as session:
        time = session.scalars(select(Occurrence).where(Occurrence.booking_id == outside.id)).one()
        done = displacement.settle(
            session,
            find_closure(session, closure),
            {time.id: "cancel", 987_654: "cancel"},
            by=staff,
            origin=Origin(staff.id),
            **front.here,
        )
    assert done == Settled()
    assert front.statuses(outside, member) == ["confirmed"]


def test_of_a_series_the_dates_in_the_closure_go_and_what_is_left_of_it_is_told(
    front: Front, member: Member, staff: Member
) -> None:
    front.add("steel")
    series = front.book(member, 9, 10, repeat="FREQ=DAILY;COUNT=4", title="Daily").booking
    closure = close(front, staff, 0, 48)
    mails = len(front.mails(member))
    with front.open() as session:
        rows = displacement.proposals(session, find_closure(session, closure), **front.here)
        assert len(rows) == 2
        choices = {rows[0].occurrence.id: rows[0].proposals[0].key, rows[1].occurrence.id: "cancel"}
        displacement.settle(
            session,
            find_closure(session, closure),
            choices,
            by=staff,
            origin=Origin(staff.id),
            **front.here,
        )
    assert front.times(series, member) == ["03-05 09:00-10:00", "03-06 09:00-10:00"]
    with front.database.read() as session:
        booked = session.scalars(select(Booking).where(Booking.id != series.id)).one()
        assert (booked.resource.slug, booked.title, booked.repeat) == ("steel", "Daily", None)
    assert [mail.subject for mail in front.mails(member)[mails:]] == [
        "Closed: Glass, Wed 4 Mar 09:00–10:00",
        "Your booking was changed: Glass, Wed 4 Mar 09:00–10:00",
        "Your booking was changed: Steel, Tue 3 Mar 09:00–10:00",
    ]


def test_the_audit_knows_who_moved_whose_booking(front: Front, member: Member, staff: Member) -> None:
    booking = front.book(member, 9, 10, title="Talk").booking
    settle(front, staff, close(front, staff), Talk="first")
    with front.database.read() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "booking.displace")).one()
    assert (entry.member_id, entry.target) == (staff.id, f"booking {booking.id}")
    assert entry.before["start"] == "2026-03-03T16:00:00Z"
    assert entry.after == {"start": "2026-03-04T16:00:00Z", "member": f"member {member.id}"}


def test_over_the_clock_change_a_meeting_keeps_its_hour(front: Front, member: Member, staff: Member) -> None:
    front.now = at(7, date(2026, 3, 7))
    front.book(member, 9, 10, day=date(2026, 3, 7), title="Talk")
    with front.open() as session:
        made = add_closure(
            session,
            Span(at(0, date(2026, 3, 7)), at(0, date(2026, 3, 8))),
            "Paint",
            "glass",
            by=staff,
            origin=Origin(),
            now=front.here["now"],
        )
        closure = made.id
    assert proposed(front, closure) == {"Talk": ["glass 03-08 09:00"]}


def test_whoever_is_first_has_the_time_that_was_proposed(
    front: Front, member: Member, eva: Member, staff: Member
) -> None:
    """Staff settle twice at once while somebody books the very time: one of three gets it, nobody waits."""
    front.add("steel", capacity=8)
    front.book(member, 9, 10, title="Talk")
    closure = close(front, staff)
    with front.open() as session:
        (row,) = displacement.proposals(session, find_closure(session, closure), **front.here)
        said, ready = {row.occurrence.id: row.proposals[0].key}, threading.Barrier(3)

    def settle_it() -> bool:
        ready.wait()
        with front.open() as session:
            found = find_closure(session, closure)
            done = displacement.settle(session, found, said, by=staff, origin=Origin(staff.id), **front.here)
            return done.moved == 1

    def book_it() -> bool:
        ready.wait()
        return bool(front.book(eva, 9, 10, title="Quicker", resource="steel"))

    def outcome(deed: Callable[[], bool]) -> bool:
        try:
            return deed()
        except SlotTaken:
            return False

    with ThreadPoolExecutor(3) as pool:
        won = list(pool.map(outcome, (settle_it, settle_it, book_it)))
    assert won.count(True) == 1
    assert front.claims("steel") == ["03 09:00-10:00"]


def test_guests_hear_of_so_many_moves_a_day_and_of_what_is_cancelled_always(
    front: Front, member: Member, staff: Member
) -> None:
    front.add("steel", capacity=500)
    front.add("glass", capacity=500)
    crowd = tuple(f"guest{number}@elsewhere.example" for number in range(200))
    for hour in range(8, 14):
        with front.open() as session:
            session.execute(delete(Failures))  # Ana may ask as many along as she likes
        front.book(member, hour, hour + 1, title=f"At {hour}", guests=crowd)
    closure = close(front, staff)
    with pytest.raises(TooManyTries), front.app.app_context():
        settle(front, staff, closure, **{f"At {hour}": "first" for hour in range(8, 14)})
    assert len(proposed(front, closure)) == 6, "nothing is done"
    done = settle(front, staff, closure, **{f"At {hour}": "first" for hour in range(8, 13)})
    assert done == Settled(moved=5, cancelled=0)
    assert settle(front, staff, closure, **{"At 13": "cancel"}) == Settled(moved=0, cancelled=1)
