"""The embedded broker's words: what fails is told, what is expected to fail is not."""

from __future__ import annotations

import asyncio

import pytest

from devices.intake.broker import _tell_of


@pytest.mark.parametrize(
    ("error", "told"), [(TimeoutError("no PUBACK"), False), (ValueError("broken"), True)]
)
def test_a_missing_acknowledgement_is_no_news_and_any_other_fault_is(
    caplog: pytest.LogCaptureFixture, error: Exception, told: bool
) -> None:
    loop = asyncio.new_event_loop()
    _tell_of(loop, {"message": "Task exception was never retrieved", "exception": error})
    loop.close()
    assert bool(caplog.records) is told
