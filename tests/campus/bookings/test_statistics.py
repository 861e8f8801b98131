"""The sums of use: elapsed hours, shares of what is open, who came and who did not."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campus.bookings.usage.statistics import Place, Tally, Use, tally
from campus.moments import day_bounds
from campus.spaces.spans import Span

JUAREZ = ZoneInfo("America/Ciudad_Juarez")
HOUR, LATER = timedelta(hours=1), datetime(2027, 1, 1, tzinfo=UTC)


def days(first: date, last: date) -> Span:
    return Span(day_bounds(first, JUAREZ)[0], day_bounds(last, JUAREZ)[1])


def wall(text: str, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=JUAREZ, fold=fold).astimezone(UTC)


def place(number: int = 1, *opened: Span, **more: Any) -> Place:
    return Place(number, f"room-{number}", f"Room {number}", "room", opened, **more)


def use(start: str, length: float, number: int = 1, member: int = 1, **more: Any) -> Use:
    begin = wall(start)
    told = {"company": "Nopal", "created_at": begin - HOUR, **more}
    return Use(number, member, span=Span(begin, begin + length * HOUR), **told)


MARCH = days(date(2026, 3, 2), date(2026, 3, 8))
"""Monday to Sunday; the Sunday has 23 hours."""


def counted(uses: Iterable[Use], *places: Place, bounds: Span = MARCH, now: datetime = LATER) -> Tally:
    return tally(uses, places or [place(1, bounds)], bounds, now, JUAREZ)


def test_a_week_with_the_clock_change_has_167_open_hours() -> None:
    found = counted([])
    assert found.resources[0].open == 167 * HOUR
    assert sum(found.open_at.values(), timedelta(0)) == 167 * HOUR
    assert (6, 2) not in found.open_at  # 02:00–03:00 was left out that Sunday
    assert found.share_at(6, 2) is None
    assert found.share_at(6, 3) == 0


def test_the_hour_that_comes_twice_is_two_hours_of_it() -> None:
    sunday = days(date(2026, 11, 1), date(2026, 11, 1))
    found = counted([use("2026-10-31T22:00", 9)], bounds=sunday)
    assert found.open_at[6, 1] == found.booked_at[6, 1] == 2 * HOUR
    assert found.booked == 7 * HOUR  # midnight to 06:00 on that night
    assert found.share == 7 / 25


def test_a_booking_over_the_edge_counts_with_what_lies_inside() -> None:
    found = counted([use("2026-03-01T23:00", 3), use("2026-03-08T22:00", 5)])
    assert (found.booked, found.bookings) == (4 * HOUR, 2)


def test_half_an_hour_stands_in_its_hour_of_the_campus_clock() -> None:
    found = counted([use("2026-03-03T10:30", 1)])
    assert dict(found.booked_at) == {(1, 10): HOUR / 2, (1, 11): HOUR / 2}
    assert found.share_at(1, 10) == 0.5


def test_time_outside_the_opening_hours_is_booked_but_is_no_share_of_them() -> None:
    opened = [Span(wall("2026-03-03T08:00"), wall("2026-03-03T10:00")),
              Span(wall("2026-03-03T12:00"), wall("2026-03-03T14:00"))]  # fmt: skip
    found = counted([use("2026-03-03T09:00", 6)], place(1, *opened))
    assert found.resources[0].booked == 6 * HOUR
    assert found.resources[0].inside == 3 * HOUR
    assert found.share == 0.75


def test_a_resource_that_is_never_open_has_no_share() -> None:
    found = counted([use("2026-03-03T09:00", 1)], place(1))
    assert (found.share, found.resources[0].share) == (None, None)


def test_who_did_not_come_booked_nothing() -> None:
    uses = [use("2026-03-03T09:00", 1, no_show=True), use("2026-03-03T10:00", 1, came=True)]
    found = counted(uses)
    assert (found.bookings, found.resources[0].no_shows) == (1, 1)
    assert (found.no_shows.count, found.no_shows.of, found.no_shows.share) == (1, 2, 0.5)


def test_ghosts_are_counted_where_a_check_in_is_asked_for() -> None:
    asks, does_not = place(1, MARCH, asks_check_in=True), place(2, MARCH)
    uses = [
        use("2026-03-03T09:00", 1, no_show=True),
        use("2026-03-03T10:00", 1),
        use("2026-03-03T11:00", 1, came=True),
        use("2026-03-03T11:00", 1, number=2),
    ]
    found = counted(uses, asks, does_not)
    assert (found.ghosts.count, found.ghosts.of) == (2, 3)
    assert counted(uses[3:], does_not).ghosts.share is None


def test_rates_speak_of_what_has_begun() -> None:
    uses = [use("2026-03-03T09:00", 1, finished_early=True), use("2026-03-05T09:00", 1)]
    found = counted(uses, now=wall("2026-03-04T00:00"))
    assert (found.finished_early.count, found.finished_early.of) == (1, 1)
    assert found.bookings == 2  # what is to come is booked


def test_the_lead_is_the_median_of_what_does_not_repeat() -> None:
    start = wall("2026-03-03T09:00")
    uses = [
        use("2026-03-03T09:00", 0.1, created_at=start - timedelta(days=ahead), repeats=again)
        for ahead, again in [(1, False), (3, False), (10, False), (300, True)]
    ]
    assert counted(uses).lead == timedelta(days=3)
    assert counted(uses[3:]).lead is None


def test_companies_come_by_hours_with_how_many_booked() -> None:
    uses = [
        use("2026-03-03T09:00", 1, member=1),
        use("2026-03-03T10:00", 2, member=2),
        use("2026-03-03T12:00", 5, member=3, company=None),
        use("2026-03-04T12:00", 1, member=1),
    ]
    assert [
        (one.name, len(one.members), one.bookings, one.booked / HOUR) for one in counted(uses).companies
    ] == [
        (None, 1, 1, 5),
        ("Nopal", 2, 3, 4),
    ]


def test_what_is_not_looked_at_is_not_counted() -> None:
    found = counted([use("2026-03-03T09:00", 1, number=7), use("2026-04-03T09:00", 1)])
    assert (found.bookings, found.companies, found.no_shows.of, found.lead) == (0, [], 0, None)


@given(
    st.lists(
        st.tuples(st.integers(0, 24 * 9), st.integers(1, 30), st.integers(1, 2)),
        max_size=12,
    ),
    st.sampled_from(["2026-03-02", "2026-10-26", "2026-06-01"]),
)
@pytest.mark.parametrize("opened", ["always", "hours"])
def test_hours_add_up_however_they_are_told(
    opened: str, booked: list[tuple[int, int, int]], monday: str
) -> None:
    first = date.fromisoformat(monday)
    bounds = days(first, first + timedelta(days=6))
    spans = [bounds]
    if opened == "hours":
        mornings = [day_bounds(first + timedelta(days=number), JUAREZ)[0] for number in range(7)]
        spans = [Span(morning + 8 * HOUR, morning + 20 * HOUR) for morning in mornings]
    uses = [
        Use(room, 1, None, Span(start, start + half * HOUR / 2), created_at=start)
        for quarter, half, room in booked
        for start in [bounds.start - 12 * HOUR + quarter * HOUR]
    ]
    found = tally(uses, [place(1, *spans), place(2, *spans)], bounds, LATER, JUAREZ)
    assert summed(found.booked_at.values()) == summed(one.inside for one in found.resources)
    assert summed(one.booked for one in found.companies) == found.booked
    assert summed(one.inside for one in found.resources) <= found.booked
    assert summed(found.open_at.values()) == summed(one.open for one in found.resources)


def summed(lengths: Iterable[timedelta]) -> timedelta:
    return sum(lengths, timedelta(0))
