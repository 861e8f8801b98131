"""What a series takes of the disk, by tier, and what a year of it will take."""

from __future__ import annotations

from datetime import timedelta

import pytest

from campus.database import Database
from devices.history.growth import A_HOT_ROW, growth
from devices.history.read import SeriesRef
from devices.history.rolling import roll
from devices.history.sealing import seal
from tests.devices.history.keeping import FIRST_DAY, arrive, instants, make_series

NOW = FIRST_DAY + timedelta(days=7)


@pytest.fixture
def ref(database: Database) -> SeriesRef:
    """A value a minute for six days."""
    made = make_series(database)
    arrive(database, made, instants({minute: 230 + minute % 7 / 10 for minute in range(6 * 1440)}))
    return made


def test_hot_rows_take_most_and_sealed_ones_a_byte_or_so(database: Database, ref: SeriesRef) -> None:
    with database.read() as session:
        hot = growth(session, ref, NOW)
    assert (hot.values, hot.size) == (6 * 1440, 6 * 1440 * A_HOT_ROW)
    assert hot.a_year == pytest.approx(6 * 1440 / 7 * 365 * A_HOT_ROW)
    seal(database, NOW + timedelta(days=3))
    roll(database, NOW + timedelta(days=3))
    with database.read() as session:
        sealed = growth(session, ref, NOW)
    assert sealed.values == hot.values
    assert sealed.size < hot.size / 5
    assert sealed.a_year < hot.a_year / 5


def test_a_series_that_never_spoke_takes_nothing(database: Database) -> None:
    silent = make_series(database, "humidity")
    with database.read() as session:
        found = growth(session, silent, NOW)
    assert (found.values, found.size, found.a_year) == (0, 0, 0)
