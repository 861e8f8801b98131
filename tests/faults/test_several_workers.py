"""Several workers share what the broker says: killed, replaced, made fewer, nothing is lost or doubled."""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from campus.database import Database
from tests.devices.intake.things import register
from tests.faults.crew import Crew, Load, assert_exactly_once, wait_for_more
from tests.servers import Mosquitto

pytestmark = [pytest.mark.broker, pytest.mark.postgres, pytest.mark.slow]

KILLS = 8
TOPICS = [f"load/{number}" for number in range(4)]


@pytest.fixture
def crew(postgres_database: Database, mosquitto: Mosquitto, tmp_path: Path) -> Iterator[Crew]:
    for number, topic in enumerate(TOPICS):
        register(postgres_database, f"load-{number}", topic)
    made = Crew(postgres_database, mosquitto, tmp_path)
    yield made
    made.close()


def test_each_of_three_is_killed_again_and_again_and_every_message_is_stored_once(
    crew: Crew, mosquitto: Mosquitto
) -> None:
    crew.start_all(3)
    chance = random.Random(20)
    load = Load(mosquitto.port, TOPICS)
    try:
        for _kill in range(KILLS):
            wait_for_more(crew.database)
            time.sleep(chance.uniform(0, 0.3))
            crew.end(chance.choice(crew.processes), signal.SIGKILL)
            crew.start(of=3)
        crew.wait_until_listening(3)
    finally:
        load.stop()
    assert_exactly_once(crew.database, load)
