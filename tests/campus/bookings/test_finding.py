"""Finding a free time: what suits, in which order, and where else a wish could go."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from campus.bookings.finding.finding import Need, Place, others, ranked
from campus.spaces.spans import Span

EIGHT = datetime(2026, 3, 3, 15, tzinfo=UTC)
"""8 o'clock in Ciudad Juárez."""


def hours(first: float, last: float) -> Span:
    return Span(EIGHT + timedelta(hours=first - 8), EIGHT + timedelta(hours=last - 8))


def place(name: str, capacity: int | None, *free: Span, equipment: str = "", kind: str = "room") -> Place:
    return Place(name.lower(), name, kind, capacity, frozenset(equipment.split()), free or (hours(8, 20),))


HOUR = Need(timedelta(hours=1))
DAY = [hours(8, 20)]


def found(need: Need, *places: Place, windows: list[Span] = DAY) -> list[tuple[str, Span]]:
    return [(hit.place.name, hit.span) for hit in ranked(need, places, windows)]


def test_the_place_that_wastes_the_fewest_seats_comes_first() -> None:
    need = Need(timedelta(hours=1), people=4)
    hall, glass, tight, untold = (
        place("Hall", 40),
        place("Glass", 4),
        place("Tight", 3),
        place("Untold", None),
    )
    assert [name for name, _span in found(need, hall, untold, glass, tight)] == ["Glass", "Hall", "Untold"]


def test_of_places_that_fit_alike_the_earlier_time_and_then_the_name_decides() -> None:
    late, b, a = place("Late", 4, hours(15, 20)), place("B", 4), place("A", 4)
    assert found(HOUR, late, b, a) == [("A", hours(8, 9)), ("B", hours(8, 9)), ("Late", hours(15, 16))]


def test_only_what_has_all_the_equipment_suits() -> None:
    need = Need(timedelta(hours=1), equipment=frozenset({"screen", "whiteboard"}))
    assert found(need, place("Bare", 4), place("Half", 4, equipment="screen")) == []
    assert found(need, place("Full", 4, equipment="screen whiteboard lamp")) == [("Full", hours(8, 9))]


def test_a_kind_leaves_the_others_out() -> None:
    need = Need(timedelta(hours=1), kind="printer")
    assert found(need, place("Glass", 4), place("Prusa", None, kind="printer")) == [("Prusa", hours(8, 9))]


def test_a_gap_that_is_too_short_is_passed_over() -> None:
    assert found(HOUR, place("Glass", 4, hours(8, 8.5), hours(10, 12))) == [("Glass", hours(10, 11))]


def test_the_window_holds_the_whole_booking() -> None:
    assert found(HOUR, place("Glass", 4), windows=[hours(9, 9.75)]) == []
    assert found(HOUR, place("Glass", 4), windows=[hours(9, 10)]) == [("Glass", hours(9, 10))]


def test_each_day_is_ranked_by_itself_and_days_follow_each_other() -> None:
    tomorrow = hours(32, 44)
    glass, hall = place("Glass", 4, tomorrow), place("Hall", 40, hours(8, 20), tomorrow)
    assert found(HOUR, glass, hall, windows=[*DAY, tomorrow]) == [
        ("Hall", hours(8, 9)),
        ("Glass", hours(32, 33)),
        ("Hall", hours(32, 33)),
    ]


def test_a_hit_knows_how_long_the_place_stays_free() -> None:
    hit = ranked(HOUR, [place("Glass", 4, hours(9, 12))], DAY)[0]
    assert hit.room == hours(9, 12)


def test_times_begin_on_the_grid_of_five_minutes() -> None:
    odd = Span(hours(8, 9).start + timedelta(minutes=2, seconds=7), hours(8, 12).end)
    assert found(HOUR, place("Glass", 4, odd))[0][1].start == EIGHT + timedelta(minutes=5)


def test_elsewhere_is_at_least_as_large_and_has_the_same_equipment() -> None:
    taken = place("Glass", 4, hours(12, 20), equipment="screen")
    places = [
        taken,
        place("Small", 2, equipment="screen"),
        place("Bare", 6),
        place("Untold", None, equipment="screen"),
        place("Hall", 40, equipment="screen"),
        place("Six", 6, equipment="screen board"),
        place("Busy", 4, hours(8, 10.5), equipment="screen"),
        place("Prusa", 9, equipment="screen", kind="printer"),
    ]
    assert [one.name for one in others(hours(10, 11), taken, places)] == ["Six", "Hall"]


def test_elsewhere_has_room_for_all_who_come() -> None:
    taken = place("Glass", 4)
    assert [one.name for one in others(hours(10, 11), taken, [place("Six", 6)], people=8)] == []
    assert [one.name for one in others(hours(10, 11), taken, [place("Two", 2)], people=2)] == ["Two"]


def test_a_printer_is_replaced_by_a_printer_whose_capacity_nobody_told() -> None:
    taken, other = place("Prusa", None, kind="printer"), place("Bambu", None, kind="printer")
    assert others(hours(10, 11), taken, [taken, other]) == [other]


def test_no_more_than_three_are_named() -> None:
    rooms = [place(f"R{number}", 4) for number in range(9)]
    assert [one.name for one in others(hours(10, 11), rooms[0], rooms)] == ["R1", "R2", "R3"]


quarters = st.integers(0, 48).map(lambda quarter: EIGHT + timedelta(minutes=15 * quarter))
spans = st.builds(lambda a, b: Span(min(a, b), max(a, b)), quarters, quarters)


@given(
    rooms=st.lists(st.tuples(st.none() | st.integers(1, 9), st.lists(spans, max_size=4)), max_size=6),
    people=st.integers(1, 9),
    minutes=st.integers(5, 300),
    windows=st.lists(spans, max_size=3),
)
def test_every_hit_is_free_long_enough_inside_its_window_and_large_enough(
    rooms: list[tuple[int | None, list[Span]]], people: int, minutes: int, windows: list[Span]
) -> None:
    need = Need(timedelta(minutes=minutes), people)
    places = [
        Place(f"r{n}", f"R{n}", "room", size, frozenset(), free) for n, (size, free) in enumerate(rooms)
    ]
    for hit in ranked(need, places, windows):
        assert hit.span.length == need.length
        assert any(span.covers(hit.span) for span in hit.place.free)
        assert any(window.covers(hit.span) for window in windows)
        assert hit.place.capacity is None or hit.place.capacity >= people
