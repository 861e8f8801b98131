"""Cars, prints and meetings come one after the other, never two at once."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import example, given
from hypothesis import strategies as st

from devices.simulator.cars import visits
from devices.simulator.printers import jobs
from devices.simulator.rooms import meetings

ZONE = ZoneInfo("America/Ciudad_Juarez")
SEEDS = st.integers(0, 10_000)
DAYS = st.dates(date(2024, 1, 1), date(2030, 1, 1))


@given(SEEDS, DAYS)
def test_a_charger_serves_one_car_at_a_time(seed: int, day: date) -> None:
    two_days = [
        *visits(seed, "c", day, ZONE, 7_200),
        *visits(seed, "c", day + timedelta(days=1), ZONE, 7_200),
    ]
    assert all(visit.arrives < visit.leaves for visit in two_days)
    # the night of the change to winter time has an hour more than a car that leaves at seven has planned for
    slack = timedelta(hours=1)
    assert all(before.leaves <= after.arrives + slack for before, after in pairwise(two_days))
    assert all(2 <= visit.need_kwh <= visit.capacity_kwh for visit in two_days)


@given(SEEDS, DAYS)
@example(0, date(2025, 3, 9))  # a day of 23 hours
def test_a_printer_prints_one_job_at_a_time(seed: int, day: date) -> None:
    two_days = [*jobs(seed, "p", day, ZONE), *jobs(seed, "p", day + timedelta(days=1), ZONE)]
    assert all(job.layers_from < job.ends for job in two_days)
    assert all(before.ends <= after.starts for before, after in pairwise(two_days))


@given(SEEDS, DAYS, st.booleans())
def test_a_room_holds_one_meeting_at_a_time_and_no_more_people_than_seats(
    seed: int, day: date, play: bool
) -> None:
    found = meetings(seed, "r", day, ZONE, seats=6, play=play)
    assert all(meeting.starts < meeting.ends for meeting in found)
    assert all(before.ends <= after.starts for before, after in pairwise(found))
    assert all(2 <= meeting.people <= 6 for meeting in found)
