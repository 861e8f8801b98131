"""How long more is waited for: a broker that waits for us is not kept waiting."""

from __future__ import annotations

from devices.intake.pace import LEAST_HELD, QUIET_S, Pace


def silences(pace: Pace, *after: int) -> None:
    for unacknowledged in after:
        pace.fell_silent(unacknowledged)


def test_at_first_a_little_is_waited_for_more() -> None:
    assert Pace().patience_s(20) == QUIET_S


def test_where_the_broker_stopped_twice_nothing_is_waited_for() -> None:
    pace = Pace()
    silences(pace, 20, 20)
    assert pace.patience_s(20) == 0
    assert pace.patience_s(19) == QUIET_S


def test_lulls_after_different_numbers_teach_nothing() -> None:
    pace = Pace()
    silences(pace, 20, 12, 20, 33)
    assert {pace.patience_s(number) for number in (12, 20, 33)} == {QUIET_S}


def test_slow_devices_are_no_limit_of_the_broker() -> None:
    pace = Pace()
    silences(pace, *[LEAST_HELD - 1] * 3)
    assert pace.patience_s(LEAST_HELD - 1) == QUIET_S


def test_a_broker_that_sends_more_after_all_has_no_such_limit() -> None:
    pace = Pace()
    silences(pace, 20, 20)
    assert pace.patience_s(21) == QUIET_S
    assert pace.patience_s(20) == QUIET_S
