"""A second worker is started by mistake: it says so, waits, and takes over when the first is gone."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from campus.database import Database
from tests.devices.intake.things import register
from tests.faults.crew import Crew, Load, assert_exactly_once, wait_for_more
from tests.servers import Mosquitto, wait_until

TOPICS = ["load/0", "load/1"]
PERIODS = 3
WAITS = "Another worker has the only place (CAMPUS_WORKERS=1)"


@pytest.fixture
def crew(database: Database, mosquitto: Mosquitto, tmp_path: Path) -> Iterator[Crew]:
    for number, topic in enumerate(TOPICS):
        register(database, f"load-{number}", topic)
    made = Crew(database, mosquitto, tmp_path)
    yield made
    made.close()


@pytest.mark.broker
@pytest.mark.slow
def test_the_second_waits_takes_over_and_nothing_is_lost_or_doubled(crew: Crew, mosquitto: Mosquitto) -> None:
    crew.start_all(1)
    load = Load(mosquitto.port, TOPICS)
    try:
        for period in range(1, PERIODS + 1):
            first = crew.processes[0]
            crew.start(of=1)
            wait_until(lambda: crew.said.count(WAITS) == period, "the second to say that it waits")  # noqa: B023
            assert f"process {first.pid}. This one waits" in crew.said
            wait_for_more(crew.database)
            time.sleep(2)  # the broker would have thrown out one of them by now, again and again
            crew.end(first, signal.SIGKILL)
            wait_for_more(crew.database)
    finally:
        load.stop()
    assert_exactly_once(crew.database, load)
    assert crew.said.count("listening to #") == 1 + PERIODS, "one connection for each who took over"
