"""The sun stands where it stands, and clouds take light away, never add any."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.simulator.roof import INVERTER_W, solar_power
from devices.simulator.sky import clear_sky, through_clouds, weather

INSTANTS = st.integers(1_577_836_800, 2_051_222_400).map(lambda second: datetime.fromtimestamp(second, UTC))


@pytest.mark.parametrize(
    ("noon", "elevation"),
    [
        (datetime(2026, 6, 21, 19, 7, tzinfo=UTC), 81.7),
        (datetime(2026, 12, 21, 19, 4, tzinfo=UTC), 34.9),
        (datetime(2026, 3, 20, 19, 13, tzinfo=UTC), 58.3),
    ],
)
def test_the_sun_culminates_as_high_as_the_almanac_says(noon: datetime, elevation: float) -> None:
    assert weather(1, noon).elevation == pytest.approx(elevation, abs=0.2)


def test_a_clear_noon_in_june_gives_what_haurwitz_gives() -> None:
    assert clear_sky(81.7) == pytest.approx(1026, abs=2)


@pytest.mark.parametrize("hours_utc", [5, 8, 11])  # 22:00, 01:00, 04:00 in winter
def test_the_sun_is_down_at_night(hours_utc: int) -> None:
    night = weather(3, datetime(2026, 11, 22, hours_utc, tzinfo=UTC))
    assert night.elevation < 0
    assert night.irradiance == 0
    assert solar_power(night) == 0


@given(INSTANTS, st.integers(0, 1000))
def test_weather_stays_within_what_nature_allows(at: datetime, seed: int) -> None:
    now = weather(seed, at)
    assert 0 <= now.cloud_cover <= 1
    assert 0 <= now.irradiance <= clear_sky(now.elevation)
    assert 0 <= now.humidity <= 100
    assert -15 < now.temperature < 48
    assert now.wind_speed >= 0
    assert 0 <= solar_power(now) <= INVERTER_W


def test_an_overcast_sky_lets_a_quarter_through() -> None:
    assert through_clouds(1.0) == pytest.approx(0.25)
    assert through_clouds(0.0) == 1.0


def test_the_sky_changes_slowly() -> None:
    begin = datetime(2026, 5, 4, 18, tzinfo=UTC)
    minutes = [weather(7, begin + timedelta(minutes=number)).irradiance for number in range(60)]
    assert max(abs(after - before) for before, after in pairwise(minutes)) < 80
