"""Who floods: what goes on beyond the limit, not what comes at once after an outage."""

from __future__ import annotations

import math

import pytest

from campus.moments import SECOND
from devices.intake.flood import LIMIT, Bucket, flood_limit

START = 1_700_000_000 * SECOND


def talk(bucket: Bucket, per_second: float, seconds: int, start: int = START) -> int:
    """Say so much, looked at once a second. When it ends."""
    for number in range(1, seconds + 1):
        bucket.charge(round(per_second), start + number * SECOND)
    return start + seconds * SECOND


def test_a_device_at_its_limit_never_floods() -> None:
    bucket = Bucket(LIMIT, START)
    talk(bucket, LIMIT, 10_000)
    assert bucket.flood is None


def test_what_goes_on_beyond_the_limit_is_a_flood_since_it_began() -> None:
    bucket = Bucket(LIMIT, START)
    began = talk(bucket, 10, 100)
    talk(bucket, 840, 90, began)
    assert bucket.is_flooding
    assert bucket.flood is not None
    assert bucket.flood.since == began + SECOND
    assert bucket.flood.rate == pytest.approx(840, rel=0.02)


def test_an_hour_of_one_message_of_16_values_a_second_may_come_at_once() -> None:
    bucket = Bucket(LIMIT, START)
    bucket.charge(3_600 * 16, START + SECOND)
    talk(bucket, 10, 600, START + SECOND)
    assert bucket.flood is None


def test_a_flood_ends_by_itself_and_keeps_its_highest_rate() -> None:
    bucket = Bucket(LIMIT, START)
    calm = talk(bucket, 1_000, 100)
    end = talk(bucket, 5, 11, calm)
    assert not bucket.is_flooding
    assert bucket.flood is not None
    assert calm < (bucket.flood.until or 0) <= end
    assert bucket.flood.rate == pytest.approx(1_000, rel=0.02)


def test_one_that_begins_again_is_flagged_sooner_and_is_another_flood() -> None:
    bucket = Bucket(LIMIT, START)
    calm = talk(bucket, 0, 11, talk(bucket, 1_000, 100))
    first = bucket.flood
    talk(bucket, 1_000, 3, calm)
    assert bucket.is_flooding
    assert bucket.flood is not first
    assert bucket.flood is not None
    assert bucket.flood.since >= calm - SECOND


def test_what_was_queued_while_nobody_listened_is_forgiven_for_a_while() -> None:
    bucket = Bucket(LIMIT, START)
    bucket.forgive(3600 * SECOND, START)
    bucket.charge(300_000, START + 30 * SECOND)
    assert bucket.flood is None
    fresh = Bucket(LIMIT, START)
    fresh.forgive(86_400 * SECOND, START)
    fresh.charge(0, START + 3600 * SECOND)
    fresh.charge(70_000, START + 3601 * SECOND)
    assert fresh.is_flooding


def test_a_clock_that_is_set_back_brings_no_tokens_and_no_fault() -> None:
    bucket = Bucket(LIMIT, START)
    bucket.charge(59_999, START + SECOND)
    bucket.charge(1, START - 3600 * SECOND)
    assert bucket.tokens == pytest.approx(0)


@pytest.mark.parametrize(
    ("options", "expected"),
    [({}, None), ({"flood_limit": 5}, 5.0), ({"flood_limit": "x"}, None), ({"history": True}, math.inf)],
)
def test_the_limit_is_the_device_s_own_and_none_where_history_is_believed(
    options: dict[str, object], expected: float | None
) -> None:
    assert flood_limit(options) == expected
