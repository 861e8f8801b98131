"""Several workers share what the broker says: killed, replaced, made fewer, nothing is lost or doubled."""

from __future__ import annotations

import json
import random
import re
import signal
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion
from sqlalchemy import select

from campus import clock, outbox
from campus.database import Database
from campus.workplaces import all_places
from devices.intake.group import filters
from devices.intake.models import QuarantinedMessage
from tests.devices.intake.things import numbers, register
from tests.faults.crew import Crew, Load, assert_exactly_once, wait_for_more
from tests.servers import Mosquitto, wait_until

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


def test_their_number_changes_under_load_and_every_message_is_stored_once(
    crew: Crew, mosquitto: Mosquitto
) -> None:
    crew.start_all(1)
    load = Load(mosquitto.port, TOPICS)
    try:
        for many in (3, 2, 1, 2):
            wait_for_more(crew.database)
            crew.end_all()
            crew.start_all(many)
            wait_until(partial(settled, crew, many), f"the sessions of {many} workers and no more", 60)
    finally:
        load.stop()
    assert_exactly_once(crew.database, load)


def settled(crew: Crew, many: int) -> bool:
    """True when just so many sessions are left, all with the filters of so many workers."""
    with crew.database.read() as session:
        there = {row.number: row.filters for row in all_places(session)}
    return there == {number: list(filters(["#"], many)) for number in range(1, many + 1)}


def test_when_the_leader_dies_another_does_what_is_due(crew: Crew) -> None:
    crew.start_all(2)
    leader = crew.process_of(int(re.findall(r"worker (\d) leads", crew.said)[-1]))
    crew.end(leader, signal.SIGKILL)
    with crew.database.write() as session:
        outbox.post(session, "ana@hub.example", "Hola", "…", clock.now())
    wait_until(lambda: any(crew.folder.glob("outbox/*.eml")), "the other to send the mail")
    assert crew.said.count("leads") == 2


def test_what_a_node_says_is_understood_in_its_order_whoever_hears_it_and_after_a_restart(
    crew: Crew, mosquitto: Mosquitto
) -> None:
    register(crew.database, "node", "spBv1.0/hub/node", format="sparkplug", options={})
    crew.start_all(3)
    node = Node(mosquitto.port)
    node.birth()
    for _ in range(60):
        node.data()
    wait_until(lambda: node.stored(crew.database) == 61, "what was said before the restart")
    crew.end_all(signal.SIGKILL)
    for _ in range(60):
        node.data()
    crew.start_all(3)
    wait_until(lambda: node.stored(crew.database) == 121, "what was said while all were away", 90)
    crew.end(crew.process_of(2), signal.SIGKILL)
    for _ in range(60):
        node.data()
    crew.start(of=3)
    wait_until(lambda: node.stored(crew.database) == 181, "what was said while one was away", 90)
    node.close()
    with crew.database.read() as session:
        values = [value for _at, value in numbers(session, "temperature")]
        assert values == sorted(values), "in the order in which it was said"
        assert numbers(session, "x_messages_lost") == []
        assert session.scalars(select(QuarantinedMessage.detail)).all() == []


class Node:
    """A Sparkplug node: its birth names a metric, its data say only the alias. Nothing is retained."""

    def __init__(self, port: int) -> None:
        self._seq, self._value = 0, 0
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2)
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()

    def birth(self) -> None:
        self._say("NBIRTH", {"name": "Temperature", "alias": 7, "dataType": "Double"})

    def data(self) -> None:
        self._say("NDATA", {"alias": 7})

    def stored(self, database: Database) -> int:
        with database.read() as session:
            return len(numbers(session, "temperature"))

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _say(self, kind: str, metric: dict[str, object]) -> None:
        said = {"seq": self._seq % 256, "metrics": [{**metric, "value": self._value}]}
        self._client.publish(f"spBv1.0/hub/{kind}/node", json.dumps(said), 1).wait_for_publish(30)
        self._seq, self._value = self._seq + 1, self._value + 1
