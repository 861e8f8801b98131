"""Everything that can happen to a register, alone and together: the sum is what flowed, each event is listed.

A meter counts half a kWh an hour for fourteen weeks of 2026, across the clock change of 8 March. Of six
events every combination happens to it, each at a week of its own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from itertools import combinations
from zoneinfo import ZoneInfo

import pytest

from campus.moments import from_micros, to_micros
from devices.history.counters import follow
from devices.history.repairs import Repair, mended

JUAREZ = ZoneInfo("America/Ciudad_Juarez")
BEGIN = datetime(2026, 2, 15, 7, 0, tzinfo=UTC)
"""Midnight in Ciudad Juárez."""
WEEK, HOURS = 7 * 24, 14 * 7 * 24
AN_HOUR_KWH = 0.5
OLD_END, NEW_BEGIN = 0.25, 7.0
"""What the old meter still counted when it came off, and what the new one showed when it was hung up."""

EVENTS = ("reset", "dip", "glitch", "swap", "offline", "clock change")
COMBINATIONS = [chosen for size in range(len(EVENTS) + 1) for chosen in combinations(EVENTS, size)]


def week(event: str) -> int:
    """The hour of the register's life at which an event comes."""
    return {"dip": 1, "glitch": 2, "reset": 4, "swap": 6, "offline": 8}[event] * WEEK


def story(chosen: Iterable[str]) -> tuple[list[tuple[int, float]], list[Repair]]:
    """What the register showed, hour by hour, and what staff noted about it."""
    shown: list[tuple[int, float]] = []
    repairs: list[Repair] = []
    begin = BEGIN if "clock change" in chosen else BEGIN + timedelta(days=42)
    register = 1000.0
    for hour in range(HOURS + 1):
        at = to_micros(begin + timedelta(hours=hour))
        register += AN_HOUR_KWH if hour else 0
        if "reset" in chosen and hour == week("reset"):
            register = AN_HOUR_KWH  # it restarted right after the reading before
        if "swap" in chosen and hour == week("swap"):
            old = register - AN_HOUR_KWH + OLD_END
            register = NEW_BEGIN + AN_HOUR_KWH - OLD_END
            repairs.append(Repair("swap", at, number=old - NEW_BEGIN))
        if "offline" in chosen and week("offline") < hour < week("offline") + 30 * 24:
            continue
        value = register
        if "dip" in chosen and hour == week("dip"):
            value = register - 1.3
        if "glitch" in chosen and 0 <= hour - week("glitch") < 3:
            value = 0.0
        shown.append((at, value))
    return shown, repairs


@pytest.mark.parametrize("chosen", COMBINATIONS, ids="+".join)
def test_the_sum_is_what_flowed_and_each_event_is_listed(chosen: tuple[str, ...]) -> None:
    shown, repairs = story(chosen)
    run = follow(mended(shown, repairs), rated_power_w=3000)
    assert run.total == pytest.approx(HOURS * AN_HOUR_KWH, abs=1e-9)
    listed = sorted(one.kind for one in run.corrections)
    assert listed == sorted(set(chosen) & {"reset", "dip", "glitch"})
    assert len(repairs) == ("swap" in chosen)


@pytest.mark.parametrize("chosen", COMBINATIONS, ids="+".join)
def test_days_of_the_campus_calendar_add_up_to_the_sum(chosen: tuple[str, ...]) -> None:
    shown, repairs = story(chosen)
    run = follow(mended(shown, repairs), rated_power_w=3000)
    days: dict[date, float] = defaultdict(float)
    for at, delta in run.steps:
        days[(from_micros(at) - timedelta(microseconds=1)).astimezone(JUAREZ).date()] += delta
    assert sum(days.values()) == pytest.approx(HOURS * AN_HOUR_KWH, abs=1e-9)
    if "clock change" in chosen:
        assert days[date(2026, 3, 8)] == pytest.approx(23 * AN_HOUR_KWH)
        assert days[date(2026, 3, 7)] == days[date(2026, 3, 9)] == pytest.approx(24 * AN_HOUR_KWH)


@pytest.mark.parametrize("chosen", COMBINATIONS, ids="+".join)
def test_however_the_weeks_are_cut_the_parts_add_up(chosen: tuple[str, ...]) -> None:
    shown, repairs = story(chosen)
    rows, register, total = mended(shown, repairs), None, 0.0
    for cut in range(0, len(rows), 37):
        part = rows[cut : cut + 37]
        run = follow(part, register, rated_power_w=3000) if register else follow(part, rated_power_w=3000)
        register, total = run.register, total + run.total
    assert total == pytest.approx(HOURS * AN_HOUR_KWH, abs=1e-9)
