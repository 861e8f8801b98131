"""One line when a trouble begins, one when it is over."""

from __future__ import annotations

import logging

import pytest

from campus.alarm import CALM_S, Alarm


def test_a_trouble_that_is_met_a_thousand_times_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    alarm = Alarm(logging.getLogger("campus.test"), "there is room again")
    for second in range(1000):
        alarm.met("the disk is full", float(second))
        alarm.look(second + 0.5)
    assert caplog.messages == ["the disk is full"]
    alarm.met("the store is busy", 1000.0)
    alarm.met("the disk is full", 1001.0)
    alarm.look(1000.0 + CALM_S)
    assert caplog.messages == ["the disk is full", "the store is busy"]
    alarm.look(1001.0 + CALM_S)
    alarm.look(1002.0 + CALM_S)
    assert caplog.messages[2:] == ["there is room again"]
    alarm.met("the disk is full", 1100.0)
    assert caplog.messages[3:] == ["the disk is full"]
