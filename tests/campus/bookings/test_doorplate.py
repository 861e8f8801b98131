"""What a door says about its room: free, in use, held or closed, until when, and what fits."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from campus.bookings.door.doorplate import Plate, Taken, is_due, offers, plate, to_check_in
from campus.bookings.rules.slots import Buffers
from campus.spaces.spans import Span

NONE, EARLY = Buffers(), timedelta(minutes=15)


def at(clock: str, day: int = 3) -> datetime:
    hour, minute = map(int, clock.split(":"))
    return datetime(2026, 3, day, hour, minute, tzinfo=UTC)


def span(text: str, day: int = 3) -> Span:
    start, end = text.split("–")
    return Span(at(start, day), at(end, day))


def taken(text: str, buffers: Buffers = NONE, **more: Any) -> Taken:
    return Taken(span(text), buffers.around(span(text)), **more)


OPEN = (span("08:00–20:00"), span("08:00–20:00", 4))


def seen(now: str, *bookings: Taken, buffers: Buffers = NONE) -> Plate:
    return plate(at(now), OPEN, bookings, buffers)


def shown(found: Plate) -> tuple[str, datetime | None]:
    return found.state, found.until


def test_a_room_is_free_until_the_next_booking() -> None:
    found = seen("12:00", taken("15:30–16:00"), taken("18:00–19:00"))
    assert shown(found) == ("free", at("15:30"))
    assert found.following == taken("15:30–16:00")


def test_a_room_is_free_until_it_closes() -> None:
    assert shown(seen("12:00")) == ("free", at("20:00"))


def test_a_room_is_in_use_from_the_first_instant_to_the_last() -> None:
    booked = taken("12:00–13:00")
    assert shown(seen("12:00", booked)) == ("in-use", at("13:00"))
    assert shown(seen("12:59", booked)) == ("in-use", at("13:00"))
    assert seen("13:00", booked).state == "free"


def test_a_room_is_closed_until_it_opens_again() -> None:
    assert shown(seen("21:00")) == ("closed", at("08:00", 4))
    assert shown(plate(at("12:00"), (), (), NONE)) == ("closed", None)


def test_a_booking_outside_the_opening_hours_is_in_use_all_the_same() -> None:
    assert shown(seen("21:00", taken("20:30–22:00"))) == ("in-use", at("22:00"))


def test_a_time_that_somebody_holds_or_asked_for_is_held() -> None:
    assert shown(seen("12:10", taken("12:00–13:00", sure=False))) == ("held", at("13:00"))


def test_the_buffers_of_a_booking_are_no_free_time() -> None:
    buffers = Buffers(timedelta(minutes=10), timedelta(minutes=20))
    booked = taken("12:00–13:00", buffers)
    assert shown(seen("13:05", booked, buffers=buffers)) == ("held", at("13:20"))
    # a new booking would need twenty minutes behind it, the next one ten before it
    assert shown(seen("11:00", booked, buffers=buffers)) == ("free", at("11:30"))
    found = seen("11:40", booked, buffers=buffers)
    assert shown(found) == ("free", at("11:50"))
    assert offers(found, at("11:40"), 1, 600) == []


def test_another_resource_that_takes_this_one_along_makes_it_in_use() -> None:
    found = seen("12:10", taken("12:00–13:00", own=False))
    assert shown(found) == ("in-use", at("13:00"))
    assert to_check_in(found, at("12:10"), EARLY) is None


def test_only_what_fits_is_offered() -> None:
    found = seen("12:00", taken("12:30–13:00"))
    assert [minutes for minutes, _span in offers(found, at("12:00"), 1, 600)] == [15, 30]
    assert offers(seen("12:10", taken("12:00–13:00")), at("12:10"), 1, 600) == []
    assert [minutes for minutes, _span in offers(seen("12:00"), at("12:00"), 20, 45)] == [30]
    assert offers(seen("21:00"), at("21:00"), 1, 600) == []


def test_a_walk_up_begins_with_the_running_minute() -> None:
    late = at("12:00") + timedelta(seconds=40)
    found = plate(late, OPEN, [taken("12:15–13:00")], NONE)
    assert offers(found, late, 1, 600) == [(15, span("12:00–12:15"))]


def test_a_walk_up_never_begins_before_the_room_was_given_back() -> None:
    given_back = Taken(
        Span(at("11:00"), at("12:00") + timedelta(seconds=20)),
        Span(at("11:00"), at("12:00") + timedelta(seconds=20)),
    )
    late = at("12:00") + timedelta(seconds=40)
    ((_minutes, first), *_rest) = offers(plate(late, OPEN, [given_back], NONE), late, 1, 600)
    assert first.start == given_back.span.end


def test_who_comes_early_checks_in_from_a_quarter_before() -> None:
    booked = taken("12:00–13:00")
    assert to_check_in(seen("11:44", booked), at("11:44"), EARLY) is None
    assert to_check_in(seen("11:45", booked), at("11:45"), EARLY) == booked
    assert to_check_in(seen("12:59", booked), at("12:59"), EARLY) == booked


def test_a_door_speaks_of_the_running_booking_before_the_next() -> None:
    now, running, following = at("11:50"), taken("11:00–12:00", checked_in=True), taken("12:00–13:00")
    assert to_check_in(seen("11:50", running, following), now, EARLY) is None
    assert is_due(following, now, EARLY)
    assert not is_due(running, now, EARLY)


@given(
    st.lists(st.tuples(st.integers(0, 140), st.integers(1, 24), st.booleans()), max_size=8),
    st.integers(0, 24 * 60 - 1),
    st.integers(0, 30),
)
def test_what_is_offered_is_open_and_nobody_s(
    booked: list[tuple[int, int, bool]], minute: int, buffer: int
) -> None:
    buffers = Buffers(timedelta(minutes=buffer), timedelta(minutes=buffer // 2))
    there = []
    for first, length, sure in booked:
        start = at("08:00") + timedelta(minutes=5 * first)
        wanted = Span(start, start + timedelta(minutes=5 * length))
        there.append(Taken(wanted, buffers.around(wanted), sure=sure))
    now = at("00:00") + timedelta(minutes=minute)
    found = plate(now, OPEN, there, buffers)
    for minutes, offered in offers(found, now, 1, 600):
        assert found.state == "free"
        assert offered.length == timedelta(minutes=minutes)
        assert any(opened.covers(offered) for opened in OPEN)
        assert not any(buffers.around(offered).overlaps(one.span) for one in there)
        assert not any(offered.overlaps(one.blocked) for one in there)
    if found.until:
        assert found.until > now
