"""Online, late, offline or never heard: the one rule, with any order of words and any rhythm."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.availability import (
    ASLEEP,
    USUAL,
    Availability,
    Rhythm,
    Word,
    availability,
    holds_for,
    rhythm_of,
    usual_gap,
)

NOON = datetime(2026, 6, 15, 18, 0, tzinfo=UTC)
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
MINUTELY = Rhythm(MINUTE)
BIRTH, WILL = Word("online", NOON, NOON), Word("offline", NOON, NOON)
RETAINED_BIRTH, RETAINED_WILL = Word("online", None, NOON), Word("offline", None, NOON)

moments = st.integers(-100_000, 100_000).map(lambda seconds: NOON + seconds * SECOND)
rhythms = st.builds(Rhythm, st.integers(1, 90_000).map(lambda seconds: seconds * SECOND), st.booleans())
words = st.builds(
    lambda value, at, timed: Word(value, at if timed else None, at),
    st.sampled_from(["online", "offline", "lost"]),
    moments,
    st.booleans(),
)
maybe = st.none() | moments


def after(silence: timedelta, word: Word | None = None, rhythm: Rhythm = MINUTELY) -> tuple[str, str]:
    """State and reason so long after the last word at noon."""
    how = availability(NOON + silence, rhythm, last_seen=NOON, word=word)
    return how.state, how.reason


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0, ("online", "speaks")),
        (89, ("online", "speaks")),
        (90, ("stale", "late")),
        (179, ("stale", "late")),
        (180, ("offline", "silent")),
    ],
)
def test_silence_makes_a_device_late_and_then_gone(seconds: int, expected: tuple[str, str]) -> None:
    assert after(seconds * SECOND) == expected


def test_who_speaks_every_second_is_not_late_for_a_breath() -> None:
    assert after(2 * SECOND, rhythm=Rhythm(SECOND)) == ("online", "speaks")
    assert after(3 * SECOND, rhythm=Rhythm(SECOND)) == ("offline", "silent")


def test_a_device_that_was_never_heard_says_so_and_a_retained_birth_changes_nothing() -> None:
    for word in (None, RETAINED_BIRTH):
        assert availability(NOON, MINUTELY, last_seen=None, word=word) == Availability(
            "never", None, "unheard"
        )


def test_a_retained_birth_that_comes_with_a_restart_makes_nothing_fresh() -> None:
    how = availability(NOON, MINUTELY, last_seen=NOON - HOUR, word=RETAINED_BIRTH)
    assert how == Availability("offline", NOON - HOUR, "silent")


@pytest.mark.parametrize("will", [WILL, RETAINED_WILL])
def test_a_farewell_counts_until_the_device_speaks_again(will: Word) -> None:
    before, later = NOON - 10 * SECOND, NOON + SECOND
    gone = availability(later, MINUTELY, last_seen=before, word=will)
    assert gone == Availability("offline", will.at or before, "farewell")
    assert availability(later, MINUTELY, last_seen=later, word=will).state == "online"


def test_a_birth_tells_since_when_it_is_there() -> None:
    assert availability(NOON + 30 * SECOND, MINUTELY, last_seen=NOON, word=BIRTH).since == NOON


def test_who_speaks_what_nobody_can_read_is_not_gone() -> None:
    unread = NOON + 10 * MINUTE
    for seen in (None, NOON):
        how = availability(unread + MINUTE, MINUTELY, last_seen=seen, unread_at=unread)
        assert how == Availability("stale", seen, "unreadable")
        assert not how.online
    how = availability(unread + 3 * MINUTE, MINUTELY, last_seen=NOON, unread_at=unread)
    assert how == Availability("offline", NOON, "silent")


def test_one_unreadable_message_among_good_ones_is_no_matter() -> None:
    how = availability(NOON + MINUTE, MINUTELY, last_seen=NOON, unread_at=NOON + SECOND)
    assert how.state == "online"


def test_a_sensor_that_sleeps_may_say_farewell_each_time() -> None:
    sleeper = rhythm_of(3600, {"sleeps": True})
    assert after(30 * MINUTE, WILL, sleeper) == ("online", "asleep")
    assert after(2 * HOUR, WILL, sleeper) == ("offline", "farewell")
    assert after(30 * MINUTE, WILL, Rhythm(HOUR)) == ("offline", "farewell")


@pytest.mark.parametrize(
    ("expected_s", "options", "learnt", "interval"),
    [
        (None, {}, None, USUAL),
        (30.0, {}, HOUR, 30 * SECOND),
        (None, {}, HOUR, HOUR),
        (None, {}, 2 * MINUTE, USUAL),  # what it showed lengthens, never shortens
        (None, {"sleeps": True}, None, ASLEEP),
        (None, {"sleeps": True}, 48 * HOUR, 48 * HOUR),
        (None, {"sleeps": 7200}, None, 2 * HOUR),
        (60.0, {"sleeps": 7200}, None, MINUTE),
        (None, {"sleeps": False}, None, USUAL),
        (None, {"sleeps": "no"}, None, USUAL),
    ],
)
def test_the_rhythm_is_what_staff_said_else_what_it_showed_else_what_is_usual(
    expected_s: float | None, options: dict[str, object], learnt: timedelta | None, interval: timedelta
) -> None:
    assert rhythm_of(expected_s, options, learnt).interval == interval


def test_a_sensor_that_wakes_once_an_hour_and_tells_all_at_once_has_an_hourly_rhythm() -> None:
    told = [NOON + hour * HOUR + second * SECOND for hour in range(5) for second in (0, 1, 2)]
    assert usual_gap(told[::-1]) == HOUR - 2 * SECOND


def test_too_few_pauses_are_no_rhythm() -> None:
    assert usual_gap([]) is None
    assert usual_gap([NOON, NOON + HOUR, NOON + 2 * HOUR]) is None
    assert usual_gap([NOON + second * SECOND for second in range(100)]) is None


def test_a_number_that_stopped_is_old_while_its_device_goes_on() -> None:
    ten = [10 * SECOND] * 5
    assert holds_for(Rhythm(10 * SECOND), ten, is_word=False) == MINUTE
    assert holds_for(Rhythm(10 * SECOND), [HOUR] * 5, is_word=False) == 3 * HOUR
    assert holds_for(Rhythm(HOUR), ten, is_word=False) == 3 * HOUR


def test_a_number_that_is_told_when_it_changes_may_pause_as_long_as_it_did() -> None:
    assert holds_for(MINUTELY, [MINUTE] * 9 + [10 * HOUR], is_word=False) == 15 * HOUR


def test_a_state_holds_until_it_changes_and_a_number_without_a_rhythm_is_not_doubted() -> None:
    assert holds_for(MINUTELY, [MINUTE] * 9, is_word=True) is None
    assert holds_for(MINUTELY, [MINUTE] * 2, is_word=False) is None


@given(moments, rhythms, maybe, st.none() | words, maybe)
def test_any_history_has_one_standing(
    now: datetime, rhythm: Rhythm, seen: datetime | None, word: Word | None, unread: datetime | None
) -> None:
    how = availability(now, rhythm, last_seen=seen, word=word, unread_at=unread)
    if seen is None and how.state == "online":
        raise AssertionError("nobody is online who was never read")
    if how.state == "never":
        assert seen is None
    if how.since:
        assert how.since in (seen, word.at if word else None)


@given(rhythms, moments, st.none() | words, st.timedeltas(timedelta(), timedelta(days=9)), maybe)
def test_time_alone_never_makes_a_device_fresher(
    rhythm: Rhythm, seen: datetime, word: Word | None, waited: timedelta, unread: datetime | None
) -> None:
    order = ("online", "stale", "offline")
    told = {"last_seen": seen, "word": word}
    first = availability(seen, rhythm, **told)  # type: ignore[arg-type]
    later = availability(seen + waited, rhythm, **told)  # type: ignore[arg-type]
    assert order.index(later.state) >= order.index(first.state)


@given(rhythms, moments, st.lists(words, max_size=6))
def test_what_a_device_says_itself_stands_against_every_farewell_before_it(
    rhythm: Rhythm, seen: datetime, said: list[Word]
) -> None:
    """A broker that restarts publishes the wills of all; each comes back with its next reading."""
    for word in said:
        if word.heard_at < seen:
            how = availability(seen, rhythm, last_seen=seen, word=word)
            assert (how.state, how.online) == ("online", True)


@given(rhythms, maybe, moments, moments)
def test_a_retained_birth_never_changes_the_state(
    rhythm: Rhythm, seen: datetime | None, heard_at: datetime, now: datetime
) -> None:
    with_it = availability(now, rhythm, last_seen=seen, word=Word("online", None, heard_at))
    assert with_it == availability(now, rhythm, last_seen=seen)
